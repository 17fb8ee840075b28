"""How raw rows become what a model was fitted on.

Runs alone, on the standard library, numpy and pandas: the model reads rows with it, the service ships it as a file,
and ``solution.py`` holds a copy of it.
"""

import dataclasses
import difflib
import lzma
import typing
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from mlestar_jupyter.core.dates import zoned
from mlestar_jupyter.core.delimited import Delimited, find_delimited, shared, with_lines
from mlestar_jupyter.core.formats import format_of
from mlestar_jupyter.core.frames import GIVE, from_library, text_name, with_known_names, with_text_names
from mlestar_jupyter.core.json_tables import JSON_ROWS, is_by_row, json_orientation, json_rows, read_json, spread
from mlestar_jupyter.core.labels import aligned
from mlestar_jupyter.core.opening import RowsError, TableFile
from mlestar_jupyter.core.readers import broken, read_format
from mlestar_jupyter.core.texts import as_text
from mlestar_jupyter.core.values import (
    KINDS,
    LARGEST,
    MISSING_IN_FILES,
    Column,
    read_column,
    read_target,
    spelling_doubts,
)

_BROKEN = (ValueError, OSError, ImportError, EOFError, RuntimeError, lzma.LZMAError, zipfile.BadZipFile, zlib.error)
"""What readers of files raise where one is not what its ending says."""


