"""Recipes of the ``ensemble`` block: one readable cell a strategy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.problems.registry import problem_of

_MOST_NUMBERS, _MOST_CATEGORIES = 10, 4
_MOST_VALUES = 50
_TITLES = {
    "mean": "The members' mean",
    "weighted": "The members' weighted mean",
    "greedy": "The members' weighted mean",
    "affine": "The members' weighted mean, some of them subtracted",
    "recent": "The members' weighted mean, by what they were worth lately",
    "bayesian": "A mixture of the members' predictive distributions",
}
_ORIGINS = {
    "mean": "",
    "weighted": "least squared error out of fold (Breiman 1996)",
    "greedy": "greedy selection with replacement (Caruana et al. 2004)",
    "affine": "least squared error, of either sign (Granger & Ramanathan 1984)",
    "recent": "least squared error, recent rows counting more (Bates & Granger 1969)",
    "bayesian": "highest log score out of fold (Yao et al. 2018)",
}
_LEARNED = ("stacking", "dynamic", "experts")


def region_columns(task: Task) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose the columns by which gates part the rows: the numbers with the most values, and categories with few.

    Returns
    -------
    numbers, categories : tuple of str
        In the table's order.
    """
    usable = [c for c in task.columns if c.name not in (task.group, task.time)]
    numeric = sorted((c for c in usable if c.role == "numeric"), key=lambda c: -c.n_unique)[:_MOST_NUMBERS]
    few = [c for c in usable if c.role == "categorical" and 2 <= c.n_unique <= _MOST_VALUES]
    categorical = sorted(few, key=lambda c: -c.n_unique)[:_MOST_CATEGORIES]
    return (
        tuple(c.name for c in usable if c in numeric),
        tuple(c.name for c in usable if c in categorical),
    )


def ensemble(task: Task, strategy: str, weights: Sequence[float]) -> str | None:
    """Write the ``ensemble`` block of a strategy; None when there is no such recipe.

    Parameters
    ----------
    weights : sequence of float
        Of the members; not used by those strategies that learn in every fit.
    """
    problem = problem_of(task)
    if strategy in _LEARNED:
        numbers, categories = region_columns(task)
        if strategy != "stacking" and not (numbers or categories):
            return None
        values = _folds(task) | {"numbers": numbers, "categories": categories}
        return render(f"ensemble_{strategy}", problem=problem, classes=problem.has_labels, **values)
    if strategy not in _TITLES:
        return None
    return render(
        "ensemble_columns" if problem.has_columns else "ensemble_voting",
        problem=problem,
        weights=[] if strategy == "mean" else [round(w, 4) for w in weights],
        title=_TITLES[strategy],
        origin=_ORIGINS[strategy],
    )


def _folds(task: Task) -> dict[str, Any]:
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
