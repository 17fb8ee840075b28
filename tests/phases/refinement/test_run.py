import re
from dataclasses import replace
from itertools import count

import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.phases.ablation import run as ablation
from mlestar_jupyter.phases.ablation.settings import AblationSettings
from mlestar_jupyter.phases.refinement import run as refinement
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.planners.base import Proposal
from tests.core.blocks_for_tests import BLOCKS
from tests.phases.contexts_for_tests import context_of

CONTRACTS = (
    "import pandas as pd\n\n\ndef clean(X):\n"
    '    return X.select_dtypes("number").assign(\n'
    '        monthly=(X["Contract"] == "Month-to-month").astype(int),\n'
    '        fiber=(X["InternetService"] == "Fiber optic").astype(int),\n    )'
)


def refine(context, block="cleaning", **settings):
    return refinement.run(context, RefinementSettings(blocks=(block,), **settings))


def test_real_gain_is_kept_on_fresh_folds(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [Proposal("model", BLOCKS["model"], "linear", "beats a constant")])
    context.state.score = context.state.baseline
    context.state.solution = context.state.baseline.candidate.solution
    result = refine(context, "model")
    assert [a.kept for a in result.attempts] == [True]
    assert result.confirmations[0].fresh
    assert "LogisticRegression" in context.state.solution.blocks["model"]
    assert result.blocks == ("model",)
    assert 0 < result.expected < result.confirmations[0].test.mean
    assert re.fullmatch(
        r"Used from now on: 1 of 1 attempts, model \(linear; better\)\. roc_auc 0\.\d+ → 0\.\d+ \(higher is better\); "
        r"to expect on new rows: a gain of 0\.\d+\.",
        result.summary,
    )


def test_change_that_changes_nothing_is_not_kept(churn, executor, tmp_path):
    same = BLOCKS["cleaning"] + "  # the same"
    context = context_of(churn, executor, tmp_path, [Proposal("cleaning", same, "same", "nothing new")])
    before = context.state.solution
    result = refine(context)
    assert not any(a.kept for a in result.attempts)
    assert context.state.solution == before


def test_failed_attempt_is_listed_and_the_next_one_is_tried(churn, executor, tmp_path):
    broken = Proposal("cleaning", "def clean(X):\n    raise ValueError('broken')", "broken", "a bad idea")
    invalid = Proposal("cleaning", "def cleen(X):\n    return X", "invalid", "a worse idea")
    good = Proposal("cleaning", CONTRACTS, "contracts", "they matter")
    result = refine(context_of(churn, executor, tmp_path, [broken, invalid, good]))
    assert [a.gain is None for a in result.attempts] == [True, True, False]
    assert result.table["reason"].str.contains("broken").any()


def test_attempts_are_counted_exactly(churn, executor, tmp_path):
    proposals = [Proposal("hyperparameters", f"PARAMS = {{'C': {c}}}", f"C {c}", "try") for c in (0.1, 0.5, 2, 5)]
    result = refine(context_of(churn, executor, tmp_path, proposals), "hyperparameters", attempts=3)
    assert len(result.attempts) == 3


def test_what_the_human_rejected_is_not_tried_again(churn, executor, tmp_path):
    proposals = [Proposal("hyperparameters", f"PARAMS = {{'C': {c}}}", f"C {c}", "try") for c in (0.1, 0.5)]
    context = context_of(churn, executor, tmp_path, proposals)
    first = refine(context, "hyperparameters")
    first.attempts[0] = replace(first.attempts[0], rejected=True)
    context.state.results["refinement"] = first
    again = replace(context, token="again", measurements=None)
    assert [a.proposal.label for a in refine(again, "hyperparameters").attempts] == ["C 0.5"]


@pytest.mark.parametrize("seconds", [6, 12, 18, 30])
def test_replay_makes_as_many_attempts_and_tests_as_time_bore(churn, executor, tmp_path, seconds):
    proposals = [Proposal("hyperparameters", f"PARAMS = {{'C': {c}}}", f"C {c}", "try") for c in (0.1, 0.5, 2, 5)]
    start = context_of(churn, executor, tmp_path, proposals)
    ticks = count()
    timed = replace(start, budget=Budget(seconds, clock=lambda: next(ticks)), state=replace(start.state))
    first = refine(timed, "hyperparameters")
    counted = replace(start, budget=Budget(evaluations=timed.budget.spent), state=replace(start.state))
    again = refine(counted, "hyperparameters")
    assert [a.proposal.label for a in again.attempts] == [a.proposal.label for a in first.attempts]
    assert [c.test for c in again.confirmations] == [c.test for c in first.confirmations]