@dataclasses.dataclass(frozen=True)
class Contract:
    """How rows are read: the columns in the order of the fitted model, and how a file is read.

    Parameters
    ----------
    columns : tuple of Column
    target : str
        The column that is predicted; new rows need none.
    function : str
        The pandas function that read the table; empty for a DataFrame.
    options : tuple of (name, value)
        Its arguments.
    target_column : Column or None
        How the target is read, where it is a number.
    labels : tuple
        Of the target, where it has some: those of another table that differ in one way alone are read as these.
    kept : tuple of str
        Labels of the target that files often have for missing, such as "NA".
    """

    columns: tuple[Column, ...] = ()
    target: str = ""
    function: str = ""
    options: tuple[tuple[str, typing.Any], ...] = ()
    target_column: Column | None = None
    labels: tuple[str | int | float | bool, ...] = ()
    kept: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, given: Mapping[str, typing.Any]) -> "typing.Self":
        """Make a contract of what `to_dict` wrote."""
        columns = tuple(map(_column_of, given["columns"]))
        number = _column_of(given["target_column"]) if given.get("target_column") else None
        options, labels, kept = tuple(given["options"].items()), given.get("labels", ()), given.get("kept", ())
        return cls(columns, given["target"], given["function"], options, number, tuple(labels), tuple(kept))

    @property
    def names(self) -> list[str]:
        """The input columns, in order."""
        return [c.name for c in self.columns]

    @property
    def needed(self) -> list[str]:
        """The columns that rows must have."""
        return [c.name for c in self.columns if c.needed]

    def read_by(self, function: str, **options: typing.Any) -> "typing.Self":
        """Read files as another pandas call does, where a second table was written in another way."""
        return dataclasses.replace(self, function=function, options=tuple(shared(options).items()))

    def read(self, rows: typing.Any) -> tuple[pd.DataFrame, list[str]]:
        """Read new rows: every table type, in any order of columns.

        Returns
        -------
        frame : DataFrame
            The input columns in order, each in the type that the model was fitted on.
        notices : list of str

        Raises
        ------
        RowsError
            When a column is missing or doubled, or a value cannot be read.
        """
        frame = with_known_names(with_text_names(to_frame(rows, self.needed, self.names)), self.names)
        _check_names(frame.columns, self.needed, "The rows have")
        found, unread = self._convert(frame)
        for column in self.columns:
            if column.needed and column.name in unread:
                raise _unreadable(column, frame[column.name], unread[column.name])
        known = {*self.names, self.target}
        extra = [name for name in frame.columns if name not in known]
        notices = [f"Columns that the model does not use: {_listed(extra)}."] if extra else []
        return found, notices + self._doubts(frame, found)

    def read_known(
        self, frame: pd.DataFrame, also: Iterable[str] = (), called: str = "The table"
    ) -> tuple[pd.DataFrame, list[str]]:
        """Read rows with their target, to learn or to test: what cannot be read is missing, and counted in a notice.

        Parameters
        ----------
        frame : DataFrame
        also : iterable of str
            Columns that are needed here though new rows may lack them.
        called : str
            The table's name in messages.

        Raises
        ------
        RowsError
            When a column is missing or doubled.
        """
        frame = with_known_names(with_text_names(frame), [*self.names, self.target]).reset_index(drop=True)
        _check_names(frame.columns, [self.target], f"{called} has", "Name a table that has it.")
        _check_names(frame.columns, list(dict.fromkeys((*self.needed, *also))), f"{called} has")
        found, unread = self._convert(frame.drop(columns=self.target))
        notices = [_counted(c, frame[c.name], unread[c.name]) for c in self.columns if c.name in unread]
        target, wrong = read_target(frame[self.target], self.target_column)
        if wrong is not None and self.target_column is not None:
            notices.append(_counted(self.target_column, frame[self.target], wrong))
        if self.labels:
            target, said = aligned(target, self.labels)
            notices += [f"Labels of {self.target} {said}."] if said else []
        return found.assign(**{self.target: target}), notices

    def read_file(self, path: str | Path) -> pd.DataFrame:
        """Read a file of new rows, as the table itself was read where the file allows it."""
        return self._read_file(path, self.needed)

    def read_table(self, path: str | Path) -> pd.DataFrame:
        """Read a file of rows to learn from: of a JSON file, rows may leave out what they have no value for."""
        return self._read_file(path, [])

    def _read_file(self, path: str | Path, needed: list[str]) -> pd.DataFrame:
        file = TableFile.at(path)
        if not file.path.exists():
            mend = "Download the file and name it." if "://" in str(path) else "Check the path."
            raise RowsError(f"There is no file {str(path)!r}.", mend)
        try:
            name = format_of(file)
            if name == "text":
                return self._read_delimited(file)
            return self._read_json(file, needed) if name == "json" else read_format(file, name, self.needed)
        except RowsError:
            raise
        except _BROKEN as error:
            raise broken(file, error) from error

    def _read_json(self, file: TableFile, needed: list[str]) -> pd.DataFrame:
        """Read JSON, its keys checked first: pandas takes the last of two, and fills in those that are absent."""
        orientation = json_orientation(file, self.names)
        by_row = is_by_row(orientation)
        if by_row:
            rows = list(json_rows(file, orientation))
            for row in rows:
                _check_twice(getattr(row, "doubled", ()), (*self.names, self.target))
            frame = to_frame(rows, needed, self.names)
        if not by_row or (orientation in JSON_ROWS and self.function == "read_json"):
            # pandas takes some numbers and texts for dates by the names of their columns
            frame = read_json(file, orientation)
        for column in self.columns:
            if column.kind == "duration" and column.name in frame.columns:
                _check_durations(column, frame[column.name])
        return frame

    def _read_delimited(self, file: TableFile) -> pd.DataFrame:
        """Read as the file is written; text columns as text, so that "007" stays "007"."""
        options = dict(self.options) if self.function == "read_csv" else {}
        found = find_delimited(file.name, file.chunks, [*self.names, self.target], options)
        try:
            frame = self._read_found(file, found, options)
        except pd.errors.ParserError:
            found = with_lines(found, file.chunks)  # of a large file, pandas meets what the sample did not show
            frame = self._read_found(file, found, options)
        numbers = [c.name for c in self.columns if c.kind == "number" and not c.as_text and c.name in frame]
        if found.lines is None and any(isinstance(frame[name].dtype, pd.StringDtype) for name in numbers):
            frame = self._read_found(file, with_lines(found, file.chunks), options)
        return frame

    def _read_found(self, file: TableFile, found: Delimited, options: Mapping[str, typing.Any]) -> pd.DataFrame:
        names = list(found.layout.names)
        _check_twice(names, {*self.names, self.target})  # pandas would rename the second
        how = found.options
        if how.get("header", 0) is None and "header" in options:
            names = how["names"] = self._names_by_place(options["names"], len(names), file.name)
        if found.lines is not None and found.lines.long:
            line, size = found.lines.long[0]
            raise RowsError(
                f"Line {line:,} of {file.name!r} has {size} values for {len(names)} names.",
                "Put quotes around values that contain the delimiter.",
            )
        if how.get("sep", ",") == options.get("sep", ",") and "decimal" in options:
            how["decimal"] = options["decimal"]
        if "engine" not in how:
            how["low_memory"] = False
        texts = [c.name for c in self.columns if c.kind == "text"]
        dtype = dict.fromkeys([*texts, *self.written], "str") | options.get("dtype", {})
        with file.source() as source:
            return pd.read_csv(source, dtype=dtype, **how, **self._missing(names))

    @property
    def written(self) -> list[str]:
        """The columns of numbers in text, which pandas would read in its own way."""
        target = (self.target_column,) if self.target_column else ()
        return [c.name for c in (*self.columns, *target) if c.as_text and c.kind in ("number", "duration", "time")]

    @property
    def kept_texts(self) -> dict[str, tuple[str, ...]]:
        """By column, texts that files often have for missing and that are categories here.

        Where the table was no delimited file they all are, in columns of text.
        """
        is_file = self.function == "read_csv"
        kept = {c.name: c.kept if is_file else tuple(MISSING_IN_FILES[1:]) for c in self.columns if c.kind == "text"}
        return kept | {self.target: self.kept}

    def _missing(self, names: list[str]) -> dict[str, typing.Any]:
        """Arguments by which pandas knows what is missing."""
        kept = self.kept_texts
        if not any(kept.values()):
            return {}
        marks = {name: [m for m in MISSING_IN_FILES if m not in kept.get(name, ())] for name in names}
        return {"keep_default_na": False, "na_values": marks}

    def _names_by_place(self, names: typing.Sequence[str], size: int, called: str) -> list[str]:
        """Give the names of a table without a header to a file without one, which may lack the target."""
        inputs = [name for name in names if name != self.target]
        for known in (list(names), inputs):
            if len(known) == size:
                return known
        raise RowsError(
            f"The file {called!r} has {size} columns and no names; the table has {len(names)}.",
            "Give a file with those columns, or one with a line of names.",
        )

    def lacking(self, frame: pd.DataFrame) -> list[str]:
        """The input columns that rows leave out, as they may."""
        given = set(with_text_names(frame).columns)
        return [name for name in self.names if name not in given]

    def used(self, model: typing.Any, X: pd.DataFrame, names: list[str]) -> list[str]:
        """Find which of some columns a fitted model uses: its answers for a few rows change when they are gaps."""
        X = X.iloc[np.unique(np.linspace(0, len(X) - 1, _FEW_ROWS).astype(int))].reset_index(drop=True)
        gaps = {c.name: read_column(pd.Series(np.nan, X.index), c)[0] for c in self.columns if c.name in names}
        answers = _answers(model, X)

        def is_used(some: list[str]) -> bool:
            try:
                found = _answers(model, X.assign(**{name: gaps[name] for name in some}))
            except _FAILED:  # a block that cannot do without the column
                return True
            return not np.allclose(found, answers, rtol=1e-9, equal_nan=True)

        if not gaps or not is_used(list(gaps)):
            return []
        return [name for name in gaps if is_used([name])] or list(gaps)

    def check_used(self, model: typing.Any, X: pd.DataFrame, lacking: list[str]) -> None:
        """Refuse rows that leave out a column which the fitted model uses."""
        _check_names(
            [name for name in self.names if name not in lacking], self.used(model, X, lacking), "The rows have"
        )

    def _doubts(self, given: pd.DataFrame, found: pd.DataFrame) -> list[str]:
        """Say which values were read in a way that may not have been meant."""
        doubts = []
        for column in self.columns:
            if column.needed and column.utc:
                values = given[column.name]
                local = found[column.name].notna().to_numpy() & ~zoned(values)
                if local.any():
                    first = f"{_where(column, local)}: {_shown(values, local)}"
                    doubts.append(f"{first} has no time zone{_others(local)}. It is taken as UTC.")
            if column.needed and column.spelling:
                why = spelling_doubts(given[column.name], column)
                if (odd := why != "").any():
                    first = f"{_where(column, odd)}: {_shown(given[column.name], odd)}"
                    doubts.append(f"{first} {why[odd][0]}{_others(odd)}. Give it as text, as the table has it.")
                    continue
            if column.needed and column.categories:
                values = found[column.name]
                new = values.notna().to_numpy() & ~values.isin(column.categories).to_numpy()
                if new.any():
                    first = f"{_where(column, new)}: {_shown(values, new)} was not in the rows that were learned from"
                    doubts.append(f"{first}{_others(new)}. Known are {_listed(list(column.categories))}.")
        return doubts

    def _convert(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
        """Convert all columns; also which values of which columns could not be read."""
        frame = frame if frame.columns.is_unique else frame.loc[:, ~frame.columns.duplicated()]
        frame = frame.reset_index(drop=True)
        columns, unread, same = {}, {}, list(frame.columns) == self.names
        for column in self.columns:
            given = frame[column.name] if column.name in frame.columns else pd.Series(np.nan, frame.index)
            columns[column.name], wrong = read_column(given, column)
            same = same and columns[column.name] is given
            if wrong is not None:
                unread[column.name] = wrong
        if same:  # a large table is not copied for nothing
            return frame, unread
        return pd.DataFrame(columns, index=frame.index, copy=len(self.columns) > _MANY), unread


def _column_of(given: Mapping[str, typing.Any]) -> Column:
    values: dict[str, typing.Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    return Column(**values)


def _answers(model: typing.Any, X: pd.DataFrame) -> np.ndarray:
    found = model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)
    return np.asarray(found, dtype=np.float64)


_FEW_ROWS = 200
_FAILED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)
_MANY = 200
"""Columns from which on numbers are kept side by side in memory: taking rows is then many times faster."""


