"""What a format of files is: how such a file becomes a table, and the plain call that reads it again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlestar_jupyter.core.containers import ENDINGS
from mlestar_jupyter.core.frames import with_text_names
from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.texts import reason_of, some_of
from mlestar_jupyter.errors import DataError

_LOOKED_AT = 1000


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
    opens : str
        What the function reads, as an expression of ``{}``, the literal path; by default the path.
    format : str
        As `core.formats` names it; empty for a DataFrame.
    keeps_types : bool
        Whether columns have types there: floats are floats, and not whole numbers beside missing ones.
    """

    name: str
    path: str | None
    function: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    opens: str = "{}"
    format: str = ""
    keeps_types: bool = False

    @property
    def stem(self) -> str:
        """A short name: the file's without its endings, with that of a table or sheet in it."""
        file, *parts = self.name.split("::")
        return "-".join([file.partition(".")[0], *(Path(part).name.partition(".")[0] for part in parts)]) or file

    @property
    def call(self) -> str:
        """The plain expression that reads the file; the name for a DataFrame."""
        if self.path is None:
            return self.name
        arguments = [self.opens, *(f"{key}={literal(value)}" for key, value in self.options)]
        return f"pd.{self.function}({', '.join(arguments)})".replace("{}", literal(self.path.partition("::")[0]))


@dataclass(frozen=True, eq=False)
class Table:
    """A table as read.

    Parameters
    ----------
    frame : DataFrame
        What is read, with names that are text.
    source : TableSource
    notices : tuple of str
        What was decided on reading, one sentence each.
    first : tuple of str
        The first row as the file has it, where no line of it has names.
    """

    frame: pd.DataFrame
    source: TableSource
    notices: tuple[str, ...] = ()
    first: tuple[str, ...] = ()

    def named(self, name: str) -> tuple[str, list[str]]:
        """Find the column that is meant where a file has no names: by a value of its first row, or by its place."""
        if not self.first or name in self.frame.columns:
            return name, []
        same = [k for k, value in enumerate(self.first) if value == name.strip()]
        if len(same) == 1:
            found, why = self.frame.columns[same[0]], "has it in the first line"
        elif name.isdecimal() and 1 <= int(name) <= len(self.first):
            found, why = self.frame.columns[int(name) - 1], "is at that place"
        else:
            return name, []
        return str(found), [f"The file has no names: {name!r} is taken for {found}, which {why}."]


class Format(ABC):
    """A format of files: `core.formats` finds which one a file has, and this makes a table of it.

    Attributes
    ----------
    name : str
        As `format_of` has it.
    title : str
        What such a file is, in words.
    also : tuple of str
        Endings that such files may have beside those of `core.containers.ENDINGS`.
    extra : str
        The extra of this package that reading needs; empty where none.
    keeps_types : bool
        As `TableSource` has it.
    """

    name: str
    title: str
    also: tuple[str, ...] = ()
    extra: str = ""
    keeps_types: bool = False

    @property
    def endings(self) -> tuple[str, ...]:
        """Usual endings; the first are named to people."""
        return (*ENDINGS.get(self.name, ()), *self.also)

    @abstractmethod
    def read(self, file: TableFile, given: str) -> Table:
        """Read a file.

        Parameters
        ----------
        file : TableFile
        given : str
            The path as the user wrote it.

        Raises
        ------
        DataError, RowsError, MissingExtraError
            In one line that says what to do.
        """


def opens(file: TableFile, *, decompressed: bool) -> str:
    """Write what pandas reads: the path, or where that is not enough, how the file is opened.

    Parameters
    ----------
    file : TableFile
    decompressed : bool
        Whether the function decompresses a file by its ending.
    """
    if file.is_bare or (decompressed and file.is_plain):
        return "{}"
    if file.member:
        return f"zipfile.ZipFile({{}}).open({literal(file.member)})"
    return f"{file.compression}.open({{}})"


def unreadable(file: TableFile, error: Exception, title: str = "") -> DataError:
    """Say that a file cannot be read, in the words of its reader, and what it is where its ending says otherwise."""
    reason = reason_of(error)
    if title:
        return DataError(f"The file {file.name!r} is {title} that cannot be read: {reason}.", mend="Save it again.")
    return DataError(
        f"The file {file.name!r} cannot be read: {reason}.",
        mend="Check that it is whole and that its ending says what it is.",
    )


def check_names(names: Iterable[object], what: str) -> None:
    """Refuse names that occur twice: pandas would rename the second ones without a word."""
    twice = [name for name, count in Counter(map(str, names)).items() if count > 1 and name]
    if twice:
        shown = ", ".join(repr(name) for name in twice[:5])
        raise DataError(f"{what} has columns with the same name: {shown}.", mend="Rename or drop all but one of each.")


def finished(frame: pd.DataFrame, source: TableSource, notices: tuple[str, ...], *, what: str) -> Table:
    """Check that it is a table, and make the names of its columns text."""
    if frame.shape[1] == 0:
        raise DataError(f"{what} has no columns.", mend="Give a table with a target and at least one input column.")
    if len(frame) == 0:
        raise DataError(f"{what} has no rows.", mend="Give a table with rows.")
    named, noticed = with_text_names(frame), list(notices)
    check_names(named.columns, what)
    if named is not frame:
        noticed.append("Column names that are no text were made text.")
    if isinstance(frame.index, pd.MultiIndex) or frame.index.name is not None:
        levels = ", ".join("one without a name" if name is None else repr(name) for name in frame.index.names)
        noticed.append(
            f"The index {levels} is no column and is not used. To use it, give the DataFrame with reset_index()."
            if frame.index.nlevels == 1
            else f"The levels of the index ({levels}) are no columns and are not used. To use them, give the DataFrame "
            "with reset_index()."
        )
    elif (first := _row_name(frame.index)) is not None:
        noticed.append(
            f"The names of the rows, such as {first!r}, are no column and are not used. To use them, give the "
            "DataFrame with reset_index()."
        )
    if objects := [str(name) for name in named if _has_objects(named[name])]:
        noticed.append(
            f"The values of {some_of(objects)} are lists or objects: they are read as text. Make columns of them."
        )
    return Table(named.reset_index(drop=True), source, tuple(noticed))


def _row_name(index: pd.Index) -> str | None:
    """The first name of a row, where rows have names that are no numbers."""
    texts = [name for name in index[:_LOOKED_AT] if isinstance(name, str)]
    return next((name for name in texts if not name.isdigit() or (name.startswith("0") and len(name) > 1)), None)


def _has_objects(values: pd.Series) -> bool:
    """Whether the first values of a column are lists, arrays or dicts."""
    if values.dtype != object:
        return False
    few = values.iloc[:_LOOKED_AT].dropna()
    return len(few) > 0 and all(isinstance(value, (Mapping, list, tuple, set, np.ndarray)) for value in few)
