"""A table at an address, downloaded into the run's folder; with --online only."""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mlestar_jupyter.data.addresses import shown
from mlestar_jupyter.errors import DataError, OutputError
from mlestar_jupyter.version import __version__

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 2_000_000_000
"""Of a table; a larger one is not read to its end."""

SECONDS_FOR_ALL = 900.0
_SECONDS_FOR_AN_ANSWER = 30.0
_UNSAFE = re.compile(r"[^\w.-]+")
_BY_HAND = "Download it yourself and name the file."
_OK = 200


def file_name(address: str) -> str:
    """The name that a download is given: that of the file at the address, without what a path could mean.

    >>> file_name("https://example.org/a/train%20set.csv?download=1"), file_name("https://example.org")
    ('train_set.csv', 'table')
    """
    try:
        name = PurePosixPath(unquote(urlsplit(address).path)).name
    except ValueError:  # brackets that hold no IPv6 address
        name = ""
    return _UNSAFE.sub("_", name).lstrip(".") or "table"


def downloaded(address: str, folder: Path) -> Path:
    """Download a table, unless it is there already: a run that is taken up again reads what it began with.

    Each address has a folder of its own: files of the same name at two of them are two.

    Raises
    ------
    DataError
        When it cannot be downloaded, in one line without a password.
    OutputError
        When it cannot be written.
    """
    import httpx

    place = folder / hashlib.sha256(address.encode()).hexdigest()[:12]
    path, part = place / file_name(address), place.with_suffix(".part")
    if path.exists():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        headers = {"User-Agent": f"mlestar-jupyter/{__version__}"}
        with httpx.stream(
            "GET", address, headers=headers, timeout=_SECONDS_FOR_AN_ANSWER, follow_redirects=True
        ) as answer:
            _write(answer, part, address)
        place.mkdir(exist_ok=True)
        part.replace(path)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = " ".join(str(error).split())[:100].rstrip(".") or type(error).__name__
        raise DataError(f"{shown(address)!r} cannot be downloaded: {reason}.", mend=_BY_HAND) from error
    except OSError as error:
        raise OutputError(f"No file can be written in {folder} ({error}).", mend="Choose another --output.") from error
    finally:
        with contextlib.suppress(OSError):  # there may be no folder
            part.unlink()
    return path


def _write(answer: httpx.Response, part: Path, address: str) -> None:
    """Write what comes, within limits."""
    if answer.status_code != _OK:
        raise DataError(f"{shown(address)!r} answered with {answer.status_code}, not with a file.", mend=_BY_HAND)
    size, start = 0, time.monotonic()
    with part.open("wb") as file:
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > MOST_BYTES:
                raise DataError(f"{shown(address)!r} is larger than {MOST_BYTES // 10**9} GB.", mend=_BY_HAND)
            if time.monotonic() - start > SECONDS_FOR_ALL:
                raise DataError(f"{shown(address)!r} took longer than {SECONDS_FOR_ALL:.0f} s.", mend=_BY_HAND)
            file.write(chunk)
