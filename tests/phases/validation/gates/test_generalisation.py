from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter.core.split import Split
from mlestar_jupyter.phases.validation.gates.generalisation import generalisation
from mlestar_jupyter.phases.validation.gates.improvement import improvement
from tests.phases.validation.gates.evidence_for_tests import binary, evidence, numbers


def _hurt(p, y, n_sealed, share):
    """Predictions of the sealed rows, of which a share belongs to others."""
    rng = np.random.default_rng(3)
    found = p.copy()
    at = np.arange(len(y) - n_sealed, len(y))[rng.random(n_sealed) < share]
    found[at] = rng.permutation(p)[: len(at)]
    return found


@pytest.mark.parametrize("seed", range(4))
def test_with_heavy_tails_the_oracle_passes_and_one_that_drifts_fails(seed):
    y, x = numbers(2000, seed, tails=2.5)
    sound, drifted = (generalisation(evidence("rmse", y, said)) for said in (x, _hurt(x, y, 500, 1.0)))
    assert sound.verdict in ("pass", "advice")
    assert sound.low < sound.figure < sound.high
    assert drifted.verdict == "fail"


def test_auc_of_999_that_is_975_on_the_holdout_fails():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 4000)
    score = y * 4.3 + rng.normal(size=4000)
    score[3000:] -= y[3000:] * 1.5
    found = evidence("roc_auc", y, 1 / (1 + np.exp(2 - score)), n_sealed=1000)
    assert found.score.score > 0.998
    assert 0.96 < found.sealed.score.score < 0.985
    assert generalisation(found).verdict == "fail"


def test_error_of_zero_on_the_folds_alone_fails():
    y, _ = numbers(800)
    predicted = y.copy()
    predicted[600:] += np.random.default_rng(0).normal(scale=0.5, size=200)
    gate = generalisation(evidence("rmse", y, predicted))
    assert gate.verdict == "fail"
    assert "(worse than cross-validated)" in gate.words
    assert gate.remedy == (
        "The solution predicts new rows worse than its folds said: look for drift in time, for groups on both sides of a "
        "fold, or for a choice among too many attempts; --time or --group makes folds that see it."
    )


@pytest.mark.parametrize(
    "metric", ["roc_auc", "accuracy", "f1", "balanced_accuracy", "neg_log_loss", "neg_brier_score", "rmse", "mae", "r2"]
)
def test_half_of_the_skill_lost_is_found(metric):
    y, p = (numbers if metric in ("rmse", "mae", "r2") else binary)(4000)[:2]
    assert generalisation(evidence(metric, y, p)).verdict == "pass"
    assert generalisation(evidence(metric, y, _hurt(p, y, 1000, 0.5))).verdict == "fail"


