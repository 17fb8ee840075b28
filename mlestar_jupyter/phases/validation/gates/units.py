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
from mlestar_jupyter.core.weighted import WeightedScore

_MOST, _LEAST, _SLOW = 499, 199, 99
_WORK = 50_000_000
"""Rows times draws that are worth their time where fewer draws would do."""
_MOST_WORK = {True: 1_000_000_000, False: 50_000_000}
"""Rows times draws that take about two minutes, of metrics of sums and of others."""


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
    ours, theirs : WeightedScore
    """

    ours: WeightedScore
    theirs: WeightedScore

    def over(self, parts: np.ndarray, n_parts: int) -> np.ndarray:
        """How far apart both are on each part: the sign does not matter where parts are compared with one another."""
        return np.asarray(self.ours.of_parts(parts, n_parts) - self.theirs.of_parts(parts, n_parts))

    def draws(self, level: float) -> int:
        """How many draws a test at a level takes: so many that it can fail; 0 where that takes too long.

        The least p-value of a permutation test is 1 / (draws + 1).
        """
        n_rows, is_fast = self.ours.n_rows, self.ours.is_fast and self.theirs.is_fast
        needed = draws_for(level)
        if needed * n_rows > _MOST_WORK[is_fast]:
            return 0
        usual = int(np.clip(_WORK / n_rows, _LEAST, _MOST)) if is_fast else _SLOW
        return max(needed, usual if usual * n_rows <= _MOST_WORK[is_fast] else 0)


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


def why_it_cannot_fail(
    gains: Gains, parts: np.ndarray, units: np.ndarray, level: float, fixed: tuple[int, ...] = ()
) -> str:
    """Say why a test by exchanges cannot reach a level; empty where it can."""
    if log_arrangements(parts, units, fixed) < -math.log(level):
        return f"{len(np.unique(units))} groups or stretches of time are too few for a test at this significance"
    if not gains.draws(level):
        return f"a test at this significance takes {draws_for(level):,} exchanges of {len(parts):,} rows, too long"
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
