"""Reading tables: from a file or a DataFrame to a frame, with the plain pandas call that reads it again."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api import types

from mlestar_jupyter.data.delimited import find_format, open_bytes
from mlestar_jupyter.environment import require
from mlestar_jupyter.errors import DataError, nearest

_DELIMITED = (".csv", ".tsv", ".txt")
_JSON_LINES = (".jsonl", ".ndjson", ".json")
_ARROW = {".parquet": "read_parquet", ".feather": "read_feather"}
_COMPRESSED = (".gz", ".bz2", ".xz", ".zip", ".zst")
_ENDINGS = "csv, tsv, txt, parquet, feather, jsonl or ndjson (text also as .gz, .bz2, .xz, .zip or .zst)"
_PLAIN_OBJECTS = ("string", "boolean", "empty", "datetime", "date", "datetime64")


@dataclass(frozen=True)
class TableSource:
    """Where a table comes from.

    Parameters
    ----------
    name : str
        File name, or the name of the DataFrame.
    path : str or None
        As the user wrote it; None for a DataFrame.
    call : str
        The plain pandas expression that reads it again; the name for a DataFrame.
    steps : tuple of str
        Lines of source that follow the call, on a variable ``table``: conversions that the notices tell of.
    """

    name: str
    path: str | None
    call: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Table:
    """A table as read.

    Parameters
    ----------
    frame : DataFrame
        What `source.call` returns, after `source.steps`.
    source : TableSource
    notices : tuple of str
        What was decided on reading, one sentence each.
    """

    frame: pd.DataFrame
    source: TableSource
    notices: tuple[str, ...] = ()


def read_table(dataset: str | Path | pd.DataFrame, name: str = "") -> Table:
    """Read a table from a file, or take a DataFrame as it is.

    Parameters
    ----------
    dataset : str, Path or DataFrame
    name : str
        The name of the DataFrame, for messages and the printed script.

    Raises
    ------
    DataError
        When it cannot be read, or is no table.
    MissingExtraError
        When a parquet or feather file is given and pyarrow is not installed.
    """
    if isinstance(dataset, pd.DataFrame):
        label = name or "table"
        return _finished(dataset, TableSource(label, None, label), (), what=f"The DataFrame {label!r}")
    if not isinstance(dataset, (str, Path)) or not str(dataset).strip():
        raise DataError(
            f"The dataset is {dataset!r:.60} ({type(dataset).__name__}), which is no table.",
            mend="Give the path of a file, or a pandas DataFrame.",
        )
    path = Path(dataset).expanduser()
    _check_file(path, str(dataset))
    return _reader(path)(path, str(dataset))


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


def _read_delimited(path: Path, given: str) -> Table:
    try:
        found = find_format(path)
    except (OSError, EOFError, UnicodeError) as error:
        raise _unreadable(path, error) from error
    _check_names(found.header, f"The file {path.name!r}")
    if found.n_rows == 0:
        raise _no_rows(path, found.header)
    options, notices = dict(found.options), list(found.notices)
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
    source = TableSource(path.name, given, _call("read_csv", given, options))
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
            start = raw.read(4096).lstrip(b"\xef\xbb\xbf \r\n\t")
        if not start:
            raise DataError(f"The file {path.name!r} is empty.", mend="Name a file with one JSON object a line.")
        options: dict[str, Any] = {} if start.startswith(b"[") else {"lines": True}
        frame = pd.read_json(path, **options)
    except (ValueError, OSError, EOFError) as error:
        raise _unreadable(path, error) from error
    source = TableSource(path.name, given, _call("read_json", given, options))
    return _finished(frame, source, (), what=f"The file {path.name!r}")


def _read_arrow(path: Path, given: str) -> Table:
    function = _ARROW[_ending(path)]
    arrow = require("pyarrow", extra="arrow", purpose=f"Reading {path.name!r}")
    try:
        frame = getattr(pd, function)(path)
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return _finished(
        frame, TableSource(path.name, given, _call(function, given, {})), (), what=f"The file {path.name!r}"
    )


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
    """Check that it is a table, and convert what no estimator takes: names and mixed values become text."""
    if frame.shape[1] == 0:
        raise DataError(f"{what} has no columns.", mend="Give a table with a target and at least one input column.")
    if len(frame) == 0:
        raise DataError(f"{what} has no rows.", mend="Give a table with rows.")
    _check_names(frame.columns, what)
    frame, steps, told = frame.copy(deep=False), list(source.steps), list(notices)
    if not all(isinstance(name, str) for name in frame.columns):
        frame.columns = pd.Index([str(name) for name in frame.columns])
        steps.append("table.columns = [str(name) for name in table.columns]")
        told.append("Column names that are no text were made text.")
    for name, code, note in _conversions(frame, what):
        column = quoted(name)
        frame[name] = _CONVERT[code](frame[name])
        steps.append(f"table[{column}] = table[{column}]{code}")
        told.append(f"The column {name!r} {note}.")
    if not isinstance(frame.index, pd.RangeIndex) and frame.index.names != [None]:
        told.append(f"The index {frame.index.names[0]!r} is no column and is not used.")
    kept = TableSource(source.name, source.path, source.call, tuple(steps))
    return Table(frame.reset_index(drop=True), kept, tuple(told))


_AS_TEXT, _AS_SECONDS, _AS_DATES = '.map(str, na_action="ignore")', ".dt.total_seconds()", ".dt.to_timestamp()"
_CONVERT: dict[str, Callable[[pd.Series], pd.Series]] = {
    _AS_TEXT: lambda values: values.map(str, na_action="ignore"),
    _AS_SECONDS: lambda values: values.dt.total_seconds(),
    _AS_DATES: lambda values: values.dt.to_timestamp(),
}


def _conversions(frame: pd.DataFrame, what: str) -> list[tuple[str, str, str]]:
    """Name the columns that no estimator takes, with the code that converts each and a note."""
    found = []
    for name, dtype in frame.dtypes.items():
        if types.is_complex_dtype(dtype):
            raise DataError(
                f"{what} has complex numbers in the column {name!r}.", mend="Give their parts as two columns."
            )
        if types.is_timedelta64_dtype(dtype):
            found.append((str(name), _AS_SECONDS, "holds durations: they were made seconds"))
        elif isinstance(dtype, pd.PeriodDtype):
            found.append((str(name), _AS_DATES, "holds periods: they were made dates"))
        elif types.is_object_dtype(dtype) and types.infer_dtype(frame[name], skipna=True) not in _PLAIN_OBJECTS:
            found.append((str(name), _AS_TEXT, "mixes numbers, text or other values: all were made text"))
    return found


def _call(function: str, path: str, options: dict[str, Any]) -> str:
    arguments = [quoted(path), *(f"{key}={quoted(value)}" for key, value in options.items())]
    return f"pd.{function}({', '.join(arguments)})"


def quoted(value: object) -> str:
    """Write a value as Python source; text in double quotes, as the blocks have it.

    >>> quoted("churn.csv")
    '"churn.csv"'
    """
    text = repr(value)
    if isinstance(value, str) and text.startswith("'") and '"' not in text:
        return f'"{text[1:-1]}"'
    return text
