"""Costs of wrong answers, and the threshold of the positive class's probability that they ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

USUAL = 0.5
"""The threshold without costs."""
_MOST_TRIED = 200
_WITHIN = 0.5
_ROWS_OF_FEW = 2


@dataclass(frozen=True)
class Costs:
    """What a wrong answer costs, in any unit.

    Parameters
    ----------
    fp, fn : float
        Of a row that is wrongly called positive, and of a positive row that is missed.
    """

    fp: float
    fn: float

    @property
    def of_true_chances(self) -> float:
        """The threshold that costs least where probabilities are true (Elkan, IJCAI 2001)."""
        return self.fp / (self.fp + self.fn)

    def of_rows(self, y: np.ndarray, chances: np.ndarray, threshold: float) -> np.ndarray:
        """What each row costs, of shape (n_rows,).

        Parameters
        ----------
        y : ndarray of shape (n_rows,)
            1 for the positive class.
        chances : ndarray of shape (n_rows,)
            Its probability.
        threshold : float
        """
        called = chances >= threshold
        return np.where(called & (y == 0), self.fp, np.where(~called & (y == 1), self.fn, 0.0))

    def threshold(self, y: np.ndarray, chances: np.ndarray) -> float:
        """Choose the threshold that costs least on out-of-fold predictions.

        Of those whose costs are within half a standard error of the least, paired row by row, the nearest to that of
        true probabilities: the least of many by its own cost looks better than it is.

        Examples
        --------
        >>> Costs(1, 3).threshold(np.array([0, 1]), np.array([0.1, 0.9]))
        0.25
        """
        tried = np.unique(np.append(np.quantile(chances, np.linspace(0, 1, min(_MOST_TRIED, len(chances)))), 1.0))
        tried = np.unique(np.append(tried, self.of_true_chances))
        means = self._means(y, chances, tried)
        best = self.of_rows(y, chances, float(tried[int(np.argmin(means))]))
        for candidate in tried[np.argsort(np.abs(tried - self.of_true_chances), kind="stable")]:
            further = self.of_rows(y, chances, float(candidate)) - best
            error = float(further.std(ddof=1) / np.sqrt(len(y))) if len(y) >= _ROWS_OF_FEW else np.inf
            if further.mean() <= _WITHIN * error:
                return float(candidate)
        return self.of_true_chances

    def _means(self, y: np.ndarray, chances: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
        """Mean cost by each threshold."""
        positive, negative = np.sort(chances[y == 1]), np.sort(chances[y == 0])
        missed = np.searchsorted(positive, thresholds, side="left")
        alarms = len(negative) - np.searchsorted(negative, thresholds, side="left")
        return np.asarray((self.fn * missed + self.fp * alarms) / len(y))
