"""The one active workflow of a kernel, and what the notebook knows of it."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.errors import MLEStarError, OrderError

if TYPE_CHECKING:
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
        self.delivered: dict[str, str] = {}
        self.verbose = False
        self.plain = False

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

    def close(self) -> None:
        """Stop the active workflow's workers."""
        if self.workflow is not None:
            self.workflow.close()
            self.workflow = None

    def cell_id(self) -> str | None:
        """The id of the running cell where a front end with cells sent it; None in consoles and headless runs."""
        parent: dict[str, Any] = getattr(self.shell, "get_parent", dict)() or {}
        found = (parent.get("metadata") or {}).get("cellId")
        return str(found) if found else None

    def after_cell(self, result: Any) -> None:
        """Take up a block cell that has run; whatever goes wrong here must not break the user's cell."""
        source = getattr(result.info, "raw_cell", None) or ""
        if self.workflow is None or "mlestar:" not in source[:200]:
            return
        from mlestar_jupyter.notebook.blocks import adopt_cell

        try:
            adopt_cell(self, source, succeeded=bool(result.success), error=result.error_before_exec)
        except MLEStarError as error:
            _tell(str(error))
        except KeyboardInterrupt:
            _tell("Stopped: the edited block was not scored and is not used yet. Run the cell again.")
        except Exception:  # noqa: BLE001 - IPython would hide it: show the defect whole
            _tell(traceback.format_exc())


def _tell(text: str) -> None:
    import sys

    sys.stderr.write(text + "\n")
