import numpy as np
import pytest
from scipy.special import expit

from mlestar_jupyter.core.influences import influence
from mlestar_jupyter.core.intervals import Answered, gain_interval, interval_of_rows, mean_interval, share_interval
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions

pytestmark = pytest.mark.fast

ACCURACY = Metric("accuracy", True, False)
AUC = Metric("roc_auc", True, True)
LOG_LOSS = Metric("neg_log_loss", False, True)
RMSE = Metric("neg_root_mean_squared_error", False, False)
R2 = Metric("r2", True, False)
F1 = Metric("f1", True, False)
BALANCED = Metric("balanced_accuracy", True, False)
MEDIAN = Metric("neg_median_absolute_error", False, False)
BY_FORMULA = {
    "accuracy": ACCURACY,
    "roc_auc": AUC,
    "log-loss": LOG_LOSS,
    "brier": Metric("neg_brier_score", False, True),
    "rmse": RMSE,
    "mse": Metric("neg_mean_squared_error", False, False),
    "mae": Metric("neg_mean_absolute_error", False, False),
    "rmsle": Metric("neg_root_mean_squared_log_error", False, False),
    "msle": Metric("neg_mean_squared_log_error", False, False),
    "r2": R2,
    "f1": F1,
    "balanced accuracy": BALANCED,
}
LABELLED = ("accuracy", "roc_auc", "log-loss", "brier", "f1", "balanced accuracy")


def labels(n_rows, seed=0):
    generator = np.random.default_rng(seed)
    known = 1.5 * generator.normal(size=n_rows)
    chance = expit(known).round(2)  # with ties
    y = (generator.random(n_rows) < expit(known)).astype(int)
    return y, Predictions((chance > 0.5).astype(int), np.column_stack([1 - chance, chance]))


def numbers(n_rows, seed=0):
    generator = np.random.default_rng(seed)
    y = generator.exponential(size=n_rows) + 1
    return y, Predictions(y + generator.normal(scale=0.3, size=n_rows))


def interval(metric, y, predictions, groups=None, *, is_ordered=False):
    return interval_of_rows(metric, [Answered(np.arange(len(y)), y, predictions, groups)], is_ordered=is_ordered)


def share_inside(true, metric, draw, runs=120, **options):
    found = [interval(metric, *draw(seed), **options) for seed in range(runs)]
    return np.mean([i.low <= true <= i.high for i in found])


@pytest.mark.parametrize("name", BY_FORMULA)
def test_influences_by_formula_are_those_of_leaving_rows_out(name):
    metric = BY_FORMULA[name]
    y, predictions = labels(150) if name in LABELLED else numbers(150)
    found = influence(metric, y, predictions, is_ordered=False)
    rows = [np.delete(np.arange(150), i) for i in range(150)]
    left_out = np.array([149 * (found.score - metric.score(y[r], predictions.at(r))) for r in rows])
    assert np.corrcoef(left_out, found.of_rows)[0, 1] > 0.99
    assert np.std(left_out) == pytest.approx(np.std(found.of_rows), rel=0.1)
    assert found.of_rows.mean() == pytest.approx(0, abs=1e-9)


def test_rows_of_a_group_are_not_counted_as_so_many_independent_ones():
    def draw(seed):
        generator = np.random.default_rng(seed)
        groups = np.repeat(np.arange(40), 20)
        errors = generator.normal(size=40)[groups] + 0.3 * generator.normal(size=800)
        return np.zeros(800), Predictions(errors), groups

    assert share_inside(np.sqrt(1.09), RMSE, draw) >= 0.9  # row by row .4


def test_rows_in_time_are_not_counted_as_so_many_independent_ones():
    from scipy.signal import lfilter

    def draw(seed):
        shocks = np.random.default_rng(seed).normal(size=1_200) * np.sqrt(1 - 0.9**2)
        return np.zeros(1_000), Predictions(lfilter([1], [1, -0.9], shocks)[200:])

    assert share_inside(1.0, RMSE, draw, is_ordered=True) >= 0.88  # row by row .5


def test_heavy_tails_widen_an_interval_upwards():
    def draw(seed):
        return np.zeros(400), Predictions(np.random.default_rng(seed).standard_t(4, 400))

    assert share_inside(np.sqrt(2), RMSE, draw) >= 0.9
    found = interval(RMSE, *draw(0))
    score = RMSE.score(*draw(0))
    assert found.high - score > score - found.low > 0


