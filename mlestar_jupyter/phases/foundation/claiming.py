"""What a random split would have claimed, where rows have an order or groups: once, and cheaply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.evaluation import Evaluation, Failed, best, scored
from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.statistics import corrected_t_test
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.display.numbers import number

_SHARE = 0.05
"""Of the time left."""
_UNTIMED = 2
"""Folds of a solution of which one was run alone."""


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
    folds, of : int
        How many, and how many the solution's own score is the mean of.
    high : float or None
        What a random split claims beyond the folds of the task, at most (95 %); None for a single fold.
    """

    label: str = ""
    honest: float | None = None
    random: float | None = None
    by: str = ""
    folds: int = 0
    of: int = 0
    high: float | None = None

    def sentence(self, metric: Metric) -> str:
        """Say what a random split would have claimed; empty where that was not measured, or may be chance."""
        if self.random is None or self.honest is None:
            return ""
        where = f" on {self.folds} of {self.of} folds" if self.folds < self.of else ""
        honest, random = number(self.honest), f"{metric.label} {number(self.random)}"
        if metric.gain(self.random, self.honest) > 0:
            return f"A random split would have claimed {random} for {self.label}{where}; by {self.by} it is {honest}."
        if self.high is None or self.high > 0:
            return ""
        claimed = f"claimed no more for {self.label}{where}: {random}"
        return f"A random split would have {claimed}, by {self.by} it is {honest}."


def claim(context: Context, evaluations: Sequence[Evaluation]) -> Claimed | None:
    """Score a solution on random splits that train on as many rows as the folds; None where the folds are random.

    It is the best so far that learns from the inputs; where all were dropped after one fold, the first of these.
    Rows that resemble their neighbours in time or group are then on both sides (Roberts et al., Ecography 40, 2017);
    nothing else differs.
    """
    task = context.dataset.task
    if not (task.time is not None or task.is_grouped):
        return None
    learned = evaluations[1:]  # the first is the trivial baseline
    dropped = [e for e in learned if isinstance(e, Failed) and e.kind == "dropped"]
    lead = best(learned, task.metric) or next(iter(dropped), None)
    return None if lead is None else context.measured(Claimed, lambda: _measured(context, lead))


def _measured(context: Context, lead: Evaluation) -> Claimed:
    evaluator, task, rows = context.evaluator, context.dataset.task, context.dataset.development
    candidate = lead.candidate
    folds = evaluator.folds(candidate.solution)
    count = _affordable(context, lead, len(folds))
    if not count:
        return Claimed()
    last = folds[-count:]
    drawn = [random_fold(fold, rows, task, number) for number, fold in enumerate(last)]
    found = scored(evaluator.evaluate_on([candidate] * 2, [last, drawn], context.budget.part(2 * _SHARE)))
    if len(found) < 2:  # noqa: PLR2004 - of the folds and of random ones
        return Claimed()
    honest, random = found
    gains = [task.metric.gain(r, h) for r, h in zip(random.fold_scores, honest.fold_scores, strict=True)]
    high = corrected_t_test(gains, random.n_train, random.n_test).high if count > 1 else None
    return Claimed(candidate.label, honest.score, random.score, _respected(task), count, len(folds), high)


def _affordable(context: Context, lead: Evaluation, n_folds: int) -> int:
    """On how many folds there is time to score it."""
    left = context.budget.seconds_left()
    if left is None:
        return n_folds
    if isinstance(lead, Failed):
        return min(_UNTIMED, n_folds)
    of_one = replace(lead, fit_seconds=lead.fit_seconds / n_folds, predict_seconds=lead.predict_seconds / n_folds)
    return context.affordable(of_one, n_folds, _SHARE * left)


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
