"""What is said when a phase begins anew."""

import json

from tests.runs.conftest import opened
from tests.runs.test_replay import _again, _notes


def test_foundation_that_begins_anew_says_which_edits_it_leaves_out(folder):
    workflow = opened(folder)
    _again(workflow)
    workflow.order.clear()
    workflow.foundation(candidates=2)
    assert (
        "Foundation begins anew, without your hyperparameters, your features. Run those cells again to use them."
        in _notes(workflow)
    )
    assert workflow.phase_states()["validation"].state == "out of date"
    assert json.loads((folder / "report.json").read_text())["settings"]["foundation"]["candidates"] == 2
    workflow.close()


def test_search_that_begins_anew_says_that_the_solution_is_out_of_use(folder):
    workflow = opened(folder)
    workflow.search(), workflow.foundation()
    workflow.order.clear()
    workflow.search(approaches=2)
    anew, follows = _notes(workflow)
    assert anew == (
        "Search begins anew: the solution found so far is out of use until foundation has run. "
        "Its candidates stay on record."
    )
    assert follows.endswith("; the holdout is opened again.")
    workflow.close()


def test_what_is_asked_for_again_says_that_nothing_changed(folder):
    workflow = opened(folder)
    _again(workflow)
    workflow.order.clear()
    workflow.foundation()
    present = workflow.standing.score.candidate
    assert _notes(workflow) == [
        f"Nothing that foundation depends on has changed; the present solution stays {present.label} ({present.id})."
    ]
    workflow.close()
