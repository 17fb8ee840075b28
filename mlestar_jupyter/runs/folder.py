"""The folder of a run, opened to write: its lock, its journal, and what of it is on record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.journal_errors import damaged
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.environment import versions
from mlestar_jupyter.errors import MLEStarError, OutputError
from mlestar_jupyter.options.values import deciding_the_task
from mlestar_jupyter.runs.chain import foreign_maker
from mlestar_jupyter.runs.lock import RunLock

BEGAN_IN = "began_in"
"""Where relative paths among the arguments begin, by its name in the journal."""


class RunFolder:
    """A folder that one run at a time may write to.

    Parameters
    ----------
    path : Path
        Made where there is none.

    Raises
    ------
    OutputError
        When another process writes to it, it cannot be written, or its journal is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = RunLock(path)
        try:
            self.journal = Journal(path)
        except MLEStarError:
            self.lock.release()
            raise
        self.lock.on_loss = self._lose
        self.is_known = False
        """Whether it holds a run of the same task, which is taken up again."""
        self.made_by: str | None = None
        """Version that made the run, where this one does not go on with it."""
        self.notices = tuple(n for n in (self.lock.notice,) if n)
        """What a reader should know of how it was found."""

    def _lose(self) -> None:
        self.journal.refuse_writes(
            OutputError(
                f"The run in {self.path} was started again in this process.",
                mend="Go on with the workflow that was started last.",
            )
        )

    def claim(self, task: Task, arguments: Mapping[str, object], *, refit: bool) -> None:
        """Take the folder for a task.

        Parameters
        ----------
        task : Task
        arguments : dict
            What is kept of the start's options.
        refit : bool
            Whether to go on, with new fits, where another version made the run.

        Raises
        ------
        OutputError
            When it holds the run of another task.
        """
        known, made_by = self.journal.get("task"), foreign_maker(self.journal)
        if known is not None and not (isinstance(known, dict) and {"id", "text"} <= set(known)):
            raise damaged(self.journal.path, "its task cannot be read")
        if known is not None and known["id"] != task.id and (made_by is None or known["text"] != task.describe()):
            raise OutputError(
                f"The folder {self.path} holds the run of another task ({known['text']}).",
                mend=f"Choose another --output folder, or give the same {', '.join(deciding_the_task())}.",
            )
        self.is_known = known is not None
        self.lock.confirm()
        if made_by is not None and not refit:
            self.made_by = made_by
            return
        facts = {
            "task": {"id": task.id, "text": task.describe()},
            "versions": versions(),
            "arguments": arguments,
            BEGAN_IN: str(Path.cwd()),
        }
        new = {k: v for k, v in facts.items() if self.journal.get(k) != json.loads(json.dumps(v, default=str))}
        if new:
            self.journal.put_all(new)

    def check_maker(self) -> None:
        """Begin no fit by itself where other code or libraries made a run.

        Raises
        ------
        OutputError
        """
        if self.made_by is not None:
            raise OutputError(
                f"The run in {self.path} was made by {self.made_by}, or with other libraries, and may give "
                "other figures.",
                mend="Its figures stay readable (%mlestar status, tree, show); to fit anew, add --refit to the start "
                "line, or choose another --output folder.",
            )

    def close(self) -> None:
        """Close the journal, and let others write."""
        self.journal.close()
        self.lock.release()


class Openings:
    """Counts the openings of the holdout: every step that looks at the sealed rows counts, a replay of it does not."""

    def __init__(self) -> None:
        self.journal: Journal | None = None
        self.token = ""
        """Of the step that is under way."""

    def __call__(self, reason: str) -> None:
        """Count an opening."""
        if self.journal is not None:
            self.journal.add_measured_event(self.token, "holdout opened", reason)
