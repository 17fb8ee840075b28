"""Jobs in processes of this machine: warm, limited, and killed with their children."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import psutil

from mlestar_jupyter.core.executors.base import FitFailed, FitJob, FitResult, Limits, Watch
from mlestar_jupyter.core.executors.sharing import write_table
from mlestar_jupyter.core.executors.worker import write_message
from mlestar_jupyter.core.harness import read_result
from mlestar_jupyter.environment import cores, worker_environment
from mlestar_jupyter.errors import ExecutionError

if TYPE_CHECKING:
    import pandas as pd

_POLL_SECONDS = 0.05
_LOOK_SECONDS = 0.25  # at a job's memory, which takes a walk over all processes
_START_SECONDS = 120


@dataclass
class _Running:
    """One job under way."""

    position: int
    job: FitJob
    folder: Path
    pid: int
    started: float
    peak_mb: float = 0.0
    looked: float = 0.0
    """When its memory was last looked at."""
    stopped_for: FitFailed | None = None


@dataclass(frozen=True)
class _Ended:
    """The process of a job has ended with this exit code (negative: the signal that killed it)."""

    pid: int
    code: int
    peak_mb: float


class _Launcher(Protocol):
    """Starts the process of a job, and tells which have ended."""

    def start(self, message: dict[str, Any]) -> int: ...
    def ended(self, timeout: float) -> list[_Ended]: ...
    def close(self) -> None: ...


class LocalExecutor:
    """Runs jobs in processes of this machine.

    Parameters
    ----------
    workers : int, optional
        Jobs at the same time: at most, and by default, the cores.
    fork : bool, optional
        Fork each job from one warm process (Linux), or start a process a job; by default what the platform bears.
    """

    def __init__(self, workers: int | None = None, *, fork: bool | None = None) -> None:
        self.workers = max(1, min(workers or cores(), cores()))
        self._fork = sys.platform == "linux" if fork is None else fork
        self._folder = Path(tempfile.mkdtemp(prefix="mlestar_"))
        self._tables: dict[str, str] = {}
        self._launcher: _Launcher | None = None
        self._number = 0
        self._finalizer = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def warm_up(self) -> None:
        """Start the worker process in the background, so that the first job need not wait for imports."""
        if self._launcher is None:
            self._launcher = _ForkServer() if self._fork else _OneShot(self.workers)

    def share(self, name: str, table: pd.DataFrame) -> None:
        """Make a table readable for workers under a name; doing it again is free."""
        if name not in self._tables:
            path = self._folder / f"table_{len(self._tables)}.buffers"
            write_table(table, path)
            self._tables[name] = str(path)

    def run(
        self, jobs: Sequence[FitJob], limits: Limits, deadline: float | None = None, watch: Watch | None = None
    ) -> Iterator[FitResult]:
        """Yield one result a job, in order; stop early when `deadline` (`time.monotonic`) has passed."""
        if not jobs:
            return
        self.warm_up()
        running: dict[int, _Running] = {}
        done: dict[int, FitResult] = {}
        waiting = list(enumerate(jobs))[::-1]
        next_position = 0
        try:
            while next_position < len(jobs):
                if deadline is not None and time.monotonic() >= deadline:
                    return
                self._fill(running, waiting, limits)
                for ended in self._ended():
                    entry = running.pop(ended.pid, None)
                    if entry is not None:
                        done[entry.position] = _conclude(entry, ended)
                self._fill(running, waiting, limits)  # before the results are told: whoever hears them takes their time
                _supervise(running.values(), limits, watch)
                while next_position in done:
                    yield done.pop(next_position)
                    next_position += 1
        finally:
            for entry in running.values():
                _kill(entry.pid)
                shutil.rmtree(entry.folder, ignore_errors=True)

    def _fill(self, running: dict[int, _Running], waiting: list[tuple[int, FitJob]], limits: Limits) -> None:
        """Start jobs while workers are free."""
        while waiting and len(running) < self.workers:
            started = self._start(*waiting.pop(), limits)
            running[started.pid] = started

    def _start(self, position: int, job: FitJob, limits: Limits) -> _Running:
        self._number += 1
        folder = self._folder / f"job_{self._number}"
        folder.mkdir()
        tables = {t: self._tables[t] for t in (job.train_table, job.test_table) if t is not None}
        message = {
            "number": self._number,
            "job": job,
            "tables": tables,
            "folder": str(folder),
            "memory_mb": limits.memory_mb,
        }
        assert self._launcher is not None
        try:
            pid = self._launcher.start(message)
        except (BrokenPipeError, EOFError):
            self._launcher.close()
            self._launcher = None
            self.warm_up()
            pid = self._launcher.start(message)  # type: ignore[attr-defined]
        return _Running(position, job, folder, pid, time.monotonic())

    def _ended(self) -> list[_Ended]:
        assert self._launcher is not None
        return self._launcher.ended(_POLL_SECONDS)

    def close(self) -> None:
        """Kill all workers and remove what was shared."""
        if self._launcher is not None:
            self._launcher.close()
            self._launcher = None
        self._finalizer()


def _conclude(entry: _Running, ended: _Ended) -> FitResult:
    """Turn an ended process into its result."""
    _kill(entry.pid)  # children that the job left behind
    n_train = len(entry.job.y)
    n_test = None if entry.job.test_table is None or entry.job.test_rows is None else len(entry.job.test_rows)
    try:
        if entry.stopped_for is not None:
            return entry.stopped_for
        if ended.code != 0:
            crash = entry.folder / "crash.txt"
            text = crash.read_text() if crash.exists() else ""
            how = f"was killed by signal {-ended.code}" if ended.code < 0 else f"ended with exit code {ended.code}"
            return FitFailed("crash", f"the worker process {how}", text)
        return read_result(entry.folder, max(entry.peak_mb, ended.peak_mb), n_test, n_train)
    finally:
        shutil.rmtree(entry.folder, ignore_errors=True)


def _supervise(running: Collection[_Running], limits: Limits, watch: Watch | None) -> None:
    """Hold the running jobs to their limits, and say which they are."""
    for entry in running:
        _enforce(entry, limits)
    if watch is not None:
        watch([(entry.position, time.monotonic() - entry.started) for entry in running])


def _enforce(entry: _Running, limits: Limits) -> None:
    """Kill a job that has passed a limit."""
    if entry.stopped_for is not None:
        return
    now, used = time.monotonic(), 0.0
    if limits.memory_mb is not None and now - entry.looked > _LOOK_SECONDS:
        entry.looked, used = now, _memory_mb(entry.pid)
    entry.peak_mb = max(entry.peak_mb, used)
    if limits.seconds is not None and now - entry.started > limits.seconds:
        entry.stopped_for = FitFailed("timeout", f"took longer than {limits.seconds:.0f} s and was stopped")
    elif limits.memory_mb is not None and used > limits.memory_mb:
        entry.stopped_for = FitFailed("memory", f"used more than {limits.memory_mb:,.0f} MB and was stopped")
    if entry.stopped_for is not None:
        _kill(entry.pid)


def _memory_mb(pid: int) -> float:
    """Memory of a process and its children."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(p.memory_info().rss for p in family) / 2**20
    except psutil.Error:
        return 0.0


