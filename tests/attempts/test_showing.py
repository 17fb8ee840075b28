from dataclasses import replace

import pytest

from mlestar_jupyter.attempts.showing import attempt_entry, attempt_trees, outcome
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import corrected_t_test
from mlestar_jupyter.planners.base import Attempt, Proposal
from mlestar_jupyter.problems.recognition import find_metric
from tests.core.blocks_for_tests import BLOCKS

pytestmark = pytest.mark.fast

AUC = find_metric("roc_auc", "binary")
START = Solution.of(BLOCKS)


def scored(solution, parent=None, scores=(0.81, 0.79, 0.8)):
    candidate = Candidate(solution, "label", parent, "planner", "reason", "refinement")
    return Scored(candidate, scores, Predictions(None, None), 1.0, 0.5, 100.0, 80, 20)


def attempt(source, of=START, **changed):
    solution = of.with_block("hyperparameters", source)
    test = corrected_t_test([0.01, 0.02, 0.03], 80, 20)
    proposal = Proposal("hyperparameters", source, source, "try")
    made = Attempt(
        proposal,
        scored(solution, of.id),
        test.mean,
        test.p_value,
        kept=False,
        test=test,
        replaced=of.blocks["hyperparameters"],
    )
    return replace(made, **changed)


def failed(of=START):
    """A block that breaks its contract: its candidate is the solution that it was to change."""
    candidate = Candidate(of, "label", of.id, "planner", "reason", "refinement")
    return Attempt(
        Proposal("model", "oops", "oops", "try"), Failed(candidate, "error", "no make_model"), None, None, kept=False
    )


def tree(*attempts, unfolded=None, confirmed=None):
    (root,) = attempt_trees(attempts, [scored(START)], AUC, confirmed or {}, unfolded)
    return root


@pytest.mark.parametrize(
    ("changed", "words", "labels"),
    [
        ({}, "– not kept", ["Accept", "Branch", "Edit"]),
        ({"kept": True}, "✓ kept", ["Reject", "Branch", "Edit"]),
        ({"proposed": True}, "? proposed", ["Accept", "Reject", "Branch", "Edit"]),
        ({"rejected": True}, "✗ rejected", ["Accept", "Branch", "Edit"]),
    ],
)
def test_what_became_of_an_attempt_and_what_can_be_done(changed, words, labels):
    entry = attempt_entry(attempt("PARAMS = {'C': 1}", **changed), AUC)
    assert entry.mark == words
    assert [a.label for a in entry.actions] == labels


def test_actions_name_the_candidate_and_have_their_keys():
    made = attempt("PARAMS = {'C': 1}", proposed=True)
    identifier = made.evaluation.candidate.id
    assert [(a.command, a.key) for a in attempt_entry(made, AUC).actions] == [
        (f"accept {identifier}", "a"), (f"reject {identifier}", "r"), (f"checkout {identifier}", "b"), (f"edit {identifier}", "e"),
    ]  # fmt: skip


def test_entry_has_score_gain_p_and_seconds():
    facts = attempt_entry(attempt("PARAMS = {'C': 1}"), AUC).facts
    assert [f.split()[0] for f in facts] == ["roc_auc", "gain", "p", "1.5", "author"]
    assert "gain +0.02" in facts[1]


def test_diff_is_against_the_block_that_was_replaced():
    kept = attempt("PARAMS = {'C': 1}", kept=True)
    second = attempt("PARAMS = {'C': 2}", of=kept.evaluation.candidate.solution)
    assert "− PARAMS = {'C': 1}\n+ PARAMS = {'C': 2}" in attempt_entry(second, AUC).diff.text()


def test_failed_attempt_says_why_and_offers_nothing():
    entry = attempt_entry(failed(), AUC)
    assert outcome(failed()) == entry.mark == "✗ failed"
    assert entry.details == ("Failed: no make_model",)
    assert entry.actions == ()


def test_attempts_nest_below_what_they_were_made_from():
    first = attempt("PARAMS = {'C': 1}", kept=True)
    second = attempt("PARAMS = {'C': 2}", of=first.evaluation.candidate.solution)
    other = attempt("PARAMS = {'C': 3}")
    root = tree(first, second, other)
    assert [e.title[0] for e in root.children] == ["1", "3"]
    assert [e.title[0] for e in root.children[0].children] == ["2"]


def test_every_attempt_is_shown_once_even_when_ids_repeat():
    same = attempt("PARAMS = {'C': 1}", kept=True)
    child = attempt("PARAMS = {'C': 2}", of=same.evaluation.candidate.solution)
    back = attempt(BLOCKS["hyperparameters"], of=same.evaluation.candidate.solution)  # the solution before, again

    def titles(entry):
        return [entry.title[0], *(t for c in entry.children for t in titles(c))]

    assert sorted(titles(tree(same, failed(), same, child, back))[1:]) == ["1", "2", "3", "4", "5"]


def test_attempt_on_a_solution_that_is_not_shown_stands_below_the_root():
    elsewhere = START.with_block("hyperparameters", "PARAMS = {'C': 9}")
    assert len(tree(attempt("PARAMS = {'C': 2}", of=elsewhere)).children) == 1


def test_test_on_fresh_folds_stands_above_the_diff():
    made = attempt("PARAMS = {'C': 1}")
    sentence = {made.evaluation.candidate.id: "Tested."}
    (entry,) = tree(made, confirmed=sentence, unfolded=made).children
    assert entry.details == ("Tested.",)
    assert entry.unfolded
