"""What a random split would have claimed, where rows have an order or groups: once, and cheaply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.evaluation import Evaluation, Scored, best, scored
from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.task import Rows, Task

_SHARE = 0.05
"""Of the time left."""


@dataclass(frozen=True)
class Claimed:
    """Scores of one solution, fitted on as many rows each time.

    Parameters
    ----------
    label : str
        Of the solution.
    honest, random : float or None
        On the last folds of the task, and on all other rows of as many random splits; None where there was no time.
    by : str
        What the folds of the task respect.
    folds : int
        How many.
    """

    label: str = ""
    honest: float | None = None
    random: float | None = None
    by: str = ""
    folds: int = 0

    def sentence(self, metric: Metric) -> str:
        """Say what a random split would have claimed; empty where that was not measured."""
        if self.random is None or self.honest is None:
            return ""
        if metric.gain(self.random, self.honest) <= 0:
            return (
                f"A random split would have claimed no more for {self.label}: {metric.label} {self.random:.4g}, by "
                f"{self.by} it is {self.honest:.4g}."
            )
        return (
            f"A random split would have claimed {metric.label} {self.random:.4g} for {self.label}; by {self.by} it is "
            f"{self.honest:.4g}."
        )


def claim(context: Context, evaluations: Sequence[Evaluation]) -> Claimed | None:
    """Score the best solution so far on random splits that train on as many rows as the folds; None where these are it.

    Rows that resemble their neighbours in time or group are then on both sides (Roberts et al., Ecography 40, 2017);
    nothing else differs.
    """
    task = context.dataset.task
    lead = best(scored(evaluations), task.metric)
    if lead is None or not (task.time is not None or task.is_grouped):
        return None
    return context.measured(Claimed, lambda: _measured(context, lead))


def _measured(context: Context, lead: Scored) -> Claimed:
    evaluator, task, rows = context.evaluator, context.dataset.task, context.dataset.development
    folds = evaluator.folds(lead.candidate.solution)
    left, n = context.budget.seconds_left(), len(folds)
    of_one = replace(lead, fit_seconds=lead.fit_seconds / n, predict_seconds=lead.predict_seconds / n)
    count = n if left is None else context.affordable(of_one, n, _SHARE * left)
    if not count or len(lead.fold_scores) != n:
        return Claimed()
    drawn = [random_fold(fold, rows, task, number) for number, fold in enumerate(folds[-count:])]
    found = scored(evaluator.evaluate_on([lead.candidate], [drawn], context.budget))
    if not found:
        return Claimed()
    honest = float(np.mean(lead.fold_scores[-count:]))
    return Claimed(lead.candidate.label, honest, found[0].score, _respected(task), count)


def random_fold(fold: Fold, rows: Rows, task: Task, number: int) -> Fold:
    """Draw as many rows to fit on as a fold has; all others are tested, which costs nothing."""
    from sklearn.model_selection import train_test_split

    y = rows.y if task.form.is_stratified and np.unique(rows.y, return_counts=True)[1].min() > 1 else None
    size = min(len(fold.train), len(rows) - len(fold.test))
    everything, seed = np.arange(len(rows)), child_seed(task.seed, "random split", number) % 2**32
    train, test = train_test_split(everything, train_size=size, random_state=seed, stratify=y)
    return Fold(np.sort(train), np.sort(test))


def _respected(task: Task) -> str:
    """What the folds of a task respect, in words."""
    named = [name for name in (task.time, task.group) if name is not None]
    return " and ".join(named) or "runs of rows that belong together"