def _kill(pid: int) -> None:
    """Kill a job's process group: each job leads its own."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        else:
            psutil.Process(pid).kill()
    except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
        return


def _worker_process(*arguments: str) -> subprocess.Popen[bytes]:
    """Start the worker program: without secrets, and in its own session, so that a Ctrl-C is not sent to it."""
    return subprocess.Popen(
        [sys.executable, "-m", "mlestar_jupyter.core.executors.worker", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=worker_environment() | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        start_new_session=True,
    )


@dataclass
class _ForkServer:
    """One warm process that forks a child a job."""

    process: subprocess.Popen[bytes] = field(default_factory=_worker_process)
    ready: bool = False
    _buffer: bytes = b""
    _ended: list[_Ended] = field(default_factory=list)
    _pids: dict[int, int] = field(default_factory=dict)

    def start(self, message: dict[str, Any]) -> int:
        """Fork a child for the job."""
        assert self.process.stdin is not None
        if not self.ready:
            self._wait_for("ready")
            self.ready = True
        write_message(self.process.stdin, message)
        return int(self._wait_for("started")["pid"])

    def _wait_for(self, key: str) -> dict[str, Any]:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            found = None
            for message in self._messages(0.5):
                self._note(message)
                found = message if key in message else found
            if found is not None:
                return found
        raise ExecutionError(
            "The worker process does not answer.", mend="Run the cell again; --max-agents 1 needs less memory."
        )

    def _note(self, message: dict[str, Any]) -> None:
        if "started" in message:
            self._pids[message["started"]] = message["pid"]
        elif "done" in message:
            self._ended.append(_Ended(self._pids.pop(message["done"]), message["code"], message["peak_mb"]))

    def _messages(self, timeout: float) -> list[dict[str, Any]]:
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout):
                return []
        part = os.read(self.process.stdout.fileno(), 1 << 16)
        if not part:
            raise EOFError("the worker process has ended")
        *lines, self._buffer = (self._buffer + part).split(b"\n")
        return [json.loads(line) for line in lines]

    def ended(self, timeout: float) -> list[_Ended]:
        for message in self._messages(0 if self._ended else timeout):
            self._note(message)
        found, self._ended = self._ended, []
        return found

    def close(self) -> None:
        _close(self.process)


@dataclass
class _OneShot:
    """A process a job, started ahead: for platforms where a fork is not safe."""

    spare_count: int
    _spares: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._refill()

    def _refill(self) -> None:
        while len(self._spares) < self.spare_count:
            self._spares.append(_worker_process("--once"))

    def start(self, message: dict[str, Any]) -> int:
        process = self._spares.pop(0)
        assert process.stdin is not None
        write_message(process.stdin, message)
        self._running[process.pid] = process
        self._refill()
        return process.pid

    def ended(self, timeout: float) -> list[_Ended]:
        found = [pid for pid, process in self._running.items() if process.poll() is not None]
        if not found:
            time.sleep(timeout)
        codes = {pid: self._running.pop(pid) for pid in found}
        for process in codes.values():
            _close(process)
        return [_Ended(pid, int(process.returncode), 0.0) for pid, process in codes.items()]

    def close(self) -> None:
        for process in [*self._spares, *self._running.values()]:
            _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    """Close a worker's streams, which ends it; kill it when that does not."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except BrokenPipeError:
                continue
    _kill(process.pid)
    process.wait()
