"""The main program of a worker: warm, single-threaded; forks one child a job, or runs one job and ends.

Messages are pickles with their length in front; they come from the kernel only. What a job leaves is files.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pickle
import select
import signal
import struct
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlestar_jupyter.core.executors.base import FitJob

_PRELOAD = (
    "pandas",
    "scipy.stats",
    "scipy.sparse",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.neighbors",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "sklearn.tree",
    "xgboost",
    "lightgbm",
    "catboost",
    "joblib",
    "mlestar_jupyter.core.harness",
)


def main() -> None:
    """Serve jobs from standard input until it closes."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints must not reach the protocol
    for module in _PRELOAD:
        if importlib.util.find_spec(module.partition(".")[0]) is not None:
            importlib.import_module(module)
    _keep_single_threaded()
    say = lambda **message: out.write(json.dumps(message) + "\n")  # noqa: E731
    say(ready=True, pid=os.getpid())
    if "--once" in sys.argv:
        _serve_once()
    else:
        _Server(say).serve()


def _keep_single_threaded() -> None:
    """Stop pyarrow, when it is there, from starting threads before the fork."""
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].set_cpu_count(1)
        sys.modules["pyarrow"].set_io_thread_count(1)


def read_message(descriptor: int) -> Any:
    """Read one message and no byte more; None at the end of the stream."""
    head = _read_exactly(descriptor, 8)
    return None if head is None else pickle.loads(_read_exactly(descriptor, struct.unpack("<Q", head)[0]) or b"")


def _read_exactly(descriptor: int, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        part = os.read(descriptor, min(size - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)


def write_message(stream: IO[bytes], message: Any) -> None:
    """Write one message."""
    body = pickle.dumps(message, protocol=5)
    stream.write(struct.pack("<Q", len(body)) + body)
    stream.flush()


def _load_tables(paths: dict[str, str], tables: dict[str, Any]) -> None:
    from mlestar_jupyter.core.executors.sharing import read_table

    for name, path in paths.items():
        if name not in tables:
            tables[name] = read_table(Path(path))


def _serve_once() -> None:
    """Run one job in this process: for platforms where a fork is not safe."""
    message = read_message(0)
    if message is not None:
        tables: dict[str, Any] = {}
        _load_tables(message["tables"], tables)
        _run(message["job"], tables, Path(message["folder"]), message["memory_mb"])


class _Server:
    """Forks a child for each job and tells how it ended."""

    def __init__(self, say: Any) -> None:
        self.say = say
        self.tables: dict[str, Any] = {}
        self.running: dict[int, int] = {}
        self.wake, waker = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> None:
        """Answer messages and dead children until the kernel goes away; then kill what runs."""
        while True:
            ready, _, _ = select.select([0, self.wake], [], [])
            if self.wake in ready:
                self._reap()
            if 0 in ready:
                message = read_message(0)
                if message is None:
                    for pid in self.running:
                        _kill_group(pid)
                    return
                self._start(message)

    def _start(self, message: dict[str, Any]) -> None:
        _load_tables(message["tables"], self.tables)
        gc.collect()
        gc.freeze()  # children share these pages as long as the collector does not write to them
        pid = os.fork()
        if pid == 0:
            self._child(message)
        self.running[pid] = message["number"]
        self.say(started=message["number"], pid=pid)

    def _child(self, message: dict[str, Any]) -> None:
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            os.setsid()
            _die_with_parent()
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            os.closerange(3, 256)
            _run(message["job"], self.tables, Path(message["folder"]), message["memory_mb"])
        except BaseException:  # noqa: BLE001 - a child must end here, and say why
            Path(message["folder"], "crash.txt").write_text(traceback.format_exc())
            os._exit(1)
        os._exit(0)

    def _reap(self) -> None:
        try:
            os.read(self.wake, 4096)
        except BlockingIOError:
            return
        while self.running:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            if pid in self.running:
                code = os.waitstatus_to_exitcode(status)
                self.say(done=self.running.pop(pid), code=code, peak_mb=usage.ru_maxrss / 1024)


def _run(job: FitJob, tables: dict[str, Any], folder: Path, memory_mb: float | None) -> None:
    os.chdir(folder)
    tempfile.tempdir = str(folder)
    _limit_memory(memory_mb)
    from mlestar_jupyter.core.harness import run_job

    run_job(job, tables, folder)


def _limit_memory(memory_mb: float | None) -> None:
    """Make an allocation past the limit fail, where the platform can; the executor also watches from outside."""
    if memory_mb is None or sys.platform != "linux":
        return
    import resource

    limit = int(memory_mb * 2**20)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _die_with_parent() -> None:
    """Ask Linux to kill this process when the server dies, so that no job outlives the kernel."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        time.sleep(0)


if __name__ == "__main__":
    main()
