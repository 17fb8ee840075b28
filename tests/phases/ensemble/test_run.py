from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.statistics import TestResult
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.phases.ensemble import members
from mlestar_jupyter.phases.ensemble import run as ensemble
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.planners.recipes import RecipePlanner
from tests.phases.contexts_for_tests import context_of

EVERY = tuple(strategies())


@pytest.fixture(scope="module")
def context(churn, executor, tmp_path_factory):
    return replace(context_of(churn, executor, tmp_path_factory.mktemp("ensemble"), []), planner=RecipePlanner())


@pytest.fixture
def fresh(context):
    """The same context, with its own state and no limit."""
    return replace(context, state=replace(context.state), budget=Budget())


@pytest.fixture(scope="module")
def result(context):
    return ensemble.run(replace(context, state=replace(context.state)), EnsembleSettings())


def _section(result, heading):
    (section,) = [s for s in result.view().sections if s.heading == heading]
    return section


def test_one_table_compares_every_strategy_with_the_best_single_solution(result):
    left_out = [reason.split(" ")[0] for reason in result.skipped]
    assert list(result.table["strategy"]) == ["best single", *(s for s in EVERY if s not in left_out)]
    assert "recent is left out: the rows have no order in time (name a time column at the start)" in result.skipped
    evidence = ["error correlation", "brier", "calibration error", "folds better", "worst fold", "coverage"]
    assert result.table.loc[1:, evidence].notna().all(axis=None)


def test_comparison_marks_in_words_what_is_used(result):
    marks = result.view().sections[0].table[""]
    assert sorted(marks) == sorted(["✓ used"] + ["– not used" if result.kept is None else "–"] * (len(marks) - 1))


def test_a_baseline_without_skill_is_no_member(result):
    members = {m.candidate.label for c in result.combinations for m in c.members}
    assert members == {"logistic", "tree"}


def test_weights_are_shown_as_bars_with_their_figures(result):
    section = _section(result, "Members of mean")
    assert section.meters == ("weight",)
    assert section.table["weight"].sum() == pytest.approx(1)
    assert list(section.table["id"]) == [m.candidate.id for m in result.combinations[0].members]
    assert result.view().html().count("<meter") > len(section.table)


def test_calibration_is_shown_before_and_after(result):
    assert _section(result, "Calibration and coverage").table.loc[1:, "Brier"].str.contains(" → ").all()
    assert _section(result, "Reliability").figure is not None


def test_uncertainty_states_and_measures_its_coverage(result):
    table = _section(result, "Uncertainty").table
    assert list(table["stated"]) == ["90%", "90%"]
    assert {"LAC", "APS"} == set(table["method"])
    measured = [u.coverage for c in result.combinations for u in c.quality.uncertainties]
    assert np.mean(measured) == pytest.approx(0.9, abs=0.03)


def test_every_combination_is_on_record_with_a_block_that_builds(result):
    for combination in result.combinations:
        solution = combination.evaluation.candidate.solution
        assert "def make_ensemble(members):" in solution.blocks["ensemble"]
        solution.check()
        assert len(solution.members) == len(combination.members)


def test_report_has_the_evidence_in_plain_values(result):
    first, choice = result.to_dict()["combinations"][0], result.to_dict()["choice"]
    assert {"weights", "fold_shares", "error_correlation", "calibration_before", "calibration_after"} <= set(first)
    assert {"low", "high"} <= set(choice)


def test_time_that_is_up_leaves_one_combination_and_says_which_were_not_tried(fresh):
    short = replace(fresh, budget=Budget(seconds=0), reserved_seconds=60, token="short")
    found = ensemble.run(short, EnsembleSettings())
    assert len(found.combinations) == 1
    assert f"{EVERY[-1]} was not tried: time was up" in found.skipped


def test_replay_tries_the_strategies_that_time_bore(fresh):
    timed = replace(fresh, budget=Budget(seconds=0), reserved_seconds=60, token="timed", state=replace(fresh.state))
    first = ensemble.run(timed, EnsembleSettings())
    counted = replace(
        timed, budget=Budget(evaluations=timed.budget.spent), state=replace(fresh.state), measurements=None
    )
    again = ensemble.run(counted, EnsembleSettings())
    assert [c.strategy for c in again.combinations] == [c.strategy for c in first.combinations]
    assert again.skipped == first.skipped


def test_combination_whose_final_fit_would_not_fit_the_time_is_left_out(fresh):
    found = ensemble.run(replace(fresh, budget=Budget(seconds=0), token="none"), EnsembleSettings(strategies=("mean",)))
    assert found.kept is None
    assert "final fit would take" in found.skipped[0]


