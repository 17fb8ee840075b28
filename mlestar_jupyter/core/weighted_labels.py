"""Metrics of predicted labels, of weighted rows: functions of how often each label is true, predicted, and both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlestar_jupyter.core.weights import WeightedScore, exact, slopes

Counts = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Of hits, true and predicted rows by label, each of shape (n_sets, n_labels), to the scores of the sets."""
_READS = 4


class OfLabels(WeightedScore):
    """A function of the counts of each label.

    Parameters
    ----------
    y, values : ndarray of int of shape (n_rows,)
    of_counts : callable
        Whatever the number of rows: of shares as of counts.
    """

    def __init__(self, y: np.ndarray, values: np.ndarray, of_counts: Counts) -> None:
        super().__init__(len(y), _READS)
        self._y, self._predicted, self._of_counts = y.astype(int), values.astype(int), of_counts
        self._hit = (self._y == self._predicted).astype(float)
        self._n_labels = max(2, 1 + int(max(self._y.max(initial=0), self._predicted.max(initial=0))))

    def _scores(self, weights: np.ndarray) -> np.ndarray:
        return self._of_counts(*self._counted(np.array([self._sums(self._y, self._predicted, w) for w in weights])))

    def of_parts(self, parts: np.ndarray, n_parts: int) -> np.ndarray:
        """By counts of each part, in one pass."""
        first = parts * self._n_labels
        counts = self._sums(first + self._y, first + self._predicted, None, n_parts)
        return self._of_counts(*counts.reshape(3, n_parts, self._n_labels))

    def influences(self) -> np.ndarray:
        """The slopes along the three counts of a row's labels."""
        shares = self._sums(self._y, self._predicted, None).ravel() / self.n_rows
        found = slopes(
            lambda rows: self._of_counts(*self._counted(rows)), shares, np.sqrt(np.clip(shares * (1 - shares), 0, None))
        )
        of_hits, of_true, of_predicted = found.reshape(3, self._n_labels)
        terms = np.array([of_hits[self._y] * self._hit, of_true[self._y], of_predicted[self._predicted]])
        added = terms.sum(axis=0)
        return exact(added - added.mean(), np.abs(terms).sum(axis=0))

    def _sums(self, true: np.ndarray, predicted: np.ndarray, w: np.ndarray | None, n_parts: int = 1) -> np.ndarray:
        count = n_parts * self._n_labels
        hits = self._hit if w is None else self._hit * w
        return np.array(
            [
                np.bincount(true, weights=hits, minlength=count),
                np.bincount(true, weights=w, minlength=count),
                np.bincount(predicted, weights=w, minlength=count),
            ],
            dtype=float,
        )

    def _counted(self, rows: np.ndarray) -> np.ndarray:
        return np.asarray(np.moveaxis(rows.reshape(-1, 3, self._n_labels), 1, 0))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.asarray(np.divide(part, whole, out=np.zeros(shape), where=whole > 0))


def _f1(hits: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return _share(2 * hits, true + predicted)


def _precision(hits: np.ndarray, _true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return _share(hits, predicted)


def _recall(hits: np.ndarray, true: np.ndarray, _predicted: np.ndarray) -> np.ndarray:
    return _share(hits, true)


def _jaccard(hits: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return _share(hits, true + predicted - hits)


def _positive(of_label: Counts) -> Counts:
    return lambda *counts: of_label(*counts)[:, 1]


def _macro(of_label: Counts) -> Counts:
    """Mean over the labels that are true or predicted anywhere."""

    def mean(hits: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        is_there = true + predicted > 0
        found = _share((of_label(hits, true, predicted) * is_there).sum(axis=1), is_there.sum(axis=1))
        return _where_rows(found, true)

    return mean


def _weighted(of_label: Counts) -> Counts:
    def mean(hits: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        return _where_rows(_share((of_label(hits, true, predicted) * true).sum(axis=1), true.sum(axis=1)), true)

    return mean


def _micro(of_label: Counts) -> Counts:
    def pooled(*counts: np.ndarray) -> np.ndarray:
        return _where_rows(of_label(*(c.sum(axis=1, keepdims=True) for c in counts))[:, 0], counts[1])

    return pooled


def _where_rows(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.where(true.sum(axis=1) > 0, found, np.nan)


def _balanced(hits: np.ndarray, true: np.ndarray, _predicted: np.ndarray) -> np.ndarray:
    """Mean recall of the labels that are true anywhere."""
    is_there = true > 0
    return _where_rows(_share(_share(hits, true).sum(axis=1), is_there.sum(axis=1)), true)


def _matthews(hits: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Correlation of the labels (Gorodkin 2004); 0 where one of the two does not vary."""
    total, of_predicted = true.sum(axis=1), predicted.sum(axis=1)  # the same, but along a slope
    both = hits.sum(axis=1) * total - (true * predicted).sum(axis=1)
    spread = (total**2 - (true**2).sum(axis=1)) * (of_predicted**2 - (predicted**2).sum(axis=1))
    return _where_rows(_share(both, np.sqrt(np.clip(spread, 0, None))), true)


_OF_LABEL: dict[str, Counts] = {"f1": _f1, "precision": _precision, "recall": _recall, "jaccard": _jaccard}
_MEANS: dict[str, Callable[[Counts], Counts]] = {"_macro": _macro, "_weighted": _weighted, "_micro": _micro}
OF_COUNTS: dict[str, Counts] = {
    "accuracy": _micro(_recall),
    "balanced_accuracy": _balanced,
    "matthews_corrcoef": _matthews,
    **{name: _positive(of_label) for name, of_label in _OF_LABEL.items()},
    **{name + of: mean(of_label) for name, of_label in _OF_LABEL.items() for of, mean in _MEANS.items()},
}
"""By the names of scikit-learn's scorers."""
