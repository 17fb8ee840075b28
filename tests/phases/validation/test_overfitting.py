from dataclasses import replace

import pytest

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.phases.refinement import run as refinement
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.phases.validation.holdout import HoldoutScore
from mlestar_jupyter.phases.validation.overfitting import (
    RefinementGain,
    optimism,
    overfitting_values,
    refinement_gain,
)
from mlestar_jupyter.phases.validation.view import overfitting_section
from mlestar_jupyter.planners.base import Proposal
from mlestar_jupyter.problems.recognition import find_metric
from tests.checks.inputs_for_tests import scored
from tests.core.blocks_for_tests import BLOCKS
from tests.phases.contexts_for_tests import context_of

AUC, RMSE = find_metric("roc_auc", "binary"), find_metric("rmse", "regression")
HOLDOUT = HoldoutScore(0.78, 0.7, 0.85, 0.9)
SCORE, INTERVAL = scored(None), (0.79, 0.82)
HALF = RefinementGain(0.04, 0.01, 0.07, 0.02, -0.01, 0.05)


@pytest.fixture(scope="module")
def refined(churn, executor, tmp_path_factory):
    """A context after a refinement that put a linear model in the place of a constant."""
    proposals = [Proposal("model", BLOCKS["model"], "linear", "beats a constant")]
    context = context_of(churn, executor, tmp_path_factory.mktemp("refined"), proposals)
    context.state.score = context.state.baseline
    context.state.solution = context.state.baseline.candidate.solution
    context.state.results["refinement"] = refinement.run(context, RefinementSettings(blocks=("model",)))
    yield context
    context.journal.close()


@pytest.fixture
def rows(refined):
    return refined.dataset.holdout.open("test")


def test_gain_that_is_real_holds_on_the_holdout(refined, rows):
    gain = refinement_gain(refined, rows)
    assert gain.reported > 0
    assert gain.low < gain.found < gain.high
    assert gain.ratio == pytest.approx(gain.found / gain.reported)
    assert 0.5 < gain.ratio < 1.5


def test_replay_shows_the_same_gain(refined, rows):
    first = refinement_gain(refined, rows)
    assert refinement_gain(replace(refined, budget=Budget(1e-9), measurements=None), rows) == first


def test_without_time_the_gain_on_the_holdout_is_not_measured(refined, rows):
    hurried = replace(refined, budget=Budget(1e-9), token="hurried")
    gain = refinement_gain(hurried, rows)
    assert gain.reported > 0
    assert gain.found is gain.ratio is None
    assert "1 more fits take about" in gain.reason


def test_without_holdout_or_refinement_there_is_a_reason(refined, rows):
    assert refinement_gain(refined, None).reason == "there is no holdout"
    unrefined = replace(refined, state=replace(refined.state, results={}))
    assert refinement_gain(unrefined, rows).reason == "refinement has not run"


def test_refinement_that_kept_nothing_has_no_gain_to_lose(refined, rows):
    result = replace(refined.state.results["refinement"], confirmations=[])
    kept_nothing = replace(refined, state=replace(refined.state, results={"refinement": result}))
    assert refinement_gain(kept_nothing, rows).reason == "refinement kept no change"


def test_optimism_is_positive_where_selection_looked_better_whatever_the_direction():
    assert optimism(SCORE, HOLDOUT, AUC) == pytest.approx(0.025)
    assert optimism(SCORE, HOLDOUT, RMSE) == pytest.approx(-0.025)
    assert optimism(SCORE, None, AUC) is None


def test_section_puts_what_was_promised_beside_what_is_left():
    section = overfitting_section(SCORE, INTERVAL, HOLDOUT, HALF, AUC)
    assert list(section.table["what is left"]) == ["-0.025 (worse)", "50% of the gain"]
    assert "looked better by 0.025" in section.text
    assert "inside the holdout's interval" in section.text


def test_section_without_a_holdout_says_not_measured():
    section = overfitting_section(SCORE, INTERVAL, None, RefinementGain(reason="there is no holdout"), AUC)
    assert section.text == "Not measured: there is no holdout."
    assert section.table is None


def test_what_was_not_measured_is_null_in_the_report():
    values = overfitting_values(SCORE, None, RefinementGain(reason="there is no holdout"), AUC)
    assert values["optimism"] is values["refinement"]["ratio"] is None
    assert values["refinement"]["reason"] == "there is no holdout"
