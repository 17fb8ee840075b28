"""More time goes on from what is known: on more folds, in longer forms, with other settings and the human's blocks."""

from dataclasses import replace

import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Failed, Scored, scored
from mlestar_jupyter.display.view import View
from mlestar_jupyter.phases.ensemble import run as ensemble
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.phases.foundation import run as foundation
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.more import run as more
from mlestar_jupyter.planners.forms import rounds_of, with_rounds
from mlestar_jupyter.planners.recipes import RecipePlanner
from tests.phases.contexts_for_tests import context_of, fresh_context

MEAN = EnsembleSettings(strategies=("mean", "greedy"))


def _given(context, seconds=60):
    """The same context for a step of its own, with a state of its own."""
    return replace(context, token="more", budget=Budget(seconds), state=context.state.copy(), measurements=None)


def _again(context, done):
    """As a replay has it: counted, not timed."""
    return replace(
        context,
        budget=Budget(evaluations=done.budget.spent),
        state=context.state.copy(),
        measurements=None,
        token="more",
    )


@pytest.fixture
def founded(churn, executor, tmp_path):
    """After a foundation of three solutions of a scripted planner."""
    context = context_of(churn, executor, tmp_path, [])
    context.state.results["foundation"] = foundation.run(context, FoundationSettings())
    return context


def test_where_few_folds_were_compared_what_leads_is_compared_on_all_and_a_replay_does_so(founded, monkeypatch):
    monkeypatch.setattr(more, "_MOST_BATCHES", 1)
    evaluator, state = founded.evaluator, founded.state
    everywhere = {m.candidate.id: m.fold_scores for m in state.members}
    evaluator.n_folds = 2
    state.members = scored(evaluator.evaluate([m.candidate for m in state.members], Budget()))
    state.baseline, state.score = state.members[0], evaluator.best(state.members)
    state.solution = state.score.candidate.solution
    timed = _given(founded)
    result = more.run(timed, 60)
    assert evaluator.n_folds is None
    assert result.folds == len(result.start.fold_scores) == 4
    assert "From now on all are compared on 4 folds." in result.summary
    on_all = {m.candidate.id: m.fold_scores for m in timed.state.members if len(m.fold_scores) == 4}
    assert everywhere.items() <= on_all.items()
    assert timed.state.baseline.fold_scores == everywhere[state.baseline.candidate.id]
    evaluator.n_folds = 2
    counted = _again(founded, timed)
    again = more.run(counted, 60)
    assert [e.candidate.id for e in again.evaluations] == [e.candidate.id for e in result.evaluations]
    assert again.best.fold_scores == result.best.fold_scores
    ensemble.run(timed, MEAN)
    assert len(timed.state.score.fold_scores) == 4


def test_other_settings_go_on_where_the_last_time_ended(founded, monkeypatch):
    monkeypatch.setattr(more, "_MOST_BATCHES", 1)
    first = _given(founded)
    result = more.run(first, 60)
    labels = [e.candidate.label for e in result.evaluations]
    assert labels
    assert result.batches > 0
    state = first.state
    state.more = [result]
    second = replace(first, token="again", budget=Budget(60), state=state, measurements=None)
    assert not set(labels) & {e.candidate.label for e in more.run(second, 60).evaluations}


def test_a_better_one_from_before_stays_and_only_once(founded, monkeypatch):
    monkeypatch.setattr(more, "_MOST_BATCHES", 1)
    context = _given(founded)
    more.run(context, 60)
    members = tuple(m.candidate.solution for m in context.state.members[:2])
    solution = replace(context.state.solution, members=members)
    great = tuple(0.99 for _ in context.state.score.fold_scores)
    candidate = replace(context.state.score.candidate, solution=solution, label="mean ensemble")
    context.state.earlier = replace(context.state.score, candidate=candidate, fold_scores=great)
    kept = ensemble.run(context, MEAN)
    assert context.state.solution == solution
    assert kept.kept is None
    assert kept.summary == (
        "What was in use before the time was given stays: mean ensemble, roc_auc 0.99 (higher is better). "
        "Nothing found since is expected to do better."
    )
    assert context.state.earlier is None