@pytest.mark.fast
def test_a_handful_without_an_error_is_not_certain():
    y = np.r_[np.arange(40) // 4 % 2, 0, 1, 0, 1]
    gate = generalisation(evidence("roc_auc", y, y.astype(float), n_sealed=4))
    assert (gate.verdict, gate.figure) == ("pass", 0.0)
    unseen = 1 - 0.025 ** (1 / 2)  # of two rows of a class; the way to the baseline is half of the range
    assert (gate.low, gate.high) == (pytest.approx(-2 * unseen), pytest.approx(2 * unseen))


def test_holdout_that_is_better_beyond_noise_is_advised_on():
    y, p, _ = binary(2000)
    better = p.copy()
    better[1500:] = np.where(y[1500:] == 1, 0.9, 0.1)
    gate = generalisation(evidence("roc_auc", y, better))
    assert gate.verdict == "advice"
    assert gate.remedy == (
        "The holdout is easier than the folds: look for rows that stand on both sides of the split, or for a period that "
        "differs."
    )


@pytest.mark.fast
def test_without_holdout_it_is_not_measured():
    y, p, _ = binary(200)
    gate = generalisation(evidence("roc_auc", y, p, n_sealed=0))
    assert (gate.verdict, gate.words) == ("not measured", "there is no holdout")
    assert gate.remedy == "Seal rows with --test, such as --test 0.2."


@pytest.mark.fast
def test_holdout_that_cannot_be_scored_says_why():
    y, p, _ = binary(200)
    found = replace(evidence("roc_auc", y, p, n_sealed=0), no_holdout="roc_auc is not defined for its 9 rows")
    assert generalisation(found).words == "roc_auc is not defined for its 9 rows"


@pytest.mark.fast
def test_holdout_of_one_class_is_not_measured():
    y, p, _ = binary(200)
    y[150:] = [0, 1] * 25
    found = evidence("roc_auc", y, p)
    found.sealed.rows.y[:] = 0
    gate = generalisation(found)
    assert (gate.verdict, gate.words) == ("not measured", "all rows of the holdout are of one class")
    assert gate.remedy == "Seal rows of every class: a larger --test, or another test table."


@pytest.mark.parametrize("metric", ["f1_macro", "matthews_corrcoef", "average_precision", "neg_log_loss"])
def test_a_sound_test_table_of_one_class_is_not_compared_with_the_folds(metric):
    """Seen: F1 of .793 in the folds, .457 on rows of one class, and *pass* with a figure outside of its interval."""
    y, p, _ = binary(800)
    y[600:] = 1
    found = evidence(metric, y, p)
    assert generalisation(found).verdict == "not measured"
    assert improvement(found).words.endswith("on the folds")


def test_slow_metric_of_many_rows_can_fail():
    y, p = binary(26_000)[:2]
    gate = generalisation(evidence("average_precision", y, _hurt(p, y, 6500, 1.0)))
    assert gate.verdict == "fail"


@pytest.mark.parametrize(("metric", "maker"), [("roc_auc", binary), ("rmse", numbers)])
def test_small_significance_can_fail(metric, maker):
    y, p = maker(5000)[:2]
    gate = generalisation(evidence(metric, y, _hurt(p, y, 1250, 1.0), significance=0.001))
    assert gate.verdict == "fail"


@pytest.mark.fast
def test_test_that_takes_too_long_is_not_measured():
    y, p = binary(2000)[:2]
    gate = generalisation(evidence("average_precision", y, _hurt(p, y, 500, 1.0), significance=1e-5))
    assert gate.verdict == "not measured"
    assert "399,999 exchanges of 2,000 rows" in gate.words
    assert "more than 30 s" in gate.words


@pytest.mark.fast
def test_few_groups_cannot_fail_and_are_not_measured():
    y, said = numbers(300)
    gate = generalisation(evidence("rmse", y, said, n_sealed=60, groups=np.r_[np.arange(240) % 4, np.full(60, 4)]))
    assert (gate.verdict, gate.words) == (
        "not measured", "5 groups or stretches of time are too few for a test at this significance"
    )  # fmt: skip


def test_remedy_of_folds_in_time_does_not_ask_for_time():
    y, _ = numbers(800)
    predicted = y.copy()
    predicted[600:] += np.random.default_rng(0).normal(scale=0.5, size=200)
    gate = generalisation(evidence("rmse", y, predicted, time="t"))
    assert gate.verdict == "fail"
    assert gate.remedy == (
        "The solution predicts later rows worse than its folds said, which are in order of time: drop old rows, learn "
        "from a sliding window (--split), or predict less far ahead."
    )


_LEFT_OUT = "102 of 200 rows of the test table are left out, with labels that are not known"


def test_labels_of_a_test_table_that_are_not_known_are_advised_on():
    """Seen: half of a test table left out for another spelling of a class, and the verdict was ready."""
    y, p, _ = binary(2000)
    found = evidence("roc_auc", y, p)
    assert generalisation(found).verdict == "pass"
    gate = generalisation(replace(found, sealed=replace(found.sealed, left_out=_LEFT_OUT)))
    assert gate.verdict == "advice"
    assert gate.words.endswith(_LEFT_OUT)
    assert gate.remedy == "Write the labels of the test table as those of the table are written; the start names both."
    y, hurt = y.copy(), _hurt(p, y, 500, 1.0)
    worse = evidence("roc_auc", y, hurt)
    gate = generalisation(replace(worse, sealed=replace(worse.sealed, left_out=_LEFT_OUT)))
    assert gate.remedy.startswith(
        "Write the labels of the test table as those of the table are written; the start names both. The solution"
    )


def test_one_class_that_is_left_of_a_test_table_is_not_measured():
    y, p, _ = binary(2000)
    y[1500:] = 1
    found = evidence("neg_log_loss", y, p)
    gate = generalisation(replace(found, sealed=replace(found.sealed, left_out=_LEFT_OUT)))
    assert gate.verdict == "not measured"
    assert gate.words == f"{_LEFT_OUT}; all others are of one class"


@pytest.mark.fast
def test_remedy_asks_for_nothing_that_was_given():
    """With `time` and `--split sliding` given, it asked for both."""
    y, _ = numbers(800)
    predicted = y.copy()
    predicted[600:] += np.random.default_rng(0).normal(scale=0.5, size=200)
    grouped = generalisation(evidence("rmse", y, predicted, groups=np.arange(800) % 4 + np.arange(800) // 8 * 4))
    assert "--group" not in grouped.remedy
    assert "--time makes folds that see it" in grouped.remedy
    found = evidence("rmse", y, predicted, time="t")
    sliding = generalisation(replace(found, task=replace(found.task, split=Split("sliding"))))
    assert "a shorter window" in sliding.remedy
    assert "--split" not in sliding.remedy