def to_frame(rows: typing.Any, needed: list[str], names: Iterable[str] = ()) -> pd.DataFrame:
    """Make a DataFrame of a row or rows of any type."""
    if isinstance(rows, pd.DataFrame):
        return rows
    if (found := from_library(rows)) is not None:
        return found
    if isinstance(rows, pd.Series):
        return pd.DataFrame([_named(rows)], dtype=object)
    if isinstance(rows, Mapping):
        return _from_mapping(spread(_named(rows), names))
    if isinstance(rows, np.ndarray) and rows.dtype.names:
        return pd.DataFrame(rows)
    if isinstance(rows, (str, bytes, np.ndarray)) or not isinstance(rows, Iterable):
        raise RowsError(f"Rows of the type {type(rows).__name__} have no names of columns.", GIVE)
    return _from_records(list(rows), needed, list(names))


def _from_records(rows: list[typing.Any], needed: list[str], names: list[str]) -> pd.DataFrame:
    named = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise RowsError(f"Row {number:,} is of the type {type(row).__name__}, without names of columns.", GIVE)
        named.append(spread(_named(row), names))
        _check_row(number, named[-1], needed)
    if not rows:
        return pd.DataFrame({name: [] for name in needed}, dtype=object)
    return pd.DataFrame(named, dtype=object)


