"""Intervals of scores and of gains that count what is independent: rows, whole groups, or stretches of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.influences import Influence, influence
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.quiet import quietly
from mlestar_jupyter.core.resampling import Dependence, dependence

LEVEL = 0.95
_STRETCHES, _FEWEST_STRETCHES, _BLOCKS = 12, 6, 4
"""Of time, and how many blocks each is long: neighbours must be nearly independent."""
_WIDEST = 20.0
"""Standard errors, for very few units."""


@dataclass(frozen=True)
class Interval:
    """An interval (95 %) of a score or a gain, with its standard error; NaN where it cannot be measured.

    Parameters
    ----------
    low, high : float
    error : float
        In the metric's own unit.
    """

    low: float
    high: float
    error: float

    @property
    def is_measured(self) -> bool:
        """Whether it has bounds."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


NOT_MEASURED = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, eq=False)
class Judged:
    """Rows with the truth and what was predicted of them.

    Parameters
    ----------
    positions : ndarray of int of shape (n_rows,)
        Of the rows in their table; in order of time where there is one.
    y : ndarray of shape (n_rows,)
    predictions : Predictions
    groups : ndarray of shape (n_rows,) or None
    """

    positions: np.ndarray
    y: np.ndarray
    predictions: Predictions
    groups: np.ndarray | None = None


def score_interval(metric: Metric, folds: Sequence[Judged], *, is_ordered: bool, fitting: float = 0.0) -> Interval:
    """Interval of a score on rows that were not fitted on, or of the mean of several folds' scores.

    It is of the score that the fitted models would have on very many rows of this kind; a row that several folds test
    counts once.

    Parameters
    ----------
    metric : Metric
    folds : sequence of Judged
        One for a holdout.
    is_ordered : bool
        Whether rows are in order of time.
    fitting : float
        What fitting on other rows adds to the variance, as a share of it: rows tested by rows fitted on, of folds.

    Returns
    -------
    Interval

    Notes
    -----
    Row-level noise of cross-validation: Bayle, Bayle, Janson & Mackey, "Cross-validation confidence intervals for test
    error", NeurIPS 2020. How it was chosen: ``docs/statistics.md``.
    """
    found = _summed(metric, folds, is_ordered=is_ordered)
    if found is None:
        return NOT_MEASURED
    score, spread = found
    if spread.error == 0:
        return _of_equal_rows(metric, score, folds, spread.n_units)
    return _within(metric, score, spread.scaled(float(np.sqrt(1 + fitting))))


def gain_interval(
    metric: Metric, y: np.ndarray, new: Predictions, old: Predictions, groups: np.ndarray | None, *, is_ordered: bool
) -> Interval:
    """Interval of the gain of one fixed model over another on the same rows.

    Parameters
    ----------
    metric : Metric
    y : ndarray of shape (n_rows,)
    new, old : Predictions
    groups : ndarray of shape (n_rows,) or None
    is_ordered : bool
    """
    try:
        ours, theirs = (influence(metric, y, p, groups, is_ordered=is_ordered) for p in (new, old))
    except ValueError:
        return NOT_MEASURED
    sign = 1 if metric.greater_is_better else -1
    gained = Influence(sign * (ours.score - theirs.score), sign * (ours.of_rows - theirs.of_rows), ours.parts)
    spread = _spread(gained.of_rows / len(y), groups, gained.parts, is_ordered=is_ordered)
    if spread is None:
        return NOT_MEASURED
    below, above = spread.skewed()
    low, high = np.clip([gained.score - below, gained.score + above], -metric.most_gain, metric.most_gain).tolist()
    return Interval(low, high, spread.error)


def mean_interval(values: np.ndarray, groups: np.ndarray | None, *, is_ordered: bool) -> Interval:
    """Interval of the mean of a figure that each row has, such as a difference of costs.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
    groups : ndarray of shape (n_rows,) or None
    is_ordered : bool
    """
    if len(values) < 2:  # noqa: PLR2004
        return NOT_MEASURED
    mean = float(values.mean())
    spread = _spread((values - mean) / len(values), groups, None, is_ordered=is_ordered)
    if spread is None:
        return NOT_MEASURED
    below, above = spread.skewed()
    return Interval(mean - below, mean + above, spread.error)


def _summed(metric: Metric, folds: Sequence[Judged], *, is_ordered: bool) -> tuple[float, _Spread] | None:
    """Mean of the folds' scores, with the noise of their rows together."""
    positions = np.concatenate([f.positions for f in folds])
    rows, place = np.unique(positions, return_inverse=True)
    added, parts, first = np.zeros(len(rows)), np.zeros(len(rows), dtype=int), 0
    scores, has_parts, end = [], False, 0
    for fold in folds:
        try:
            found = influence(metric, fold.y, fold.predictions, fold.groups, is_ordered=is_ordered)
        except ValueError:
            return None
        where = place[end : end + len(fold.y)]
        end += len(fold.y)
        added[where] += found.of_rows / (len(fold.y) * len(folds))
        scores.append(found.score)
        if found.parts is not None:
            parts[where], has_parts = first + found.parts, True
            first += int(found.parts.max()) + 1
    groups = None
    if folds[0].groups is not None:
        labels = np.concatenate([f.groups for f in folds if f.groups is not None])
        groups = labels[np.unique(positions, return_index=True)[1]]
    spread = _spread(added, groups, parts if has_parts else None, is_ordered=is_ordered)
    return None if spread is None else (float(np.mean(scores)), spread)


