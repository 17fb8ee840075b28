"""What of a run is on record: whose folder it is, what was done in which order, and when the holdout was opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.journal import FILE_NAME, Journal
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.environment import versions
from mlestar_jupyter.errors import OutputError
from mlestar_jupyter.phases.settings import PhaseSettings

if TYPE_CHECKING:
    import pandas as pd


class Record:
    """The actions of a run in its journal; `Workflow.resume` does them again.

    Parameters
    ----------
    journal : Journal
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.replaying = False
        """Whether a phase is done again: it opens the holdout for the same figures, which is no new look."""
        self.resuming = False
        """Whether the actions are done again: they are on record."""

    def claim(self, task: Task, arguments: Mapping[str, Any], folder: Path) -> bool:
        """Take the output folder for a task.

        Returns
        -------
        bool
            Whether it holds a run of the same task, which is taken up again.

        Raises
        ------
        OutputError
            When it holds the run of another task.
        """
        known = self._journal.get("task")
        if known is not None and known["id"] != task.id:
            self._journal.close()
            raise OutputError(
                f"The folder {folder} holds the run of another task ({known['text']}).",
                mend="Choose another --output folder, or give the same table, target, metric, split and seed.",
            )
        self._journal.put("task", {"id": task.id, "text": task.describe()})
        self._journal.put("arguments", arguments)
        self._journal.put("versions", versions())
        return known is not None

    def add(self, action: Mapping[str, Any]) -> None:
        """Put an action on record."""
        if not self.resuming:
            self._journal.add_event("action", json.dumps(action, default=list))

    def has(self, action: Mapping[str, Any]) -> bool:
        """Whether an action was done before."""
        return json.dumps(action, default=list) in [detail for detail, _ in self._journal.events("action")]

    def opened(self, reason: str) -> None:
        """Count an opening of the holdout."""
        if not self.replaying:
            self._journal.add_event("holdout opened", reason)


def read_run(
    folder: Path, dataset: str | Path | pd.DataFrame | None
) -> tuple[str | Path | pd.DataFrame, dict[str, Any], list[dict[str, Any]]]:
    """Read from a folder how its run began and what was done in it.

    Returns
    -------
    table : str, Path or DataFrame
    arguments : dict
        The other arguments of `Workflow`.
    actions : list of dict
        In their order.

    Raises
    ------
    OutputError
        When the folder holds no run, or the table was in memory and is not given.
    """
    if not (folder / FILE_NAME).exists():
        raise OutputError(f"{folder} holds no run.", mend="Give the --output folder of a run.")
    journal = Journal(folder)
    arguments = journal.get("arguments") or {}
    actions = [json.loads(detail) for detail, _ in journal.events("action")]
    journal.close()
    known = arguments.pop("dataset", None)
    table = known if dataset is None else dataset
    if table is None:
        raise OutputError(
            f"The run in {folder} began with a table in memory.", mend="Give it: resume(folder, dataset=table)."
        )
    return table, arguments | {"output": str(folder)}, actions


def phase_token(
    task: Task,
    name: str,
    settings: PhaseSettings,
    before: Sequence[str],
    edits: Mapping[str, str],
    ways: Sequence[object] = (),
) -> str:
    """Content hash of all that a phase depends on: task, settings, phases before it, the human's edits.

    Parameters
    ----------
    before : sequence of str
        Tokens of the phases before it.
    edits : mapping of str to str
    ways : sequence
        What else decides how it plans: online, a chat model.
    """
    edits = {} if name in ("search", "foundation") else edits
    parts = [task.id, task.n_sample, name, asdict(settings), before, edits, versions(), *ways]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=list).encode()).hexdigest()[:32]
