"""Intervals of scores and of gains that count what is independent: rows, whole groups, or stretches of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.influences import Way, influence, way
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.quiet import quietly
from mlestar_jupyter.core.resampling import dependence, standard_error
from mlestar_jupyter.core.statistics import unseen

LEVEL = 0.95
_STRETCHES, _FEWEST_STRETCHES, _BLOCKS = 12, 6, 4
"""Of time, and how many blocks each is long: neighbours must be nearly independent."""
_WIDEST = 20.0
"""Standard errors, for very few units."""


@dataclass(frozen=True)
class Interval:
    """An interval of a score or a gain, 95 % unless said, with its standard error; NaN where it cannot be measured.

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
class Answered:
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


def interval_of_rows(metric: Metric, folds: Sequence[Answered], *, is_ordered: bool, fitting: float = 0.0) -> Interval:
    """Interval of a score on rows that were not fitted on, or of the mean of several folds' scores.

    It is of the score that the fitted models would have on very many rows of this kind; a row that several folds test
    counts once.

    Parameters
    ----------
    metric : Metric
    folds : sequence of Answered
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
        half = _unseen(metric, np.concatenate([f.y for f in folds]), spread.n_units, LEVEL)
        return _around(score, half, metric.range)
    return _within(score, metric.range, spread.scaled(float(np.sqrt(1 + fitting))), is_root=metric.is_root)


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
    if new.equals(old):
        return Interval(0.0, 0.0, 0.0)
    ours, theirs = (influence(metric, y, p, groups, is_ordered=is_ordered) for p in (new, old))
    sign = 1 if metric.greater_is_better else -1
    gain, bounds = sign * (ours.score - theirs.score), (-metric.most_gain, metric.most_gain)
    added = sign * (ours.of_rows - theirs.of_rows) / len(y)
    parts = theirs.parts if ours.parts is None else ours.parts
    spread = _spread(added, _units(added, groups, parts, is_ordered=is_ordered), LEVEL)
    if spread is None:
        return NOT_MEASURED
    if spread.error == 0:
        return _around(gain, _unseen(metric, y, spread.n_units, LEVEL), bounds)
    below, above = spread.skewed()
    low, high = np.clip([gain - below, gain + above], *bounds).tolist()
    return Interval(low, high, spread.error)


def share_interval(
    metric: Metric,
    y: np.ndarray,
    new: Predictions,
    old: Predictions,
    groups: np.ndarray | None,
    *,
    is_ordered: bool,
    level: float = LEVEL,
) -> tuple[float, Interval]:
    """How much of the way from one model's score to a perfect one another goes on the same rows, with its interval.

    Parameters
    ----------
    metric : Metric
    y : ndarray of shape (n_rows,)
    new, old : Predictions
    groups : ndarray of shape (n_rows,) or None
    is_ordered : bool
    level : float
        Of the interval.

    Returns
    -------
    float
        NaN where the old score is perfect, or one of them is not defined.
    Interval
    """
    losses = metric.of_losses
    ours, theirs = (influence(losses, y, p, groups, is_ordered=is_ordered) for p in (new, old))
    found = way(losses, ours, theirs)
    if found is None:
        return float("nan"), NOT_MEASURED
    if new.equals(old):
        return 0.0, Interval(0.0, 0.0, 0.0)
    units = _units(found.of_share, groups, found.parts, is_ordered=is_ordered)
    spread = _spread(found.of_share / len(y), units, level)
    if spread is None:
        return found.share, NOT_MEASURED
    bounds = losses.range_of_share(theirs.score)
    if spread.error == 0:
        half = unseen_share(losses, theirs.score, losses.count(y, spread.n_units), level)
        interval = _around(found.share, half, bounds)
    else:
        low, high = np.clip(_of_ratio(found, units, level), *bounds).tolist()
        interval = Interval(low, high, spread.error)
    if not metric.is_root:
        return found.share, interval
    share, low, high = (1 - np.sqrt(np.maximum(0.0, 1 - np.array([found.share, interval.low, interval.high])))).tolist()
    return share, Interval(low, high, interval.error)


def _of_ratio(found: Way, units: np.ndarray, level: float) -> tuple[float, float]:
    """Shares that the gain does not exclude (Fieller 1954): whether it is none is asked of the gain alone.

    Rows that are hard for both make the way longer, and add little to the gain.
    """
    of_gain, of_length = found.of_gain / found.length, found.of_length / found.length
    spread = _spread(of_gain / len(units), units, level)
    if spread is None:
        return -np.inf, np.inf
    gain, length, both = (standard_error(added, units) ** 2 for added in (of_gain, of_length, of_gain + of_length))
    factor = spread.steps**2
    square, rest = 1 - factor * length, found.share**2 - factor * gain
    middle = found.share - factor * (both - gain - length) / 2
    under = middle**2 - square * rest
    if under < 0 or square == 0:
        return -np.inf, np.inf
    low, high = sorted((middle + sign * np.sqrt(under)) / square for sign in (-1, 1))
    if square > 0:
        return low, high
    return (high, np.inf) if found.share >= high else (-np.inf, low)  # the way itself may be of no length


def mean_interval(values: np.ndarray, most: float, groups: np.ndarray | None, *, is_ordered: bool) -> Interval:
    """Interval of the mean of a figure that each row has, such as a difference of costs.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
    most : float
        How large it can be, whatever its sign.
    groups : ndarray of shape (n_rows,) or None
    is_ordered : bool
    """
    if len(values) < 2:  # noqa: PLR2004
        return NOT_MEASURED
    mean = float(values.mean())
    spread = _spread((values - mean) / len(values), _units(values, groups, None, is_ordered=is_ordered), LEVEL)
    if spread is None:
        return NOT_MEASURED
    if spread.error == 0:
        return _around(mean, 2 * most * unseen(spread.n_units, (1 - LEVEL) / 2), (-most, most))
    below, above = spread.skewed()
    return Interval(mean - below, mean + above, spread.error)


def _summed(metric: Metric, folds: Sequence[Answered], *, is_ordered: bool) -> tuple[float, _Spread] | None:
    """Mean of the folds' scores, with the noise of their rows together."""
    positions = np.concatenate([f.positions for f in folds])
    rows, place = np.unique(positions, return_inverse=True)
    added, parts, first = np.zeros(len(rows)), np.zeros(len(rows), dtype=int), 0
    scores, has_parts, end = [], False, 0
    for fold in folds:
        found = influence(metric, fold.y, fold.predictions, fold.groups, is_ordered=is_ordered)
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
    units = _units(added, groups, parts if has_parts else None, is_ordered=is_ordered)
    spread = _spread(added, units, LEVEL)
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


