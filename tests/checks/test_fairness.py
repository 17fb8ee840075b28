import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.checks.fairness import disparities, group_rates, small_groups
from mlestar_jupyter.core.predictions import Predictions
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast
LEVEL = 0.05


def _checked(**columns):
    return inputs(table().assign(**columns), test=0)


def test_rates_and_their_ratio():
    checked = _checked(region=["north", "south"] * 100)
    values = np.where((checked.development.X["region"] == "north") | (np.arange(200) % 4 == 1), 1, 0)
    rates = group_rates(checked.task, checked.development, Predictions(values, None), ["region"])
    assert list(rates["group"]) == ["north", "south"]
    assert list(rates["selection rate"]) == [1.0, 0.5]
    assert {"true positive rate", "false positive rate", "accuracy"} <= set(rates)


def test_small_groups_are_named_and_left_out():
    checked = _checked(region=["north"] * 100 + ["south"] * 80 + ["isle"] * 20)
    predictions = Predictions(np.ones(200, dtype=int), None)
    assert "isle" not in set(group_rates(checked.task, checked.development, predictions, ["region"])["group"])
    assert small_groups(checked.development, predictions, ["region"]) == ["region = isle (20)"]


def test_numbers_are_cut_into_quarters():
    checked = _checked(age=np.linspace(18, 90, 200))
    rates = group_rates(checked.task, checked.development, Predictions(np.ones(200, dtype=int), None), ["age"])
    assert list(rates["rows"]) == [50, 50, 50, 50]


def test_rows_without_a_prediction_do_not_count():
    checked = _checked(region=["north", "south"] * 100)
    values = np.ones(200)
    values[:60] = np.nan
    rates = group_rates(checked.task, checked.development, Predictions(values, None), ["region"])
    assert list(rates["rows"]) == [70, 70]
    assert list(rates["selection rate"]) == [1.0, 1.0]


def _drawn(n=1000, seed=0, *, n_groups=2, hurt=None):
    """Labels, decisions that are right in four of five rows, and groups; those of `hurt` are always wrong."""
    rng = np.random.default_rng(seed)
    groups = np.array([f"g{i}" for i in rng.integers(0, n_groups, n)])
    y = rng.integers(0, 2, n)
    decided = np.where(rng.random(n) < 0.8, y, 1 - y)
    return y, np.where(groups == hurt, 1 - y, decided), groups


def _disparities(y, values, groups, problem="binary", units=None):
    from mlestar_jupyter.core.task import Rows, Task
    from mlestar_jupyter.problems.recognition import find_metric
    from mlestar_jupyter.problems.registry import problem_named

    classes = ("no", "yes") if problem == "binary" else ()
    metric = find_metric(None, problem)
    form = problem_named(problem).form(classes)
    task = Task("y", problem, form, metric, (), classes, None, None, len(y), 0, 0, "drawn")
    rows = Rows(pd.DataFrame({"group": groups}), y, None, np.arange(len(y)))
    return disparities(task, rows, Predictions(values), ["group"], np.arange(len(y)) if units is None else units, LEVEL)


def _by_measure(found):
    return {d.measure: max((o for o in found if o.measure == d.measure), key=lambda o: o.difference) for d in found}


def test_differences_and_ratios_are_fairlearns():
    fairlearn = pytest.importorskip("fairlearn.metrics")
    from sklearn.metrics import accuracy_score

    y, values, groups = _drawn(n_groups=4)
    frame = fairlearn.MetricFrame(
        metrics={
            "selection rate": fairlearn.selection_rate,
            "true positive rate": fairlearn.true_positive_rate,
            "false positive rate": fairlearn.false_positive_rate,
            "accuracy": accuracy_score,
        },
        y_true=y, y_pred=values, sensitive_features=groups,
    )  # fmt: skip
    found = _by_measure(_disparities(y, values, groups))
    assert {m: d.difference for m, d in found.items()} == pytest.approx(frame.difference().to_dict())
    assert {m: d.ratio for m, d in found.items()} == pytest.approx(frame.ratio().to_dict())


def test_errors_of_numbers_are_fairlearns_in_standard_deviations():
    fairlearn = pytest.importorskip("fairlearn.metrics")
    from sklearn.metrics import mean_absolute_error

    rng = np.random.default_rng(0)
    y, groups = rng.normal(scale=3, size=500), rng.choice(["a", "b", "c"], 500)
    values = y + rng.normal(size=500) + (groups == "b")
    frame = fairlearn.MetricFrame(metrics=mean_absolute_error, y_true=y, y_pred=values, sensitive_features=groups)
    found = _by_measure(_disparities(y, values, groups, "regression"))
    assert found["mean absolute error"].difference * np.std(y) == pytest.approx(frame.difference())
    assert found["mean error"].higher == "b"
    assert found["mean error"].p_value < 1e-6


def test_group_that_is_always_wrong_differs_beyond_noise():
    found = _by_measure(_disparities(*_drawn(400, hurt="g1")))
    assert found["accuracy"].low_rate == 0
    assert found["accuracy"].p_value < 1e-6
    assert found["accuracy"].low > 0.5


def test_five_equal_groups_seldom_differ():
    """Of 200 rows at a selection rate of .1 each: 40 tables, of which 2 are expected below .05."""
    below = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        y = (rng.random(1000) < 0.1).astype(int)
        values, groups = (rng.random(1000) < 0.1).astype(int), np.repeat(list("abcde"), 200)
        below += any(d.p_value <= LEVEL for d in _disparities(y, values, groups))
    assert below <= 5


def test_intervals_allow_for_all_pairs():
    two = _by_measure(_disparities(*_drawn(n_groups=2)))["accuracy"]
    many = _by_measure(_disparities(*_drawn(n_groups=8)))["accuracy"]
    assert two.low < two.difference < two.high
    assert many.high - many.low > 1.5 * (two.high - two.low)


def test_groups_of_one_unit_are_not_compared():
    y, values, groups = _drawn(200)
    assert not _disparities(y, values, groups, units=np.unique(groups, return_inverse=True)[1])


def test_rows_of_one_unit_count_as_one():
    y, values, groups = _drawn(2000)
    single = _by_measure(_disparities(y, values, groups))["accuracy"]
    repeated = [np.repeat(part, 5) for part in (y, values, groups)]
    known = _by_measure(_disparities(*repeated, units=np.repeat(np.arange(2000), 5)))["accuracy"]
    naive = _by_measure(_disparities(*repeated))["accuracy"]
    assert known.high - known.low == pytest.approx(single.high - single.low, rel=0.02)
    assert naive.high - naive.low < 0.5 * (single.high - single.low)
