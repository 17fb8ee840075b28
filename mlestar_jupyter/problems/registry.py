"""All problem types by name, those of other packages among them."""

from __future__ import annotations

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import PluginError
from mlestar_jupyter.plugins import plugged_in
from mlestar_jupyter.problems.base import Problem
from mlestar_jupyter.problems.binary import BINARY
from mlestar_jupyter.problems.multiclass import MULTICLASS
from mlestar_jupyter.problems.regression import REGRESSION

_BUILT_IN = (BINARY, MULTICLASS, REGRESSION)


def problems() -> dict[str, Problem]:
    """Give every problem type; where a target names none, the first that recognises it is taken."""
    found: dict[str, Problem] = {problem.name: problem for problem in _BUILT_IN}
    for name, problem in plugged_in("problems", Problem).items():  # type: ignore[type-abstract]
        if name in found or name != problem.name:
            raise PluginError(
                f"A package adds the problem {name!r}, which is taken or called {problem.name!r} in itself.",
                mend="Give its entry point and its class the same new name.",
            )
        found[name] = problem
    return found


def problem_named(name: str) -> Problem:
    """Give one problem type."""
    return problems()[name]


def problem_of(task: Task) -> Problem:
    """Give the problem type of a task."""
    return problem_named(task.problem)
