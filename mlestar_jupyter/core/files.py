"""Files that are whole or not there: each is written beside its place, and put there when it is finished."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from mlestar_jupyter.errors import OutputError

_SEAL = "# checksum of mlestar_jupyter, which keeps this file when it was edited and the run is replayed: "


def make_folder(folder: Path) -> None:
    """Make a folder, and see that it can be written to.

    Raises
    ------
    OutputError
        When it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise not_written(folder, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file; until it is finished, the one before stays.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise not_written(path, error) from error


def sealed(text: str) -> str:
    """A text with its checksum in the last line."""
    return f"{text.rstrip()}\n{_SEAL}{_hash(text)}\n"


def is_unedited(path: Path) -> bool:
    """Whether nobody has changed a sealed text since it was written."""
    text, _, seal = path.read_text(encoding="utf-8", errors="replace").rstrip("\n").rpartition(f"\n{_SEAL}")
    return seal == _hash(text)


def _hash(text: str) -> str:
    return hashlib.sha256(text.rstrip().encode()).hexdigest()[:16]


def write_folder(folder: Path, fill: Callable[[Path], object]) -> None:
    """Fill a folder; until it is finished, the one before stays.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    unfinished, before = folder.with_name(f".{folder.name}.part"), folder.with_name(f".{folder.name}.before")
    try:
        _put_back(before, folder)
        shutil.rmtree(unfinished, ignore_errors=True)
        fill(unfinished)
        if folder.exists():
            shutil.rmtree(before, ignore_errors=True)
            folder.rename(before)
        unfinished.rename(folder)
        shutil.rmtree(before, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        _put_back(before, folder)
        raise not_written(folder, error) from error


def _put_back(before: Path, folder: Path) -> None:
    """Bring back a folder that was set aside, where a process ended or failed before the new one stood."""
    if before.exists() and not folder.exists():
        before.rename(folder)


def not_written(path: Path, error: OSError) -> OutputError:
    """Say in a line why a file could not be written."""
    if error.errno == errno.ENOSPC:
        return OutputError(
            f"The disk is full: {path} was not written.",
            mend="Free some space and run the cell again; nothing is lost.",
        )
    return OutputError(f"{path} cannot be written ({error.strerror}).", mend="Choose another path.")
