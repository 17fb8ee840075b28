"""Delimited text."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import pandas as pd

from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.data.delimited import find_format
from mlestar_jupyter.data.formats.base import Format, Table, TableSource, check_names, finished, opens, unreadable
from mlestar_jupyter.errors import DataError


class Text(Format):
    """Values between delimiters, a row a line."""

    name, title = "text", "delimited text"
    endings = (".csv", ".tsv", ".txt", ".tab", ".psv", ".dat", ".data", ".log", ".asc", "")

    def read(self, file: TableFile, given: str) -> Table:
        """Read by what `find_format` finds."""
        try:
            found = find_format(file)
        except (OSError, EOFError, UnicodeError) as error:
            raise unreadable(file, error) from error
        check_names(found.header, f"The file {file.name!r}")
        if found.n_rows == 0:
            raise _no_rows(file, found.header)
        options, notices = dict(found.options), list(found.notices)
        frame, mixed = _read_csv(file, options)
        if mixed:
            # by default pandas guesses types piece by piece, which leaves numbers and texts in one column
            options["low_memory"] = False
            frame, _ = _read_csv(file, options)
        if not isinstance(frame.index, pd.RangeIndex):
            raise DataError(
                f"The rows of {file.name!r} have more values than its header has names ({len(found.header)}).",
                mend="Give every column a name in the first line.",
            )
        source = TableSource(file.name, given, "read_csv", tuple(options.items()), opens(file, decompressed=True))
        return finished(frame, source, tuple(notices), what=f"The file {file.name!r}")


def _read_csv(file: TableFile, options: dict[str, Any]) -> tuple[pd.DataFrame, bool]:
    """Read, and tell whether pandas warned of columns with mixed types."""
    with warnings.catch_warnings(record=True) as caught, file.source() as source:
        warnings.simplefilter("always", pd.errors.DtypeWarning)
        try:
            frame = pd.read_csv(source, **options)
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError, OSError, EOFError) as error:
            raise unreadable(file, error) from error
    return frame, any(issubclass(w.category, pd.errors.DtypeWarning) for w in caught)


def _no_rows(file: TableFile, header: Iterable[str]) -> DataError:
    names = list(header)
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")  # noqa: PLR2004 - the line stays short
    return DataError(f"The file {file.name!r} has a header ({shown}) but no rows.", mend="Name a file with rows.")
