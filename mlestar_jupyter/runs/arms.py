"""The arms of a study: runs of their own on the rows of a run, each after the foundation that they share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from mlestar_jupyter.core.events import Listener
from mlestar_jupyter.data.dataset import NO_GROUP

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.workflow import Workflow

_HELD_OUT = 0.25


@contextmanager
def start_arm(workflow: Workflow, fits: int, seed: int, arm: str, listener: Listener) -> Iterator[Workflow]:
    """Open a run of its own below ``study`` in the output folder; one that has ended is only read again."""
    table = _table(workflow)
    folder = workflow.output / "study" / f"seed {seed}"
    arguments = _arguments(workflow, table, seed)
    own = folder / f"{arm}, {fits} fits"
    ended = own / "ended"
    make = type(workflow)
    target = workflow.task.target
    if not ended.exists():
        shutil.rmtree(own, ignore_errors=True)  # one that was stopped begins again: what it fitted must count
        if not (folder / "foundation").exists():
            first = make(table, target, output=folder / "foundation", **arguments)
            first.defaults = workflow.defaults
            first.foundation()
            first.close()
        shutil.copytree(folder / "foundation", own)
    arm_workflow = make(table, target, output=own, **arguments)
    arm_workflow.defaults = workflow.defaults
    try:
        arm_workflow.foundation()
        arm_workflow.listen(listener)
        yield arm_workflow
        ended.touch()
    finally:
        arm_workflow.close()


def _table(workflow: Workflow) -> pd.DataFrame:
    """The development rows as a table, the target in its own labels."""
    rows, task = workflow.dataset.development, workflow.task
    y = np.asarray(task.classes, dtype=object)[rows.y] if task.is_classification else rows.y
    return rows.X.assign(**{task.target: y})


def _arguments(workflow: Workflow, table: pd.DataFrame, seed: int) -> dict[str, Any]:
    task = workflow.task
    stand_alone = not task.is_grouped and NO_GROUP not in table
    return {
        "metric": task.metric.name, "problem": task.problem, "time": task.time, "seed": seed,
        "group": NO_GROUP if stand_alone else task.group, "test": _HELD_OUT, "max_agents": workflow.workers,
    }  # fmt: skip
