"""A metric of weighted rows: scores of many subsets or resamples at once, and what each row adds to a score.

Metrics that are functions of sums over rows or of counts of labels, and areas under curves, are computed from the
weights; others are scored one set of rows after another.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.quiet import quietly
from mlestar_jupyter.core.weighted_areas import Auc, AveragePrecision, OneAgainstRest
from mlestar_jupyter.core.weighted_labels import OF_COUNTS, OfLabels
from mlestar_jupyter.core.weights import OfSums, WeightedScore, plain

__all__ = ["weighted_score"]

_TWO = 2
_SET, _CELL = 2e-3, 1e-7
"""Seconds of a usual processor for a set of rows that scikit-learn scores, and for a value of these."""


class _OneByOne(WeightedScore):
    """Any metric: each set of rows is put together and scored."""

    def __init__(self, metric: Metric, y: np.ndarray, predictions: Predictions) -> None:
        n_columns = 0 if predictions.columns is None else predictions.columns.shape[1]
        super().__init__(len(y), 1 + n_columns)
        self._metric, self._y, self._predictions = metric, y, predictions
        self._of_set = _SET * (n_columns * (n_columns - 1) // 2 if metric.name.startswith("roc_auc_ovo") else 1)

    def seconds(self, n_parts: int = 1) -> float:
        """Each set costs a call, besides its rows."""
        return n_parts * self._of_set + _CELL * self.n_rows * self._values_read

    def seconds_of_influences(self, n_rows: int, n_parts: int) -> float:
        """As many scores as there are parts."""
        return min(n_parts, n_rows) * (self._of_set + _CELL * n_rows * self._values_read)

    def _scores(self, weights: np.ndarray) -> np.ndarray:
        rows = np.arange(self.n_rows)
        return np.array([self._score(np.repeat(rows, w.astype(int))) for w in weights])

    def _score(self, rows: np.ndarray) -> float:
        try:
            return self._metric.score(self._y[rows], self._predictions.at(rows))
        except ValueError:
            return float("nan")


def weighted_score(metric: Metric, y: np.ndarray, predictions: Predictions) -> WeightedScore:
    """Prepare a metric for many sets of the same rows.

    Parameters
    ----------
    metric : Metric
    y : ndarray of shape (n_rows,)
    predictions : Predictions
        For the same rows, without missing ones.
    """
    known = _known(metric.name, y, predictions) if type(metric) is Metric else None
    return _OneByOne(metric, y, predictions) if known is None else known


def _known(name: str, y: np.ndarray, predictions: Predictions) -> WeightedScore | None:
    """The metric from weights; None where it has to be scored set by set."""
    columns, values = predictions.columns, predictions.values
    if name in OF_COUNTS:
        return OfLabels(y, values, OF_COUNTS[name])
    if columns is not None and name in _AREAS:
        return _area(name, y, columns)
    if columns is not None and name in _OF_PROBABILITIES:
        row_values, of_means = _OF_PROBABILITIES[name]
        return OfSums(row_values(y.astype(int), columns), of_means)
    if name not in _OF_NUMBERS:
        return None
    row_values, of_means = _OF_NUMBERS[name]
    with quietly():
        table = row_values(y, values)
    return OfSums(table, of_means) if np.isfinite(table).all() else None


def _area(name: str, y: np.ndarray, columns: np.ndarray) -> WeightedScore | None:
    kind, of_classes = _AREAS[name]
    if columns.shape[1] == _TWO:
        return kind(y, columns[:, 1])
    return OneAgainstRest(y, columns, kind, by_share=of_classes == "by share") if of_classes else None


def _root(means: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(means[:, 0]))


def _r2(means: np.ndarray) -> np.ndarray:
    error, total = means[:, 0], means[:, 2] - means[:, 1] ** 2
    return np.asarray(np.where(total > 0, 1 - error / total, np.nan))


def _explained_variance(means: np.ndarray) -> np.ndarray:
    return _r2(np.column_stack([means[:, 0] - means[:, 3] ** 2, means[:, 1:3]]))


def _squares(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.asarray((values - y) ** 2)[:, None]


def _log_squares(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    return _squares(np.log1p(y), np.log1p(values))


def _of_spread(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    centred = y - y.mean()
    return np.column_stack([(values - y) ** 2, centred, centred**2, values - y])


def _relative(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(values - y) / np.maximum(np.abs(y), np.finfo(float).eps))[:, None]


def _poisson(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    from scipy.special import xlogy

    return np.asarray(2 * (xlogy(y, y / values) - y + values))[:, None]


def _gamma(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.asarray(2 * (np.log(values / y) + y / values - 1))[:, None]


def _log_losses(y: np.ndarray, columns: np.ndarray) -> np.ndarray:
    clipped = np.clip(columns, np.finfo(float).eps, 1)
    return np.asarray(-np.log((clipped / clipped.sum(axis=1, keepdims=True))[np.arange(len(y)), y]))[:, None]


def _brier(y: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Squared distances from the true label; of two labels half of them, as is usual."""
    squares = ((columns - np.eye(columns.shape[1])[y]) ** 2).sum(axis=1)
    return np.asarray(squares / (2 if columns.shape[1] == _TWO else 1))[:, None]


def _hits_of_two(y: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Whether the true label is one of the two most probable."""
    first = np.argsort(columns, axis=1, kind="stable")[:, -2:]
    return np.asarray((first == y[:, None]).any(axis=1).astype(float))[:, None]


_Rows = Callable[[np.ndarray, np.ndarray], np.ndarray]
_Means = Callable[[np.ndarray], np.ndarray]
_AREAS: dict[str, tuple[type[Auc | AveragePrecision], str]] = {
    "roc_auc": (Auc, ""),
    "roc_auc_ovr": (Auc, "alike"),
    "roc_auc_ovr_weighted": (Auc, "by share"),
    "roc_auc_ovo": (Auc, ""),
    "roc_auc_ovo_weighted": (Auc, ""),
    "average_precision": (AveragePrecision, "alike"),
}
"""With what each of several classes against the rest counts; empty where that is not what is measured."""
_OF_PROBABILITIES: dict[str, tuple[_Rows, _Means]] = {
    "neg_log_loss": (_log_losses, plain),
    "neg_brier_score": (_brier, plain),
    "top_k_accuracy": (_hits_of_two, plain),
}
_OF_NUMBERS: dict[str, tuple[_Rows, _Means]] = {
    "neg_mean_squared_error": (_squares, plain),
    "neg_root_mean_squared_error": (_squares, _root),
    "neg_mean_absolute_error": (lambda y, values: np.abs(values - y)[:, None], plain),
    "neg_mean_absolute_percentage_error": (_relative, plain),
    "neg_mean_squared_log_error": (_log_squares, plain),
    "neg_root_mean_squared_log_error": (_log_squares, _root),
    "neg_mean_poisson_deviance": (_poisson, plain),
    "neg_mean_gamma_deviance": (_gamma, plain),
    "explained_variance": (_of_spread, _explained_variance),
    "r2": (lambda y, values: _of_spread(y, values)[:, :3], _r2),
}
