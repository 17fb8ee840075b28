"""What may be exchanged on its own: rows, whole groups, or blocks of neighbours in time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.influences import FINE, influence
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.resampling import dependence
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.core.weights import WeightedScore

_MOST = 499
USUAL_SECONDS = 5.0
"""Of a usual processor that draws may take where fewer would do, by a formula of rows and classes."""
MOST_SECONDS = 30.0
"""Of a usual processor that a gate may take: what would take longer is not measured."""
_EXCHANGE = 3e-8
"""Seconds of an exchange for a row."""


def units_of(rows: Rows, task: Task, losses: np.ndarray) -> np.ndarray:
    """Number the units of rows: what can be taken for independent.

    Parameters
    ----------
    rows : Rows
    task : Task
    losses : ndarray of shape (n_rows,)
        A figure of each row: its autocorrelation says how long blocks in time are.

    Returns
    -------
    ndarray of int, shape (n_rows,)
    """
    return dependence(losses, groups=rows.groups, is_ordered=task.time is not None).units()


def units_of_score(rows: Rows, task: Task, metric: Metric, predictions: Predictions) -> np.ndarray:
    """Number the units of rows by what each adds to a score, of shape (n_rows,)."""
    if task.time is None:
        return units_of(rows, task, np.zeros(len(rows)))
    found = influence(metric, rows.y, predictions, rows.groups, is_ordered=True, n_parts=FINE)
    return units_of(rows, task, found.of_rows)


@dataclass(frozen=True, eq=False)
class Gains:
    """Scores of the solution and of the baseline on the same rows, whatever the direction of the metric.

    Parameters
    ----------
    ours : WeightedScore
    theirs : WeightedScore or None
        None where the score alone is looked at.
    """

    ours: WeightedScore
    theirs: WeightedScore | None

    @classmethod
    def quick(cls, ours: WeightedScore, theirs: WeightedScore | None, n_parts: int, level: float) -> Gains:
        """The scores themselves, or by the influences of rows where exchanges of them would take long.

        A test by exchanges is exact for either, and of so many rows the two are nearly the same.
        """
        exact = cls(ours, theirs)
        if draws_for(level) * exact.seconds(n_parts) <= USUAL_SECONDS:
            return exact
        return cls(ours.linear(), None if theirs is None else theirs.linear())

    def over(self, parts: np.ndarray, n_parts: int) -> np.ndarray:
        """How far apart both are on each part: the sign does not matter where parts are compared with one another."""
        scores = self.ours.of_parts(parts, n_parts)
        return scores if self.theirs is None else np.asarray(scores - self.theirs.of_parts(parts, n_parts))

    def seconds(self, n_parts: int) -> float:
        """About how long a draw takes."""
        scores = [self.ours] if self.theirs is None else [self.ours, self.theirs]
        return _EXCHANGE * self.ours.n_rows + sum(s.seconds(n_parts) for s in scores)

    def draws(self, n_parts: int, level: float) -> int:
        """How many draws a test at a level takes: so many that it can fail; 0 where that takes too long.

        The least p-value of a permutation test is 1 / (draws + 1).
        """
        needed, each = draws_for(level), self.seconds(n_parts)
        if needed * each > MOST_SECONDS:
            return 0
        return max(needed, min(_MOST, int(USUAL_SECONDS / each)))


def draws_for(level: float) -> int:
    """The fewest draws of which a permutation test can reach a level.

    >>> draws_for(0.0125)
    79
    """
    return math.ceil(1 / level - 1e-9) - 1


def log_arrangements(parts: np.ndarray, units: np.ndarray, fixed: tuple[int, ...] = ()) -> float:
    """Logarithm of the number of ways to put units into parts that can give other figures.

    Parts of equally many units have the same say, so that they may change places; not those of `fixed`.

    Examples
    --------
    >>> groups = np.arange(5)
    >>> log_arrangements(groups, groups)
    0.0
    """
    _, first = np.unique(units, return_index=True)
    names, counts = np.unique(parts[first], return_counts=True)
    alike = Counter(int(c) for name, c in zip(names, counts, strict=True) if name not in fixed)
    ways = math.lgamma(counts.sum() + 1) - sum(math.lgamma(c + 1) for c in counts)
    return ways - sum(math.lgamma(n + 1) for n in alike.values())


def why_too_long(gains: Gains, parts: np.ndarray, level: float) -> str:
    """Say that a test by exchanges would take too long; empty where it does not."""
    if gains.draws(len(np.unique(parts)), level):
        return ""
    return (
        f"{draws_for(level):,} exchanges of {len(parts):,} rows, which a test at this significance takes, would last "
        f"more than {MOST_SECONDS:.0f} s by this metric"
    )


def why_too_few(parts: np.ndarray, units: np.ndarray, level: float, fixed: tuple[int, ...] = ()) -> str:
    """Say why a test by exchanges cannot reach a level; empty where it can."""
    if log_arrangements(parts, units, fixed) < -math.log(level):
        return f"{len(np.unique(units))} groups or stretches of time are too few for a test at this significance"
    return ""


def exchanges(
    parts: np.ndarray, units: np.ndarray, strata: np.ndarray | None, seed: int, draws: int
) -> Iterator[np.ndarray]:
    """Exchange units between parts at random: what a permutation test compares with (Pitman 1937).

    Parameters
    ----------
    parts : ndarray of int, shape (n_rows,)
        To which part each row belongs: a fold, or the holdout.
    units : ndarray of int, shape (n_rows,)
    strata : ndarray or None
        Units are exchanged within a stratum alone: the classes' shares stay as they are. For single rows.
    seed, draws : int

    Yields
    ------
    ndarray of int, shape (n_rows,)
        The parts anew, as many units in each as before.
    """
    generator = np.random.default_rng(child_seed(seed, "exchange"))
    names, first, unit = np.unique(units, return_index=True, return_inverse=True)
    if len(names) < len(parts):
        of_units = parts[first]
        for _ in range(draws):
            yield generator.permutation(of_units)[unit]
        return
    places = [np.arange(len(parts))] if strata is None else [np.flatnonzero(strata == s) for s in np.unique(strata)]
    for _ in range(draws):
        found = np.empty_like(parts)
        for at in places:
            found[at] = generator.permutation(parts[at])
        yield found
