"""Reading tables: from a file or a DataFrame to a frame, with the plain pandas call that reads it again."""

from __future__ import annotations

import codecs
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mlestar_jupyter.core.opening import json_rows
from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.rows import with_text_names
from mlestar_jupyter.data.delimited import find_format, open_bytes
from mlestar_jupyter.environment import require
from mlestar_jupyter.errors import DataError, nearest

_DELIMITED = (".csv", ".tsv", ".txt")
_JSON_LINES = (".jsonl", ".ndjson", ".json")
_ARROW = {".parquet": "read_parquet", ".feather": "read_feather"}
_COMPRESSED = (".gz", ".bz2", ".xz", ".zip", ".zst")
_ENDINGS = "csv, tsv, txt, parquet, feather, jsonl or ndjson (text also as .gz, .bz2, .xz, .zip or .zst)"


@dataclass(frozen=True)
class TableSource:
    """Where a table comes from.

    Parameters
    ----------
    name : str
        File name, or the name of the DataFrame.
    path : str or None
        As the user wrote it; None for a DataFrame.
    function : str
        The pandas function that reads it; empty for a DataFrame.
    options : tuple of (name, value)
        Its arguments besides the path.
    """

    name: str
    path: str | None
    function: str = ""
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def call(self) -> str:
        """The plain pandas expression that reads it again; the name for a DataFrame."""
        return self.name if self.path is None else self.call_on(literal(self.path))

    def call_on(self, path: str) -> str:
        """Write the call with the source of another path."""
        arguments = [path, *(f"{key}={literal(value)}" for key, value in self.options)]
        return f"pd.{self.function}({', '.join(arguments)})"


@dataclass(frozen=True, eq=False)
class Table:
    """A table as read.

    Parameters
    ----------
    frame : DataFrame
        What `source.call` returns, with names that are text.
    source : TableSource
    notices : tuple of str
        What was decided on reading, one sentence each.
    """

    frame: pd.DataFrame
    source: TableSource
    notices: tuple[str, ...] = ()


def read_table(dataset: str | Path | pd.DataFrame, name: str = "", texts: Collection[str] = ()) -> Table:
    """Read a table from a file, or take a DataFrame as it is.

    Parameters
    ----------
    dataset : str, Path or DataFrame
    name : str
        The name of the DataFrame, for messages and the printed script.
    texts : collection of str
        Columns that stay text where a file holds text: "007" is then no number.

    Raises
    ------
    DataError
        When it cannot be read, or is no table.
    MissingExtraError
        When a parquet or feather file is given and pyarrow is not installed.
    """
    if isinstance(dataset, pd.DataFrame):
        label = name or "table"
        return _finished(dataset, TableSource(label, None), (), what=f"The DataFrame {label!r}")
    if not isinstance(dataset, (str, Path)) or not str(dataset).strip():
        raise DataError(
            f"The dataset is {dataset!r:.60} ({type(dataset).__name__}), which is no table.",
            mend="Give the path of a file, or a pandas DataFrame.",
        )
    path = Path(dataset).expanduser()
    _check_file(path, str(dataset))
    reader = _reader(path)
    return _read_delimited(path, str(dataset), texts) if reader is _read_delimited else reader(path, str(dataset))


def _check_file(path: Path, given: str) -> None:
    if path.is_dir():
        tables = [p.name for p in sorted(path.iterdir()) if _ending(p) in (*_DELIMITED, *_JSON_LINES, *_ARROW)]
        mend = f"Name a file in it, such as {str(Path(given) / tables[0])!r}." if tables else "Name a file."
        raise DataError(f"{given!r} is a folder, not a table.", mend=mend)
    if not path.exists():
        raise _missing(path, given)
    if path.stat().st_size == 0:
        raise DataError(f"The file {path.name!r} is empty.", mend="Name a file with a header line and rows.")


def _missing(path: Path, given: str) -> DataError:
    if not path.parent.is_dir():
        problem = f"There is no file {given!r}: the folder {str(path.parent)!r} does not exist."
        return DataError(problem, mend="Check the path.")
    near = nearest(path.name, (p.name for p in path.parent.iterdir() if p.is_file()))
    mend = f"Did you mean {str(Path(given).parent / near)!r}?" if near else "Check the path, or give a DataFrame."
    return DataError(f"There is no file {given!r}.", mend=mend)


def _ending(path: Path) -> str:
    """The ending that names the format, without that of the compression."""
    bare = path.with_suffix("") if path.suffix.lower() in _COMPRESSED else path
    return bare.suffix.lower()


def _reader(path: Path) -> Callable[[Path, str], Table]:
    ending = _ending(path)
    if ending in _DELIMITED:
        return _read_delimited
    if ending in _JSON_LINES:
        return _read_json_lines
    if ending in _ARROW and path.suffix.lower() == ending:
        return _read_arrow
    raise DataError(f"The file {path.name!r} has an ending that is not supported.", mend=f"Give {_ENDINGS}.")


