"""The one active workflow of a kernel, and what the notebook knows of it."""

from __future__ import annotations

import json
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.errors import OrderError
from mlestar_jupyter.notebook.frontend import FrontEnd

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

    from mlestar_jupyter.notebook.cells import Batch
    from mlestar_jupyter.notebook.messages import Progress
    from mlestar_jupyter.workflow import Workflow


class Session:
    """Holds the active workflow and hears of every cell that has run.

    Parameters
    ----------
    shell : InteractiveShell
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.workflow: Workflow | None = None
        self.completer: Any = None
        self.frontend = FrontEnd(shell, self.hear)
        self.delivered: dict[str, str] = {}
        self.leaving: list[Batch] = []
        self.verbose = False
        self.plain = False
        self.has_said_what_is_sent = False

    def need(self) -> Workflow:
        """The active workflow.

        Raises
        ------
        OrderError
            When none was started.
        """
        if self.workflow is None:
            raise OrderError(
                "No workflow has been started.", mend="Run %mlestar start --dataset FILE --target COLUMN first."
            )
        return self.workflow

    def begin(self, workflow: Workflow) -> None:
        """Make a workflow the active one; the one before is closed, its journal stays."""
        self.close()
        self.workflow = workflow
        self.delivered = {}
        self.leaving = []
        self.has_said_what_is_sent = False
        self.tell_help()

    def close(self) -> None:
        """Stop the active workflow's workers."""
        if self.workflow is not None:
            self.workflow.close()
            self.workflow = None

    def leave(self, batch: Batch) -> None:
        """Leave cells below the running one, once it has ended and its result is shown."""
        self.leaving.append(batch)

    def hear(self, message: dict[str, Any]) -> None:
        """Take up what the extension says: that it is there, or how a human settled an offered version."""
        match message:
            case {"type": "hello"}:
                self.tell_help()
                self.tell_status()
            case {"type": "choice"} if self.workflow is not None:
                self.workflow.journal.add_event("choice", json.dumps(message, sort_keys=True))

    def tell_status(self, progress: Progress | None = None) -> None:
        """Tell the extension where the workflow stands."""
        if self.workflow is not None and self.frontend.extension != "absent":
            from mlestar_jupyter.notebook.messages import status_message

            self.frontend.send(status_message(self.workflow, progress))

    def tell_help(self) -> None:
        """Tell the extension what to say of commands, flags, settings and columns."""
        from mlestar_jupyter.notebook.messages import help_message

        self.frontend.send(help_message(self.workflow))

    def after_cell(self, result: ExecutionResult) -> None:
        """Take up a block cell that has run, and leave the cells that a phase generated.

        What goes wrong here fails the cell: a notebook must not go on with another block than the one it shows.
        """
        source = getattr(result.info, "raw_cell", None) or ""
        if self.workflow is None or "mlestar" not in source:
            return
        from mlestar_jupyter.notebook.blocks import adopt_cell

        with _CellFails(self.shell, result):
            try:
                if "mlestar:" in source[:200]:
                    adopt_cell(self, source, succeeded=bool(result.success))
            finally:
                self._deliver()

    def _deliver(self) -> None:
        """Leave the cells that wait, and tell the extension."""
        from mlestar_jupyter.notebook.cells import deliver

        leaving, self.leaving = self.leaving, []
        for batch in leaving:
            deliver(self, batch)
        self.tell_status()


class PhaseInterrupted(KeyboardInterrupt):
    """The stop button: one line instead of a traceback, and queued cells do not run."""

    def _render_traceback_(self) -> list[str]:
        return [f"Stopped. {self}"]


class _CellFails:
    """An error inside is shown and fails the cell that ran, as one in its own code would.

    IPython prints errors of its hooks and goes on: the kernel's reply has to carry them. A user's mistake is one line,
    a defect keeps its traceback.
    """

    def __init__(self, shell: InteractiveShell, result: ExecutionResult) -> None:
        self.shell = shell
        self.result = result

    def __enter__(self) -> None:
        """Nothing is to be prepared."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if kind is None or error is None:
            return False
        if isinstance(error, KeyboardInterrupt):
            error = PhaseInterrupted("The edited block was not scored and is not used yet; run the cell again.")
            kind = PhaseInterrupted
        if self.result.success:
            self.result.error_in_exec = error
        self.shell.showtraceback((kind, error, traceback))
        return True