def _spread(added: np.ndarray, units: np.ndarray, level: float) -> _Spread | None:
    """Measure the noise of a sum of what rows add, over what is independent; None of fewer than two units.

    The standard error has as many degrees of freedom as its own noise leaves (Satterthwaite: by the sizes of the units
    and the kurtosis of what they add).
    """
    from scipy import stats

    if not np.isfinite(added).all():
        return None
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
    shares = sums / np.sqrt(squares)
    kurtosis = count * float(np.sum(shares**4))
    even = n_rows**2 / float(np.sum(sizes.astype(float) ** 2)) - 1
    freedom = max(1.0, min(even, 2 * count / max(kurtosis - 1, 0.1)))
    steps = min(_WIDEST, float(stats.t.ppf(0.5 + level / 2, freedom)))
    return _Spread(standard_error(added, units) * n_rows, float(np.sum(shares**3)), steps, count)


def _units(added: np.ndarray, groups: np.ndarray | None, parts: np.ndarray | None, *, is_ordered: bool) -> np.ndarray:
    """Number of each row's unit: stretches of time are longer than blocks, so that they can be counted as few."""
    if parts is not None:
        return parts
    rows = dependence(added, groups=groups, is_ordered=is_ordered)
    if rows.block == 1:
        return rows.units()
    count = int(np.clip(rows.n_rows // (_BLOCKS * rows.block), _FEWEST_STRETCHES, _STRETCHES))
    return np.asarray(np.arange(rows.n_rows) * count // rows.n_rows)


def _within(value: float, bounds: tuple[float, float], spread: _Spread, *, is_root: bool) -> Interval:
    """Interval on a scale without ends, brought back into the range."""
    lowest, highest = bounds
    if np.isfinite(lowest) and np.isfinite(highest):
        low, high = _by_logit((value - lowest) / (highest - lowest), spread.scaled(1 / (highest - lowest)))
        return Interval(lowest + low * (highest - lowest), lowest + high * (highest - lowest), spread.error)
    if np.isfinite(highest):
        low, high = _by_log(highest - value, spread.scaled(-1))
        return Interval(highest - high, highest - low, spread.error)
    if np.isfinite(lowest):
        base, slope, back = (value**2, 2 * value, np.sqrt) if is_root else (value, 1.0, _same)
        low, high = (float(back(bound)) for bound in _by_log(base, spread.scaled(slope)))
        return Interval(low, high, spread.error)
    below, above = spread.skewed()
    return Interval(value - below, value + above, spread.error)


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


def _around(value: float, half: float, bounds: tuple[float, float]) -> Interval:
    """Where no row differs from another: as far as rows of a kind that was not seen could move the figure."""
    if not np.isfinite(half):
        return NOT_MEASURED
    low, high = np.clip([value - half, value + half], *bounds).tolist()
    return Interval(low, high, 0.0)


def _unseen(metric: Metric, y: np.ndarray, n_units: int, level: float) -> float:
    """How far rows of a kind that was not seen could move a score, at most."""
    return metric.most_gain * unseen(metric.count(y, n_units), (1 - level) / 2)


def unseen_share(metric: Metric, old: float, count: int, level: float) -> float:
    """How much of the way to a perfect score rows of a kind that was not seen could take, at most.

    An error has no upper end: there such rows are taken to be as bad as the old score is.

    Parameters
    ----------
    metric : Metric
    old : float
        Where the way begins.
    count : int
        Independent units of which none was of that kind.
    level : float
        Of an interval, two-sided.
    """
    share = unseen(count, (1 - level) / 2)
    if np.isfinite(metric.most_gain):
        return share * metric.most_gain / metric.distance_to_best(old)
    return float(np.sqrt(share)) if metric.is_root else share


def chance_of_unseen(metric: Metric, old: float, count: int, share: float) -> float:
    """How likely it is that none of so many units was of a kind that takes this share of the way, at least.

    Parameters
    ----------
    metric : Metric
    old : float
    count : int
    share : float
        As in `unseen_share`.
    """
    if share <= 0:
        return 1.0
    if np.isfinite(metric.most_gain):
        share *= metric.distance_to_best(old) / metric.most_gain
    elif metric.is_root:
        share **= 2
    return float((1 - min(1.0, share)) ** count)
