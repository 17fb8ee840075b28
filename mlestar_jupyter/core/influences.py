"""How much each row moves a score: what makes the noise of any metric a sum over rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.quiet import quietly
from mlestar_jupyter.core.weighted import weighted_score

COARSE, FINE = 8, 100
"""Into how many parts rows are divided where a metric's influences are not known by formula: each takes a score."""


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
    metric: Metric,
    y: np.ndarray,
    predictions: Predictions,
    groups: np.ndarray | None = None,
    *,
    is_ordered: bool,
    n_parts: int = COARSE,
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
    n_parts : int
        At most, where no formula is known.

    Returns
    -------
    Influence
        NaN where the metric is not defined for these rows, or for those that are left with a part out.

    Notes
    -----
    Formulas: `weighted.WeightedScore.influences`. Jackknife of groups of rows: Tukey (1958); Shao & Wu, "A general
    theory for jackknife variance estimation", Annals of Statistics 17 (1989).
    """
    with quietly():  # figures too large to be squared
        weighted = weighted_score(metric, y, predictions)
        score, known = weighted.score, weighted.influences()
    if known is not None:
        return Influence(score, known)
    parts = _parts_of(y, groups, n_parts, is_ordered=is_ordered)
    is_inside = parts == np.arange(parts.max() + 1)[:, None]
    sizes = is_inside.sum(axis=1)
    of_parts = (len(y) - sizes) * (score - weighted.scores(~is_inside)) / sizes
    return Influence(score, of_parts[parts] - of_parts[parts].mean(), parts)


@dataclass(frozen=True, eq=False)
class Way:
    """From an old score to a perfect one, and how far a new one goes on it, with what each row adds to both.

    Parameters
    ----------
    gain, length : float
        In the metric's own unit.
    of_gain, of_length : ndarray of shape (n_rows,)
    parts : ndarray of int of shape (n_rows,) or None
        As in `Influence`.
    """

    gain: float
    length: float
    of_gain: np.ndarray
    of_length: np.ndarray
    parts: np.ndarray | None

    @property
    def share(self) -> float:
        """1 where the new score is perfect, and 0 where it is the old one."""
        return self.gain / self.length

    @property
    def of_share(self) -> np.ndarray:
        """What each row adds to the share."""
        return (self.of_gain - self.share * self.of_length) / self.length


def way(metric: Metric, new: Influence, old: Influence) -> Way | None:
    """Go from an old score towards a perfect one as far as the new one.

    Parameters
    ----------
    metric : Metric
    new, old : Influence
        On the same rows.

    Returns
    -------
    Way or None
        None where the old score is perfect, or one of them is not defined.
    """
    length = metric.distance_to_best(old.score)
    if not length or not math.isfinite(length) or not math.isfinite(new.score):
        return None
    sign = 1.0 if metric.greater_is_better else -1.0
    # a better start is a shorter way to a fixed end; without an end the way is the old score's size
    longer = -sign if metric.has_best else float(np.sign(old.score))
    parts = old.parts if new.parts is None else new.parts
    gain = metric.gain(new.score, old.score)
    return Way(gain, length, sign * (new.of_rows - old.of_rows), longer * old.of_rows, parts)


def _parts_of(y: np.ndarray, groups: np.ndarray | None, n_parts: int, *, is_ordered: bool) -> np.ndarray:
    """Divide rows into parts: in succession, or whole groups, or with the target's values in their shares."""
    count = min(n_parts, len(y))
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