def _check_row(number: int, row: Mapping[str, typing.Any], needed: list[str]) -> None:
    if missing := [name for name in needed if name not in row]:
        raise RowsError(f"Row {number:,} has no {_listed(missing)}.", _add(missing, row, "null means missing"))


def _from_mapping(rows: dict[str, typing.Any]) -> pd.DataFrame:
    """One row, or columns: it is columns where every value is a list of them."""
    listed = (list, tuple, np.ndarray, pd.Series, Mapping)
    if not rows or not all(isinstance(value, listed) for value in rows.values()):
        return pd.DataFrame([rows], dtype=object)
    if all(isinstance(value, Mapping) for value in rows.values()):
        return pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in rows.items()})
    if len(sizes := {len(value) for value in rows.values()}) > 1:
        raise RowsError(
            f"The columns have different numbers of rows: {sorted(sizes)}.", "Give all columns as many rows."
        )
    return pd.DataFrame({k: pd.Series(list(v), dtype=object) for k, v in rows.items()})


def _named(row: Mapping[typing.Any, typing.Any] | pd.Series) -> dict[str, typing.Any]:
    """One row, or columns, by names that are text."""
    keys, values = (list(row), row.values()) if isinstance(row, Mapping) else (row.index, row)
    names = [as_text(text_name(name)) for name in keys]  # JSON may hold half of a character
    _check_twice(names, names)
    return dict(zip(names, values, strict=True))


