from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.phases.validation.gates.improvement import improvement
from tests.phases.validation.gates.evidence_for_tests import binary, evidence, numbers

pytestmark = pytest.mark.fast
RARE = (np.arange(400) % 33 == 0).astype(int)


def test_perfect_accuracy_over_a_high_baseline_is_all_of_the_way():
    gate = improvement(evidence("accuracy", RARE, np.clip(RARE, 0.01, 0.99)))
    assert (gate.verdict, gate.figure, gate.high) == ("pass", 1.0, 1.0)
    assert gate.low == pytest.approx(2 / 3)  # the score is .99 or better over .97


def test_error_of_zero_is_all_of_the_way():
    y, _ = numbers(200)
    gate = improvement(evidence("rmse", y, y))
    assert (gate.verdict, gate.figure) == ("pass", 1.0)


def test_r2_of_a_hundredth_does_not_pass():
    y, _ = numbers(4000)
    weak = 0.5 * y + np.random.default_rng(1).normal(scale=5, size=len(y))
    gate = improvement(evidence("r2", y, np.mean(y) + 0.01 * (weak - np.mean(y))))
    assert gate.figure < 0.05
    assert gate.verdict in ("advice", "fail")
    assert gate.high < 0.05  # more rows would not help
    assert (
        gate.remedy
        == "The columns may say little about the target: add columns that do, or look at a simpler question."
    )


def test_other_folds_than_those_of_the_baseline_are_not_compared():
    found = replace(evidence("roc_auc", *binary(80)[:2], n_sealed=0), baseline=None)
    gate = improvement(found)
    assert (gate.verdict, gate.remedy) == ("not measured", "Run foundation again.")


def test_figure_is_the_share_of_the_way_in_either_direction():
    y, p, _ = binary(2000)
    found = improvement(evidence("roc_auc", y, p))
    auc = evidence("roc_auc", y, p)
    assert found.figure == pytest.approx((auc.sealed.score.score - 0.5) / 0.5)
    assert 0 < found.low < found.figure < found.high
    shown = f"{found.figure:.1%} of the way to a perfect score [{found.low:.1%}, {found.high:.1%}], on the holdout"
    assert found.words == shown
    y, x = numbers(2000)
    rmse = evidence("rmse", y, x)
    base = rmse.metric.score(rmse.sealed.rows.y, rmse.sealed.baseline)
    assert improvement(rmse).figure == pytest.approx(1 - rmse.sealed.score.score / base)


def test_worthless_solution_fails():
    y, _, _ = binary(800)
    gate = improvement(evidence("roc_auc", y, np.random.default_rng(5).random(800)))
    assert gate.verdict == "fail"
    assert gate.low < 0 < gate.high


def test_without_holdout_folds_are_compared():
    y, p, _ = binary(800)
    gate = improvement(evidence("roc_auc", y, p, n_sealed=0))
    assert gate.verdict == "pass"
    assert gate.words.endswith("on the folds")


def test_solution_that_folds_show_to_be_better_and_few_sealed_rows_do_not_is_advised():
    y, p, _ = binary(2020, strength=0.5)
    gate = improvement(evidence("roc_auc", y, p, n_sealed=20))
    assert gate.verdict == "advice"
    assert gate.words.endswith("better on the folds, no clear difference on the holdout")


@pytest.mark.fast
def test_few_rows_without_an_error_are_not_certain():
    y, _, _ = binary(16)
    gate = improvement(evidence("accuracy", y, y.astype(float), n_sealed=4))
    assert gate.low < gate.high


def test_constant_solution_is_not_asked_for_more_rows():
    y, _ = numbers(200)
    gate = improvement(evidence("rmse", y, np.full(200, y[:150].mean())))
    assert (gate.verdict, gate.figure) == ("fail", 0.0)
    assert gate.remedy == (
        "The solution does no better and no worse than the constant prediction: give the run more time, or add columns."
    )


def test_metric_without_a_formula_is_bounded_by_time():
    y, x = numbers(400)
    gate = improvement(evidence("neg_median_absolute_error", y, x))
    assert gate.verdict == "pass"
