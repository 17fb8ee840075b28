"""Walls around a worker that runs source which nobody has read: which there are here, and how they are raised.

On Linux a process can shut itself in, without any privilege: `landlock` closes files, `seccomp` closes system calls.
Neither can be opened again, and all that the process starts is shut in with it. Elsewhere there is no such means, and
`walls` says so.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from multiprocessing.context import BaseContext
from pathlib import Path

from mlestar_jupyter.environment import worker_environment
from mlestar_jupyter.executors.local.landlock import landlock_version, restrict_files
from mlestar_jupyter.executors.local.seccomp import give_up_privileges, has_filter, restrict_calls

_SYSTEM = (
    *("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/usr/share", "/lib", "/lib32", "/lib64"),
    *("/nix/store", "/gnu/store", "/etc/ld.so.cache", "/etc/localtime", "/etc/timezone"),
)
_MACHINE = (
    # how many cores, and how much memory, there is: OpenMP, BLAS and joblib ask
    *("/sys/devices/system/cpu", "/sys/devices/system/node", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat"),
    *("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
    *("/proc/self", "/proc/sys/vm/overcommit_memory", "/dev/zero", "/dev/random", "/dev/urandom"),
)
_SINKS = ("/dev/null",)
_PROBE_SECONDS = 60


@dataclass(frozen=True)
class Wall:
    """One wall: whether it stands, and if not, why.

    Parameters
    ----------
    stands : bool
    reason : str
        Empty when it stands.
    without : str
        What generated code could do where it does not stand, as a sentence.
    """

    stands: bool
    reason: str
    without: str


@dataclass(frozen=True)
class Walls:
    """Which walls stand around an isolated job on this machine.

    Parameters
    ----------
    files : Wall
        Reading the user's files, writing outside of the job's own folder.
    network : Wall
        Sockets of any kind.
    processes : Wall
        Other programs and processes, signals to them, and what else of the system a fit has no use for.
    mechanisms : tuple of str
        What raises them here.
    """

    files: Wall
    network: Wall
    processes: Wall
    mechanisms: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing, in words, one sentence a wall; empty when all stand."""
        all_walls = (self.files, self.network, self.processes)
        return tuple(f"{wall.without} ({wall.reason})." for wall in all_walls if not wall.stands)


_WITHOUT = {
    "files": "It could read and change your files",
    "network": "It could open connections",
    "processes": "It could start programs that outlive it",
}

_NO_MEANS = {
    "landlock": "this Linux kernel has no Landlock, or does not let it be used",
    "seccomp": "the system calls of this kind of machine are not known",
}


@cache
def walls() -> Walls:
    """Find out which walls stand here, by raising them in a process of their own and running against each."""
    found = (
        _probe_apart() if sys.platform == "linux" else dict.fromkeys(_WITHOUT, f"{_system()} has no means against it")
    )
    made = {name: Wall(not found[name], found[name], without) for name, without in _WITHOUT.items()}
    return Walls(**made, mechanisms=_mechanisms() if any(w.stands for w in made.values()) else ())


def _system() -> str:
    return {"darwin": "macOS", "win32": "Windows"}.get(sys.platform, sys.platform)


@cache
def _mechanisms() -> tuple[str, ...]:
    if sys.platform != "linux":
        return ()
    return ("landlock",) * (landlock_version() > 0) + ("seccomp",) * has_filter()


def raise_walls(folder: Path, mechanisms: Collection[str]) -> None:
    """Shut this process in for good, with a folder of its own to write in.

    Parameters
    ----------
    folder : Path
    mechanisms : collection of str
        As `Walls` names them.

    Raises
    ------
    OSError
        When a wall cannot be raised: nothing may run then.
    """
    if not mechanisms:
        return
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:  # a wall shuts in the thread that raises it, not those that run already
        raise OSError(f"a process that has {threads} threads cannot be sandboxed")
    give_up_privileges()
    if "landlock" in mechanisms:
        restrict_files([*importable_places(), *map(Path, _MACHINE)], map(Path, _SINKS), folder)
    if "seccomp" in mechanisms:
        _lock_threads_alone()
        restrict_calls()


def _lock_threads_alone() -> None:
    """Have `multiprocessing` make the locks of `threading`: those between processes lie in a place that is closed.

    Its pools of threads, with which joblib works, ask for such locks, too; and there are no other processes.
    """
    for name in ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event"):
        make = getattr(threading, name)
        setattr(BaseContext, name, lambda _context, *args, _make=make: _make(*args))


@cache
def importable_places() -> tuple[Path, ...]:
    """Where code may be imported from: Python's own folders and the system's, but no folder of the user's.

    A fork server calls this once, after its own imports.
    """
    places = {Path(place).resolve() for place in _import_places() if Path(place).exists()}
    return tuple(place for place in places if places.isdisjoint(place.parents))


def _import_places() -> Iterator[str | Path]:
    yield from _SYSTEM
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    yield from (Path(prefix, name) for prefix in prefixes for name in ("lib", "lib64"))
    yield from (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    yield from (p for p in sys.path if Path(p).name in ("site-packages", "dist-packages") or p.endswith(".zip"))
    for name in {name.partition(".")[0] for name in sys.modules}:  # packages that are developed in place, as this one
        file = getattr(sys.modules.get(name), "__file__", None)
        if file and Path(file).name == "__init__.py":
            yield Path(file).parent


# --- the probe ----------------------------------------------------------------------------------------------------


def _probe_apart() -> dict[str, str]:
    """Run `_probe` in another process; what each wall lacks, empty when it stands."""
    with tempfile.TemporaryDirectory(prefix="mlestar_walls_") as folder:
        Path(folder, "secret").write_text("secret")
        Path(folder, "own").mkdir()
        try:
            done = subprocess.run(
                [sys.executable, "-m", __name__, folder],
                capture_output=True,
                text=True,
                timeout=_PROBE_SECONDS,
                check=True,
                env=worker_environment() | {"PYTHONPATH": str(Path(__file__).parents[3])},
            )
            return dict(json.loads(done.stdout))
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            return dict.fromkeys(_WITHOUT, f"setting up the sandbox failed with {type(error).__name__}")


def _probe(folder: Path) -> dict[str, str]:
    """Raise the walls around this process, and run against each."""
    mechanisms = _mechanisms()
    try:
        raise_walls(folder / "own", mechanisms)
    except OSError as error:
        return dict.fromkeys(_WITHOUT, f"the sandbox cannot be set up: {error}")
    secret = folder / "secret"
    return {
        "files": _first_gap(secret.read_text, (folder / "other").touch, lambda: secret.chmod(0o600)),
        "network": _first_gap(socket.socket),
        "processes": _first_gap(lambda: subprocess.run(["true"], check=False), lambda: os.kill(os.getppid(), 0)),
    }


def _first_gap(*attempts: Callable[[], object]) -> str:
    """Try what must be refused: why it was not, or empty."""
    for attempt in attempts:
        try:
            attempt()
        except PermissionError:
            continue
        return (
            " and ".join(_NO_MEANS[m] for m in _NO_MEANS if m not in _mechanisms()) or "the sandbox did not prevent it"
        )
    return ""


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_probe(Path(sys.argv[1]))))
