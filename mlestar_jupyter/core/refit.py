"""The final fit: how long it takes on all rows, and on how many it is done when that is longer than the time left."""

from __future__ import annotations

from collections.abc import Sequence

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.metric import Metric

_MARGIN = 1.15
"""Fits take a little longer than in proportion to their rows, which fit the processor's caches less."""
_AT_ONCE = 1.25
"""Members that are fitted side by side wait for one another now and then."""
_BEHIND = 0.5
"""Seconds of writing what came of it."""
_MEMBERS = 5
"""Of an ensemble that may come."""
_LEAST_GAIN = 1.2
"""Rows that are worth a fit of their own: so many times those of the sample."""


def refit_seconds(members: Sequence[Scored], n_rows: int, workers: int) -> float:
    """About how long the members take to be fitted on so many rows, side by side, from the time of their fold fits."""
    each = [m.fit_seconds / len(m.fold_scores) * n_rows / m.n_train for m in members]
    return max(max(each, default=0.0), sum(each) / workers)


def own_refit_seconds(score: Scored, members: Sequence[Scored], n_rows: int, workers: int) -> float:
    """About how long a solution takes to be fitted on so many rows.

    Parameters
    ----------
    score : Scored
        Of an ensemble, its `fit_seconds` are those of its members, as often as each is fitted.
    members : sequence of Scored
        Of an ensemble, those that are known; they are fitted side by side.
    """
    together = sum(m.fit_seconds for m in members)
    if not together:
        return refit_seconds([score], n_rows, 1)
    return score.fit_seconds / together * refit_seconds(members, n_rows, workers)


def longest_refit_seconds(found: Sequence[Scored], best: Scored, metric: Metric, n_rows: int, workers: int) -> float:
    """About how long the best solution takes to be fitted on so many rows, or an ensemble of the next best with it."""
    members = sorted(found, key=lambda m: -metric.gain(m.score, 0.0))[:_MEMBERS]
    own = own_refit_seconds(best, members_of(best, found), n_rows, workers)
    return max(own, refit_seconds(members, n_rows, workers))


def reserved_seconds(found: Sequence[Scored], best: Scored, metric: Metric, n_rows: int, workers: int) -> float:
    """What to set aside for the final fit: a little more than it will take, and what comes behind it."""
    return _AT_ONCE * longest_refit_seconds(found, best, metric, n_rows, workers) + _BEHIND


def members_of(score: Scored, found: Sequence[Scored]) -> list[Scored]:
    """Find the scores of an ensemble's members; none where one is not among those found, or a model wrote its fit."""
    if score.candidate.author == "model":
        return []
    by_fit = {m.candidate.solution.fit_id: m for m in found}
    ids = [m.fit_id for m in score.candidate.solution.members]
    return [by_fit[i] for i in ids] if ids and all(i in by_fit for i in ids) else []


def affordable_rows(n_rows: int, fewest: int, needed: float, left: float | None) -> int:
    """On how many rows the final fit is done: on all, or as many as there is time for.

    Parameters
    ----------
    n_rows : int
        All rows.
    fewest : int
        Rows of the sample, on which it is done in any case.
    needed : float
        Seconds of a fit on all rows.
    left : float or None
        Seconds that are left; None for no limit.

    >>> affordable_rows(1000, 100, 10.0, 20.0), affordable_rows(1000, 100, 10.0, 5.75)
    (1000, 500)
    """
    if left is None or _MARGIN * needed <= left:
        return n_rows
    rows = int(n_rows * max(0.0, left) / (_MARGIN * needed))
    return rows if rows >= _LEAST_GAIN * fewest else fewest