def test_error_of_an_area_is_that_of_delong():
    y, predictions = labels(200)
    scores = predictions.columns[:, 1]
    above = (scores[y == 1][:, None] > scores[y == 0]) + 0.5 * (scores[y == 1][:, None] == scores[y == 0])
    variance = above.mean(axis=1).var(ddof=1) / (y == 1).sum() + above.mean(axis=0).var(ddof=1) / (y == 0).sum()
    assert interval(AUC, y, predictions).error == pytest.approx(np.sqrt(variance), rel=0.02)


def test_all_right_is_what_so_many_rows_can_say():
    y = np.array([0, 1] * 50)
    found = interval(ACCURACY, y, Predictions(y))
    assert (found.low, found.high) == (pytest.approx(0.025 ** (1 / 100)), 1.0)
    found = interval(ACCURACY, y, Predictions(1 - y))
    assert (found.low, found.high) == (0.0, pytest.approx(1 - 0.025 ** (1 / 100)))


@pytest.mark.parametrize(
    ("metric", "y", "predicted"),
    [
        (RMSE, np.zeros(5), np.ones(5)),
        (RMSE, np.zeros(5), np.zeros(5)),
        (RMSE, np.zeros(1), np.ones(1)),
        (RMSE, np.array([0.0, 1.0, 1e200]), np.zeros(3)),
        (R2, np.zeros(5), np.array([0.0, 1.0, 1.0, 1.0, 1.0])),
    ],
)
def test_what_cannot_be_measured_has_no_bounds(metric, y, predicted):
    assert not interval(metric, y, Predictions(predicted)).is_measured


def test_one_class_has_no_area_and_no_interval():
    columns = np.full((6, 2), 0.5)
    assert not interval(AUC, np.ones(6, dtype=int), Predictions(np.ones(6, dtype=int), columns)).is_measured


def test_one_group_has_no_interval():
    y, predictions = numbers(20)
    assert not interval(RMSE, y, predictions, np.zeros(20)).is_measured


def test_a_metric_without_formula_is_measured_by_leaving_parts_out():
    y, predictions = numbers(600)
    found = interval(MEDIAN, y, predictions)
    drawn = [np.random.default_rng(s).integers(0, 600, 600) for s in range(200)]
    spread = np.std([MEDIAN.score(y[r], predictions.at(r)) for r in drawn])
    assert 0.5 * spread < found.error < 2 * spread
    assert found.low < MEDIAN.score(y, predictions) < found.high


@pytest.mark.parametrize("metric", [F1, BALANCED])
def test_widths_by_formula_differ_little_between_tables(metric):
    found = [interval(metric, *labels(1_000, seed)) for seed in range(60)]
    widths = [i.high - i.low for i in found]
    assert max(widths) < 1.4 * min(widths)


@pytest.mark.parametrize("metric", [AUC, BALANCED, F1])
def test_all_right_is_what_the_rarest_class_can_say(metric):
    y = np.array([0] * 90 + [1] * 10)
    columns = np.column_stack([1 - y, y]).astype(float)
    assert interval(metric, y, Predictions(y, columns)).low == pytest.approx(0.025 ** (1 / 10))


def test_rows_that_are_predicted_alike_are_as_sure_as_they_are_many():
    y = np.array([0, 1] * 50)
    found = interval(AUC, y, Predictions(np.zeros(100, dtype=int), np.full((100, 2), 0.5)))
    unseen = 1 - 0.025 ** (1 / 50)
    assert (found.low, found.high) == (pytest.approx(0.5 - unseen), pytest.approx(0.5 + unseen))


def test_an_interval_stays_within_the_range_of_its_metric():
    y, predictions = numbers(12)
    found = interval(R2, y, predictions)
    assert found.high <= 1
    assert interval(RMSE, y, predictions).low >= 0


