"""How much each row moves a score: what makes the noise of any metric a sum over rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.quiet import quietly

_PARTS = 8
"""Into which the rows of a fold are divided where a metric's influences are not known by formula."""
_SMALLEST = float(np.finfo(float).eps)
_BINARY = 2


@dataclass(frozen=True, eq=False)
class Influence:
    """A score with what each row adds to its deviation from the truth.

    Parameters
    ----------
    score : float
    of_rows : ndarray of shape (n_rows,)
        Their mean is 0, and the mean over many other rows the deviation of their score, to first order.
    parts : ndarray of int of shape (n_rows,) or None
        Where it was found by leaving parts out: the part of each row, which all have the same influence.
    """

    score: float
    of_rows: np.ndarray
    parts: np.ndarray | None = None


def influence(
    metric: Metric, y: np.ndarray, predictions: Predictions, groups: np.ndarray | None = None, *, is_ordered: bool
) -> Influence:
    """Find the influences of rows on a score: by formula, or by leaving parts of the rows out (jackknife).

    Parameters
    ----------
    metric : Metric
    y : ndarray of shape (n_rows,)
    predictions : Predictions
    groups : ndarray of shape (n_rows,), optional
        Rows that stay together in a part.
    is_ordered : bool
        Whether rows are in order of time, and a part is of rows in succession.

    Raises
    ------
    ValueError
        When the metric is not defined for these rows.

    Notes
    -----
    Area under the curve: DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988). Jackknife of groups of rows: Tukey
    (1958); Shao & Wu, "A general theory for jackknife variance estimation", Annals of Statistics 17 (1989).
    """
    score = metric.score(y, predictions)
    known = _FORMULAS.get(metric.name) if type(metric) is Metric else None
    with quietly():
        found = known(y, predictions) if known is not None else None
    if found is not None:
        return Influence(score, _chained(metric, score, found))
    parts = _parts_of(y, groups, is_ordered=is_ordered)
    count = int(parts.max()) + 1
    of_rows = np.full(len(y), np.nan)
    for part in range(count):
        inside = parts == part
        rows = np.flatnonzero(~inside)
        try:
            without = metric.score(y[rows], predictions.at(rows))
        except ValueError:
            return Influence(score, np.full(len(y), np.nan), parts)
        of_rows[inside] = len(rows) * (score - without) / inside.sum()
    return Influence(score, of_rows - of_rows.mean(), parts)


def _chained(metric: Metric, score: float, found: np.ndarray) -> np.ndarray:
    """Those on a root, from those on what stands under it."""
    if metric.name not in _ROOTS:
        return found
    return found / (2 * score) if score > 0 else np.zeros_like(found)


def _parts_of(y: np.ndarray, groups: np.ndarray | None, *, is_ordered: bool) -> np.ndarray:
    """Divide rows into parts: in succession, or whole groups, or with the target's values in their shares."""
    count = min(_PARTS, len(y))
    if is_ordered:
        return np.arange(len(y)) * count // len(y)
    if groups is not None:
        labels, of_row = np.unique(groups, return_inverse=True)
        sizes = np.bincount(of_row.reshape(-1))
        rank = np.empty(len(labels), dtype=int)
        rank[np.argsort(-sizes, kind="stable")] = np.arange(len(labels))
        return np.asarray(rank[of_row.reshape(-1)] % count)
    parts = np.empty(len(y), dtype=int)
    parts[np.argsort(y, kind="stable")] = np.arange(len(y)) % count
    return parts


def _around_mean(losses: np.ndarray) -> np.ndarray:
    return np.asarray(losses - losses.mean())


def _accuracy(y: np.ndarray, predictions: Predictions) -> np.ndarray:
    return _around_mean((predictions.values == y).astype(float))


def _absolute(y: np.ndarray, predictions: Predictions) -> np.ndarray:
    return _around_mean(np.abs(y - predictions.values))


def _squared(y: np.ndarray, predictions: Predictions) -> np.ndarray:
    return _around_mean((y - predictions.values) ** 2)


def _squared_log(y: np.ndarray, predictions: Predictions) -> np.ndarray:
    return _around_mean((np.log1p(y) - np.log1p(predictions.values)) ** 2)


def _log_loss(y: np.ndarray, predictions: Predictions) -> np.ndarray | None:
    if predictions.columns is None:
        return None
    clipped = np.clip(predictions.columns, _SMALLEST, 1)
    true = clipped[np.arange(len(y)), y.astype(int)] / clipped.sum(axis=1)
    return _around_mean(-np.log(true))


def _brier(y: np.ndarray, predictions: Predictions) -> np.ndarray | None:
    columns = predictions.columns
    if columns is None or columns.shape[1] != _BINARY:
        return None
    return _around_mean((columns[:, 1] - y) ** 2)


def _determination(y: np.ndarray, predictions: Predictions) -> np.ndarray | None:
    errors, spread = (y - predictions.values) ** 2, (y - y.mean()) ** 2
    if spread.mean() == 0:
        return None
    return np.asarray((errors.mean() / spread.mean() * spread - errors) / spread.mean())


def _area(y: np.ndarray, predictions: Predictions) -> np.ndarray | None:
    """Placements of the rows of either class among those of the other."""
    from scipy.stats import rankdata

    columns = predictions.columns
    if columns is None or columns.shape[1] != _BINARY:
        return None
    positive, scores = y == 1, columns[:, 1]
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    ranks = rankdata(scores)
    above = (ranks[positive] - rankdata(scores[positive])) / n_negative
    below = 1 - (ranks[~positive] - rankdata(scores[~positive])) / n_positive
    found = np.empty(len(y))
    found[positive] = (above - above.mean()) * len(y) / n_positive
    found[~positive] = (below - below.mean()) * len(y) / n_negative
    return found


_FORMULAS: dict[str, Callable[[np.ndarray, Predictions], np.ndarray | None]] = {
    "accuracy": _accuracy,
    "roc_auc": _area,
    "neg_log_loss": _log_loss,
    "neg_brier_score": _brier,
    "neg_mean_absolute_error": _absolute,
    "neg_mean_squared_error": _squared,
    "neg_root_mean_squared_error": _squared,
    "neg_mean_squared_log_error": _squared_log,
    "neg_root_mean_squared_log_error": _squared_log,
    "r2": _determination,
}
_ROOTS = ("neg_root_mean_squared_error", "neg_root_mean_squared_log_error")
