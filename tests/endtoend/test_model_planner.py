"""A whole run with a chat model, over the real protocol on the loopback."""

import gzip
import io
import json
import logging
import re
import shutil
import socket
import zipfile
from collections import Counter

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.events import Note, Sent
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.phases.registry import PHASES
from tests.endtoend.scripted_model import ScriptedModel
from tests.planners.llm.server import ScriptedServer, role_of

pytestmark = pytest.mark.slow

KEY = "sk-planted-4f1d0c7a9b"
SMALL = {
    "search": {"models": 2},
    "foundation": {"candidates": 6, "merges": 1, "repairs": 1},
    "ablation": {"repeats": 1, "steps": False, "blocks": ["cleaning"], "pairs": False, "noise_floor": False,
                 "importance": False},
    "refinement": {"iterations": 1, "attempts": 2, "paths": 1, "reablate": False, "repairs": 1},
    "ensemble": {"strategies": ["mean"], "members": 2, "rounds": 1, "repairs": 0, "calibrate": False},
    "deployment": {"requests": 5},
}  # fmt: skip
ROLES = {
    "retriever": "search", "initial": "foundation", "debugger": "foundation", "merger": "foundation",
    "data_usage": "foundation", "ablation": "ablation", "summariser": "ablation", "extractor": "refinement",
    "coder": "refinement", "ensemble_planner": "ensemble", "ensembler": "ensemble",
}  # fmt: skip
PRICE = "0.25,2"


@pytest.fixture(scope="module")
def log():
    """All that any library logs, down to the clients' requests."""
    stream = io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="module")
def run(churn, tmp_path_factory, log):
    """Server, output folder, workflow and the events of a run of all phases."""
    folder = tmp_path_factory.mktemp("model")
    churn.head(500).to_csv(folder / "churn.csv", index=False)
    with pytest.MonkeyPatch.context() as patch, ScriptedServer(ScriptedModel()) as server:
        patch.setenv("OPENAI_API_KEY", KEY)
        workflow = start(folder, server.url)
        events = []
        workflow.listen(events.append)
        workflow.run()
        yield server, folder, workflow, events
        workflow.close()


def start(folder, url):
    workflow = Workflow(
        folder / "churn.csv", "Churn", output=folder / "out", llm="openai:scripted", llm_url=url, llm_price=PRICE
    )
    workflow.defaults = SMALL
    return workflow


def test_each_role_is_at_work_in_its_phase(run):
    _, _, workflow, _ = run
    phases = {r.role: r.phase for r in workflow.journal.replies() if r.role != "leakage"}
    assert {role: phases.get(role) for role in ROLES} == ROLES
    assert "leakage" in {r.role for r in workflow.journal.replies()}


def test_counts_are_those_of_the_settings(run):
    _, _, workflow, _ = run
    counts = Counter(r.role for r in workflow.journal.replies())
    assert counts["retriever"] == counts["merger"] == counts["data_usage"] == counts["extractor"] == 1
    assert counts["initial"] == 2
    assert counts["ensemble_planner"] == counts["ensembler"] == 1


def test_what_the_model_wrote_was_evaluated_and_attributed(run):
    _, _, workflow, _ = run
    authors = Counter(e.candidate.author for e in workflow.candidates())
    assert authors["model"] >= 5
    assert authors["planner"] >= 3
    report = json.loads((workflow.output / "report.json").read_text())["who_gained_what"]
    assert {"recipe", "model"} <= {a["author"] for a in report["attempts"]}
    assert report["model"]["calls"] == len(workflow.journal.replies())
    assert report["model"]["cost_usd"] > 0
    assert "Who gained what" in (workflow.output / "report.html").read_text()


def test_what_a_role_said_is_in_the_prompts_of_those_that_build_on_it(run):
    server, *_ = run
    prompts = {role_of(request): request.prompt for request in server.requests}
    assert "GaussianNB on all columns." in prompts["initial"]
    assert "broken" in prompts["debugger"]  # the error
    assert "The cleaning matters most." in prompts["extractor"]
    assert "Use contract and service." in "".join(r.prompt for r in server.requests if role_of(r) == "coder")
    assert "Vote by probabilities, number 1." in prompts["ensembler"]


def test_what_leaves_first_is_said_once_and_holds_no_row(run, churn):
    _, _, _, events = run
    (sent,) = [e for e in events if isinstance(e, Sent)]
    assert "MonthlyCharges" in sent.text
    words = set(sent.text.replace(",", " ").split())
    assert len({f"{value}" for value in churn.head(500)["TotalCharges"]} & words) <= 10  # statistics name a few


