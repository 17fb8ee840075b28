"""The main program of a worker: warm, single-threaded; forks one child a job, or runs one job and ends.

Messages are pickles with their length in front; they come from the kernel only. A job lies in its own folder and is
read by its own process alone: the server, from whose memory the next job starts, never holds the target of another.
What a job leaves is files.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import os
import pickle
import select
import signal
import struct
import sys
import tempfile
import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn, TypedDict

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.core.executor import FitJob

JOB, CRASH = "job.pickle", "crash.txt"
_OPEN_FILES, _MB = 512, 2**20
_DIE_WITH_PARENT, _ADOPT_ORPHANS = 1, 36
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
    _preload()
    _keep_single_threaded()
    from mlestar_jupyter.executors.local.walls import importable_places

    importable_places()  # once, for all jobs

    def say(**message: float) -> None:
        out.write(json.dumps(message) + "\n")

    say(ready=True, pid=os.getpid())
    if "--once" in sys.argv:
        _serve_once()
    else:
        _Server(say).serve()
        os._exit(0)  # taking all modules down takes longer than serving a job


def _preload() -> None:
    """Import what most jobs need, but not Polars: CatBoost takes it where it is there, and it starts threads."""
    withheld = _Withheld()
    sys.meta_path.insert(0, withheld)
    for module in _PRELOAD:
        if importlib.util.find_spec(module.partition(".")[0]) is not None:
            importlib.import_module(module)
    sys.meta_path.remove(withheld)  # an import may have put a finder before it


class _Withheld:
    """Finds no Polars, as if it were not installed."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "polars":
            raise ModuleNotFoundError("polars is imported by the job that needs it", name=name)


def _keep_single_threaded() -> None:
    """Stop pyarrow, when it is there, from starting threads before the fork."""
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].set_cpu_count(1)
        sys.modules["pyarrow"].set_io_thread_count(1)


class Message(TypedDict):
    """A job for a worker: where it lies, which tables it reads, and what it may use."""

    number: int
    folder: str
    tables: dict[str, str]
    lasting: bool
    memory_mb: float | None
    cpu_seconds: float | None
    walls: Collection[str] | None


def read_message(descriptor: int) -> Message | None:
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


def write_message(stream: IO[bytes], message: Message) -> None:
    """Write one message."""
    body = pickle.dumps(message, protocol=5)
    stream.write(struct.pack("<Q", len(body)) + body)
    stream.flush()


def _load_tables(paths: dict[str, str], tables: dict[str, pd.DataFrame]) -> None:
    from mlestar_jupyter.executors.local.sharing import read_table

    for name, path in paths.items():
        if name not in tables:
            tables[name] = read_table(Path(path))


def _serve_once() -> None:
    """Run one job in this process: for platforms where a fork is not safe."""
    message = read_message(0)
    if message is not None:
        _end_with(message, {})


class _Server:
    """Forks a child for each job and reports how it ended."""

    def __init__(self, say: Callable[..., None]) -> None:
        self.say = say
        self.tables: dict[str, pd.DataFrame] = {}
        self.running: dict[int, int] = {}
        self.wake, waker = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        _ask_linux(_ADOPT_ORPHANS, 1)

    def serve(self) -> None:
        """Answer messages and dead children until the kernel goes away; then kill what runs."""
        while True:
            ready, _, _ = select.select([0, self.wake], [], [])
            if self.wake in ready:
                self._reap()
            if 0 in ready:
                message = read_message(0)
                if message is None:
                    self.running.clear()
                    _kill_strays(set())
                    return
                self._start(message)

    def _start(self, message: Message) -> None:
        if message["lasting"]:
            _load_tables(message["tables"], self.tables)
        gc.collect()
        gc.freeze()  # children share these pages as long as the collector does not write to them
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            os.setsid()
            _ask_linux(_DIE_WITH_PARENT, signal.SIGKILL)
            _end_with(message, self.tables)
        self.running[pid] = message["number"]
        self.say(started=message["number"], pid=pid)

    def _reap(self) -> None:
        try:
            os.read(self.wake, 4096)
        except BlockingIOError:
            return
        for pid, code, peak_mb in _ended_children():
            if pid in self.running:
                number = self.running.pop(pid)
                _kill_strays(set(self.running))
                self.say(done=number, code=code, peak_mb=peak_mb)


