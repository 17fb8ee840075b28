"""Recipes of the ``cleaning`` block."""

from __future__ import annotations

from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.knowledge.names import date_parts
from mlestar_jupyter.knowledge.rendering import render

_MANY = 200  # so many more numbers than other columns: the others are listed instead


def cleaning(task: Task, *, codes: bool = False) -> str:
    """Drop what cannot be learned from, convert what is stored as text, take dates apart.

    Parameters
    ----------
    codes : bool
        Whether whole numbers with few values are taken as categories.
    """
    drop = [c.name for c in task.columns if c.role in ("identifier", "constant", "empty") or c.name == task.group]
    kept = [c for c in task.columns if c.name not in drop]
    dates = date_parts(task)
    return render(
        "cleaning",
        drop=drop,
        numbers=(numbers := [c.name for c in kept if c.role == "numeric"]),
        others=others if len(others := [c.name for c in kept if c.role != "numeric"]) < len(numbers) - _MANY else None,
        sentinels=[(c.name, values) for c in kept if (values := _shown_sentinels(c))],
        codes=_code_columns(task) if codes else [],
        texts=[c.name for c in kept if c.role == "text"],
        dates=dates,
    )


def _shown_sentinels(column: Column) -> list[float | str]:
    """Values to turn into missing ones; text where numbers or dates are expected becomes missing by itself."""
    if column.role == "date":
        return []
    return [value for value in column.sentinels if column.role != "numeric" or not isinstance(value, str)]


def _code_columns(task: Task) -> list[str]:
    """Numeric columns of 3 to 12 distinct values."""
    return [c.name for c in task.columns if c.role == "numeric" and 2 < c.n_unique <= 12 and c.name != task.group]
