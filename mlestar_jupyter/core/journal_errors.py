"""What is wrong with a journal, in a line."""

from __future__ import annotations

import errno
from pathlib import Path

from mlestar_jupyter.errors import OutputError

FILE_NAME = "journal.sqlite"
PUT_BACK = "Put back a copy of it, or choose another --output folder; the run's other files are not touched."


def output_error(folder: Path, error: Exception, *, reading: bool = False) -> OutputError:
    """Say in a line why the journal of a folder cannot be written, or read."""
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    if text == "database or disk is full" or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
        return OutputError(
            f"The disk is full: {folder} cannot be written.",
            mend="Free some space and run the cell again; all finished evaluations are kept.",
        )
    if "closed database" in text:
        return closed(folder)
    signs = ("not a database", "malformed", "no such table", "no such column", "unsupported file format")
    if (reading and "locked" not in text) or any(words in text for words in signs):
        return damaged(folder / FILE_NAME, text)
    return OutputError(
        f"The output folder {folder} cannot be written ({text}).", mend="Choose another one with --output."
    )


def damaged(path: Path, why: str) -> OutputError:
    """Say that a journal cannot be read, and why."""
    return OutputError(f"{path} is damaged ({' '.join(why.split())}).", mend=PUT_BACK)


def closed(folder: Path) -> OutputError:
    """Say that the run of a folder was closed."""
    return OutputError(f"The run in {folder} was closed.", mend="Start or resume it again.")


def gone(path: Path) -> OutputError:
    """Say that a journal was removed while its run was open."""
    what = f"The journal {path}" if path.parent.exists() else f"The run's folder {path.parent}"
    return OutputError(
        f"{what} is gone: nothing more can be recorded.", mend="Put it back and run the cell again, or start again."
    )
