"""Delimited text."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from mlestar_jupyter.core.delimited import with_lines
from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.texts import and_more, counted, some_of
from mlestar_jupyter.data.delimited import Format as Found
from mlestar_jupyter.data.delimited import find_format, with_all_lines
from mlestar_jupyter.data.formats.base import Format, Table, TableSource, check_names, finished, opens, unreadable
from mlestar_jupyter.data.formats.marks import FileMarks
from mlestar_jupyter.errors import DataError

_MOST_LONG = 0.01
_MOST_BYTES = 1 << 25


class Text(Format):
    """Values between delimiters, a row a line.

    Parameters
    ----------
    kept : mapping, optional
        By column, texts such as "NA" that are categories, where the table that this one belongs to says it.
    texts : collection of str
        Columns that stay text.
    decimal : {".", ",", ""}
        The decimal mark, as the user says.
    """

    name, title = "text", "delimited text"
    also = (".log", ".asc", "")

    def __init__(
        self, kept: Mapping[str, tuple[str, ...]] | None = None, texts: Collection[str] = (), decimal: str = ""
    ) -> None:
        self.kept, self.texts, self.decimal = kept, texts, decimal

    def read(self, file: TableFile, given: str) -> Table:
        """Read by what `find_format` finds."""
        try:
            found = find_format(file, self.texts, self.decimal)
        except (OSError, EOFError, UnicodeError) as error:
            raise unreadable(file, error) from error
        check_names(found.header, f"The file {file.name!r}")
        if found.n_rows == 0:
            raise _no_rows(file, found.header)
        marks = FileMarks.of(found, self.kept)
        found, frame, options, noticed = _read(file, found, marks)
        frame, missing = marks.sorted_out(frame, lambda names: _as_text(file, options, names))
        if marks.kept:
            options |= marks.options(list(frame.columns))
        source = TableSource(
            file.name, given, "read_csv", tuple(options.items()), opens(file, decompressed=True), self.name
        )
        noticed += _short_lines(file, found, frame)
        table = finished(frame, source, (*found.notices, *noticed, *missing), what=f"The file {file.name!r}")
        return replace(table, first=found.found.layout.first)


def _read(file: TableFile, found: Found, marks: FileMarks) -> tuple[Found, pd.DataFrame, dict[str, Any], list[str]]:
    """Read, with texts such as "NA" left in columns of text.

    A large file is gone through line by line only where pandas stops, or finds text among the numbers of the sample.
    """
    found.found.check_quotes(file.name)
    found, noticed = _without_long_lines(file, found)
    try:
        frame, mixed = _read_csv(file, found.options | marks.while_reading(as_sampled=True))
        if marks.has_texts(frame):
            marks.note_late(frame)
            frame, mixed = _read_csv(file, found.options | marks.while_reading())
    except pd.errors.ParserError as error:
        if found.found.lines is not None:
            raise unreadable(file, error) from error
        return _read(file, with_all_lines(file, found), marks)
    if found.found.may_join_lines(frame):
        with_lines(found.found, file.chunks).check_quotes(file.name)
    if found.found.lines is None and marks.has_strangers(frame):
        whole = with_all_lines(file, found)
        lines = whole.found.lines
        if lines is not None and (lines.comments or lines.heads or lines.blanks):
            return _read(file, whole, marks)
    options: dict[str, Any] = dict(found.options)
    if mixed:
        # by default pandas guesses types piece by piece, which leaves numbers and texts in one column
        options["low_memory"] = False
        frame, _ = _read_csv(file, options | marks.while_reading())
    return found, frame, options, noticed


def _as_text(file: TableFile, options: Mapping[str, Any], names: list[str]) -> pd.DataFrame:
    """Read some columns again, as the file has them."""
    how = {name: value for name, value in options.items() if name not in ("low_memory", "decimal")}
    return _read_csv(file, how | {"usecols": names, "dtype": "str", "keep_default_na": False, "na_values": [""]})[0]


def _read_csv(file: TableFile, options: Mapping[str, Any]) -> tuple[pd.DataFrame, bool]:
    """Read, and tell whether pandas warned of columns with mixed types."""
    with warnings.catch_warnings(record=True) as caught, file.source() as source:
        warnings.simplefilter("always", pd.errors.DtypeWarning)
        try:
            frame = pd.read_csv(source, **options)
        except pd.errors.ParserError:
            raise
        except (pd.errors.EmptyDataError, UnicodeError, OSError, EOFError) as error:
            raise unreadable(file, error) from error
    return frame, any(issubclass(w.category, pd.errors.DtypeWarning) for w in caught)


def _without_long_lines(file: TableFile, found: Found) -> tuple[Found, list[str]]:
    """Leave out lines with more values than names, where they are few; pandas stops at them."""
    lines = found.found.lines
    if lines is None or not lines.long:
        return found, []
    line, size = lines.long[0]
    n_names, count = len(found.header), len(lines.long)
    if count > max(1, _MOST_LONG * lines.n_rows):
        raise DataError(
            f"The file {file.name!r} cannot be split into columns: line {line:,} has {size} values for {n_names} names"
            f"{and_more(count, 'line')}.",
            mend="Put quotes around values that contain the delimiter, or give every column a name.",
        )
    shown = f"line {line:,} has {size} values for {n_names} names"
    notice = (
        f"{shown.capitalize()}{and_more(count, 'line')}: left out. Put quotes around values that contain the delimiter."
    )
    return replace(found, options=found.options | {"on_bad_lines": "skip"}), [notice]


def _short_lines(file: TableFile, found: Found, frame: pd.DataFrame) -> list[str]:
    """Count the lines that have fewer values than names: pandas takes what they lack for missing."""
    if not frame.iloc[:, -1].isna().any():
        return []
    if found.found.lines is None and file.path.stat().st_size > _MOST_BYTES:
        return []
    if found.found.lines is None and _are_even(file, found, len(frame)):
        return []
    lines = with_lines(found.found, file.chunks).lines
    if lines is None or not lines.short:
        return []
    (line, size), count = lines.short[0], len(lines.short)
    values = counted(size, "value")
    return [
        f"Line {line:,} has {values} for {len(found.header)} names{and_more(count, 'line')}: what it lacks is missing."
    ]


def _are_even(file: TableFile, found: Found, n_rows: int) -> bool:
    """Whether a file has just as many delimiters as its rows need, which is quick to count."""
    delimiter = found.found.layout.sample.dialect.delimiter
    if len(delimiter) > 1 or not delimiter.isascii() or str(found.options.get("encoding", "")).startswith("utf-16"):
        return False
    count = sum(chunk.count(delimiter.encode()) for chunk in file.chunks())
    return count == (found.found.layout.sample.width - 1) * (n_rows + 1)


def _no_rows(file: TableFile, header: Iterable[str]) -> DataError:
    return DataError(
        f"The file {file.name!r} has a header ({some_of(header)}) but no rows.", mend="Name a file with rows."
    )
