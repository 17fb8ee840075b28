"""Recipes of the ``validation`` block."""

from __future__ import annotations

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.rendering import render


def validation(task: Task) -> str:
    """Write the ``validation`` block: folds that respect time, groups and classes."""
    shuffled = f"5, shuffle=True, random_state={task.seed % 2**32}"
    if task.time is not None:
        title = "Later rows are predicted from earlier ones, from half of them on: less says little of the whole"
        arguments = f"5, test_size={max(1, task.n_compared // 10)}"
        return render("validation", splitter="TimeSeriesSplit", title=title, arguments=arguments)
    if task.is_grouped:
        name = "StratifiedGroupKFold" if task.is_classification else "GroupKFold"
        return render("validation", splitter=name, title="A group is never on both sides", arguments=shuffled)
    if task.is_classification:
        return render(
            "validation", splitter="StratifiedKFold", title="Each fold has the classes' shares", arguments=shuffled
        )
    return plain_validation(task)


def plain_validation(task: Task) -> str:
    """Write the neutral ``validation`` block: plain shuffled k-fold."""
    arguments = f"5, shuffle=True, random_state={task.seed % 2**32}"
    return render("validation", splitter="KFold", title="Plain k-fold", arguments=arguments)
