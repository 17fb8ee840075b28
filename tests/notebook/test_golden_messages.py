"""Messages between kernel and extension: golden files that labextension/test/golden.test.mjs reads as well."""

import json
from pathlib import Path

import pytest

from mlestar_jupyter.core.blocks import source_hash
from mlestar_jupyter.display.view import MIME
from mlestar_jupyter.notebook.cells import phase_batch
from mlestar_jupyter.notebook.frontend import CELLS_MIME, COMM_TARGET
from mlestar_jupyter.notebook.messages import Progress, help_message, status_message
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.reports.states import WORDS

FOLDER = Path(__file__).parents[1] / "messages"
BY_NAME = {"commands", "flags", "settings", "columns", "metadata"}
"""Mappings whose keys are names: any are right."""


def golden(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def differences(actual, wanted, where="message"):
    """Where a message has another form than its golden file: keys, kinds of values; null goes with everything."""
    if actual is None or wanted is None:
        return []
    match actual, wanted:
        case dict(), dict() if where.rpartition(".")[2] in BY_NAME:
            return [d for value in actual.values() for d in differences(value, next(iter(wanted.values())), where)]
        case dict(), dict():
            keys = [f"{where}: only one side has {key}" for key in sorted(set(actual) ^ set(wanted))]
            return keys + [d for k in actual.keys() & wanted for d in differences(actual[k], wanted[k], f"{where}.{k}")]
        case list(), list():
            return [d for item in actual for d in differences(item, wanted[0], f"{where}[]")]
        case int() | float(), int() | float():
            return []
    return [] if type(actual) is type(wanted) else [f"{where}: {actual!r} is no {type(wanted).__name__}"]


def test_status_is_that_of_the_golden_file(workflow):
    wanted = golden("status")
    assert differences(status_message(workflow, Progress("refinement", 3, "features: ratios", 4.5)), wanted) == []
    phases = wanted["status"]["phases"]
    assert [p["name"] for p in phases] == list(PHASES)
    assert {f"{p['mark']} {p['word']}" for p in phases} == {*WORDS.values(), "▶ running"}


def test_help_is_that_of_the_golden_file(workflow):
    assert differences(help_message(workflow), golden("help")) == []


def test_cells_are_those_of_the_golden_file(open_notebook, workflow):
    notebook, wanted = open_notebook("jupyterlab"), golden("cells")
    deliver = "from mlestar_jupyter.notebook.cells import deliver\ndeliver(get_ipython()._mlestar_session, batch)"
    (content,) = notebook.run(deliver, batch=phase_batch(workflow, workflow.results["foundation"])).batches
    keys = {cell["key"].partition(" ")[0] for cell in content["cells"]}
    assert keys == {cell["key"].partition(" ")[0] for cell in wanted["cells"]}
    block = next(cell for cell in content["cells"] if cell["key"].startswith("block"))
    assert set(block["metadata"]) == set(wanted["cells"][0]["metadata"])
    for cell in (*content["cells"], *wanted["cells"]):
        cell["metadata"] = None
    assert differences(content, wanted) == []


def test_what_the_extension_says_is_taken_up(open_notebook, workflow):
    notebook = open_notebook("jupyterlab")
    notebook.session.begin(workflow)
    notebook.heard()
    notebook.say(**golden("hello"))
    notebook.say(**golden("choice"))
    assert notebook.session.frontend.extension == "present"
    ((text, _),) = workflow.journal.events("choice")
    assert json.loads(text) == golden("choice")


def test_names_and_hashes_are_those_of_the_golden_file():
    names = golden("names")
    assert (names["comm_target"], names["cells_mime"], names["view_mime"]) == (COMM_TARGET, CELLS_MIME, MIME)
    assert {text: source_hash(text) for text in names["hashes"]} == names["hashes"]


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"more": 1}, "message.status: only one side has more"),
        ({"run": 3}, "message.status.run: 3 is no str"),
        ({"phases": [{"name": "search"}]}, "message.status.phases[]: only one side has about"),
    ],
)
def test_a_message_of_another_form_is_noticed(change, difference):
    wanted = golden("status")
    assert differences({"type": "status", "status": wanted["status"] | change}, wanted)[0] == difference
