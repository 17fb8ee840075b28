from dataclasses import replace

import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.metric import find_metric
from mlestar_jupyter.phases import foundation
from mlestar_jupyter.phases.base import State
from mlestar_jupyter.phases.settings import FoundationSettings
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
    counted = replace(context, budget=Budget(evaluations=context.budget.spent))
    counted.evaluator.budget = counted.budget
    again = foundation.run(counted, FoundationSettings(batches=2))
    assert [e.candidate.label for e in again.evaluations] == [e.candidate.label for e in timed.evaluations]


def evaluations_take(context, count):
    """Seconds of so many evaluations of the present solution."""
    score = context.state.score
    return 1.2 * count * (score.fit_seconds + score.predict_seconds) / context.evaluator.workers


def within_no_time(context, token, refinement):
    """The same journal, with a clock that stands still: no time for a batch but what the refinement is to get."""
    budget = Budget(1e-6, clock=lambda: 0.0)
    context.evaluator.budget = budget
    later = {"refinement": refinement, "ensemble": 1e4}
    return replace(context, token=token, budget=budget, later=later, state=State())


@pytest.fixture(scope="module")
def sampled(churn, executor, tmp_path_factory):
    """All that a batch tries is in the journal."""
    context = context_of(churn, executor, tmp_path_factory.mktemp("sampled"), [])
    foundation.run(replace(context, token="timed", budget=Budget(60)), FoundationSettings(batches=1))
    return context


def test_time_in_which_a_refinement_could_not_test_an_attempt_goes_to_other_settings(sampled):
    tight = within_no_time(sampled, "tight", evaluations_take(sampled, 3.5))
    found = foundation.run(tight, FoundationSettings(batches=1))
    assert [e for e in found.evaluations if "penalty" in e.candidate.label]
    assert found.took_over == ("refinement",)
    assert "Time meant for refinement" in found.summary
    counted = replace(tight, budget=Budget(evaluations=tight.budget.spent), state=State(), later={})
    counted.evaluator.budget = counted.budget
    again = foundation.run(counted, FoundationSettings(batches=1))
    assert again.took_over == found.took_over
    assert [e.candidate.id for e in again.evaluations] == [e.candidate.id for e in found.evaluations]


def test_time_that_bears_an_attempt_and_its_test_is_left_to_the_refinement(sampled):
    found = foundation.run(
        within_no_time(sampled, "wide", evaluations_take(sampled, 6.5)), FoundationSettings(batches=1)
    )
    assert not [e for e in found.evaluations if "penalty" in e.candidate.label]
    assert found.took_over == ()
    assert "Time meant for" not in found.summary


def test_the_final_fit_comes_before_other_settings(sampled, monkeypatch):
    monkeypatch.setattr(foundation, "longest_refit_seconds", lambda *_: 1e5)  # more than all later phases have
    found = foundation.run(
        within_no_time(sampled, "final fit", evaluations_take(sampled, 3.5)), FoundationSettings(batches=1)
    )
    assert not [e for e in found.evaluations if "penalty" in e.candidate.label]
    assert found.took_over == ()


def test_without_a_time_limit_the_drafts_are_all(churn, executor, tmp_path):
    context = context_of(churn, executor, tmp_path, [])
    assert not [e for e in context.state.members if "penalty" in e.candidate.label]


def test_a_list_that_is_cut_short_is_not_made_longer(churn, executor, tmp_path):
    context = replace(context_of(churn, executor, tmp_path, []), token="short", budget=Budget(60))
    found = foundation.run(context, FoundationSettings(candidates=2))
    assert len(found.evaluations) == 2
