"""Metrics of the order that predictions put rows in, of weighted rows: areas under curves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from mlestar_jupyter.core.weights import WeightedScore, exact

_READS = 8
"""How often an area reads each row, in sorted order."""


class _OfOrder(WeightedScore):
    """Rows of two classes in the order of their scores; equal scores stand together."""

    def __init__(self, y: np.ndarray, scores: np.ndarray) -> None:
        super().__init__(len(y), _READS)
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
        return self._of_counts(positive, negative)

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
        ends = np.searchsorted(part, np.arange(n_parts + 1))
        return np.concatenate([self._of_counts(positive[None, a:b], negative[None, a:b]) for a, b in pairwise(ends)])

    @abstractmethod
    def _of_counts(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Score sets, given how many rows of either class have each score, from the lowest; (n_sets, n_scores)."""

    @abstractmethod
    def influences(self) -> np.ndarray:
        """As of any score; always by formula."""

    def _by_row(self, ordered: np.ndarray) -> np.ndarray:
        found = np.empty(self.n_rows)
        found[self._order] = ordered
        return found


class Auc(_OfOrder):
    """Area under the ROC curve of two classes; equal scores count half."""

    def _of_counts(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        below = np.cumsum(negative, axis=1)
        n_negative = below[:, -1].copy() if below.shape[1] else np.zeros(len(below))
        below -= negative / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.einsum("ij,ij->i", positive, below) / (positive.sum(axis=1) * n_negative))

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
        at = self._ranks
        ordered = np.where(
            self._positive == 1, (below[at] - auc) * self.n_rows / n_positive,
            (above[at] - auc) * self.n_rows / n_negative,
        )  # fmt: skip
        return self._by_row(ordered)


class AveragePrecision(_OfOrder):
    """Mean precision at the scores of the positive rows."""

    def _of_counts(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        found, rows = _from_above(positive), _from_above(positive + negative)
        precision = np.divide(found, rows, out=np.zeros_like(found), where=rows > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.einsum("ij,ij->i", positive, precision) / positive.sum(axis=1))

    def influences(self) -> np.ndarray:
        """By the derivative along the weight of a row: it counts itself, and in the precision of all scores below."""
        positive = np.add.reduceat(self._positive, self._starts)
        counts = np.diff(np.r_[self._starts, self.n_rows])
        found, rows = _from_above(positive[None, :])[0], _from_above(counts[None, :].astype(float))[0]
        n_positive = float(positive.sum())
        if not n_positive:
            return np.full(self.n_rows, np.nan)
        precision = found / rows
        score = float(positive @ precision) / n_positive
        of_hits, of_all = np.cumsum(positive / rows), np.cumsum(positive * found / rows**2)
        at, hit = self._ranks, self._positive
        ordered = exact(hit * (precision[at] - score + of_hits[at]) - of_all[at], hit * of_hits[at] + of_all[at])
        return self._by_row(self.n_rows * ordered / n_positive)


def _from_above(counts: np.ndarray) -> np.ndarray:
    """How many have this score or a higher one."""
    return np.asarray(np.cumsum(counts[:, ::-1], axis=1)[:, ::-1])


class OneAgainstRest(WeightedScore):
    """Mean of a metric of two classes over all classes, each against the rest; not defined where a class lacks.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
    columns : ndarray of shape (n_rows, n_classes)
    kind : type
    by_share : bool
        Whether a class counts by its share of the rows.
    """

    def __init__(self, y: np.ndarray, columns: np.ndarray, kind: type[_OfOrder], *, by_share: bool) -> None:
        n_rows, n_classes = columns.shape
        super().__init__(n_rows, _READS * n_classes)
        self._y, self._by_share = y.astype(int), by_share
        self._classes = [kind((y == c).astype(int), columns[:, c]) for c in range(n_classes)]

    def _scores(self, weights: np.ndarray) -> np.ndarray:
        sums = [np.bincount(self._y, weights=w, minlength=len(self._classes)) for w in weights]
        return self._mean([c.scores(weights) for c in self._classes], np.array(sums))

    def of_parts(self, parts: np.ndarray, n_parts: int) -> np.ndarray:
        """By one sort a class."""
        count = len(self._classes)
        sums = np.bincount(parts * count + self._y, minlength=n_parts * count).reshape(n_parts, count)
        return self._mean([c.of_parts(parts, n_parts) for c in self._classes], sums)

    def _mean(self, found: Sequence[np.ndarray], sums: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = sums / sums.sum(axis=1, keepdims=True) if self._by_share else np.full(sums.shape, 1 / len(found))
            return np.asarray(np.sum(np.column_stack(found) * np.where(sums > 0, shares, np.nan), axis=1))

    def influences(self) -> np.ndarray:
        """Mean of those on each class; those on the shares beside them."""
        of_classes = np.column_stack([c.influences() for c in self._classes])
        if not self._by_share:
            return np.asarray(of_classes.mean(axis=1))
        shares = np.bincount(self._y, minlength=len(self._classes)) / self.n_rows
        scores = np.array([c.score for c in self._classes])
        return np.asarray(of_classes @ shares + scores[self._y] - scores @ shares)
