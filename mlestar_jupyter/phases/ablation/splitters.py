"""How well do folds predict untouched rows? A splitter is judged by that, not by the score that it claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.build import make_splitter
from mlestar_jupyter.core.estimators import Splitter
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.folds import Fold, split_pairs
from mlestar_jupyter.core.rare_classes import of_rare_classes
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Dataset
from mlestar_jupyter.data.splits import split_in_time
from mlestar_jupyter.problems.registry import problem_of

_UNTOUCHED = 0.25


@dataclass(frozen=True)
class Judged:
    """What two splitters claimed on the same rows, and what came true on untouched ones, draw by draw.

    Parameters
    ----------
    ours, plain, untouched : list of float
        Mean score over the solution's own folds and over plain ones, and the score on the rows that neither saw.
    """

    ours: list[float]
    plain: list[float]
    untouched: list[float]

    def miss(self, claimed: Sequence[float]) -> float:
        """Mean distance of what was claimed from what came true."""
        return float(np.mean(np.abs(np.subtract(claimed, self.untouched))))


def judge_splitters(context: Context, solution: Solution, plain: Solution, draws: int) -> Judged | None:
    """Cross-validate three quarters of the rows with either splitter, and hold both against the last quarter.

    The untouched rows are as the task says that new ones come: the latest, or whole groups, or drawn.

    Returns
    -------
    Judged or None
        None when time ended it, a fit failed, or there are too few rows.
    """
    dataset, done = context.dataset, Judged([], [], [])
    for rows, untouched in _untouched(dataset, draws):
        both = [_folds_within(make_splitter(one.blocks["validation"]), dataset, rows) for one in (solution, plain)]
        if not all(both):
            break
        folds: list[Sequence[Fold]] = [[Fold(rows, untouched)], *both]
        label, reason = "judging the folds", "whether the folds predict untouched rows"
        candidate = context.candidate(solution, label, reason, "confirmation")
        found = context.evaluator.evaluate_on([candidate] * 3, folds, context.budget)
        scores = [e.score for e in found if isinstance(e, Scored)]
        if len(scores) < 3:  # noqa: PLR2004 - the untouched rows, our folds, plain folds
            break
        for known, score in zip((done.untouched, done.ours, done.plain), scores, strict=True):
            known.append(score)
    return done if done.untouched else None


def _untouched(dataset: Dataset, draws: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Positions of the rows to cross-validate and of those to hold out."""
    rows, task = dataset.development, dataset.task
    everything = np.arange(len(rows))
    if task.time is not None:
        times = rows.X[task.time].to_numpy()
        found = split_in_time(times, rows.groups, _UNTOUCHED, child_seed(task.seed, "untouched"), task.split.gap)
        return [found] if all(map(len, found)) else []
    splitter = problem_of(task).splitters.untouched(task, draws, _UNTOUCHED, child_seed(task.seed, "untouched"))
    try:
        with of_rare_classes():
            return list(splitter.split(everything, rows.y, rows.groups))
    except ValueError:  # a class or the groups have too few rows for that
        return []


def _folds_within(splitter: Splitter, dataset: Dataset, rows: np.ndarray) -> list[Fold]:
    """Folds of some of the rows, as positions among all; none where these are too few."""
    part = dataset.development.take(rows)
    try:
        with of_rare_classes():
            pairs = split_pairs(splitter, part)
    except (ValueError, IndexError):
        return []
    return [Fold(rows[train], rows[test]) for train, test in pairs]
