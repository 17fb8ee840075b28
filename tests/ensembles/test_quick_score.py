"""Quick scores are those of the task's metric."""

import numpy as np
import pytest

from mlestar_jupyter.ensembles.base import as_predictions
from mlestar_jupyter.ensembles.quick_score import quick_score
from mlestar_jupyter.problems.forms import Labels
from mlestar_jupyter.problems.recognition import find_metric
from tests.ensembles.members_for_tests import known_of


def _pairs(known, metric):
    """Each member's score, the quick one and that of the metric."""
    score = quick_score(known.y, metric, known.form)
    quick = [score(layer) for layer in known.stacked]
    return quick, [
        metric.gain(metric.score(known.y, as_predictions(layer, known.form)), 0.0) for layer in known.stacked
    ]


@pytest.mark.parametrize("name", ["roc_auc", "neg_log_loss", "accuracy", "neg_brier_score", "f1"])
def test_probabilities_are_scored_as_the_metric_does(churn, name):
    quick, slow = _pairs(known_of(churn, "binary"), find_metric(name, "binary"))
    np.testing.assert_allclose(quick, slow, atol=1e-9)


@pytest.mark.parametrize("name", ["rmse", "mse", "mae", "r2", "neg_median_absolute_error"])
def test_numbers_are_scored_as_the_metric_does(churn, name):
    quick, slow = _pairs(known_of(churn, "regression"), find_metric(name, "regression"))
    np.testing.assert_allclose(quick, slow, rtol=1e-9)


def test_ties_count_by_half_in_the_area_under_the_curve():
    metric = find_metric("roc_auc", "binary")
    y, predicted = np.array([0, 1, 0, 1, 1, 0]), np.array([0.2, 0.2, 0.2, 0.7, 0.1, 0.7])
    both = np.column_stack([1 - predicted, predicted])
    assert quick_score(y, metric, Labels((0, 1)))(both) == pytest.approx(
        metric.score(y, as_predictions(both, Labels((0, 1))))
    )


def test_probabilities_that_do_not_add_up_to_one_are_scored_as_the_metric_does():
    metric = find_metric("log_loss", "multiclass")
    y, predicted = np.array([0, 1, 2, 1]), np.random.default_rng(0).random((4, 3))
    assert -quick_score(y, metric, Labels((0, 1, 2)))(predicted) == pytest.approx(
        metric.score(y, as_predictions(predicted, Labels((0, 1, 2))))
    )
