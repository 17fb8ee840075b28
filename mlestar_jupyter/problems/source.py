"""The printed script of a task: core and data write it, the problem type says what it does with the target."""

from __future__ import annotations

from mlestar_jupyter.core import script
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.data import preparation
from mlestar_jupyter.data.reading import TableSource
from mlestar_jupyter.problems.registry import problem_of


def preparation_code(source: TableSource, task: Task, test: float | TableSource) -> str:
    """Write as plain source how the rows come about; see `data.preparation`."""
    return preparation.preparation_code(source, task, test, problem_of(task).target_code(task))


def solution_script(solution: Solution, task: Task, prepared: str) -> str:
    """Print a solution as a script; see `core.script`.

    Parameters
    ----------
    prepared : str
        Of `preparation_code`.
    """
    return script.solution_script(solution, task, prepared, problem_of(task).target_code(task))
