import math

import numpy as np
import pytest
from sklearn.metrics import get_scorer_names

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.problems.recognition import find_metric

pytestmark = pytest.mark.fast


def test_scores_are_in_the_metrics_own_unit_and_lower_can_be_better():
    metric = find_metric("rmse", "regression")
    assert metric.score(np.array([1.0, 3.0]), Predictions(np.array([2.0, 4.0]), None)) == pytest.approx(1.0)
    assert metric.gain(1.0, 2.0) == 1.0
    assert metric.direction == "lower is better"


def test_higher_is_better_where_it_is():
    assert find_metric("auc", "binary").gain(0.9, 0.8) == pytest.approx(0.1)


def test_log_loss_holds_where_a_fold_lacks_a_class():
    metric = find_metric(None, "multiclass")
    probabilities = np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]])
    assert metric.score(np.array([0, 0]), Predictions(np.array([0, 0]), probabilities)) == pytest.approx(np.log(2))


def test_undefined_score_is_an_error_and_no_number():
    with pytest.raises(ValueError, match="^roc_auc is not defined for these rows$"):
        find_metric("auc", "binary").score(np.array([1, 1]), Predictions(np.array([0, 1]), np.full((2, 2), 0.5)))


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_every_default_fits_its_problem(problem):
    assert find_metric(None, problem).name


def test_unknown_metric_names_the_nearest():
    with pytest.raises(SettingError, match="There is no metric 'acuracy'. Did you mean 'accuracy'"):
        find_metric("acuracy", "binary")


@pytest.mark.parametrize(
    ("name", "problem"), [("rmse", "binary"), ("roc_auc", "regression"), ("accuracy", "regression")]
)
def test_metric_that_does_not_fit_says_which_does(name, problem):
    with pytest.raises(SettingError, match=f"does not fit a {problem} problem. Leave --metric out"):
        find_metric(name, problem)


@pytest.mark.parametrize(
    ("name", "range_"),
    [
        ("roc_auc", (0, 1)),
        ("roc_auc_ovr_weighted", (0, 1)),
        ("f1_macro", (0, 1)),
        ("accuracy", (0, 1)),
        ("balanced_accuracy", (0, 1)),
        ("average_precision", (0, 1)),
        ("r2", (-math.inf, 1)),
        ("d2_absolute_error_score", (-math.inf, 1)),
        ("matthews_corrcoef", (-1, 1)),
        ("neg_log_loss", (0, math.inf)),
        ("neg_brier_score", (0, math.inf)),
        ("neg_root_mean_squared_error", (0, math.inf)),
        ("neg_max_error", (0, math.inf)),
        ("neg_mean_poisson_deviance", (0, math.inf)),
    ],
)
def test_range_holds_every_score(name, range_):
    assert Metric(name, greater_is_better=True, needs_probabilities=False).range == range_


def test_every_scorer_has_a_bound():
    """Each metric of scikit-learn is bounded on one side at least."""
    for name in get_scorer_names():
        low, high = Metric(name, greater_is_better=True, needs_probabilities=False).range
        assert low > -math.inf or high < math.inf, name


def test_units_of_a_mean_over_rows_all_count():
    y = np.array([0] * 295 + [1] * 5)
    counted = {
        n: Metric(n, True, False).count(y, 300) for n in ("accuracy", "top_k_accuracy", "f1", "balanced_accuracy")
    }
    assert counted == {"accuracy": 300, "top_k_accuracy": 300, "f1": 5, "balanced_accuracy": 5}
