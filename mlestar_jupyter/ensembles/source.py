"""What the strategies write their ``ensemble`` blocks with: each block is one readable cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.rendering import render

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
    values = {"weights": [round(w, 4) for w in weights], "title": title, "origin": origin}
    return render("ensemble_voting", classes=task.is_classification, **values)


def learned_in_fit(task: Task, template: str) -> str:
    """Write a block that learns its combination anew in every fit, by a cross-validation of its members."""
    numbers, categories = region_columns(task)
    values = _folds(task) | {"numbers": numbers, "categories": categories}
    return render(template, classes=task.is_classification, **values)


def _folds(task: Task) -> dict[str, Any]:
    """Choose the splitter inside of the ensemble: it respects time and groups, as the ``validation`` block does."""
    shuffled = "5, shuffle=True, random_state=0"
    if task.time is not None:
        return {"splitter": "TimeSeriesSplit", "arguments": "5", "group": None}
    if task.group is not None:
        name = "StratifiedGroupKFold" if task.is_classification else "GroupKFold"
        return {"splitter": name, "arguments": shuffled, "group": task.group}
    name = "StratifiedKFold" if task.is_classification else "KFold"
    if task.panel:
        shuffled = "5"  # neighbours stay together
    return {"splitter": name, "arguments": shuffled, "group": None}


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
