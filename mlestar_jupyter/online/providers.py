"""The providers that there are, made ready from the environment."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from mlestar_jupyter.environment import Secret, secret, service_address
from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.online.base import Provider
from mlestar_jupyter.online.fetch import Fetcher, address_of
from mlestar_jupyter.online.hubs import GitHub, HuggingFace, Kaggle, OpenML
from mlestar_jupyter.online.papers import Arxiv, SemanticScholar
from mlestar_jupyter.online.web import DuckDuckGo, SearXNG, Tavily

_ONLY_BY_NAME = ("duckduckgo",)
"""Asked only where `providers` names it: it reads the pages of search engines, which may not like it."""


@dataclass(frozen=True, eq=False)
class Online:
    """The way out: who can be asked, and how to stop asking.

    Parameters
    ----------
    fetcher : Fetcher
    environment : callable
        Looks up a key by its name.
    address : callable
        Looks up a base address by its name, given the service's own.
    """

    fetcher: Fetcher
    environment: Callable[[str], Secret | None] = secret
    address: Callable[[str, str], str] = service_address

    def chosen(self, names: Sequence[str]) -> tuple[list[Provider], list[str]]:
        """Make providers ready: those named, or all that need no key or have one.

        Returns
        -------
        providers : list of Provider
        notes : list of str
            Why one that was named cannot be asked.

        Raises
        ------
        SettingError
            When there is no provider of that name.
        """
        for name in names:
            if name not in PROVIDERS:
                raise unknown("provider", name, PROVIDERS)
        wanted = [n for n in PROVIDERS if (n in names if names else n not in _ONLY_BY_NAME)]
        made = [(name, _MAKERS[name](self)) for name in wanted]
        notes = [f"{name}: it needs {_NEEDS[name]}, which is not set." for name, p in made if p is None and names]
        return [provider for _, provider in made if provider is not None], notes

    def base(self, name: str, default: str = "") -> str:
        """The base address of a service, which must be one on the web."""
        variable = address_of(name)
        base = self.address(variable, default)
        if base and not base.startswith(("http://", "https://")):
            raise SettingError(
                f"The environment variable {variable} is no address on the web.",
                mend="Write it with http:// or https://.",
            )
        return base


def _searxng(online: Online) -> SearXNG | None:
    base, password = _apart(online.base("SEARXNG"))
    return SearXNG(online.fetcher, base, password) if base else None


def _kaggle(online: Online) -> Kaggle | None:
    token = online.environment("KAGGLE_API_TOKEN")
    return Kaggle(online.fetcher, token, online.base("KAGGLE", Kaggle.base)) if token else None


def _keyed(kind: Callable[..., Provider], name: str, default: str, key: str) -> Callable[[Online], Provider]:
    """Make a provider that works better with a key."""
    return lambda online: kind(online.fetcher, online.base(name, default), online.environment(key))


_MAKERS: dict[str, Callable[[Online], Provider | None]] = {
    "tavily": _keyed(Tavily, "TAVILY", Tavily.base, "TAVILY_API_KEY"),
    "searxng": _searxng,
    "duckduckgo": lambda _: DuckDuckGo(),
    "arxiv": lambda online: Arxiv(online.fetcher, online.base("ARXIV", Arxiv.base)),
    "semantic_scholar": _keyed(SemanticScholar, "SEMANTIC_SCHOLAR", SemanticScholar.base, "SEMANTIC_SCHOLAR_API_KEY"),
    "huggingface": _keyed(HuggingFace, "HUGGINGFACE", HuggingFace.base, "HF_TOKEN"),
    "openml": lambda online: OpenML(online.fetcher, online.base("OPENML", OpenML.base)),
    "kaggle": _kaggle,
    "github": _keyed(GitHub, "GITHUB", GitHub.base, "GITHUB_TOKEN"),
}
PROVIDERS = tuple(_MAKERS)
"""Names of all providers, in the order in which equal references are kept."""

_NEEDS = {"searxng": "MLESTAR_SEARXNG_URL", "kaggle": "KAGGLE_API_TOKEN"}


def _apart(base: str) -> tuple[str, Secret | None]:
    """Part an address from the user and password in it, which go into a header: addresses are shown, those are not."""
    parts = urlsplit(base)
    if parts.username is None:
        return base, None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host)), Secret(base64.b64encode(pair.encode()).decode())


def open_online() -> Online:
    """Open the way out, with the keys and addresses of the environment."""
    return Online(Fetcher())
