"""What the strategies write their ``ensemble`` blocks with: each block is one readable cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.problems.registry import problem_of

_MOST_NUMBERS, _MOST_CATEGORIES = 10, 4
_FEWEST_VALUES, _MOST_VALUES = 2, 50


def region_columns(task: Task) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose the columns by which gates part the rows: the numbers with the most values, and categories with few.

    Returns
    -------
    numbers, categories : tuple of str
        In the table's order.
    """
    usable = [c for c in task.columns if c.name not in (task.group, task.time)]
    numeric = sorted((c for c in usable if c.role == "numeric"), key=lambda c: -c.n_unique)[:_MOST_NUMBERS]
    few = [c for c in usable if c.role == "categorical" and _FEWEST_VALUES <= c.n_unique <= _MOST_VALUES]
    categorical = sorted(few, key=lambda c: -c.n_unique)[:_MOST_CATEGORIES]
    return (
        tuple(c.name for c in usable if c in numeric),
        tuple(c.name for c in usable if c in categorical),
    )


def voting(task: Task, weights: Sequence[float], title: str, origin: str = "") -> str:
    """Write a block that averages its members with fixed weights.

    Parameters
    ----------
    weights : sequence of float
        One a member; empty for equal ones.
    title : str
        What the block makes, for its docstring.
    origin : str
        How the weights were found.
    """
    problem = problem_of(task)
    return render(
        "ensemble_columns" if problem.has_columns else "ensemble_voting",
        problem=problem,
        weights=[round(w, 4) for w in weights],
        title=title,
        origin=origin,
    )


def learned_in_fit(task: Task, template: str) -> str:
    """Write a block that learns its combination anew in every fit, by a cross-validation of its members."""
    numbers, categories = region_columns(task)
    problem = problem_of(task)
    values = _folds(task) | {"numbers": numbers, "categories": categories}
    return render(template, problem=problem, classes=problem.has_labels, **values)


def _folds(task: Task) -> dict[str, object]:
    """Choose the splitter inside of the ensemble: it respects time and groups, as the ``validation`` block does."""
    splitter = problem_of(task).splitters.inner(task)
    return {
        "splitter": splitter.name,
        "arguments": splitter.arguments,
        "group": None if task.time is not None else task.group,
    }


def calibrated(source: str, method: str, parameters: Mapping[str, object]) -> str:
    """Put a calibration with known parameters behind an ``ensemble`` block, whoever wrote it.

    Parameters
    ----------
    source : str
    method : {"sigmoid", "isotonic", "temperature", "dirichlet"}
    parameters : mapping
        As `mlestar_jupyter.ensembles.calibration` learned them.
    """
    inner = source.replace("def make_ensemble(", "def make_uncalibrated(", 1)
    wrapper = render("ensemble_calibrated", method=method, **parameters)
    imports, _, body = wrapper.partition("\n\n\n")
    new = [line for line in imports.splitlines() if line not in inner.splitlines()]
    inner = inner.strip("\n")
    head, joined = "\n".join(new), "\n" if inner.startswith(("import", "from")) else "\n\n\n"
    return (head + joined if new else "") + inner + "\n\n\n" + body
