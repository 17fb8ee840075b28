"""What is known of the front end that shows the notebook, and the conversation with our extension in it.

The TypeScript side is ``labextension/src/protocol.ts``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

CELLS_MIME = "application/vnd.mlestar.cells.v1+json"
COMM_TARGET = "mlestar"

Kind = Literal["jupyterlab", "vscode", "colab", "headless", "terminal"]


class FrontEnd:
    """The front end of one kernel.

    Parameters
    ----------
    shell : InteractiveShell
    on_message : callable
        Hears what the extension sends: a mapping with a ``type``.
    """

    def __init__(self, shell: InteractiveShell, on_message: Callable[[dict[str, Any]], None]) -> None:
        self.shell = shell
        self.extension: Literal["present", "absent", "unknown"] = "unknown"
        self._on_message = on_message
        self._comm: Any = None

    def cell_id(self) -> str | None:
        """The id of the running cell where a front end with cells sent it; None in consoles and headless runs."""
        parent: dict[str, Any] = getattr(self.shell, "get_parent", dict)() or {}
        found = (parent.get("metadata") or {}).get("cellId")
        return str(found) if found else None

    @property
    def kind(self) -> Kind:
        """Which front end ran the present cell."""
        if not hasattr(self.shell, "kernel"):
            return "terminal"
        if "google.colab" in sys.modules:
            return "colab"
        cell_id = self.cell_id()
        if cell_id is None:
            return "headless"  # nbclient, papermill, consoles
        return "vscode" if cell_id.startswith("vscode") else "jupyterlab"

    def connect(self) -> None:
        """Ask whether the extension is there. Its answer comes after the running cell."""
        if self.kind != "jupyterlab":
            return  # nbclient warns of targets that it does not know
        from comm import create_comm

        self._comm = create_comm(target_name=COMM_TARGET, data={})
        self._comm.on_msg(self._hear)
        self._comm.on_close(lambda _: self._closed())

    def send(self, message: dict[str, Any]) -> None:
        """Tell the extension; nothing happens where there is none."""
        if self._comm is not None:
            self._comm.send(message)

    def close(self) -> None:
        """End the conversation."""
        if self._comm is not None:
            self._comm.close()
            self._comm = None

    def _hear(self, message: dict[str, Any]) -> None:
        data = message["content"]["data"]
        if data.get("type") == "hello":
            self.extension = "present"
        self._on_message(data)

    def _closed(self) -> None:
        """JupyterLab closes a comm whose target nobody has registered."""
        self.extension, self._comm = "absent", None
