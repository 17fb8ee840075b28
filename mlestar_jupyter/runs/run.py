"""A run as its parts share it: the table, the tools, the record, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.attempts.state import State
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.executor import Executor
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.options.start import StartOptions
from mlestar_jupyter.planners.base import Planner
from mlestar_jupyter.planners.llm.settings import ModelSettings
from mlestar_jupyter.runs.chain import Chain
from mlestar_jupyter.runs.clock import Clock
from mlestar_jupyter.runs.final import FinalFit
from mlestar_jupyter.runs.folder import Openings, RunFolder
from mlestar_jupyter.runs.listeners import Listeners
from mlestar_jupyter.runs.opening import Opened


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(eq=False)
class Run:
    """What a run is made of.

    Parameters
    ----------
    name : str
    output : Path
    options : dict
        Those of the start.
    llm : ModelSettings or None
    opened : Opened
        The table.
    executor : Executor
    owns_executor : bool
        Whether closing the run closes it.
    clock : Clock
    folder : RunFolder
    listeners : Listeners
    openings : Openings
    planner : Planner
    chain : Chain
    evaluator : Evaluator
    """

    name: str
    output: Path
    options: StartOptions
    llm: ModelSettings | None
    opened: Opened
    executor: Executor
    owns_executor: bool
    clock: Clock
    folder: RunFolder
    listeners: Listeners
    openings: Openings
    planner: Planner
    chain: Chain
    evaluator: Evaluator
    began: str = field(default_factory=_now)
    """When this session began: what was recorded before is replayed."""
    state: State = field(default_factory=State)
    latest: dict[str, Result] = field(default_factory=dict)
    """The latest result of each phase, whether it still counts or not."""
    defaults: dict[str, dict[str, object]] = field(default_factory=dict)
    """Settings by phase that hold where nothing else is said."""
    is_resuming: bool = False
    """Whether what is on record is done again: then no file is written."""
    is_replay: bool = False
    """Whether the last step was on record."""
    is_restoring: bool = False
    """Whether a phase runs again since what it left on disk was replaced."""

    def __post_init__(self) -> None:
        """Know of the final fit, which follows from the rest."""
        self.final = FinalFit(self.opened.dataset, self.journal, self.state, self.clock, self.executor.workers)

    @property
    def task(self) -> Task:
        """The task."""
        return self.opened.dataset.task

    @property
    def journal(self) -> Journal:
        """The record."""
        return self.folder.journal

    @property
    def arguments(self) -> dict[str, object]:
        """Everything that the run was started with, the table by its path: None where it was in memory."""
        return {"dataset": self.opened.source.path, "target": self.task.target, **self.options}

    def close(self) -> None:
        """Stop the workers, close the journal and let others write to the run's folder."""
        if self.owns_executor:
            self.executor.close()
        self.folder.close()
