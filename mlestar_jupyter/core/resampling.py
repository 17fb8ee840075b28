"""Resampling of rows as new ones would come: one by one, in whole groups, or in blocks of rows that follow in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.quiet import quietly

_FEWEST_ROWS = 8
"""Of which an autocorrelation is estimated."""
_BAND = 2.0
"""Standard errors within which an autocorrelation counts as none."""


@dataclass(frozen=True, eq=False)
class Dependence:
    """Which rows say something about one another, so that they are drawn together.

    Parameters
    ----------
    n_rows : int
    groups : ndarray of int of shape (n_rows,) or None
        Number of each row's group, from 0; None where rows belong to none.
    block : int
        How many rows in succession are drawn together; 1 where the order says nothing.
    """

    n_rows: int
    groups: np.ndarray | None = None
    block: int = 1

    @property
    def n_units(self) -> int:
        """Groups, blocks or rows: what can be taken for independent."""
        if self.groups is not None:
            return int(self.groups.max()) + 1 if self.n_rows else 0
        return -(-self.n_rows // self.block)

    def units(self) -> np.ndarray:
        """Number of each row's unit, of shape (n_rows,): its group, or the block of fixed bounds that it is in."""
        return np.arange(self.n_rows) // self.block if self.groups is None else self.groups

    def resamples(self, count: int, seed: int) -> Iterator[np.ndarray]:
        """Draw units with replacement, `count` times, as positions of rows.

        Groups give as many groups as there are, and so more or fewer rows; all else gives `n_rows` rows.

        Notes
        -----
        Groups: the cluster bootstrap (Davison & Hinkley, *Bootstrap Methods and their Application*, 1997, section 3.8).
        Blocks: the circular block bootstrap (Politis & Romano 1992).

        Examples
        --------
        >>> rows = Dependence(4, block=2)
        >>> [len(drawn) for drawn in rows.resamples(2, seed=0)]
        [4, 4]
        """
        generator = np.random.default_rng(seed)
        if self.groups is not None:
            order = np.argsort(self.groups, kind="stable")
            of_group = np.split(order, np.cumsum(np.bincount(self.groups))[:-1])
            for _ in range(count):
                drawn = generator.integers(0, len(of_group), len(of_group))
                yield np.concatenate([of_group[i] for i in drawn])
            return
        for _ in range(count):
            starts = generator.integers(0, self.n_rows, self.n_units)
            yield ((starts[:, None] + np.arange(self.block)) % self.n_rows).ravel()[: self.n_rows]


def dependence(
    losses: np.ndarray, *, groups: np.ndarray | None = None, is_ordered: bool = False, at_least: int = 1
) -> Dependence:
    """Find out which rows are to be drawn together.

    Of rows with both groups and an order, the one by which the mean loss varies more.

    Parameters
    ----------
    losses : ndarray of shape (n_rows,)
        A figure of each row whose mean is to be known; in order of time where there is one.
    groups : ndarray of shape (n_rows,), optional
        Labels of any kind; groups of one row each are no groups.
    is_ordered : bool
        Whether rows are in order of time.
    at_least : int
        Rows of a block in time.
    """
    n_rows = len(losses)
    grouped = None if groups is None else np.unique(groups, return_inverse=True)[1].reshape(-1)
    if grouped is not None and n_rows and grouped.max() + 1 == n_rows:
        grouped = None
    if not is_ordered:
        return Dependence(n_rows, grouped)
    ordered = Dependence(n_rows, block=min(max(block_length(losses), at_least), max(1, n_rows)))
    if grouped is None:
        return ordered
    by_group = Dependence(n_rows, grouped)
    return max(by_group, ordered, key=lambda d: np.nan_to_num(standard_error(losses, d.units())))


