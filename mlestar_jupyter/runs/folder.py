"""The folder of a run, opened to write: its lock, its journal, and what of it is on record."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path

from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.journal_errors import damaged
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.environment import versions
from mlestar_jupyter.errors import MLEStarError, OutputError
from mlestar_jupyter.options.values import other_task_options
from mlestar_jupyter.runs.chain import foreign_maker
from mlestar_jupyter.runs.lock import RunLock

BEGAN_IN = "began_in"
"""Where relative paths among the arguments begin, by its name in the journal."""


RUNS = "mlestar_runs"
"""Where folders of runs lie that are not named by --output."""


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
        """Take the folder for a task; of another one, only where no evaluation is on record.

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
            When it has a run of another task in which something was evaluated.
        """
        known, made_by = self.journal.get("task"), foreign_maker(self.journal)
        if known is not None and not (isinstance(known, dict) and {"id", "text"} <= set(known)):
            raise damaged(self.journal.path, "its task cannot be read")
        is_other = (
            known is not None and known["id"] != task.id and (made_by is None or known["text"] != task.describe())
        )
        if is_other and self._has_evaluations:
            raise self._other_task(arguments)
        self.is_known = known is not None and not is_other
        self.lock.confirm()
        if is_other:
            self.journal.forget_steps()
            made_by = None
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

    @property
    def _has_evaluations(self) -> bool:
        return bool(self.journal.evaluations()) or self.journal.count_fits() > 0

    def _other_task(self, arguments: Mapping[str, object]) -> OutputError:
        """Say what makes it another task, and how to begin a run beside that of the folder."""
        known = self.journal.get("arguments")
        plain = json.loads(json.dumps(arguments, default=str))
        changed = other_task_options(known if isinstance(known, dict) else {}, plain)
        what = f"other options ({'; '.join(changed)})" if changed else "the same options on other rows or values"
        names = (f"{self.path.name}-{number}" for number in itertools.count(2))
        name = next(name for name in names if not self.path.with_name(name).exists())
        flag = "name" if self.path.parent.name == RUNS else "output"
        given = name if flag == "name" else str(self.path.with_name(name))
        return OutputError(
            f"The folder {self.path} has a run with {what}.",
            mend=f"Add --{flag} {given} ({flag}={given!r} in Python), which begins a new run beside it.",
        )

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