def test_without_time_for_an_attempt_and_its_test_none_is_made(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [Proposal("cleaning", CONTRACTS, "contracts", "they matter")])
    slow = replace(context.state.score, fit_seconds=1000.0)
    context.state.score = slow
    result = refine(replace(context, budget=Budget(seconds=600)))
    assert result.attempts == []
    assert result.summary == (
        "No attempt was made: the time left was too short for one and its test. "
        f"The solution stays, roc_auc {slow.score:.4g}."
    )


def test_ablation_says_which_blocks_the_time_left_out(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [])
    context.state.score = replace(context.state.score, fit_seconds=100.0 * executor.workers)
    result = ablation.run(replace(context, budget=Budget(seconds=100)), AblationSettings())
    labels = {i.block: i.label for i in result.impacts}
    assert labels["model"] == "NOT MEASURED"
    (shown,) = (s.table for s in result.view().sections if s.heading.startswith("All "))
    assert "– not measured" in list(shown["impact"])


def test_ablation_finds_the_block_that_matters(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [])
    result = ablation.run(context, AblationSettings(repeats=2))
    top = result.impacts[0]
    assert top.block == "model"
    assert top.label == "HIGH"
    assert result.table["p (Holm)"].dropna().between(0, 1).all()


def weak_start(context):
    """Begin at the constant, so that any model is a gain."""
    context.state.score = context.state.baseline
    context.state.solution = context.state.baseline.candidate.solution
    return context


def linear():
    return Proposal("model", BLOCKS["model"], "linear", "beats a constant")


def test_review_proposes_the_winner_and_leaves_the_solution(churn, executor, tmp_path):
    context = weak_start(context_of(churn, executor, tmp_path, [linear()]))
    before = context.state.solution
    result = refine(context, "model", review=True)
    assert [(a.kept, a.proposed) for a in result.attempts] == [(False, True)]
    assert [(c.kept, c.proposed) for c in result.confirmations] == [(False, True)]
    assert context.state.solution == before
    assert result.blocks == ()
    assert result.diff == ""


def test_review_opens_the_proposed_attempt_with_its_diff_and_test(churn, executor, tmp_path):
    context = weak_start(context_of(churn, executor, tmp_path, [linear()]))
    view = refine(context, "model", review=True).view()
    (entry,) = view.sections[0].entries[0].children
    assert entry.unfolded
    assert entry.diff.size.startswith("+")
    assert entry.details[0].startswith("Tested on fresh folds: gain +")
    assert [a.label for a in entry.actions] == ["Accept", "Reject", "Branch", "Edit"]
    assert re.fullmatch(
        r"1 of 1 attempts is proposed and waits for accept or reject: model \(linear\), gain \+.+\. "
        r"The solution stays until then, roc_auc 0\.5 \(higher is better\)\.",
        view.summary,
    )


def test_without_a_gain_review_proposes_nothing(churn, executor, tmp_path):
    same = Proposal("cleaning", BLOCKS["cleaning"] + "  # the same", "same", "nothing new")
    result = refine(context_of(churn, executor, tmp_path, [same]), review=True)
    assert not any(a.proposed for a in result.attempts)
    assert result.view().summary == (
        f"None of {len(result.attempts)} attempts is expected to do better; the solution stays, "
        f"roc_auc {result.before.score:.4g}."
    )


def test_attempts_stand_below_the_kept_one_that_they_were_made_from(churn, executor, tmp_path):
    cheaper = Proposal("hyperparameters", "PARAMS = {'C': 0.1}", "C 0.1", "try")
    context = weak_start(context_of(churn, executor, tmp_path, [linear(), cheaper]))
    context.state.solution = context.state.solution.with_block("hyperparameters", "PARAMS = {}")
    result = refinement.run(context, RefinementSettings(blocks=("model", "hyperparameters")))
    (kept,) = result.view().sections[1].entries[0].children
    assert kept.mark == "✓ kept"
    assert [child.title for child in kept.children] == ["2 hyperparameters: C 0.1"]
