"""Recipes of the ``validation`` block."""

from __future__ import annotations

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.problems.registry import problem_of
from mlestar_jupyter.problems.splitters import plain_folds


def validation(task: Task) -> str:
    """Write the ``validation`` block: folds that respect time, groups and the target's shares."""
    return problem_of(task).splitters.of(task).source


def plain_validation(task: Task) -> str:
    """Write the neutral ``validation`` block: plain shuffled k-fold."""
    return plain_folds(task).source
