"""Recipes of the ``validation`` block."""

from __future__ import annotations

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.problems.registry import problem_of
from mlestar_jupyter.problems.splitters import Splitter, plain_folds


def validation(task: Task) -> str:
    """Write the ``validation`` block: folds that respect time, groups and the target's shares."""
    return splitter_block(problem_of(task).splitters.of(task))


def plain_validation(task: Task) -> str:
    """Write the neutral ``validation`` block: plain shuffled k-fold."""
    return splitter_block(plain_folds(task))


def splitter_block(splitter: Splitter) -> str:
    """Write the block that makes a splitter."""
    return render("validation", splitter=splitter.name, title=splitter.title, arguments=splitter.arguments)
