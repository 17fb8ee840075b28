"""A metric of weighted rows: scores of many subsets or resamples at once, and what each row adds to a score.

A weight is how often a row counts: 0 or 1 for a subset, a count for a resample. Metrics that are functions of sums over
rows, and the ROC AUC, are computed from the weights; others are scored one set of rows after another.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions

_MOST_LABELS = 50
_STEP, _EXACT = 1e-6, 1e-7
"""Of central differences, and the share of what is added up within which a sum of them is nothing."""
_CELLS = 4_000_000
"""Weights that are worked on at once: 32 MB."""


class WeightedScore(ABC):
    """A metric on fixed rows with their predictions.

    Parameters
    ----------
    n_rows : int
    """

    is_fast = True
    """Whether a score costs little more than a pass over the rows."""

    def __init__(self, n_rows: int) -> None:
        self.n_rows = n_rows

    @abstractmethod
    def _scores(self, weights: np.ndarray) -> np.ndarray:
        """Score some sets of weights."""

    def influences(self) -> np.ndarray | None:
        """What each row adds to the score, to the first order (Hampel 1974).

        Returns
        -------
        ndarray of shape (n_rows,) or None
            With mean 0: the variance of the score of independent rows is their sum of squares over ``n_rows ** 2``. NaN
            where the score is not defined; None where no formula is known (see `influences.influence`).
        """
        return None

    def scores(self, weights: np.ndarray) -> np.ndarray:
        """Score sets of rows.

        Parameters
        ----------
        weights : ndarray of shape (n_sets, n_rows)

        Returns
        -------
        ndarray of shape (n_sets,)
            In the metric's own unit; NaN where it is not defined.
        """
        at_once = max(1, _CELLS // max(1, self.n_rows))
        parts = [self._scores(weights[i : i + at_once].astype(float)) for i in range(0, len(weights), at_once)]
        return np.concatenate(parts) if parts else np.empty(0)

    def of_parts(self, parts: np.ndarray, n_parts: int) -> np.ndarray:
        """Score the parts that rows are divided into.

        Parameters
        ----------
        parts : ndarray of int, shape (n_rows,)
            From 0.
        n_parts : int

        Returns
        -------
        ndarray of shape (n_parts,)
        """
        return self.scores(parts[None, :] == np.arange(n_parts)[:, None])

    @property
    def score(self) -> float:
        """Of all rows once."""
        return float(self.scores(np.ones((1, self.n_rows)))[0])


class _OfSums(WeightedScore):
    """A function of weighted means of values that each row has."""

    def __init__(self, values: np.ndarray, of_means: Callable[[np.ndarray], np.ndarray]) -> None:
        super().__init__(len(values))
        self._values, self._of_means = values, of_means

    def _scores(self, weights: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._of_means((weights @ self._values) / weights.sum(axis=1)[:, None])

    def of_parts(self, parts: np.ndarray, n_parts: int) -> np.ndarray:
        """By sums of each part, in one pass."""
        counts = np.bincount(parts, minlength=n_parts)
        sums = [np.bincount(parts, weights=column, minlength=n_parts) for column in self._values.T]
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._of_means(np.column_stack(sums) / counts[:, None])

    def influences(self) -> np.ndarray:
        """The function's slope, by central differences, times the distance of a row's values from their means."""
        means = self._values.mean(axis=0)
        steps = np.diag(_STEP * np.maximum(np.abs(means), self._values.std(axis=0) + 1e-300))
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = (self._of_means(means + steps) - self._of_means(means - steps)) / (2 * np.diag(steps))
        slopes = np.where(self._values.std(axis=0) > 0, slopes, 0.0)
        found = (self._values - means) @ slopes
        return np.where(np.abs(found) <= _EXACT * (np.abs(self._values - means) @ np.abs(slopes)), 0.0, found)


class _Auc(WeightedScore):
    """Area under the ROC curve of two classes; equal scores count half."""

    def __init__(self, y: np.ndarray, scores: np.ndarray) -> None:
        super().__init__(len(y))
        self._order = np.argsort(scores, kind="stable")
        ordered = scores[self._order]
        self._positive = (y[self._order] == 1).astype(float)
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        self._ranks = np.repeat(np.arange(len(self._starts)), np.diff(np.r_[self._starts, len(y)]))

    def _scores(self, weights: np.ndarray) -> np.ndarray:
        ordered = weights[:, self._order]
        positive = ordered * self._positive
        negative = ordered - positive
        if len(self._starts) < self.n_rows:
            positive = np.add.reduceat(positive, self._starts, axis=1)
            negative = np.add.reduceat(negative, self._starts, axis=1)
        below = np.cumsum(negative, axis=1)
        n_negative = below[:, -1].copy()
        below -= negative / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.einsum("ij,ij->i", positive, below) / (positive.sum(axis=1) * n_negative))

    def of_parts(self, parts: np.ndarray, n_parts: int) -> np.ndarray:
        """By one sort of the rows into their parts, which keeps the order of their scores."""
        ordered = parts[self._order]
        by_part = np.argsort(ordered.astype(np.int16), kind="stable")
        part, positive = ordered[by_part], self._positive[by_part]
        negative = 1 - positive
        if len(self._starts) < self.n_rows:
            rank = self._ranks[by_part]
            starts = np.flatnonzero(np.r_[True, (part[1:] != part[:-1]) | (rank[1:] != rank[:-1])])
            part, positive, negative = (
                part[starts],
                np.add.reduceat(positive, starts),
                np.add.reduceat(negative, starts),
            )
        n_positive, n_negative = (np.bincount(part, weights=w, minlength=n_parts) for w in (positive, negative))
        before = np.r_[0.0, np.cumsum(n_negative)[:-1]]
        below = np.cumsum(negative) - negative / 2 - before[part]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.bincount(part, weights=positive * below, minlength=n_parts) / (n_positive * n_negative)

    def influences(self) -> np.ndarray:
        """Placements of DeLong, DeLong & Clarke-Pearson (1988)."""
        positive = np.add.reduceat(self._positive, self._starts)
        counts = np.diff(np.r_[self._starts, self.n_rows])
        negative = counts - positive
        n_positive, n_negative = positive.sum(), negative.sum()
        if not n_positive or not n_negative:
            return np.full(self.n_rows, np.nan)
        below = (np.cumsum(negative) - negative / 2) / n_negative
        above = 1 - (np.cumsum(positive) - positive / 2) / n_positive
        auc = float(positive @ below / n_positive)
        at = np.repeat(np.arange(len(counts)), counts)
        ordered = np.where(
            self._positive == 1, (below[at] - auc) * self.n_rows / n_positive,
            (above[at] - auc) * self.n_rows / n_negative,
        )  # fmt: skip
        found = np.empty(self.n_rows)
        found[self._order] = ordered
        return found


class _OneByOne(WeightedScore):
    """Any metric: each set of rows is put together and scored."""

    is_fast = False

    def __init__(self, metric: Metric, y: np.ndarray, predictions: Predictions) -> None:
        super().__init__(len(y))
        self._metric, self._y, self._predictions = metric, y, predictions

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
    columns, values = predictions.columns, predictions.values
    if type(metric) is Metric:
        if columns is not None and metric.name == "roc_auc" and columns.shape[1] == 2:  # noqa: PLR2004
            return _Auc(y, columns[:, 1])
        if columns is not None and metric.name in _OF_PROBABILITIES:
            return _OfSums(_OF_PROBABILITIES[metric.name](y.astype(int), columns)[:, None], _plain)
        if metric.name in _OF_VALUES:
            row_values, of_means = _OF_VALUES[metric.name]
            with np.errstate(divide="ignore", invalid="ignore"):
                table = row_values(y, values)
            if np.isfinite(table).all() and table.shape[1] <= 2 * _MOST_LABELS:
                return _OfSums(table, of_means)
    return _OneByOne(metric, y, predictions)


def _plain(means: np.ndarray) -> np.ndarray:
    return np.asarray(means[:, 0])


def _root(means: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(means[:, 0]))


def _r2(means: np.ndarray) -> np.ndarray:
    error, total = means[:, 0], means[:, 2] - means[:, 1] ** 2
    return np.asarray(np.where(total > 0, 1 - error / total, np.nan))


def _recalls(means: np.ndarray) -> np.ndarray:
    """Balanced accuracy: the mean recall of the classes that are there."""
    hits, shares = np.split(means, 2, axis=1)
    return np.asarray(np.nanmean(np.where(shares > 0, hits / shares, np.nan), axis=1))


def _f1(means: np.ndarray) -> np.ndarray:
    hit, predicted, true = means.T
    return np.asarray(np.where(predicted + true > 0, 2 * hit / (predicted + true), 0.0))


def _by_class(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    shares = y[:, None] == np.unique(y)
    return np.hstack([shares & (values == y)[:, None], shares]).astype(float)


def _counts(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.column_stack([(y == 1) & (values == 1), values == 1, y == 1]).astype(float)


def _squares(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.asarray((values - y) ** 2)[:, None]


def _log_squares(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    return _squares(np.log1p(y), np.log1p(values))


def _explained(y: np.ndarray, values: np.ndarray) -> np.ndarray:
    centred = y - y.mean()
    return np.column_stack([(values - y) ** 2, centred, centred**2])


def _log_losses(y: np.ndarray, columns: np.ndarray) -> np.ndarray:
    clipped = np.clip(columns, np.finfo(float).eps, 1)
    return np.asarray(-np.log((clipped / clipped.sum(axis=1, keepdims=True))[np.arange(len(y)), y]))


def _brier_scores(y: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Of two classes half of the sum, as scikit-learn has it."""
    squares = np.sum((columns - np.eye(columns.shape[1])[y]) ** 2, axis=1)
    return np.asarray(squares / 2 if columns.shape[1] == 2 else squares)  # noqa: PLR2004


_OF_PROBABILITIES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "neg_log_loss": _log_losses,
    "neg_brier_score": _brier_scores,
}
_OF_VALUES: dict[
    str, tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]
] = {
    "accuracy": (lambda y, values: (values == y).astype(float)[:, None], _plain),
    "balanced_accuracy": (_by_class, _recalls),
    "f1": (_counts, _f1),
    "neg_mean_squared_error": (_squares, _plain),
    "neg_root_mean_squared_error": (_squares, _root),
    "neg_mean_absolute_error": (lambda y, values: np.abs(values - y)[:, None], _plain),
    "neg_mean_squared_log_error": (_log_squares, _plain),
    "neg_root_mean_squared_log_error": (_log_squares, _root),
    "r2": (_explained, _r2),
}  # fmt: skip
