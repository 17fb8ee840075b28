"""The one active workflow of a kernel, and what the notebook knows of it."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.errors import MLEStarError, OrderError
from mlestar_jupyter.notebook.frontend import FrontEnd

if TYPE_CHECKING:
    from mlestar_jupyter.notebook.cells import Batch
    from mlestar_jupyter.notebook.messages import Progress
    from mlestar_jupyter.workflow import Workflow


class Session:
    """Holds the active workflow and hears of every cell that has run.

    Parameters
    ----------
    shell : InteractiveShell
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.workflow: Workflow | None = None
        self.completer: Any = None
        self.frontend = FrontEnd(shell, self.hear)
        self.delivered: dict[str, str] = {}
        self.leaving: list[Batch] = []
        self.verbose = False
        self.plain = False
        self.told_what_was_sent = False

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
        self.told_what_was_sent = False
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

    def after_cell(self, result: Any) -> None:
        """Take up a block cell that has run, and leave the cells that a phase generated.

        Whatever goes wrong here must not break the user's cell.
        """
        source = getattr(result.info, "raw_cell", None) or ""
        if self.workflow is None or "mlestar" not in source:
            return
        from mlestar_jupyter.notebook.blocks import adopt_cell
        from mlestar_jupyter.notebook.cells import deliver

        try:
            if "mlestar:" in source[:200]:
                adopt_cell(self, source, succeeded=bool(result.success), error=result.error_before_exec)
            leaving, self.leaving = self.leaving, []
            for batch in leaving:
                deliver(self, batch)
            self.tell_status()
        except MLEStarError as error:
            _tell(str(error))
        except KeyboardInterrupt:
            _tell("Stopped: the edited block was not scored and is not used yet. Run the cell again.")
        except Exception:  # noqa: BLE001 - IPython would hide it: show the defect whole
            _tell(traceback.format_exc())


def _tell(text: str) -> None:
    import sys

    sys.stderr.write(text + "\n")