def test_folds_together_are_about_as_sure_as_their_rows_together():
    y, predictions = numbers(500)
    folds = [Answered(rows, y[rows], predictions.at(rows)) for rows in np.array_split(np.arange(500), 5)]
    apart = interval_of_rows(RMSE, folds, is_ordered=False)
    assert apart.error == pytest.approx(interval(RMSE, y, predictions).error, rel=0.05)
    wider = interval_of_rows(RMSE, folds, is_ordered=False, fitting=0.25)
    assert wider.error == pytest.approx(apart.error * np.sqrt(1.25))


def test_rows_that_are_tested_twice_count_once():
    y, predictions = numbers(300)
    once = [Answered(rows, y[rows], predictions.at(rows)) for rows in np.array_split(np.arange(300), 3)]
    twice = interval_of_rows(RMSE, [*once, *once], is_ordered=False)
    assert twice.error == pytest.approx(interval_of_rows(RMSE, once, is_ordered=False).error)


def test_a_gain_is_paired_row_by_row():
    y, old = numbers(400)
    new = Predictions(y + 0.9 * (old.values - y))
    found = gain_interval(RMSE, y, new, old, None, is_ordered=False)
    assert 0 < found.low < 0.1 * RMSE.score(y, old) < found.high
    assert found.high - found.low < 0.3 * (interval(RMSE, y, old).high - interval(RMSE, y, old).low)


def test_a_gain_of_nothing_has_no_width():
    y, old = numbers(50)
    found = gain_interval(RMSE, y, old, old, None, is_ordered=False)
    assert (found.low, found.high) == (0.0, 0.0)


def test_a_gain_that_no_row_shows_is_as_sure_as_rows_are_many():
    y = np.array([0, 1] * 3)
    old, new = (Predictions(y, np.column_stack([1 - y, y]) * scale) for scale in (0.9, 0.8))
    found = gain_interval(AUC, y, new, old, None, is_ordered=False)
    unseen = 1 - 0.025 ** (1 / 3)
    assert (found.low, found.high) == (pytest.approx(-unseen), pytest.approx(unseen))


def test_a_mean_of_equal_figures_is_as_sure_as_rows_are_many():
    found = mean_interval(np.zeros(100), 5.0, None, is_ordered=False)
    assert found.high == pytest.approx(2 * 5 * (1 - 0.025 ** (1 / 100)))
    assert found.low == -found.high


@pytest.mark.parametrize("metric", [AUC, LOG_LOSS, RMSE, R2, F1])
def test_a_share_of_the_way_holds_that_of_many_rows(metric):
    def share(n_rows, seed):
        y, said = numbers(n_rows, seed) if metric in (RMSE, R2) else labels(n_rows, seed)
        middle = np.full((n_rows, 2), [0.6, 0.4])
        old = Predictions(np.full(n_rows, 2.0) if metric in (RMSE, R2) else np.ones(n_rows), middle)
        return share_interval(metric, y, said, old, None, is_ordered=False)

    true = share(200_000, 999)[0]
    found = [share(300, seed)[1] for seed in range(100)]
    assert np.mean([i.low <= true <= i.high for i in found]) >= 0.9


def test_a_share_allows_for_the_noise_of_the_score_where_it_starts():
    y, said = numbers(400)
    wild = Predictions(y + np.random.default_rng(1).standard_t(3, 400))
    share, found = share_interval(RMSE, y, said, wild, None, is_ordered=False)
    score = interval(RMSE, y, said)
    assert share == pytest.approx(1 - RMSE.score(y, said) / RMSE.score(y, wild))
    assert found.high - found.low > (score.high - score.low) / RMSE.score(y, wild)


def test_there_is_no_way_from_a_perfect_score():
    y = np.array([0, 1] * 5)
    share, found = share_interval(ACCURACY, y, Predictions(1 - y), Predictions(y), None, is_ordered=False)
    assert np.isnan(share)
    assert not found.is_measured


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e50, 1e77, 1e120, 1e200])
@pytest.mark.parametrize("metric", [RMSE, R2])
def test_errors_that_are_large_beyond_floats_are_no_mistake(metric, size):
    """The square of a sum of squares of 1e50 was an OverflowError."""
    y, said = numbers(40)
    said.values[3] = size
    share, found = share_interval(metric, y, said, Predictions(np.full(40, y.mean())), None, is_ordered=False)
    assert not share > 0
    assert not found.low > 0
    whole = interval(metric, y, said)
    assert not whole.is_measured or whole.low <= metric.score(y, said) <= whole.high
