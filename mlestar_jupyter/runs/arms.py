"""The arms of a study: runs of their own on the rows of a run, each after the foundation that they share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.events import Listener
from mlestar_jupyter.data.dataset import NO_GROUP
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.options.converters import Whole
from mlestar_jupyter.options.start import StartOptions
from mlestar_jupyter.runs.chain import Step
from mlestar_jupyter.runs.run import Run
from mlestar_jupyter.runs.starting import start_run
from mlestar_jupyter.runs.steps import Steps
from mlestar_jupyter.studies.attribution import StudyResult, attribution

if TYPE_CHECKING:
    import pandas as pd

_HELD_OUT = 0.25
_FEWEST_SEEDS = 2


def study(run: Run, seeds: int, fits: int) -> StudyResult:
    """Run every arm for every seed, on rows of a run.

    Raises
    ------
    SettingError
        When there are too few seeds to say anything, or no fits.
    OutputError
        When the run was closed, or its folder is gone.
    """
    for name, value in (("seeds", seeds), ("fits", fits)):
        Whole(1).read(value, name)
    if seeds < _FEWEST_SEEDS:
        raise SettingError(f"seeds is {seeds}.", mend=f"Give {_FEWEST_SEEDS} or more: one run says nothing.")
    run.journal.check_open()
    return attribution(partial(_start_arm, run, fits), run.name, run.task.metric, seeds, fits)


@contextmanager
def _start_arm(run: Run, fits: int, seed: int, arm: str, listener: Listener) -> Iterator[Context]:
    """Open a run of its own below ``study`` in the output folder; one that has ended is only read again."""
    table = _table(run)
    folder = run.output / "study" / f"seed {seed}"
    own = folder / f"{arm}, {fits} fits"
    ended = own / "ended"
    if not ended.exists():
        shutil.rmtree(own, ignore_errors=True)  # one that was stopped begins again: what it fitted must count
        if not (folder / "foundation").exists():
            with closing(_founded(run, table, seed, folder / "foundation").run):
                pass
        shutil.copytree(folder / "foundation", own)
    steps = _founded(run, table, seed, own)
    with closing(steps.run):
        steps.run.listeners.listen(listener)
        yield steps.context_for(Step("study", arm, {"fits": fits}))
        ended.touch()


def _founded(run: Run, table: pd.DataFrame, seed: int, output: Path) -> Steps:
    """A run in a folder of its own, after its foundation."""
    own = start_run(table, run.task.target, _options(run, table, seed, output))
    own.defaults = run.defaults
    steps = Steps(own)
    try:
        steps.run_phase("foundation", steps.settings("foundation", {}))
    except BaseException:
        own.close()
        raise
    return steps


def _table(run: Run) -> pd.DataFrame:
    """The development rows as a table, the target in its own labels."""
    rows, task = run.opened.dataset.development, run.task
    y = np.asarray(task.classes, dtype=object)[rows.y] if task.classes else rows.y
    return rows.X.assign(**{task.target: y})


def _options(run: Run, table: pd.DataFrame, seed: int, output: Path) -> StartOptions:
    task = run.task
    stand_alone = not task.is_grouped and NO_GROUP not in table
    return {
        "metric": task.metric.name, "problem": task.problem, "time": task.time, "seed": seed, "output": output,
        "split": str(task.split),
        "group": NO_GROUP if stand_alone else task.group, "test": _HELD_OUT, "max_agents": run.executor.workers,
        "planner": run.options["planner"], "executor": run.options["executor"],
    }  # fmt: skip
