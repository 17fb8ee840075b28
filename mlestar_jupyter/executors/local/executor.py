"""Jobs in processes of this machine: warm, limited, and killed with their children."""

from __future__ import annotations

import pickle
import shutil
import sys
import tempfile
import time
import weakref
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlestar_jupyter.core.executor import FitFailed, FitJob, FitResult, Fitted, Limits, Watch
from mlestar_jupyter.environment import cores
from mlestar_jupyter.executors.local.launchers import Ended, ForkServer, Launcher, OneShot, kill_group
from mlestar_jupyter.executors.local.results import check_plain, one_line, read_result, read_text
from mlestar_jupyter.executors.local.sharing import write_table
from mlestar_jupyter.executors.local.usage import MOST_DISK_MB, MOST_FILES, MOST_TASKS, disk_use, family_use
from mlestar_jupyter.executors.local.walls import walls
from mlestar_jupyter.executors.local.worker import CRASH, JOB, Message

if TYPE_CHECKING:
    import pandas as pd

_POLL_SECONDS = 0.05
_LOOK_SECONDS = 0.25  # at a job's memory, which takes a walk over all processes
_SPARE_SECONDS = 60  # of processor time, for start and end of a job
_MODEL = "model.joblib"


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
    model: Path | None = None
    """Where an isolated job leaves its model."""


class LocalExecutor:
    """Runs jobs in processes of this machine.

    Parameters
    ----------
    workers : int, optional
        Jobs at the same time: at most, and by default, the cores.
    fork : bool, optional
        Fork each job from one warm process (Linux), or start a process a job; by default what the platform can do.
    """

    def __init__(self, workers: int | None = None, *, fork: bool | None = None) -> None:
        self.workers = max(1, min(workers or cores(), cores()))
        self._fork = sys.platform == "linux" if fork is None else fork
        self._folder = Path(tempfile.mkdtemp(prefix="mlestar_"))
        self._tables: dict[str, str] = {}
        self._launcher: Launcher | None = None
        self._number = 0
        self._finalizer = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    @property
    def cannot_isolate(self) -> tuple[str, ...]:
        """Walls that this machine lacks, a sentence each."""
        return tuple(walls().missing)

    def warm_up(self) -> None:
        """Start the worker process in the background, so that the first job need not wait for imports."""
        if self._launcher is None:
            self._launcher = ForkServer() if self._fork else OneShot(self.workers)

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
                self._fill(running, waiting, limits)  # before the results are yielded: who takes them takes time
                _supervise(running.values(), limits, watch)
                while next_position in done:
                    yield done.pop(next_position)
                    next_position += 1
        finally:
            for entry in running.values():
                kill_group(entry.pid)
                shutil.rmtree(entry.folder, ignore_errors=True)

    def _fill(self, running: dict[int, _Running], waiting: list[tuple[int, FitJob]], limits: Limits) -> None:
        """Start jobs while workers are free; one that must be alone waits for the other."""
        while len(running) < self.workers:
            is_taken = any(entry.job.is_alone for entry in running.values())
            free = [i for i, (_, job) in enumerate(waiting) if not (is_taken and job.is_alone)]
            if not free:
                return
            started = self._start(*waiting.pop(free[-1]), limits)
            running[started.pid] = started

    def _start(self, position: int, job: FitJob, limits: Limits) -> _Running:
        self._number += 1
        folder = self._folder / f"job_{self._number}"
        folder.mkdir()
        tables = {t: self._tables[t] for t in (job.train_table, job.test_table) if t is not None}
        model = folder / _MODEL if limits.isolated and job.model_path is not None else None
        sent = job if model is None else replace(job, model_path=str(model))
        (folder / JOB).write_bytes(pickle.dumps(sent, protocol=5))
        message: Message = {
            "number": self._number,
            "tables": tables,
            # a table that jobs both fit and predict on is for all to see; another, such as a holdout's, is not kept
            "lasting": job.train_table == job.test_table,
            "folder": str(folder),
            "memory_mb": limits.memory_mb,
            "cpu_seconds": None if limits.seconds is None else limits.seconds * cores() + _SPARE_SECONDS,
            "walls": walls().mechanisms if limits.isolated else None,
        }
        assert self._launcher is not None
        try:
            pid = self._launcher.start(message)
        except (BrokenPipeError, EOFError):
            self._launcher.close()
            self._launcher = None
            self.warm_up()
            pid = self._launcher.start(message)  # type: ignore[attr-defined]
        return _Running(position, job, folder, pid, time.monotonic(), model=model)

    def _ended(self) -> list[Ended]:
        assert self._launcher is not None
        return self._launcher.ended(_POLL_SECONDS)

    def close(self) -> None:
        """Kill all workers and remove what was shared."""
        if self._launcher is not None:
            self._launcher.close()
            self._launcher = None
        self._finalizer()


def _conclude(entry: _Running, ended: Ended) -> FitResult:
    """Turn an ended process into its result."""
    kill_group(entry.pid)  # children that the job left behind
    try:
        if entry.stopped_for is not None:
            return entry.stopped_for
        if ended.code != 0:
            how = f"was killed by signal {-ended.code}" if ended.code < 0 else f"ended with exit code {ended.code}"
            return FitFailed("crash", f"the worker process {how}", read_text(entry.folder / CRASH))
        seconds = time.monotonic() - entry.started
        result = read_result(entry.folder, entry.job, max(entry.peak_mb, ended.peak_mb), seconds)
        if entry.model is not None and isinstance(result, Fitted):
            return _hand_over(entry.model, str(entry.job.model_path), result)
        return result
    finally:
        shutil.rmtree(entry.folder, ignore_errors=True)


def _hand_over(written: Path, wanted: str, result: Fitted) -> FitResult:
    """Move the model of an isolated job, which could write in its own folder alone, to where it is wanted."""
    try:
        check_plain(written)
        shutil.move(written, wanted)
    except OSError as error:
        return FitFailed("crash", one_line(f"the worker left no model ({error})"))
    return result


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
    now = time.monotonic()
    if limits.seconds is not None and now - entry.started > limits.seconds:
        entry.stopped_for = FitFailed("timeout", f"took longer than {limits.seconds:.0f} s and was stopped")
    elif (limits.memory_mb is not None or limits.isolated) and now - entry.looked > _LOOK_SECONDS:
        entry.looked = now
        entry.stopped_for = _past_a_limit(entry, limits)
    if entry.stopped_for is not None:
        kill_group(entry.pid)


def _past_a_limit(entry: _Running, limits: Limits) -> FitFailed | None:
    """Look at what a job uses."""
    memory_mb, tasks = family_use(entry.pid)
    entry.peak_mb = max(entry.peak_mb, memory_mb)
    if limits.memory_mb is not None and memory_mb > limits.memory_mb:
        return FitFailed("memory", f"used more than {limits.memory_mb:,.0f} MB and was stopped")
    if not limits.isolated:
        return None
    if tasks > MOST_TASKS:
        return FitFailed("error", f"ran more than {MOST_TASKS} threads and processes and was stopped")
    disk = MOST_DISK_MB if limits.memory_mb is None else limits.memory_mb
    if disk_use(entry.folder, entry.pid, disk) > disk:
        return FitFailed("error", f"wrote more than {disk:,.0f} MB, or {MOST_FILES:,} files, and was stopped")
    return None
