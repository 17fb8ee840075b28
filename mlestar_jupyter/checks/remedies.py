"""What remedies may ask for: nothing that the user has given already."""

from __future__ import annotations

from mlestar_jupyter.core.task import Task


def not_given(task: Task) -> str:
    """Name the options that keep like rows in one fold and were not given; empty where both were."""
    given = {"--time": task.time, "--group": task.group}
    return " or ".join(option for option, column in given.items() if column is None)