def standard_error(values: np.ndarray, units: np.ndarray) -> float:
    """Standard error of the mean of a figure that each row has, or of a score by what each row adds to it.

    Of a difference of rates between groups, of a subset's share in a gate, of a score and of a gain alike.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
    units : ndarray of int of shape (n_rows,)
        Rows with the same number say something about one another; of different ones they are independent.

    Returns
    -------
    float
        NaN of fewer than two units: they say nothing of each other.

    Notes
    -----
    The jackknife over units (CR3; Bell & McCaffrey 2002), in which a large unit counts for more. Of units of equal
    sizes, and so of single rows, it is the plain one (Liang & Zeger, Biometrika 73, 1986, with n / (n - 1)).

    Intervals of scores and gains take Student's t with the degrees of freedom that the noise of the units leaves,
    robustness with one fewer than there are units; fairness takes the normal distribution.

    Examples
    --------
    >>> round(standard_error(np.array([1.0, 2.0, 3.0]), np.arange(3)), 4)
    0.5774
    """
    unit = np.unique(units, return_inverse=True)[1].reshape(-1)
    sizes = np.bincount(unit)
    count, n_rows = len(sizes), len(values)
    if count < 2:  # noqa: PLR2004
        return float("nan")
    with quietly():  # figures too large to be squared
        sums = np.bincount(unit, weights=values - values.mean()) / (1 - sizes / n_rows)
        return float(np.sqrt((count - 1) / count * np.sum(sums**2)) / n_rows)


def block_length(losses: np.ndarray) -> int:
    """Choose how many rows in succession are drawn together, from the autocorrelation of their losses.

    Parameters
    ----------
    losses : ndarray of shape (n_rows,)
        In order of time.

    Returns
    -------
    int
        1 where no autocorrelation is seen; a third of the rows at most.

    Notes
    -----
    Politis & White, "Automatic block-length selection for the dependent bootstrap", Econometric Reviews 23 (2004), with
    the correction of Patton, Politis & White (2009), for the circular bootstrap.

    Examples
    --------
    >>> block_length(np.random.default_rng(0).normal(size=500))
    1
    """
    values = np.asarray(losses, dtype=float)
    n_rows = len(values)
    if n_rows < _FEWEST_ROWS or not np.isfinite(values).all() or np.ptp(values) == 0:
        return 1
    run = max(5, int(np.sqrt(np.log10(n_rows))))
    most_lags = min(int(np.ceil(np.sqrt(n_rows))) + run, n_rows - 1)
    covariances = autocovariances(values, most_lags)
    small = np.abs(covariances[1:]) < _BAND * np.sqrt(np.log10(n_rows) / n_rows) * covariances[0]
    last = _last_of_note(small, run)
    if last == 0:
        return 1
    bandwidth = min(2 * last, most_lags)
    lags = np.arange(1, bandwidth + 1)
    weights = np.clip(2 * (1 - lags / bandwidth), 0, 1)  # flat, then falling: Politis & Romano (1995)
    slope = 2 * float(np.sum(weights * lags * covariances[lags]))
    level = covariances[0] + 2 * float(np.sum(weights * covariances[lags]))
    if level <= 0:
        return 1
    length = (2 * slope**2 / (4 / 3 * level**2)) ** (1 / 3) * n_rows ** (1 / 3)
    return int(np.clip(np.ceil(length), 1, max(1, n_rows // 3)))


def autocovariances(values: np.ndarray, most_lags: int) -> np.ndarray:
    """Sample autocovariances at lags 0 to `most_lags`, of shape (most_lags + 1,)."""
    from scipy.signal import fftconvolve

    centred = values - values.mean()
    both = fftconvolve(centred, centred[::-1])
    return np.asarray(both[len(values) - 1 : len(values) + most_lags] / len(values))


def _last_of_note(small: np.ndarray, run: int) -> int:
    """Lag behind which `run` autocorrelations in succession are small; the last large one where there are none such."""
    large = np.flatnonzero(~small) + 1
    if not len(large):
        return 0
    edges = np.append(large, len(small) + run + 1)
    for before, after in zip(np.insert(large, 0, 0), edges, strict=True):
        if after - before > run:
            return int(before)
    return int(large[-1])
