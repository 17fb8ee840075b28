"""What a metric of weighted rows can say: scores of many sets of rows at once, and what each row adds to a score.

A weight is how often a row counts: 0 or 1 for a subset, a count for a resample.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

_STEP, _EXACT = 1e-6, 1e-7
"""Of central differences, and the share of what is added up within which a sum of them is nothing."""
_CELLS = 4_000_000
"""Weights that are worked on at once: 32 MB."""
_PASS = 5e-9
"""Seconds of a usual processor for a value of a row."""
_CALL = 1e-4
"""Seconds that any score takes."""
_SORTED = 8
"""Passes of what sorts rows and finds their influences."""


class WeightedScore(ABC):
    """A metric on fixed rows with their predictions.

    Parameters
    ----------
    n_rows : int
    values : int
        Of each row that a score reads, each as often as it is read: what its time is estimated from.
    """

    def __init__(self, n_rows: int, values: int = 1) -> None:
        self.n_rows = n_rows
        self._values_read = values

    def seconds(self, n_parts: int = 1) -> float:
        """About how long the scores of parts take on a usual processor: a formula, so that a replay decides alike."""
        del n_parts
        return _CALL + _PASS * self.n_rows * self._values_read

    def seconds_of_influences(self, n_rows: int, n_parts: int) -> float:
        """About how long the influences of so many rows take: sorting included, or scores with each part left out."""
        del n_parts
        return _CALL + _SORTED * _PASS * n_rows * self._values_read

    def linear(self) -> WeightedScore:
        """The score of a set as that of all rows and the mean influence of the set's: close where there are many.

        The score itself where no formula is known.
        """
        known = self.influences()
        return self if known is None else OfSums((self.score + known)[:, None], plain)

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


class OfSums(WeightedScore):
    """A function of weighted means of values that each row has."""

    def __init__(self, values: np.ndarray, of_means: Callable[[np.ndarray], np.ndarray]) -> None:
        super().__init__(*values.shape)
        self._values, self._of_means = values, of_means

    def _scores(self, weights: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return self._of_means((weights @ self._values) / weights.sum(axis=1)[:, None])

    def of_parts(self, parts: np.ndarray, n_parts: int) -> np.ndarray:
        """By sums of each part, in one pass."""
        counts = np.bincount(parts, minlength=n_parts)
        sums = [np.bincount(parts, weights=column, minlength=n_parts) for column in self._values.T]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return self._of_means(np.column_stack(sums) / counts[:, None])

    def influences(self) -> np.ndarray:
        """The function's slope times the distance of a row's values from their means."""
        means = self._values.mean(axis=0)
        found = slopes(self._of_means, means, self._values.std(axis=0))
        return exact((self._values - means) @ found, np.abs(self._values - means) @ np.abs(found))


def slopes(function: Callable[[np.ndarray], np.ndarray], at: np.ndarray, spreads: np.ndarray) -> np.ndarray:
    """Slopes of a function of means by central differences, by shape (n_means,); 0 along what does not vary."""
    steps = np.diag(_STEP * np.maximum(np.abs(at), spreads + 1e-300))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = (function(at + steps) - function(at - steps)) / (2 * np.diag(steps))
    return np.where(spreads > 0, found, 0.0)


def exact(sums: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Sums, 0 where their terms, of these sizes together, cancel but for rounding."""
    return np.where(np.abs(sums) <= _EXACT * sizes, 0.0, sums)


def plain(means: np.ndarray) -> np.ndarray:
    """The first mean itself."""
    return np.asarray(means[:, 0])