def _check_names(given: Iterable[str], needed: list[str], has: str, mend: str = "") -> None:
    """Refuse rows that lack a column, or have it twice."""
    given = list(given)
    if missing := [name for name in needed if name not in set(given)]:
        noun = "column" if len(missing) == 1 else "columns"
        raise RowsError(f"{has} no {noun} {_listed(missing)}.", mend or _add(missing, given, "empty values are fine"))
    _check_twice(given, needed)


def _check_twice(given: Iterable[str], needed: Iterable[str]) -> None:
    counts = Counter(given)
    if twice := next((name for name in needed if counts[name] > 1), None):
        raise RowsError(f"The column {twice!r} is there twice.", "Drop all but one.")


def _add(missing: list[str], given: Iterable[str], gap: str) -> str:
    """Say how to put it right that columns are missing."""
    names = {name.casefold(): name for name in given}
    pairs = []
    for name in missing[:5]:
        if near := difflib.get_close_matches(name.casefold(), names, 1, 0.8):
            pairs.append((names.pop(near[0]), name))
    if not pairs:
        return f"Add {'it' if len(missing) == 1 else 'them'}; {gap}."
    if len(missing) == 1:
        return f"There is {pairs[0][0]!r}: rename it."
    shown = ", ".join(f"{there!r} to {name!r}" for there, name in pairs)
    return f"Rename {shown}{'' if len(pairs) == len(missing) else '; then add what is still missing'}."


def _check_durations(column: Column, values: pd.Series) -> None:
    """Refuse durations without a unit: pandas writes milliseconds, others seconds."""
    bare = np.array([_is_plain_number(value) and value == value for value in values], dtype=bool)
    if bare.any():
        raise RowsError(
            f"{_where(column, bare)}: {_shown(values, bare)} does not say its unit{_others(bare)}.",
            "Write durations in JSON files as text, such as '189 seconds' or '0 days 00:03:09'.",
        )


def _unreadable(column: Column, values: pd.Series, wrong: np.ndarray) -> RowsError:
    value = values.iloc[int(np.flatnonzero(wrong)[0])]
    is_large = _is_plain_number(value) and column.kind == "number"
    problem = f"is too large: the limit is {LARGEST:.2g}" if is_large else KINDS[column.kind].refuses
    if column.pattern:
        problem = f"is not {column.form} such as {column.example}"
    elif column.example and not is_large:
        problem = f"{problem} such as {column.example!r}"
    mend = "Correct it, or leave it empty."
    if column.kind == "date" and not _is_plain_number(value) and zoned(values[wrong].iloc[:1]).any():
        problem, mend = "has a time zone, and the table's times had none", "Give the local time, without a zone."
    return RowsError(f"{_where(column, wrong)}: {_shown(values, wrong)} {problem}{_others(wrong)}.", mend)


def _is_plain_number(value: typing.Any) -> bool:
    return isinstance(value, (int, float, np.number, Decimal)) and not isinstance(value, (bool, np.timedelta64))


def _where(column: Column, which: np.ndarray) -> str:
    return f"Column {column.name!r}, row {int(np.flatnonzero(which)[0]) + 1:,}"


def _shown(values: pd.Series, which: np.ndarray) -> str:
    """Show the first of some values."""
    value = values.iloc[int(np.flatnonzero(which)[0])]
    return as_text(value)[:40] if _is_plain_number(value) else repr(as_text(value)[:40])


def _others(which: np.ndarray) -> str:
    more = int(which.sum()) - 1
    return f" (and {more:,} more {'row' if more == 1 else 'rows'})" if more else ""


def _counted(column: Column, values: pd.Series, wrong: np.ndarray) -> str:
    example = as_text(values[wrong].iloc[0])[:40]
    rows = "1 row" if wrong.sum() == 1 else f"{int(wrong.sum()):,} rows"
    form = column.form or KINDS[column.kind].noun
    return f"{column.name}: {example!r} and the like cannot be read as {form}: missing in {rows}."


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:5])) + (", …" if len(names) > 5 else "")  # noqa: PLR2004 - the line stays short
