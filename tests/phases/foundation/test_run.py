from dataclasses import replace

import pytest

from mlestar_jupyter.attempts.state import State
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.phases.foundation import batches
from mlestar_jupyter.phases.foundation import run as foundation
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
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
        "The time of refinement, too short for an attempt and its test, was used here."
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


# --- time that a refinement has no use for ------------------------------------------------------------------------

EVALUATION = 100.0  # seconds on one worker


@pytest.fixture(scope="module")
def founded(churn, executor, tmp_path_factory):
    return context_of(churn, executor, tmp_path_factory.mktemp("founded"), [])


def taking(context, seconds):
    """The present solution, as if its evaluation had taken so long."""
    return replace(context.state.score, fit_seconds=seconds, predict_seconds=0.0)


def next_batch(context, evaluations, others=()):
    """What comes when the foundation's own time is up, and refinement is to get the time of so many evaluations."""
    leader = taking(context, EVALUATION)
    refinement = 1.2 * evaluations * EVALUATION / context.evaluator.workers
    short = replace(context, budget=Budget(1e-6, clock=lambda: 0.0), later={"refinement": refinement})
    return batches._next_batch(short, [leader], [leader, *others], ())


def test_time_in_which_a_refinement_could_not_test_an_attempt_goes_to_other_settings(founded):
    assert next_batch(founded, 4.5) == batches._Batch(4, ["refinement"])


def test_time_that_bears_an_attempt_and_its_test_is_left_to_the_refinement(founded):
    assert next_batch(founded, 6.5) == batches._Batch(0, [])


def test_time_that_bears_no_batch_either_is_not_taken(founded):
    assert next_batch(founded, 0.9) == batches._Batch(0, [])


def test_the_final_fit_comes_before_other_settings(founded):
    slow_member = taking(founded, 100 * EVALUATION)
    assert next_batch(founded, 4.5, [slow_member]) == batches._Batch(0, [])


def test_replay_says_whose_time_was_used(founded, monkeypatch):
    timed = replace(founded, token="took over", state=State())
    with monkeypatch.context() as patched:
        patched.setattr(batches, "_next_batch", lambda *_: batches._Batch(4, ["refinement"]))
        first = foundation.run(timed, FoundationSettings(batches=1))
    assert "The time of refinement" in first.summary
    again = foundation.run(replace(timed, state=State(), measurements=None), FoundationSettings(batches=1))
    assert again.took_over == ("refinement",)
    assert [e.candidate.id for e in again.evaluations] == [e.candidate.id for e in first.evaluations]


def test_without_a_time_limit_the_drafts_are_all(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [])
    assert not [e for e in context.state.members if "penalty" in e.candidate.label]


def test_a_list_that_is_cut_short_is_not_made_longer(churn, executor, tmp_path):
    context = replace(context_of(churn, executor, tmp_path, []), token="short", budget=Budget(60))
    found = foundation.run(context, FoundationSettings(candidates=2))
    assert len(found.evaluations) == 2
