"""What a running job uses, looked at from outside."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import psutil

MOST_TASKS, MOST_FILES, MOST_DISK_MB = 1_000, 10_000, 4_096
_MB = 2**20


def family_use(pid: int) -> tuple[float, int]:
    """Memory in MB of a process and its children, and how many processes and threads they are."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(p.memory_info().rss for p in family) / _MB, sum(p.num_threads() for p in family)
    except psutil.Error:
        return 0.0, 0


def disk_use(folder: Path, pid: int, most: float) -> float:
    """MB that a job keeps on disk: in its folder, and in files that it has removed and still holds.

    More than `most` for more than `MOST_FILES`, whatever their size.
    """
    found, seen = _held(pid), 0
    for place, _, names in os.walk(folder):
        for name in names:
            seen += 1
            found += _size(Path(place, name), linked=True)
            if seen > MOST_FILES or found > most:
                return max(found, most + 1)
    return found


def _held(pid: int) -> float:
    """MB of plain files without a name that a process has open (Linux)."""
    try:
        opened = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # another system, or the process has ended
        return 0.0
    return sum(_size(path, linked=False) for path in opened)


def _size(path: Path, *, linked: bool) -> float:
    try:
        found = path.lstat() if linked else path.stat()
    except OSError:  # the job has removed it meanwhile
        return 0.0
    counts = stat.S_ISREG(found.st_mode) and (linked or found.st_nlink == 0)
    return getattr(found, "st_blocks", found.st_size / 512) * 512 / _MB if counts else 0.0
