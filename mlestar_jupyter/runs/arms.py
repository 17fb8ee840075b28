"""The arms of a study: runs of their own on the rows of a run, each after the foundation that they share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.events import Listener
from mlestar_jupyter.data.dataset import NO_GROUP
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.runs.chain import Step
from mlestar_jupyter.studies.attribution import StudyResult, attribution

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.workflow import Workflow

_HELD_OUT = 0.25
_FEWEST_SEEDS = 2


def study(workflow: Workflow, seeds: int, fits: int) -> StudyResult:
    """Run every arm for every seed, on rows of a run.

    Raises
    ------
    SettingError
        When there are too few seeds to say anything.
    """
    if seeds < _FEWEST_SEEDS:
        raise SettingError(f"seeds is {seeds}.", mend=f"Give {_FEWEST_SEEDS} or more: one run says nothing.")
    return attribution(partial(_start_arm, workflow, fits), workflow.name, workflow.task.metric, seeds, fits)


@contextmanager
def _start_arm(workflow: Workflow, fits: int, seed: int, arm: str, listener: Listener) -> Iterator[Context]:
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
        yield arm_workflow.context_for(Step("study", arm, {"fits": fits}))
        ended.touch()
    finally:
        arm_workflow.close()


def _table(workflow: Workflow) -> pd.DataFrame:
    """The development rows as a table, the target in its own labels."""
    rows, task = workflow.dataset.development, workflow.task
    y = np.asarray(task.classes, dtype=object)[rows.y] if task.classes else rows.y
    return rows.X.assign(**{task.target: y})


def _arguments(workflow: Workflow, table: pd.DataFrame, seed: int) -> dict[str, Any]:
    task = workflow.task
    stand_alone = not task.is_grouped and NO_GROUP not in table
    return {
        "metric": task.metric.name, "problem": task.problem, "time": task.time, "seed": seed,
        "group": NO_GROUP if stand_alone else task.group, "test": _HELD_OUT, "max_agents": workflow.workers,
    }  # fmt: skip