def test_unknown_strategy_names_the_nearest(fresh):
    with pytest.raises(SettingError, match="stacking"):
        ensemble.run(fresh, EnsembleSettings(strategies=("staking",)))


def test_pool_has_few_of_one_family_and_what_chooses_for_itself_may_see_all(fresh):
    scored = fresh.state.score
    solutions = [
        scored.candidate.solution.with_block("hyperparameters", f"PARAMS = {{'C': {0.1 + i / 10}}}") for i in range(7)
    ]
    more = [replace(scored, candidate=replace(scored.candidate, solution=s)) for s in solutions]
    fresh.state.members = [*fresh.state.members, *more, *more]
    able = members.able(fresh, members.alone(fresh))
    assert able[0] is scored
    assert len({m.candidate.solution.fit_id for m in able}) == len(able) == 7 + 2
    assert len(members.pool(able)) == 5 + 1


def test_one_solution_alone_cannot_be_combined(fresh):
    fresh.state.members = [fresh.state.score]
    found = ensemble.run(fresh, EnsembleSettings())
    assert (found.combinations, found.kept) == ([], None)
    assert found.skipped == ("Fewer than two solutions that can be combined were scored on these folds.",)
    assert found.summary == (
        f"No combination is expected to do better. The best single solution stays, roc_auc {found.single.score:.4g}."
    )


def test_sentence_names_what_is_used_and_says_whether_it_is_proven(result):
    used = replace(result.combinations[0], strategy="mean", p_adjusted=0.4, test=TestResult(0.01, -0.01, 0.03, 0.4))
    found = replace(result, kept=used, preferred="It needs fewer fits.")
    assert found.summary == (
        f"Used from now on: the {used.label} ensemble of {len(used.members)}, roc_auc {used.score:.4g} (higher is "
        "better) on rows that it did not learn from; a single solution that was chosen in the same way has "
        f"{np.mean(result.single_scores):.4g}. Against that: no clear difference, +0.010 [-0.010, +0.030]. It needs "
        "fewer fits."
    )
    assert found.to_dict()["combinations"][0]["verdict"] in ("better", "worse", "no clear difference")


def test_a_better_score_of_one_solution_beside_the_verdict_is_explained(result):
    few = (0.2, *(-0.001 for _ in result.combinations[0].gains[1:]))
    used = replace(result.combinations[0], gains=few, p_adjusted=0.01, test=TestResult(0.04, 0.01, 0.07, 0.01))
    better = replace(result.single, fold_scores=tuple(score + 0.1 for score in result.single.fold_scores))
    found = replace(result, kept=used, single=better)
    assert used.verdict == "better"
    assert found.summary.endswith(
        "Against that: better, +0.040 [+0.010, +0.070]. The best single solution's own score, "
        f"{better.score:.4g}, is no fair comparison: it was chosen for that score on the same rows. "
        f"The gain comes from few folds: 1 of {len(few)} are better."
    )
    assert replace(found, kept=replace(used, p_adjusted=0.4)).summary.endswith(
        "no clear difference, +0.040 [+0.010, +0.070]."
    )


# --- the best single solution, and the present one ----------------------------------------------------------------


@pytest.fixture
def worse(fresh):
    """The tree in use, although another solution is better on the same folds."""
    tree = next(m for m in fresh.state.members if m.candidate.label == "tree")
    fresh.state.solution, fresh.state.score = tree.candidate.solution, tree
    return tree


def test_best_single_is_the_best_although_another_is_in_use(fresh, worse):
    found = ensemble.run(fresh, EnsembleSettings(strategies=("mean",)))
    assert (found.single.candidate.label, found.present) == ("logistic", worse)
    (mean,) = found.combinations
    assert all(found.single.score >= member.score for member in mean.members)
    assert mean.gains == tuple(np.subtract(mean.evaluation.fold_scores, found.single.fold_scores))


def test_present_solution_stays_where_no_combination_is_better_than_the_best_single(result, worse):
    found = replace(result, kept=None, present=worse)
    assert found.summary == (
        f"No combination is expected to do better than the best single solution ({result.single.candidate.id}, "
        f"roc_auc {result.single.score:.4g}); the present solution stays, roc_auc {worse.score:.4g}."
    )
    assert list(found.table["strategy"])[:2] == ["best single", "present solution"]
    assert list(found.view().sections[0].table[""])[:2] == ["–", "✓ used"]
    assert found.to_dict()["single_id"] == result.single.candidate.id
