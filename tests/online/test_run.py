"""A run that looks online, against local services; then the same run without any network."""

import json
import sqlite3

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.errors import SettingError
from tests.online.conftest import KEY
from tests.online.server_for_tests import Reply, services
from tests.workers_for_tests import workers

PATHS = {
    "TAVILY": "tavily", "SEARXNG": "searxng", "ARXIV": "arxiv", "SEMANTIC_SCHOLAR": "scholar", "HUGGINGFACE": "hub",
    "OPENML": "openml", "KAGGLE": "kaggle", "GITHUB": "github",
}  # fmt: skip
KEYS = ("TAVILY_API_KEY", "SEMANTIC_SCHOLAR_API_KEY", "HF_TOKEN", "KAGGLE_API_TOKEN", "GITHUB_TOKEN")
SETTINGS = {"rounds": 1, "providers": ["searxng", "kaggle", "tavily"]}


@pytest.fixture
def local(monkeypatch):
    """Services on loopback that the environment points to, with planted keys."""
    with services() as running:
        for name, path in PATHS.items():
            monkeypatch.setenv(f"MLESTAR_{name}_URL", f"{running.url}/{path}")
        for name in KEYS:
            monkeypatch.setenv(name, KEY)
        yield running


def plain(result):
    return json.dumps(result.to_dict())


def approaches(result):
    return [(r.approach.id, r.score, r.reasons) for r in result.approaches]


@pytest.fixture
def run(churn, tmp_path, local):
    workflow = Workflow(churn, "Churn", name="shops", output=tmp_path / "run", online=True, executor=workers())
    yield workflow
    workflow.close()


def test_search_finds_references_and_lifts_the_cards_that_they_speak_of(run):
    result = run.search(**SETTINGS)
    assert {r.provider for r in result.references} == {"searxng", "kaggle", "tavily"}
    lifted = {r.approach.id: r.reasons[-1] for r in result.approaches if "found online" in r.reasons[-1]}
    assert lifted["lightgbm"].startswith("found online by ")
    assert "random_forest" in lifted


def test_same_cell_again_and_the_resumed_run_replay_without_the_network(churn, run, local):
    first = run.search(**SETTINGS)
    asked = len(local.asked)
    local.usual = Reply(500)
    again = run.search(**SETTINGS)
    assert again.replayed
    run.close()
    resumed = Workflow.resume(run.output, churn, executor=workers())
    try:
        replayed = resumed.results["search"]
        assert resumed.options["online"]
        assert replayed.replayed
        assert len(local.asked) == asked
        assert approaches(replayed) == approaches(first)
        assert plain(replayed) == plain(first) == plain(again)
        assert replayed.view().html() == first.view().html()
    finally:
        resumed.close()


def test_search_that_failed_in_part_replays_what_it_had(churn, run, local, monkeypatch):
    monkeypatch.setenv("MLESTAR_KAGGLE_URL", f"{local.url}/nowhere")
    first = run.search(**SETTINGS)
    run.close()
    assert {r.provider for r in first.references} == {"searxng", "tavily"}
    assert [note for note in first.found.notes if note.startswith("kaggle: ")]
    monkeypatch.setenv("MLESTAR_KAGGLE_URL", f"{local.url}/kaggle")
    resumed = Workflow.resume(run.output, churn, executor=workers())
    assert plain(resumed.results["search"]) == plain(first)
    resumed.close()


def test_search_without_any_network_still_ranks_the_shipped_cards(run, monkeypatch):
    for name in PATHS:
        monkeypatch.setenv(f"MLESTAR_{name}_URL", "http://127.0.0.1:9")
    result = run.search(**SETTINGS)
    assert result.references == ()
    assert len(result.found.notes) == 3
    assert len(result.approaches) == 20
    assert "Nothing was found online: reasons below." in result.summary


def test_offline_run_of_the_same_table_ranks_as_before_and_asks_nobody(churn, tmp_path, local, run):
    offline = Workflow(churn, "Churn", output=tmp_path / "offline", executor=workers())
    result = offline.search()
    assert (result.found, local.asked) == (None, [])
    assert all("online" not in reason for r in result.approaches for reason in r.reasons)
    with pytest.raises(
        SettingError,
        match=r"^The setting 'providers' needs a run that may look online\. Start it with --online\.$",
    ):
        offline.search(providers=["arxiv"])
    offline.close()


def test_online_and_offline_searches_have_tokens_of_their_own(churn, tmp_path, local):
    folder = tmp_path / "both"
    offline = Workflow(churn, "Churn", output=folder, executor=workers())
    assert offline.search().found is None
    offline.close()
    online = Workflow(churn, "Churn", output=folder, online=True, executor=workers())
    assert online.search(**SETTINGS).found is not None
    online.close()


def test_planted_key_is_sent_and_stands_nowhere(run, local):
    from mlestar_jupyter.reports.notebook import to_notebook

    result = run.search(**SETTINGS)
    assert sum(KEY in str(request.headers) for request in local.asked) >= 2
    run.report()
    written = [path.read_bytes() for path in run.output.rglob("*") if path.is_file()]
    shown = [result.view().html(), result.view().text(), repr(result), plain(result), str(to_notebook(run.standing))]
    assert [w for w in written if KEY.encode() in w] == []
    assert [s for s in shown if KEY in s] == []
    tables = sqlite3.connect(run.journal.path)
    assert KEY not in "\n".join(tables.iterdump())
    tables.close()


def test_unknown_provider_is_one_line(run):
    with pytest.raises(SettingError, match="Did you mean 'github'"):
        run.search(providers=["githup"])


def test_exported_notebook_starts_online_again(run):
    from mlestar_jupyter.reports.notebook import to_notebook

    run.search(**SETTINGS)
    assert any(cell.source.endswith("--online") for cell in to_notebook(run.standing).cells)