def test_what_lacked_time_is_compared_and_what_was_behind_is_not(founded, monkeypatch):
    monkeypatch.setattr(more, "_MOST_BATCHES", 0)
    context = _given(founded)
    known = context.state.results["foundation"]
    late, behind = known.evaluations[1].candidate, known.evaluations[2].candidate
    evaluations = [
        known.evaluations[0],
        Failed(late, "dropped", "its other folds would have taken longer than the time left"),
        Failed(behind, "dropped", "roc_auc 0.5 in the first fold, against 0.8 of the best"),
    ]
    context.state.results["foundation"] = replace(known, evaluations=evaluations)
    labels = [e.candidate.label for e in more.run(context, 60).evaluations]
    assert late.label in labels
    assert behind.label not in labels


def test_summary_says_what_is_better_and_what_runs_again(founded, monkeypatch):
    monkeypatch.setattr(more, "_MOST_BATCHES", 1)
    result = more.run(_given(founded), 60)
    tried, start = len(scored(result.evaluations)), result.start
    result.best, result.folds, result.then = result.start, 0, ()
    assert result.summary == (
        f"{tried} further solutions scored; none is better than {start.candidate.label}, roc_auc {start.score:.4g}."
    )
    best = scored(result.evaluations)[0]
    result.best, result.folds, result.then = best, 5, ("refinement", "ensemble")
    assert result.summary == (
        f"{tried} further solutions scored; the best is {best.candidate.label}, roc_auc {best.score:.4g} "
        f"({start.candidate.label} has {start.score:.4g}; higher is better). "
        "From now on all are compared on 5 folds. Run again after it: refinement, ensemble."
    )


# --- with the recipes' own models ---------------------------------------------------------------------------------


@pytest.fixture
def boosted(churn, executor, tmp_path):
    """After a foundation that had time for two rounds of boosting alone."""
    context = fresh_context(churn, executor, tmp_path, planner=RecipePlanner())
    settings = FoundationSettings(candidates=4)
    known = foundation.run(context, settings)
    usual = next(c for c in known.listed if rounds_of(c.solution) is not None)
    short = replace(usual, solution=with_rounds(usual.solution, 2))
    (found,) = context.evaluator.evaluate([short], Budget())
    state = context.state
    state.results["foundation"] = known
    state.members = [state.members[0], found]
    state.solution, state.score = found.candidate.solution, found
    return context


def test_what_leads_in_a_short_form_is_tried_in_a_longer_one(boosted, monkeypatch):
    monkeypatch.setattr(more, "_MOST_BATCHES", 0)
    result = more.run(_given(boosted, 60), 60)
    rounds = [
        rounds_of(e.candidate.solution).limit for e in result.evaluations if "in a longer form" in e.candidate.reason
    ]
    assert rounds[0] > 2
    assert rounds == sorted(rounds)
    view = result.view()
    assert isinstance(view, View)
    assert view.title == "More time: 1 min"


def test_the_humans_features_are_those_of_all_further_solutions(boosted, monkeypatch):
    monkeypatch.setattr(more, "_MOST_BATCHES", 1)
    state = boosted.state
    source = state.solution.blocks["features"] + "\n# as I want them\n"
    own = replace(
        state.score.candidate, solution=state.solution.with_block("features", source), author="human", block="features"
    )
    (found,) = boosted.evaluator.evaluate([own], Budget())
    assert isinstance(found, Scored)
    state.members = [*state.members, found]
    state.solution, state.score = found.candidate.solution, found
    result = more.run(_given(boosted, 60), 60)
    assert result.evaluations
    assert all("# as I want them" in e.candidate.solution.blocks["features"] for e in result.evaluations)
    assert "# as I want them" in result.best.candidate.solution.blocks["features"]
