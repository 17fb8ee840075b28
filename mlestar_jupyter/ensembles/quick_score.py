"""Score many combined predictions of the same rows: common metrics in plain numpy.

A selection and a jackknife score hundreds of times what differs little; scikit-learn's scorers check their inputs each
time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Form
from mlestar_jupyter.ensembles.base import as_predictions, of_true_class

_SMALLEST = float(np.finfo(float).eps)

Score = Callable[[np.ndarray], float]
"""Of numbers, or of probabilities of shape (n_rows, n_columns): higher is better, in the metric's own unit."""


def quick_score(y: np.ndarray, metric: Metric, form: Form) -> Score:
    """Make a score of predictions for the rows of `y`: that of the metric, negative where lower is better.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        Class codes, or numbers.
    metric : Metric
    form : Form
        Of the predictions.
    """
    if metric.name == "roc_auc":
        return _area_under_curve(y)
    quick = _QUICK.get(metric.name)
    if quick is None or (form.names and not form.has_probabilities):
        return lambda predicted: metric.gain(metric.score(y, as_predictions(predicted, form)), 0.0)
    return lambda predicted: float(quick(predicted, y))


def _of_true_class(predicted: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Probabilities of the true classes, as they are clipped for a log-loss."""
    return np.asarray(np.maximum(of_true_class(predicted[None], y)[0] / predicted.sum(axis=1), _SMALLEST))


_QUICK: Mapping[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "neg_log_loss": lambda predicted, y: np.mean(np.log(_of_true_class(predicted, y))),
    "accuracy": lambda predicted, y: np.mean(np.argmax(predicted, axis=1) == y),
    "neg_root_mean_squared_error": lambda predicted, y: -np.sqrt(np.mean((predicted - y) ** 2)),
    "neg_mean_squared_error": lambda predicted, y: -np.mean((predicted - y) ** 2),
    "neg_mean_absolute_error": lambda predicted, y: -np.mean(np.abs(predicted - y)),
    "r2": lambda predicted, y: 1 - np.mean((predicted - y) ** 2) / np.var(y),
}


def _area_under_curve(y: np.ndarray) -> Score:
    """Count for each positive row the negative ones below it, ties by half (Mann & Whitney)."""
    positive, negative = np.flatnonzero(y == 1), np.flatnonzero(y != 1)

    def score(predicted: np.ndarray) -> float:
        of_positive, of_negative = np.sort(predicted[positive, 1]), np.sort(predicted[negative, 1])
        below = np.searchsorted(of_negative, of_positive) + np.searchsorted(of_negative, of_positive, side="right")
        return float(below.sum() / max(1, 2 * len(positive) * len(negative)))

    return score
