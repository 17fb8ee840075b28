from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.phases.validation.gates.improvement import improvement
from tests.phases.validation.gates.evidence_for_tests import binary, evidence, numbers

pytestmark = pytest.mark.fast
RARE = (np.arange(400) % 33 == 0).astype(int)


def test_perfect_accuracy_over_a_high_baseline_is_all_of_the_way():
    y = np.tile(RARE, 10)
    gate = improvement(evidence("accuracy", y, np.clip(y, 0.01, 0.99)))
    assert (gate.verdict, gate.figure, gate.high) == ("pass", 1.0, 1.0)
    wrong = 1 - 0.025 ** (1 / 1000)  # of the rows, at most (Clopper & Pearson)
    assert gate.low == pytest.approx(1 - wrong / np.mean(y[3000:]))


def test_three_rare_labels_that_are_right_do_not_show_that_it_is_better():
    gate = improvement(evidence("accuracy", RARE, np.clip(RARE, 0.01, 0.99)))
    assert (gate.verdict, gate.figure) == ("advice", 1.0)
    assert gate.low < 0
    assert gate.remedy == "More rows in the holdout narrow the interval."


def test_labels_that_mean_the_opposite_on_the_holdout_are_worse_there():
    """Seen: an AUC of .894 in the folds and .091 on the holdout, *no clear difference on the holdout*."""
    y, p, _ = binary(2000)
    y[1500:] = 1 - y[1500:]
    gate = improvement(evidence("roc_auc", y, p))
    assert gate.verdict == "fail"
    assert gate.words.endswith("on the holdout; better on the folds, worse on the holdout")
    assert gate.remedy == (
        "The holdout's rows differ from those that were learned from: look at generalisation, and at its labels."
    )


def test_error_of_zero_is_all_of_the_way():
    y, _ = numbers(200)
    gate = improvement(evidence("rmse", y, y))
    assert (gate.verdict, gate.figure, gate.high) == ("pass", 1.0, 1.0)
    assert gate.low == pytest.approx(1 - np.sqrt(1 - 0.025 ** (1 / 50)))  # rows not seen are as bad as the baseline's


def test_r2_of_a_hundredth_does_not_pass():
    y, _ = numbers(4000)
    weak = 0.5 * y + np.random.default_rng(1).normal(scale=5, size=len(y))
    gate = improvement(evidence("r2", y, np.mean(y) + 0.01 * (weak - np.mean(y))))
    assert gate.figure < 0.05
    assert gate.verdict in ("advice", "fail")
    assert gate.high < 0.05
    assert gate.remedy == (
        "The columns may say little about the target: add columns that do, or look at a simpler question."
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
    assert gate.remedy.endswith("or look at a simpler question. More rows narrow the interval.")


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


@pytest.mark.parametrize(("metric", "count"), [("accuracy", 4), ("roc_auc", 2)])
def test_a_handful_that_is_all_right_or_all_wrong_is_not_certain(metric, count):
    y = np.r_[np.arange(16) // 4 % 2, 0, 1, 0, 1]
    right, wrong = (improvement(evidence(metric, y, p.astype(float), n_sealed=4)) for p in (y, 1 - y))
    assert (right.figure, wrong.figure) == (1.0, -1.0)
    assert (right.low, right.high) == (pytest.approx(max(-1.0, 1 - 2 * (1 - 0.025 ** (1 / count)))), 1.0)
    assert (wrong.low, wrong.verdict) == (-1.0, "fail")
    assert wrong.high > 0.2


def test_a_solution_that_is_the_baseline_is_not_better_however_many_rows_there_are():
    y, _, _ = binary(400)
    gate = improvement(evidence("roc_auc", y, np.full(400, y[:300].mean())))
    assert (gate.verdict, gate.figure, gate.low, gate.high) == ("fail", 0.0, 0.0, 0.0)
    assert gate.remedy == (
        "The solution does no better and no worse than the constant prediction: give the run more time, or add columns."
    )


def test_folds_that_all_gain_the_same_are_not_certain():
    y = np.arange(40) // 4 % 2
    gate = improvement(evidence("roc_auc", y, y.astype(float), n_sealed=0))
    assert (gate.verdict, gate.figure, gate.high) == ("pass", 1.0, 1.0)
    assert gate.low == pytest.approx(1 - 2 * (1 - 0.025 ** (1 / 20)))


def test_interval_is_at_one_minus_the_significance():
    y, p, _ = binary(2000)
    usual, sure = (improvement(evidence("roc_auc", y, p, significance=s)) for s in (0.05, 0.001))
    assert sure.high - sure.low == pytest.approx(3.29 / 1.96 * (usual.high - usual.low), rel=0.1)


def test_interval_holds_the_share_of_many_rows():
    many = binary(200_000, seed=999)
    true = improvement(evidence("roc_auc", *many[:2], n_sealed=100_000)).figure
    found = [improvement(evidence("roc_auc", *binary(400, seed)[:2], n_sealed=300)) for seed in range(100)]
    assert np.mean([g.low <= true <= g.high for g in found]) >= 0.9


def test_a_baseline_that_is_never_wrong_cannot_be_bettered():
    gate = improvement(evidence("accuracy", np.zeros(200, dtype=int), np.linspace(0, 0.4, 200)))
    assert (gate.verdict, gate.words) == (
        "not measured", "the baseline is never wrong, so that nothing can be better"
    )  # fmt: skip


def test_metric_without_a_formula_is_measured():
    y, x = numbers(400)
    gate = improvement(evidence("neg_median_absolute_error", y, x))
    assert gate.verdict == "pass"


def test_the_matthews_correlation_of_a_constant_has_no_noise():
    """Seen: 35.9 % [-100 %, 94.6 %] of 4,000 rows."""
    y, p, _ = binary(8000)
    gate = improvement(evidence("matthews_corrcoef", y, p, n_sealed=2000))
    assert gate.verdict == "pass"
    assert gate.high - gate.low < 0.15


def test_holdout_without_an_interval_is_not_replaced_by_the_folds():
    """Seen: one group with predictions of the wrong sign in the holdout, and *pass* on the folds."""
    y, x = numbers(1000)
    x[800:] = -x[800:]
    groups = np.append(np.arange(800) % 40, np.full(200, 99))
    gate = improvement(evidence("rmse", y, x, n_sealed=200, groups=groups))
    assert gate.verdict == "advice"
    assert gate.figure < 0
    assert gate.words.endswith(
        "of the way to a perfect score, on the holdout, whose rows give no interval; better on the folds"
    )
    assert gate.remedy == "Seal rows of more groups, or of a longer time, and look at the largest errors."
