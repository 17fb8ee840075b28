"""All problem types by name, those of other packages among them."""

from __future__ import annotations

from operator import attrgetter

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.plugins import with_plugins
from mlestar_jupyter.problems.base import Problem
from mlestar_jupyter.problems.binary import BINARY
from mlestar_jupyter.problems.multiclass import MULTICLASS
from mlestar_jupyter.problems.regression import REGRESSION

_BUILT_IN = (BINARY, MULTICLASS, REGRESSION)


def problems() -> dict[str, Problem]:
    """Give every problem type; where a target names none, the first that recognises it is taken."""
    return with_plugins("problems", Problem, _BUILT_IN, attrgetter("name"))  # type: ignore[type-abstract]


def problem_named(name: str) -> Problem:
    """Give one problem type."""
    return problems()[name]


def problem_of(task: Task) -> Problem:
    """Give the problem type of a task."""
    return problem_named(task.problem)