def _ended_children() -> Iterator[tuple[int, int, float]]:
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024


def _kill_strays(jobs: set[int]) -> None:
    """Kill every child that is no running job: what a job leaves, wherever it hid, becomes a child of this process.

    What dies leaves its own children to this process, and they are killed in the next round.
    """
    while strays := [pid for pid in _children() if pid not in jobs]:
        for pid in strays:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _children() -> list[int]:
    """The children of this process, which has one thread."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    if listed.exists():
        return [int(pid) for pid in listed.read_text().split()]
    import psutil

    return [child.pid for child in psutil.Process().children()]


# --- one job, in its own process ----------------------------------------------------------------------------------


def _end_with(message: Message, tables: dict[str, pd.DataFrame]) -> NoReturn:
    """Run a job in this process and end it at once: nothing of the job's is called at exit."""
    folder = Path(message["folder"])
    try:
        _detach()
        job: FitJob = pickle.loads((folder / JOB).read_bytes())
        (folder / JOB).unlink()
        _load_tables(message["tables"], tables)
        os.chdir(folder)
        tempfile.tempdir = str(folder)
        _limit_memory(message["memory_mb"])
        from mlestar_jupyter.core.harness import run_job

        with _isolated(folder, message):
            run_job(job, tables, folder)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a child must end here, and say why
        (folder / CRASH).write_text(traceback.format_exc())
    finally:
        os._exit(1)


def _isolated(folder: Path, message: Message) -> AbstractContextManager[object]:
    """Raise the walls, where the job is to run behind them."""
    if message["walls"] is None:
        return contextlib.nullcontext()
    from joblib import parallel_config

    from mlestar_jupyter.environment import settle_in
    from mlestar_jupyter.executors.local.walls import raise_walls

    settle_in(str(folder))
    _limit_use(message["memory_mb"], message["cpu_seconds"])
    raise_walls(folder, message["walls"])
    return parallel_config(backend="threading")  # type: ignore[no-any-return]  # joblib's usual one starts processes


def _detach() -> None:
    """Close what leads to the server and the kernel; what is printed goes nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    opened = Path("/proc/self/fd")
    last = max(int(entry.name) for entry in opened.iterdir()) if opened.exists() else 255
    os.closerange(3, last + 1)


def _limit_memory(memory_mb: float | None) -> None:
    """Make an allocation past the limit fail, where the platform can; the executor also watches from outside."""
    if memory_mb is None or sys.platform != "linux":
        return
    import resource

    _lower({resource.RLIMIT_DATA: memory_mb * _MB, resource.RLIMIT_CORE: 0})


def _limit_use(memory_mb: float | None, cpu_seconds: float | None) -> None:
    """Limit what else an isolated job may use up; the executor watches the whole of its files from outside."""
    if sys.platform == "win32":
        return
    import resource

    limits: dict[int, float] = {resource.RLIMIT_CORE: 0, resource.RLIMIT_NOFILE: _OPEN_FILES}
    if cpu_seconds is not None:
        limits[resource.RLIMIT_CPU] = cpu_seconds
    if memory_mb is not None:
        limits[resource.RLIMIT_FSIZE] = memory_mb * _MB
    _lower(limits)


def _lower(limits: dict[int, float]) -> None:
    import resource

    for kind, most in limits.items():
        _, hard = resource.getrlimit(kind)
        value = int(most) if hard == resource.RLIM_INFINITY else min(int(most), hard)
        resource.setrlimit(kind, (value, value))


def _ask_linux(option: int, value: int) -> None:
    """Set an option of this process."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0)))


if __name__ == "__main__":
    main()
