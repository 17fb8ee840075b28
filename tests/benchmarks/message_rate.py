"""Count what the kernel tells the front end while a refinement scores 500 candidates: messages and bytes a second.

Nothing is played: a kernel of its own runs the cells of a notebook on 500 rows of the churn table, every candidate is
fitted and scored, and the live view, the status for the panel, and the stop button are sent as to JupyterLab with our
extension, whose place this program takes (it answers the comm as the extension does). A block of two folds keeps the
candidates quick, some a second: the more often something happens, the more there would be to tell. Counted are
all messages on iopub, by the kernel's own clock, from the moment the live view stands until its summary replaces it.
Exit code 1 when over budget, on average or in the busiest second.

Run: python tests/benchmarks/message_rate.py
"""

import contextlib
import re
import sys
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

CANDIDATES = 500
MEAN_BUDGET = 4.0  # a second: two views and a status, and one more
BUSIEST_BUDGET = 6  # in any second, wherever it begins
CHURN = Path(__file__).parents[2] / "examples" / "data" / "telco_churn.csv.gz"
ROWS = 500
SECONDS = 600
TWO_FOLDS = """# mlestar: validation
from sklearn.model_selection import StratifiedKFold


def make_splitter():
    return StratifiedKFold(2, shuffle=True, random_state=0)
"""
BEFORE = (
    "%load_ext mlestar",
    "%mlestar start --dataset churn.csv --target Churn --output run",
    "%%mlestar foundation\ncandidates: 2",
    TWO_FOLDS,
)
PHASE = f"%%mlestar refinement\nblocks: [hyperparameters]\nattempts: {CANDIDATES}"


@dataclass(frozen=True)
class Message:
    """A message on iopub, when the kernel sent it and how long it is on the wire."""

    kind: str
    content: dict[str, Any]
    second: float
    size: int


class FrontEnd:
    """A kernel's only front end: runs cells as JupyterLab does, and answers as our extension does."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client
        self.number = 0

    def run(self, source: str) -> list[Message]:
        """Run a cell to its end; everything that the kernel sent meanwhile."""
        self.number += 1
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        asked = self._say("execute_request", content, {"cellId": f"cell-{self.number}", "trusted": True})
        found = list(self._heard(asked))
        for message in found:
            if message.kind == "error":
                sys.exit(f"The cell failed: {source}\n{message.content['evalue']}")
            if message.kind == "comm_open" and message.content["target_name"] == "mlestar":
                hello = {"comm_id": message.content["comm_id"], "data": {"type": "hello", "protocol": 1}}
                found += self._heard(self._say("comm_msg", hello, {}))
        return found

    def _say(self, kind: str, content: dict[str, Any], metadata: dict[str, Any]) -> str:
        message = self.client.session.msg(kind, content, metadata=metadata)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def _heard(self, asked: str) -> Iterator[Message]:
        """What is sent until the kernel has done what it was asked."""
        socket, session = self.client.iopub_channel.socket, self.client.session
        while socket.poll(SECONDS * 1000):
            frames = socket.recv_multipart()
            received = session.deserialize(session.feed_identities(frames)[1])
            size = sum(len(frame) for frame in frames)
            yield Message(received["msg_type"], received["content"], received["header"]["date"].timestamp(), size)
            ended = received["msg_type"] == "status" and received["content"]["execution_state"] == "idle"
            if ended and received["parent_header"].get("msg_id") == asked:
                return
        sys.exit(f"The kernel was silent for {SECONDS} s.")


@contextlib.contextmanager
def front_end() -> Iterator[FrontEnd]:
    """Start a kernel beside a small table, with a front end of its own; both end with the block."""
    with tempfile.TemporaryDirectory() as folder:
        pd.read_csv(CHURN).sample(ROWS, random_state=0).to_csv(Path(folder) / "churn.csv", index=False)
        manager, client = start_new_kernel(cwd=folder)
        try:
            yield FrontEnd(client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel()


def main() -> int:
    """Measure, print a line a kind of message, and tell whether the phase is within budget."""
    with front_end() as notebook:
        for source in BEFORE:
            notebook.run(source)
        messages = notebook.run(PHASE)
    first = next(i for i, m in enumerate(messages) if m.kind == "display_data")
    last = next(i for i, m in enumerate(messages) if m.kind == "update_display_data")
    running = messages[first : last + 1]
    found = re.search(r"refinement: (\d+) evaluations", str(messages[last].content["data"]))
    scored = 0 if found is None else int(found[1])
    if scored < CANDIDATES:
        sys.exit(f"The phase scored {scored} candidates of {CANDIDATES}.")
    seconds = running[-1].second - running[0].second
    print(f"{scored} candidates in {seconds:.1f} s, {scored / seconds:.1f} a second")
    print(f"{'while it runs':<22}{'messages':>10}{'a second':>10}{'kB':>10}{'kB a second':>14}")
    kinds = Counter(what(m) for m in running)
    for kind, count in [*kinds.most_common(), ("all", len(running))]:
        size = sum(m.size for m in running if kind in ("all", what(m))) / 1000
        print(f"{kind:<22}{count:>10}{count / seconds:>10.2f}{size:>10.1f}{size / seconds:>14.2f}")
    after = messages[last + 1 :]
    print(f"the result after it: {len(after)} messages, {sum(m.size for m in after) / 1000:.1f} kB")
    mean, most = len(running) / seconds, busiest(running)
    within = mean <= MEAN_BUDGET and most <= BUSIEST_BUDGET
    print(
        f"messages a second: mean {mean:.2f}, budget {MEAN_BUDGET:g}; in the busiest second {most}, "
        f"budget {BUSIEST_BUDGET}: {'pass' if within else 'fail'}"
    )
    return 0 if within else 1


def what(message: Message) -> str:
    """What a message is for."""
    if message.kind != "comm_msg":
        return message.kind
    return "comm_msg, status" if message.content["data"].get("type") == "status" else "comm_msg, live view"


def busiest(messages: list[Message]) -> int:
    """The most messages within a second, wherever it begins."""
    times = sorted(m.second for m in messages)
    return max(bisect_right(times, time + 1) - i for i, time in enumerate(times))


if __name__ == "__main__":
    sys.exit(main())