def _read_delimited(path: Path, given: str, texts: Collection[str] = ()) -> Table:
    try:
        found = find_format(path)
    except (OSError, EOFError, UnicodeError) as error:
        raise _unreadable(path, error) from error
    _check_names(found.header, f"The file {path.name!r}")
    if found.n_rows == 0:
        raise _no_rows(path, found.header)
    options, notices = dict(found.options), list(found.notices)
    if kept := [name for name in found.header if name in texts]:
        options["dtype"] = dict.fromkeys(kept, "str")
    frame, mixed = _read_csv(path, options)
    if mixed:
        # by default pandas guesses types piece by piece, which leaves numbers and texts in one column
        options["low_memory"] = False
        frame, _ = _read_csv(path, options)
    if not isinstance(frame.index, pd.RangeIndex):
        raise DataError(
            f"The rows of {path.name!r} have more values than its header has names ({len(found.header)}).",
            mend="Give every column a name in the first line.",
        )
    source = TableSource(path.name, given, "read_csv", tuple(options.items()))
    return _finished(frame, source, tuple(notices), what=f"The file {path.name!r}")


def _read_csv(path: Path, options: dict[str, Any]) -> tuple[pd.DataFrame, bool]:
    """Read, and tell whether pandas warned of columns with mixed types."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", pd.errors.DtypeWarning)
        try:
            frame = pd.read_csv(path, **options)
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError, OSError, EOFError) as error:
            raise _unreadable(path, error) from error
    return frame, any(issubclass(w.category, pd.errors.DtypeWarning) for w in caught)


def _read_json_lines(path: Path, given: str) -> Table:
    try:
        with open_bytes(path) as raw:
            given_start = raw.read(4096)
        start = given_start.lstrip(b"\xef\xbb\xbf \r\n\t")
        if not start:
            raise DataError(f"The file {path.name!r} is empty.", mend="Name a file with one JSON object a line.")
        lines: dict[str, Any] = {} if start.startswith(b"[") else {"lines": True}
        options = lines | {"dtype": False, "precise_float": True}  # "007" is no number
        if given_start.startswith(codecs.BOM_UTF8):
            options["encoding"] = "utf-8-sig"
        for row in json_rows(path):
            _check_names(getattr(row, "doubled", ()), f"The file {path.name!r}")
        frame = pd.read_json(path, **options)
    except (ValueError, OSError, EOFError) as error:
        raise _unreadable(path, error) from error
    source = TableSource(path.name, given, "read_json", tuple(options.items()))
    return _finished(frame, source, (), what=f"The file {path.name!r}")


def _read_arrow(path: Path, given: str) -> Table:
    function = _ARROW[_ending(path)]
    arrow = require("pyarrow", extra="arrow", purpose=f"Reading {path.name!r}")
    try:
        frame = getattr(pd, function)(path)
    except (arrow.ArrowException, OSError, ValueError, TypeError) as error:  # pandas knows not every Arrow type by name
        raise _unreadable(path, error) from error
    return _finished(frame, TableSource(path.name, given, function), (), what=f"The file {path.name!r}")


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = " ".join(str(error).split())[:160].rstrip(".") or type(error).__name__
    return DataError(
        f"The file {path.name!r} cannot be read: {reason}.",
        mend="Check that it is whole and that its ending says what it is.",
    )


def _no_rows(path: Path, header: Iterable[str]) -> DataError:
    names = list(header)
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")  # noqa: PLR2004 - the line stays short
    return DataError(f"The file {path.name!r} has a header ({shown}) but no rows.", mend="Name a file with rows.")


def _check_names(names: Iterable[object], what: str) -> None:
    """Refuse names that occur twice: pandas would rename the second ones without a word."""
    twice = [name for name, count in Counter(map(str, names)).items() if count > 1 and name]
    if twice:
        shown = ", ".join(repr(name) for name in twice[:5])
        raise DataError(f"{what} has columns with the same name: {shown}.", mend="Rename or drop all but one of each.")


def _finished(frame: pd.DataFrame, source: TableSource, notices: tuple[str, ...], *, what: str) -> Table:
    """Check that it is a table, and make the names of its columns text."""
    if frame.shape[1] == 0:
        raise DataError(f"{what} has no columns.", mend="Give a table with a target and at least one input column.")
    if len(frame) == 0:
        raise DataError(f"{what} has no rows.", mend="Give a table with rows.")
    named, noticed = with_text_names(frame), list(notices)
    _check_names(named.columns, what)
    if named is not frame:
        noticed.append("Column names that are no text were made text.")
    if not isinstance(frame.index, pd.RangeIndex) and frame.index.names != [None]:
        noticed.append(f"The index {frame.index.names[0]!r} is no column and is not used.")
    return Table(named.reset_index(drop=True), source, tuple(noticed))
