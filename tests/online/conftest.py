import pytest

from mlestar_jupyter.environment import Secret
from mlestar_jupyter.online.fetch import Fetcher
from mlestar_jupyter.online.hubs import GitHub, HuggingFace, Kaggle, OpenML
from mlestar_jupyter.online.papers import Arxiv, SemanticScholar
from mlestar_jupyter.online.web import SearXNG, Tavily
from tests.online.server_for_tests import services

KEY = "planted-key-0123456789"


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.time, self.slept = 0.0, []

    def __call__(self):
        return self.time

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server():
    with services() as running:
        yield running


@pytest.fixture
def fetcher(clock):
    return Fetcher(timeout=2.0, clock=clock, sleep=clock.sleep)


@pytest.fixture
def providers(server, fetcher):
    """All providers that speak HTTP by our client, with a planted key where they take one, before the local server."""
    key = Secret(KEY)
    made = [
        Tavily(fetcher, f"{server.url}/tavily", key),
        SearXNG(fetcher, f"{server.url}/searxng", key),
        Arxiv(fetcher, f"{server.url}/arxiv"),
        SemanticScholar(fetcher, f"{server.url}/scholar", key),
        HuggingFace(fetcher, f"{server.url}/hub", key),
        OpenML(fetcher, f"{server.url}/openml"),
        Kaggle(fetcher, key, f"{server.url}/kaggle"),
        GitHub(fetcher, f"{server.url}/github", key),
    ]
    return {provider.name: provider for provider in made}