def test_blocks_of_the_model_are_named_before_they_run_in_the_kernel(run):
    _, _, workflow, events = run
    written = [b for b, author in workflow.standing.block_authors.items() if author == "model"]
    said = [e.text for e in events if isinstance(e, Note) and "notebook's own process" in e.text]
    assert bool(said) == bool(written)
    assert all(block in said[-1] for block in written)
    assert all(
        re.fullmatch(
            r"What the chat model wrote \(.+\) runs in the notebook's own process from now on, with your rights\. "
            r"The cells of these blocks show it\.",
            text,
        )
        for text in said
    )


def test_validation_block_is_never_the_models(run):
    _, _, workflow, _ = run
    assert (
        len({e.candidate.solution.blocks["validation"] for e in workflow.candidates() if e.candidate.author == "model"})
        == 1
    )


def test_again_and_resumed_nothing_is_asked(run, tmp_path):
    server, folder, workflow, _ = run
    copy = shutil.copytree(folder, tmp_path / "copy")
    before = len(server.requests)
    again = start(copy, server.url)
    again.run()
    assert again.solution == workflow.solution
    again.close()
    resumed = Workflow.resume(copy / "out")
    assert resumed.solution == workflow.solution
    assert "replayed" in resumed.calls().view().text()
    resumed.close()
    assert len(server.requests) == before


def test_the_key_is_sent_and_written_nowhere(run):
    server, folder, workflow, _ = run
    assert f"Bearer {KEY}" in {
        {k.lower(): v for k, v in r.headers.items()}.get("authorization") for r in server.requests
    }
    assert list(workflow.results) == list(PHASES)
    workflow.export(folder / "out" / "run.ipynb", "ipynb")
    workflow.report()
    assert len(list((folder / "out" / "service").rglob("*"))) > 3
    files = [p for p in folder.rglob("*") if p.is_file()]
    found = [p.name for p in files for body in _contents(p) if KEY.encode() in body]
    assert len(files) > 8
    assert found == []


def _contents(path):
    """What a file holds, packed and unpacked."""
    yield path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(member) for member in archive.namelist())
    if path.suffix == ".gz":
        yield gzip.decompress(path.read_bytes())


def test_the_key_is_in_nothing_that_is_shown_logged_or_asked(run, log):
    server, _, workflow, events = run
    views = [r.view() for r in (*workflow.results.values(), workflow.calls(), workflow.status(), workflow.plan())]
    shown = [text for view in views for text in (view.text(), view.html())]
    assert [text[:40] for text in (*shown, *map(repr, events), log.getvalue()) if KEY in text] == []
    assert "chat/completions" in log.getvalue()
    assert not any(KEY.encode() in r.raw for r in server.requests)


def test_exported_notebook_starts_with_the_same_model(run):
    _, folder, workflow, _ = run
    cells = json.loads(workflow.export(folder / "again.ipynb", "ipynb").read_text())["cells"]
    assert "--llm openai:scripted" in "".join(cells[2]["source"])
    assert "--llm-price 0.25,2" in "".join(cells[2]["source"])


def test_calls_unfold_to_prompt_and_reply(run):
    _, _, workflow, _ = run
    view = workflow.calls().view()
    table = view.sections[0].table
    assert len(table) == len(view.sections) - 1 == len(workflow.journal.replies())
    assert "=== reply ===" in view.sections[1].code
    assert table["USD"].sum() == pytest.approx(sum(r.cost for r in workflow.journal.replies()))
    assert "openai:scripted" in workflow.status().view().summary


def test_human_asks_for_a_change_in_plain_words(run):
    server, folder, workflow, _ = run
    result = workflow.ask("features", "Count the values that are there.")
    assert result.attempt is not None
    assert result.attempt.proposed
    assert "Count the values that are there." in server.requests[-2].prompt + server.requests[-1].prompt
    assert "Not adopted: accept or reject it." in result.view().summary
    before, identifier = len(server.requests), result.attempt.evaluation.candidate.id
    assert workflow.ask("features", "Count the values that are there.").attempt.evaluation.candidate.id == identifier
    workflow.accept(identifier)
    resumed = Workflow.resume(folder / "out")
    assert resumed.solution == workflow.solution
    assert len(server.requests) == before
    resumed.close()


def test_a_server_that_is_down_changes_nothing(churn, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        found = {}
        for name, llm in (("without", {}), ("down", {"llm": "openai:scripted", "llm_url": url})):
            workflow = Workflow(churn.head(400), "Churn", output=tmp_path / name, **llm)
            workflow.defaults = SMALL
            workflow.run(until="ablation")
            found[name] = [(e.candidate.id, getattr(e, "fold_scores", None)) for e in workflow.candidates()]
            workflow.close()
    assert found["down"] == found["without"]


def test_a_missing_key_is_said_before_any_phase(churn, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingError, match=r"There is no key for openai\. Set .* OPENAI_API_KEY"):
        Workflow(churn.head(400), "Churn", output=tmp_path, llm="openai:gpt-5")
