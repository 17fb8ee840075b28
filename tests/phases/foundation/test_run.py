from dataclasses import replace

import pytest

from mlestar_jupyter.attempts.state import State
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.phases.foundation import batches
from mlestar_jupyter.phases.foundation import run as foundation
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.foundation.taking_over import take_over
from mlestar_jupyter.problems.recognition import find_metric
from tests.phases.contexts_for_tests import context_of


@pytest.fixture(scope="module")
def result(churn, executor, tmp_path_factory):
    context = context_of(churn, executor, tmp_path_factory.mktemp("foundation"), [])
    return foundation.run(context, FoundationSettings())


def test_comparison_has_the_best_on_top_with_its_interval(result):
    table = result.view().sections[0].table
    assert table["candidate"].iloc[0] == result.best.candidate.label
    assert table["score"].iloc[0].startswith(f"{result.best.score:.2f}")
    assert "[" in table["score"].iloc[0]


def test_sentence_says_what_is_best_and_what_became_of_the_others(result):
    label, score, spread = result.best.candidate.label, result.best.score, result.best.spread
    assert result.summary == (
        f"Best of 3 solutions on the same folds: {label}, roc_auc {score:.4g} ± {spread:.2g} (higher is better)."
    )
    dropped = Failed(result.evaluations[0].candidate, "dropped", "behind")
    late = replace(result, evaluations=[*result.evaluations, dropped], planned=7, took_over=("refinement",))
    assert late.summary == (
        f"{result.summary} "
        "Dropped after their first fold: 1. Time was up before 3 more. "
        "The time of refinement, too short to do anything there, was used here."
    )


def test_lower_is_better_puts_the_lowest_on_top(result):
    loss = replace(result, metric=find_metric("neg_log_loss", "binary"))
    scores = {e.candidate.label: e.score for e in result.evaluations}
    assert list(loss.view().sections[0].table["candidate"]) == sorted(scores, key=scores.get)


def test_failed_solutions_come_last_with_their_reason(result):
    broken = Failed(replace(result.evaluations[0].candidate, label="broken"), "error", "ValueError: no")
    table = replace(result, evaluations=[broken, *result.evaluations]).view().sections[0].table
    assert list(table.iloc[-1][["candidate", "score", "why"]]) == ["broken", "failed", "failed: ValueError: no"]


def test_tables_of_the_data_analysis_are_folded(result):
    sections = result.view().sections
    assert [s.folded for s in sections if s.heading in ("Target", "Columns")] == [True, True]
    assert [s.folded for s in sections if s.figure is not None] == [False, False]


def test_time_left_goes_to_other_settings_of_what_leads_and_a_replay_tries_the_same(churn, executor, tmp_path):
    context = replace(context_of(churn, executor, tmp_path, []), token="timed", budget=Budget(60))
    timed = foundation.run(context, FoundationSettings(batches=2))
    sampled = [e for e in timed.evaluations if "penalty" in e.candidate.label]
    assert len(sampled) == 8
    assert [isinstance(e, Scored) for e in sampled] == [True, True, False, False] * 2  # the better half of each batch
    assert all("in the first fold, behind" in e.reason for e in sampled if isinstance(e, Failed))
    counted = replace(context, budget=Budget(evaluations=context.budget.spent), measurements=None)
    again = foundation.run(counted, FoundationSettings(batches=2))
    assert [e.candidate.label for e in again.evaluations] == [e.candidate.label for e in timed.evaluations]


# --- time that later phases have no use for -----------------------------------------------------------------------

EVALUATION = 100.0  # seconds on one worker


@pytest.fixture(scope="module")
def founded(churn, executor, tmp_path_factory):
    return context_of(churn, executor, tmp_path_factory.mktemp("founded"), [])


def taking(context, seconds):
    """The present solution, as if its evaluation had taken so long."""
    return replace(context.state.score, fit_seconds=seconds, predict_seconds=0.0)


def taken(context, token, **evaluations):
    """What is taken where later phases have the time of so many evaluations, and the seconds that it adds."""
    each = 1.2 * EVALUATION / context.evaluator.workers
    budget = Budget(1e-6, clock=lambda: 0.0)
    later = {name: each * count for name, count in evaluations.items()}
    found = take_over(replace(context, token=token, budget=budget, later=later), [taking(context, EVALUATION)])
    return found, round(budget.seconds / each, 1)


def test_time_in_which_a_refinement_could_not_test_an_attempt_goes_to_other_settings(founded):
    assert taken(founded, "few", refinement=4.5) == (("refinement",), 4.5)
    assert taken(founded, "many", refinement=6.5) == ((), 0.0)


def test_time_in_which_an_ablation_could_measure_nothing_goes_to_other_settings(founded):
    assert taken(founded, "both", ablation=1.5, refinement=4.5) == (("ablation", "refinement"), 6.0)
    assert taken(founded, "enough", ablation=2.5, refinement=4.5) == (("refinement",), 4.5)


def test_a_phase_that_has_run_or_is_not_to_come_has_no_time_to_give(founded):
    assert taken(founded, "none") == ((), 0.0)


def test_replay_says_whose_time_was_used(founded):
    seconds = 1e-3
    timed = replace(founded, token="took over", state=State(), budget=Budget(30.0), later={"refinement": seconds})
    first = foundation.run(timed, FoundationSettings(batches=1))
    assert "The time of refinement" in first.summary
    again = foundation.run(replace(timed, state=State(), measurements=None), FoundationSettings(batches=1))
    assert again.took_over == ("refinement",)
    assert [e.candidate.id for e in again.evaluations] == [e.candidate.id for e in first.evaluations]


def test_a_leader_that_would_take_all_the_time_does_not_keep_the_others_from_theirs(founded):
    context = replace(founded, budget=Budget(6 * EVALUATION, clock=lambda: 0.0))
    quick, slow = taking(founded, EVALUATION), taking(founded, 100 * EVALUATION)
    other = replace(slow, candidate=replace(slow.candidate, solution=slow.candidate.solution.with_block(
        "hyperparameters", "PARAMS = {'C': 0.5}")))  # fmt: skip
    assert batches._next_batch(context, [other, quick]).each == {quick.candidate.id: 4}
    assert batches._next_batch(replace(context, budget=Budget(1e-6)), [quick]).each == {}


def test_without_a_time_limit_the_drafts_are_all(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [])
    assert not [e for e in context.state.members if "penalty" in e.candidate.label]


def test_a_list_that_is_cut_short_is_not_made_longer(churn, executor, tmp_path):
    context = replace(context_of(churn, executor, tmp_path, []), token="short", budget=Budget(60))
    found = foundation.run(context, FoundationSettings(candidates=2))
    assert len(found.evaluations) == 2
