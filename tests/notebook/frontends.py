"""A front end with a real kernel in this process: it runs cells as JupyterLab, VS Code or nbclient do, and hears all."""

from dataclasses import dataclass

from ipykernel.inprocess import InProcessKernelManager
from ipykernel.inprocess.ipkernel import InProcessKernel
from IPython.core.interactiveshell import InteractiveShell
from jupyter_core.utils import run_sync

from mlestar_jupyter.notebook.frontend import CELLS_MIME, COMM_TARGET

CELL_IDS = {"jupyterlab": "5d1c9a3e", "vscode": "vscode-notebook-cell:/n.ipynb#W0", "headless": None}


@dataclass(frozen=True)
class Answer:
    """What running a cell gave: the execute_reply, and the messages for all."""

    reply: dict
    messages: list

    @property
    def inputs(self):
        """Sources that the front end is asked to put into cells, in the order of the payloads."""
        return [p["text"] for p in self.reply.get("payload", []) if p["source"] == "set_next_input"]

    def data(self, kind):
        """Contents of the messages of a kind."""
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    @property
    def shown(self):
        """Mime bundles on display."""
        return [c["data"] for c in self.data("display_data")]

    @property
    def batches(self):
        """What the extension would put into cells."""
        return [bundle[CELLS_MIME] for bundle in self.shown if CELLS_MIME in bundle]

    def text(self, stream="stdout"):
        """What was printed."""
        return "".join(c["text"] for c in self.data("stream") if c["name"] == stream)


class Notebook:
    """An open notebook; it begins as one of no front end with cells.

    A process can have one kernel only: tests take turns, each with the extension of IPython loaded anew.
    """

    def __init__(self):
        InteractiveShell.clear_instance()
        manager = InProcessKernelManager()
        self.kernel = manager.kernel = InProcessKernel.instance(parent=manager, session=manager.session)
        self.client = manager.client()
        self.client.start_channels()
        self.shell = self.kernel.shell
        self.cell_id = None

    def open(self, kind):
        """Begin a turn as a front end of some kind: what differs is the id of the cells alone."""
        self.cell_id = CELL_IDS[kind]
        InteractiveShell.clear_instance()
        for ancestor in type(self.shell)._walk_mro():
            ancestor._instance = self.shell
        self.heard()
        assert self.run("%load_ext mlestar").reply["status"] == "ok"

    def close(self):
        """End the turn: take the extension back, with all that cells have defined."""
        self.run("%unload_ext mlestar\n%reset -f")
        InteractiveShell.clear_instance()

    @property
    def session(self):
        return self.shell._mlestar_session

    def run(self, code, **names):
        """Run a cell; `names` are put into its namespace before."""
        self.shell.user_ns.update(names)
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        self._send("execute_request", content, {} if self.cell_id is None else {"cellId": self.cell_id})
        _, reply = self.client.session.recv(self.kernel.shell_stream, copy=False)
        return Answer(reply["content"], self.heard())

    def say(self, **data):
        """Send a message of the extension over the comm that the kernel has opened."""
        self._send("comm_msg", {"comm_id": self.comm.comm_id, "data": data})

    def refuse(self):
        """Close the comm, as JupyterLab does when nobody has registered its target."""
        self._send("comm_close", {"comm_id": self.comm.comm_id, "data": {}})

    @property
    def comm(self):
        """The comm that the kernel has opened, or None."""
        known = self.kernel.comm_manager.comms.values()
        return next((c for c in known if c.target_name == COMM_TARGET), None)

    def shut_down(self):
        """End the kernel."""
        self.client.stop_channels()
        self.kernel.iopub_thread.stop()
        InProcessKernel.clear_instance()

    def _send(self, kind, content, metadata=None):
        stream = self.kernel.shell_stream
        self.client.session.send(stream, self.client.session.msg(kind, content, metadata=metadata))
        run_sync(self.kernel.dispatch_shell)(stream.recv_multipart())

    def heard(self):
        """Messages for all that have come since."""
        self.kernel.stdout.flush()
        self.kernel.stderr.flush()  # waits for the thread that sends
        found = []
        while self.client.iopub_channel.msg_ready():
            found.append(self.client.get_iopub_msg(timeout=5))
        return found
