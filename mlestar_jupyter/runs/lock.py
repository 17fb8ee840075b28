"""One run, one writer: a lock on the run's folder, which a process that ended cannot keep."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar
from weakref import finalize

import psutil

from mlestar_jupyter.core.files import write_text
from mlestar_jupyter.core.journal_errors import output_error
from mlestar_jupyter.core.quoting import remark
from mlestar_jupyter.errors import OutputError

FILE_NAME = "run.lock"


@dataclass(frozen=True)
class Owner:
    """Who writes to a run: host, process and when that began, what the process is, and the folder."""

    host: str
    process: int
    began: float
    program: str
    since: str
    folder: str

    @classmethod
    def this(cls, folder: Path) -> Owner:
        """Describe this process, which writes to a folder."""
        process = psutil.Process()
        program = "kernel" if any("ipykernel" in word for word in process.cmdline()) else process.name()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(socket.gethostname(), process.pid, process.create_time(), program, now, str(folder))

    @property
    def is_this(self) -> bool:
        """Whether it is this process."""
        return self.host == socket.gethostname() and self.process == os.getpid() and self._runs()

    @property
    def may_run(self) -> bool:
        """Whether it may still run: on another host, that is not known."""
        return self.host != socket.gethostname() or self._runs()

    def _runs(self) -> bool:
        try:
            return abs(psutil.Process(self.process).create_time() - self.began) < 1
        except (psutil.Error, ValueError):
            return False

    def __str__(self) -> str:
        return remark(f"{self.program} {self.process} on {self.host}, since {self.since}")


class RunLock:
    """The right to write to a run's folder.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    OutputError
        When another process has it, or the folder cannot be written.
    """

    _held: ClassVar[dict[Path, RunLock]] = {}

    def __init__(self, folder: Path) -> None:
        self.folder = _resolved(folder)
        self.path = self.folder / FILE_NAME
        self.notice = ""
        """What a reader should know of the owner before."""
        self.on_loss: Callable[[], None] = _nothing
        """Called when another run of this process has taken the lock over."""
        self._before = self._held.get(self.folder)
        self._owner = Owner.this(self.folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _alone(self.folder):
                self._take()
        except OSError as error:
            raise output_error(folder, error) from error
        self._held[self.folder] = self
        self._at_exit = finalize(self, _remove, self.path, self._owner)

    def confirm(self) -> None:
        """Keep the lock: who had it in this process before may not write any more."""
        if self._before is not None:
            self._before.on_loss()
            self._before = None

    def _take(self) -> None:
        owner = _read(self.path)
        if owner is not None and owner.host == self._owner.host and owner.folder != self._owner.folder:
            self.path.unlink()  # a copy of a folder that was open
            owner = None
        if owner is not None and owner.may_run and not owner.is_this:
            is_elsewhere = owner.host != socket.gethostname()
            raise OutputError(
                f"The run in {self.folder} is open in another process ({owner}).",
                mend=f"If it has ended, delete {self.path}; else close it, or choose another --output folder."
                if is_elsewhere
                else "Stop that process, or choose another --output folder.",
            )
        if self.path.exists() and self._before is None:
            who = "an unknown process" if owner is None else str(owner)
            self.notice = f"The run was left open by {who}, which has ended; this process goes on with it."
        write_text(self.path, json.dumps(asdict(self._owner)))

    def release(self) -> None:
        """Give the right back: to who had it in this process before, where it was not confirmed; else to all."""
        if self._held.get(self.folder) is not self:
            return
        if self._before is not None:
            self._at_exit.detach()
            self._held[self.folder] = self._before
            write_text(self.path, json.dumps(asdict(self._before._owner)))  # noqa: SLF001 - another lock
            return
        del self._held[self.folder]
        self._at_exit()


def _resolved(folder: Path) -> Path:
    try:
        return folder.resolve()
    except ValueError as error:
        raise OutputError(
            f"{remark(folder)} is no folder ({error}).", mend="Choose another --output folder."
        ) from error


def _nothing() -> None:
    """Nobody is to know of the loss."""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from taking the lock at the same moment, where the system has locks on folders."""
    if find_spec("fcntl") is None:
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove(path: Path, owner: Owner) -> None:
    """Remove the lock that an owner left, also when its process ends."""
    if _read(path) == owner and owner.process == os.getpid():
        path.unlink(missing_ok=True)


def _read(path: Path) -> Owner | None:
    try:
        owner = Owner(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return owner if isinstance(owner.process, int) and isinstance(owner.began, (int, float)) else None
