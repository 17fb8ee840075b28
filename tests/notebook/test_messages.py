from dataclasses import fields, replace

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.blocks import source_hash
from mlestar_jupyter.core.evaluation import best_beside
from mlestar_jupyter.notebook.cells import block_cells
from mlestar_jupyter.notebook.commands import COMMANDS, flags_of
from mlestar_jupyter.notebook.messages import Progress, help_message, status_message
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.reports.states import PhaseState


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
    assert set(states(status).values()) == {"to do"}
    assert (status["present"], status["best"], status["blocks"], status["progress"]) == (None, None, [], None)


def test_phases_that_wait_say_what_they_will_do(fresh):
    assert [p["summary"] for p in status_of(fresh)["phases"]] == [phase.summary for phase in PHASES.values()]


def test_finished_phase_says_what_came_of_it_and_of_which_solution(workflow):
    (foundation,) = [p for p in status_of(workflow)["phases"] if p["name"] == "foundation"]
    assert foundation == {
        "name": "foundation", "state": "done", "mark": "✓", "word": "done",
        "summary": workflow.results["foundation"].view().summary, "about": workflow.solution.id,
    }  # fmt: skip


def test_phase_that_ran_in_an_earlier_session_is_on_record(churn, run_folder):
    again = Workflow(churn, "Churn", name="churn", output=run_folder)
    known = {p["name"]: (p["state"], p["mark"], p["word"]) for p in status_of(again)["phases"]}
    again.close()
    assert known["foundation"] == ("recorded", "↻", "on record")
    assert known["ablation"] == ("to do", "–", "to do")


@pytest.mark.parametrize(
    ("state", "mark", "word"), [("failed", "✗", "not ready"), ("out of date", "!", "out of date, run again")]
)
def test_every_state_has_its_mark_and_word(workflow, monkeypatch, state, mark, word):
    stands = workflow.phase_states() | {"validation": PhaseState("validation", state, "Not ready.", "s0")}
    monkeypatch.setattr(workflow, "phase_states", lambda: stands)
    (validation,) = [p for p in status_of(workflow)["phases"] if p["name"] == "validation"]
    assert validation == {
        "name": "validation", "state": state, "mark": mark, "word": word, "summary": "Not ready.", "about": "s0",
    }  # fmt: skip


def test_finished_phase_that_runs_again_is_running(workflow):
    status = status_of(workflow, Progress("foundation", 1, "linear", 2.0))
    assert states(status)["foundation"] == "running"
    assert status["progress"] == {"phase": "foundation", "done": 1, "label": "linear", "elapsed": 2.0}


def test_present_solution_is_what_is_in_use(workflow):
    score = workflow.score
    assert status_of(workflow)["present"] == {
        "id": workflow.solution.id, "label": score.candidate.label, "score": score.score,
    }  # fmt: skip


def test_best_stands_beside_the_present_solution_where_it_is_another(workflow):
    best = workflow.score
    assert status_of(workflow)["best"] is None
    baseline = next(e.candidate for e in workflow.candidates() if e.candidate.solution.id != workflow.solution.id)
    workflow.checkout(baseline.id)
    status = status_of(workflow)
    assert status["present"]["id"] == baseline.id
    assert status["best"] == {"id": best.candidate.id, "label": best.candidate.label, "score": best.score}


def test_best_is_none_of_other_folds(workflow):
    score = workflow.score
    lucky = replace(score, fold_scores=(1.0,) * 2 * len(score.fold_scores))
    assert best_beside(score, [lucky], workflow.task.metric) is score
    same = replace(score, fold_scores=(1.0,) * len(score.fold_scores))
    assert best_beside(score, [lucky, same], workflow.task.metric) is same


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
    assert set(text["flags"]) == {f"--{option.flag}" for command in COMMANDS for option in flags_of(command)}
    assert {phase: set(known) for phase, known in text["settings"].items()} == {
        name: {f.name for f in fields(phase.settings)} for name, phase in PHASES.items()
    }


def test_help_of_a_setting_ends_with_its_default():
    settings = help_message(None)["help"]["settings"]["refinement"]
    assert settings["iterations"] == "Blocks to work on, one after another. Default: 3."


def test_columns_are_explained_once_there_is_a_table(workflow):
    assert help_message(None)["help"]["columns"] == {}
    columns = help_message(workflow)["help"]["columns"]
    assert columns["Contract"] == "category, 3 distinct values, 0.0% missing"
