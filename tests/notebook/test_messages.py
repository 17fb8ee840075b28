from dataclasses import fields

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.blocks import source_hash
from mlestar_jupyter.notebook.arguments import FLAGS, STUDY_FLAGS
from mlestar_jupyter.notebook.cells import block_cells
from mlestar_jupyter.notebook.commands import COMMANDS
from mlestar_jupyter.notebook.messages import Progress, help_message, status_message
from mlestar_jupyter.phases.settings import PHASES


def status_of(workflow, progress=None):
    message = status_message(workflow, progress)
    assert message["type"] == "status"
    return message["status"]


def states(status):
    return {phase["name"]: phase["state"] for phase in status["phases"]}


@pytest.fixture
def fresh(churn, tmp_path):
    """A workflow before its first phase, with a time limit."""
    workflow = Workflow(churn, "Churn", output=tmp_path, timeout="10m")
    yield workflow
    workflow.close()


def test_status_before_the_first_phase(fresh):
    status = status_of(fresh)
    assert set(states(status).values()) == {"waiting"}
    assert (status["best"], status["blocks"], status["progress"]) == (None, [], None)


def test_phases_that_wait_say_what_they_will_do(fresh):
    assert [p["summary"] for p in status_of(fresh)["phases"]] == [phase.summary for phase in PHASES.values()]


def test_finished_phase_says_what_came_of_it(workflow):
    (foundation,) = [p for p in status_of(workflow)["phases"] if p["name"] == "foundation"]
    assert foundation == {
        "name": "foundation", "state": "done", "summary": workflow.results["foundation"].view().summary,
    }  # fmt: skip


def test_finished_phase_that_runs_again_is_running(workflow):
    status = status_of(workflow, Progress("foundation", 1, "linear", 2.0))
    assert states(status)["foundation"] == "running"
    assert status["progress"] == {"phase": "foundation", "done": 1, "label": "linear", "elapsed": 2.0}


def test_best_is_the_present_solution_with_its_score(workflow):
    score = workflow.score
    assert status_of(workflow)["best"] == {
        "id": workflow.solution.id, "label": score.candidate.label, "score": score.score,
    }  # fmt: skip


def test_hashes_are_those_of_the_cells_that_were_left(workflow):
    cells = block_cells(workflow, workflow.score, tuple(workflow.solution.blocks))
    assert [(f"block {b['block']}", b["hash"]) for b in status_of(workflow)["blocks"]] == [
        (c.key, source_hash(c.source)) for c in cells
    ]


def test_author_of_an_edited_block_is_human(workflow):
    workflow.adopt("hyperparameters", "PARAMS = {'C': 0.5}")
    authors = {b["block"]: b["author"] for b in status_of(workflow)["blocks"]}
    assert {block for block, author in authors.items() if author == "human"} == {"hyperparameters"}


def test_author_is_the_planner_again_after_a_checkout(workflow):
    before = workflow.solution.id
    workflow.adopt("hyperparameters", "PARAMS = {'C': 0.5}")
    workflow.checkout(before)
    assert {b["author"] for b in status_of(workflow)["blocks"]} == {"planner"}


def test_time_left_counts_the_running_phase(fresh):
    assert status_of(fresh, Progress("search", 0, "", 90.0))["seconds_left"] == 510.0


def test_time_left_is_never_below_zero(fresh):
    assert status_of(fresh, Progress("search", 0, "", 1e6))["seconds_left"] == 0.0


def test_time_left_is_unknown_without_a_limit(workflow):
    assert status_of(workflow)["seconds_left"] is None


def test_help_has_a_sentence_for_everything_that_can_be_written():
    text = help_message(None)["help"]
    assert set(text["commands"]) == set(COMMANDS)
    assert set(text["flags"]) == {f"--{name}" for name in FLAGS | STUDY_FLAGS}
    assert {phase: set(known) for phase, known in text["settings"].items()} == {
        name: {f.name for f in fields(phase.settings)} for name, phase in PHASES.items()
    }


def test_help_of_a_setting_ends_with_its_default():
    settings = help_message(None)["help"]["settings"]["refinement"]
    assert settings["iterations"] == "Blocks to work on, one after another. Default: 3."


def test_columns_are_explained_once_there_is_a_table(workflow):
    assert help_message(None)["help"]["columns"] == {}
    columns = help_message(workflow)["help"]["columns"]
    assert columns["Contract"] == "categorical, 3 distinct values, 0.0% missing"
