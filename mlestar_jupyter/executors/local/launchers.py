"""The processes that jobs run in: forked from one warm server, or started ahead."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Protocol, TypedDict

import psutil

from mlestar_jupyter.environment import worker_environment
from mlestar_jupyter.errors import ExecutionError
from mlestar_jupyter.executors.local.worker import Message, write_message

_START_SECONDS, _END_SECONDS = 120, 2


@dataclass(frozen=True)
class Ended:
    """The process of a job has ended with this exit code (negative: the signal that killed it)."""

    pid: int
    code: int
    peak_mb: float


class Report(TypedDict, total=False):
    """What the server reports: that it is ready, that a job has started, or how one has ended."""

    ready: bool
    started: int
    done: int
    pid: int
    code: int
    peak_mb: float


class Launcher(Protocol):
    """Starts the process of a job, and lists those that have ended."""

    def start(self, message: Message) -> int:
        """Start the job that lies in the message's folder; the process leads its own group."""

    def ended(self, timeout: float) -> list[Ended]:
        """List those that have ended, or wait for the first as long as `timeout` seconds."""

    def close(self) -> None:
        """Kill all that runs."""


def kill_group(pid: int) -> None:
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
        [sys.executable, "-m", "mlestar_jupyter.executors.local.worker", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=worker_environment() | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        start_new_session=True,
    )


@dataclass
class ForkServer:
    """One warm process that forks a child a job."""

    process: subprocess.Popen[bytes] = field(default_factory=_worker_process)
    ready: bool = False
    _buffer: bytes = b""
    _ended: list[Ended] = field(default_factory=list)
    _pids: dict[int, int] = field(default_factory=dict)

    def start(self, message: Message) -> int:
        """Fork a child for the job."""
        assert self.process.stdin is not None
        if not self.ready:
            self._wait_for("ready")
            self.ready = True
        write_message(self.process.stdin, message)
        return int(self._wait_for("started")["pid"])

    def _wait_for(self, key: str) -> Report:
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

    def _note(self, message: Report) -> None:
        if "started" in message:
            self._pids[message["started"]] = message["pid"]
        elif "done" in message:
            self._ended.append(Ended(self._pids.pop(message["done"]), message["code"], message["peak_mb"]))

    def _messages(self, timeout: float) -> list[Report]:
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

    def ended(self, timeout: float) -> list[Ended]:
        """List those that have ended."""
        for message in self._messages(0 if self._ended else timeout):
            self._note(message)
        found, self._ended = self._ended, []
        return found

    def close(self) -> None:
        """Let the server kill what its jobs have left, and end."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
            self.process.wait(_END_SECONDS if self.ready else 0)  # before it is ready, it has started no job
        except (BrokenPipeError, subprocess.TimeoutExpired):
            kill_group(self.process.pid)
        _close(self.process)


@dataclass
class OneShot:
    """A process a job, started ahead: for platforms where a fork is not safe."""

    spare_count: int
    _spares: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._refill()

    def _refill(self) -> None:
        while len(self._spares) < self.spare_count:
            self._spares.append(_worker_process("--once"))

    def start(self, message: Message) -> int:
        """Give the job to a process that waits, and start another."""
        process = self._spares.pop(0)
        assert process.stdin is not None
        write_message(process.stdin, message)
        self._running[process.pid] = process
        self._refill()
        return process.pid

    def ended(self, timeout: float) -> list[Ended]:
        """List those that have ended."""
        found = [pid for pid, process in self._running.items() if process.poll() is not None]
        if not found:
            time.sleep(timeout)
        codes = {pid: self._running.pop(pid) for pid in found}
        for process in codes.values():
            _close(process)
        return [Ended(pid, int(process.returncode), 0.0) for pid, process in codes.items()]

    def close(self) -> None:
        """Kill all processes."""
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
    kill_group(process.pid)
    process.wait()