@dataclass(frozen=True)
class _Spread:
    """Noise of a sum over units.

    Parameters
    ----------
    error : float
        Standard error.
    skewness : float
        Of the sum.
    steps : float
        Standard errors on either side: Student's quantile.
    n_units : int
    """

    error: float
    skewness: float
    steps: float
    n_units: int

    def scaled(self, slope: float) -> _Spread:
        """That of a function with this slope."""
        return _Spread(abs(float(slope)) * self.error, float(np.sign(slope)) * self.skewness, self.steps, self.n_units)

    def skewed(self) -> tuple[float, float]:
        """Widths below and above that allow for skewness (Hall 1992, "On the removal of skewness")."""
        if abs(self.skewness) < 1e-6:  # noqa: PLR2004 - a division by it
            return self.error * self.steps, self.error * self.steps
        above, below = (
            3 / self.skewness * (np.cbrt(1 + self.skewness * (q - self.skewness / 6)) - 1)
            for q in (-self.steps, self.steps)
        )
        return float(self.error * below), float(-self.error * above)


def _spread(
    added: np.ndarray, groups: np.ndarray | None, parts: np.ndarray | None, *, is_ordered: bool
) -> _Spread | None:
    """Measure the noise of a sum of what rows add, over what is independent; None of fewer than two units.

    The variance is that of a jackknife over units (CR3; Bell & McCaffrey 2002), with as many degrees of freedom as its
    own noise leaves (Satterthwaite: by the sizes of the units and the kurtosis of what they add).
    """
    from scipy import stats

    if not np.isfinite(added).all():
        return None
    units = _units(dependence(added, groups=groups, is_ordered=is_ordered), parts)
    count, n_rows = int(units.max(initial=-1)) + 1, len(added)
    if count < 2:  # noqa: PLR2004
        return None
    sums, sizes = np.bincount(units, added, minlength=count), np.bincount(units, minlength=count)
    with quietly():
        squares = float(np.sum(sums**2))
    if not np.isfinite(squares):
        return None  # errors too large to be squared
    if squares <= (np.finfo(float).eps * max(1.0, float(np.abs(added).sum()))) ** 2:
        return _Spread(0.0, 0.0, 0.0, count)
    error = float(np.sqrt((count - 1) / count * np.sum((sums / (1 - sizes / n_rows)) ** 2)))
    kurtosis = count * float(np.sum(sums**4)) / squares**2
    even = n_rows**2 / float(np.sum(sizes.astype(float) ** 2)) - 1
    freedom = max(1.0, min(even, 2 * count / max(kurtosis - 1, 0.1)))
    steps = min(_WIDEST, float(stats.t.ppf(0.5 + LEVEL / 2, freedom)))
    return _Spread(error, float(np.sum(sums**3)) / squares**1.5, steps, count)


def _units(rows: Dependence, parts: np.ndarray | None) -> np.ndarray:
    """Number of each row's unit: stretches of time are longer than blocks, so that they can be counted as few."""
    if parts is not None:
        return parts
    if rows.block == 1:
        return rows.units()
    count = int(np.clip(rows.n_rows // (_BLOCKS * rows.block), _FEWEST_STRETCHES, _STRETCHES))
    return np.asarray(np.arange(rows.n_rows) * count // rows.n_rows)


def _within(metric: Metric, score: float, spread: _Spread) -> Interval:
    """Interval on a scale without ends, brought back into the metric's range."""
    lowest, highest = metric.range
    if np.isfinite(lowest) and np.isfinite(highest):
        low, high = _by_logit((score - lowest) / (highest - lowest), spread.scaled(1 / (highest - lowest)))
        return Interval(lowest + low * (highest - lowest), lowest + high * (highest - lowest), spread.error)
    if np.isfinite(highest):
        low, high = _by_log(highest - score, spread.scaled(-1))
        return Interval(highest - high, highest - low, spread.error)
    if np.isfinite(lowest):
        is_root = metric.label.startswith("root_")
        value, slope, back = (score**2, 2 * score, np.sqrt) if is_root else (score, 1.0, _same)
        low, high = (float(back(bound)) for bound in _by_log(value, spread.scaled(slope)))
        return Interval(low, high, spread.error)
    below, above = spread.skewed()
    return Interval(score - below, score + above, spread.error)


def _same(bound: float) -> float:
    return bound


def _by_logit(share: float, spread: _Spread) -> tuple[float, float]:
    from scipy.special import expit, logit

    if not 0 < share < 1:
        return float("nan"), float("nan")
    half = spread.steps * spread.error / (share * (1 - share))
    return float(expit(logit(share) - half)), float(expit(logit(share) + half))


def _by_log(value: float, spread: _Spread) -> tuple[float, float]:
    """The wider of two on either side: by the logarithm, and by the skewness of what rows add."""
    if value <= 0:
        return float("nan"), float("nan")
    factor = float(np.exp(min(spread.steps * spread.error / value, 700.0)))
    below, above = spread.skewed()
    return max(0.0, min(value / factor, value - below)), max(value * factor, value + above)


def _of_equal_rows(metric: Metric, score: float, folds: Sequence[Judged], n_units: int) -> Interval:
    """Where no row differs from another: of a share, what so many units in succession can say (Clopper & Pearson)."""
    lowest, highest = metric.range
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        return Interval(score, score, 0.0) if score in (lowest, highest) else NOT_MEASURED
    if score not in (lowest, highest):
        return NOT_MEASURED
    counts = np.bincount(np.concatenate([f.y for f in folds]).astype(int))
    count = min(n_units, int(counts[counts > 0].min())) if metric.name == "roc_auc" else n_units
    unseen = (highest - lowest) * (1 - ((1 - LEVEL) / 2) ** (1 / count))
    return Interval(score - unseen, score, 0.0) if score == highest else Interval(score, score + unseen, 0.0)
