"""How raw rows become what a model was fitted on.

Runs alone, on the standard library, numpy and pandas: the model reads rows with it, the service ships it as a file,
and ``solution.py`` holds a copy of it.
"""

import dataclasses
import difflib
import typing
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from mlestar_jupyter.core.decimal_marks import in_other_marks
from mlestar_jupyter.core.delimited import Delimited, find_delimited, shared, with_lines
from mlestar_jupyter.core.formats import format_of
from mlestar_jupyter.core.frames import GIVE, from_library, text_name, with_known_names, with_text_names
from mlestar_jupyter.core.json_tables import JSON_ROWS, is_by_row, json_orientation, json_rows, read_json, spread
from mlestar_jupyter.core.labels import aligned
from mlestar_jupyter.core.opening import RowsError, TableFile
from mlestar_jupyter.core.quantities import plain_floats
from mlestar_jupyter.core.readers import BROKEN, READERS, broken, read_format
from mlestar_jupyter.core.remarks import (
    check_durations,
    doubts,
    listed,
    may_be_doubted,
    said_missing,
    said_unread,
    shares,
)
from mlestar_jupyter.core.sums import sums_among
from mlestar_jupyter.core.texts import MISSING_IN_FILES, as_text
from mlestar_jupyter.core.values import LARGEST, Column, read_column, read_target


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
        return self.read_frame(to_frame(rows, self.needed, self.names))

    def read_frame(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
        """Read new rows that are a DataFrame, as `read_file` gives them; see `read`."""
        frame = with_known_names(with_text_names(frame), self.names)
        given = frame.columns.tolist()
        _check_names(given, self.needed, "The rows have")
        found, unread = self._convert(frame)
        known = {*self.names, self.target}
        extra = [name for name in given if name not in known]
        notices = [*map(str, frame.attrs.get(_NOTICED, ()))]
        notices += [f"Columns that the model does not use: {listed(extra)}."] if extra else []
        for column in self.columns:
            if column.needed and column.name in unread:
                notices.append(said_missing(column, frame[column.name], unread[column.name]))
        for column in self.columns:
            if column.needed and may_be_doubted(column):
                notices += doubts(column, frame[column.name], found[column.name])
        return found, notices

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
        notices = [
            said for c in self.columns if c.name in unread for said in said_unread(c, frame[c.name], unread[c.name])
        ]
        notices += [said for c in self.columns if c.name in frame.columns for said in shares(c, frame[c.name])]
        target, wrong = read_target(frame[self.target], self.target_column)
        if wrong is not None or any(c.kind in ("number", "duration") for c in self.columns if c.name in unread):
            numbers = [*self.columns, *([self.target_column] if self.target_column else [])]
            turned, marks = in_other_marks(numbers, frame)
            if turned:
                found, noticed = self._with(turned).read_known(frame, also, called)
                return found, [*marks, *noticed]
        if wrong is not None and self.target_column is not None:
            notices += said_unread(self.target_column, frame[self.target], wrong)
        if self.labels:
            target, said = aligned(target, self.labels)
            notices += [f"Labels of {self.target} {said}."] if said else []
        return pd.concat([found, target.rename(self.target)], axis="columns"), notices

    def _with(self, columns: Mapping[str, Column]) -> "typing.Self":
        """Read some columns in another way."""
        target = self.target_column and columns.get(self.target, self.target_column)
        inputs = tuple(columns.get(c.name, c) for c in self.columns)
        return dataclasses.replace(self, columns=inputs, target_column=target)

    def read_file(self, path: str | Path) -> pd.DataFrame:
        """Read a file of new rows, as the table itself was read where the file allows it."""
        frame = self._read_file(path, self.needed)
        if said := sums_among(with_text_names(frame), "gets a prediction"):  # rows from memory were chosen one by one
            frame.attrs[_NOTICED] = [*frame.attrs.get(_NOTICED, ()), *said]
        return frame

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
            _check_format(file, name)
            if name in OWN_READERS:
                return OWN_READERS[name](self, file, needed)
            return read_format(file, name, self.needed)
        except RowsError:
            raise
        except BROKEN as error:
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
                check_durations(column, frame[column.name])
        return frame

    def _read_delimited(self, file: TableFile, needed: list[str]) -> pd.DataFrame:
        """Read as the file is written; text columns as text, so that "007" stays "007"."""
        del needed  # is checked later
        options = dict(self.options) if self.function == "read_csv" else {}
        found = find_delimited(file.name, file.chunks, [*self.names, self.target], options)
        try:
            frame = self._read_found(file, found, options)
        except pd.errors.ParserError:
            found = with_lines(found, file.chunks)  # of a large file, pandas meets what the sample did not show
            frame = self._read_found(file, found, options)
        if found.may_join_lines(frame):
            with_lines(found, file.chunks).check_quotes(file.name)
        numbers = [c.name for c in self.columns if c.kind == "number" and not c.as_text and c.name in frame]
        if found.lines is None and any(isinstance(frame[name].dtype, pd.StringDtype) for name in numbers):
            frame = self._read_found(file, with_lines(found, file.chunks), options)
        return frame

    def _read_found(self, file: TableFile, found: Delimited, options: Mapping[str, typing.Any]) -> pd.DataFrame:
        found.check_quotes(file.name)
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
            frame = pd.read_csv(source, dtype=dtype, **how, **self._missing(names))
        if found.below:
            frame.attrs[_NOTICED] = found.said_below
        return frame

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
        """Find which of some columns a fitted model uses: its answers for a few rows change when they are missing."""
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

    def _convert(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
        """Convert all columns; also which values of which columns could not be read."""
        frame = frame if frame.columns.is_unique else frame.loc[:, ~frame.columns.duplicated()]
        frame = frame.reset_index(drop=True)
        columns, unread, same = {}, {}, frame.columns.tolist() == self.names
        plain = self._plain(frame)
        together = set(plain.columns)
        same = same and bool((frame.dtypes[plain.columns] == np.float64).all())
        for column in self.columns:
            if column.name in together:
                continue
            given = frame[column.name] if column.name in frame.columns else pd.Series(np.nan, frame.index)
            columns[column.name], wrong = read_column(given, column)
            same = same and columns[column.name] is given
            if wrong is not None:
                unread[column.name] = wrong
        if same:  # a large table is not copied for nothing
            return frame, unread
        if together and not columns:
            return plain, unread
        if together:
            others = pd.DataFrame(columns, index=frame.index)
            return pd.concat([plain, others], axis=1)[self.names], unread
        return pd.DataFrame(columns, index=frame.index, copy=len(self.columns) > _MANY), unread

    def _plain(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Read columns of plain numbers together: of few rows, one column after another takes longer."""
        types = dict(zip(frame.columns.tolist(), frame.dtypes, strict=True)) if 0 < len(frame) <= _FEW_TOGETHER else {}
        numbers = [c.name for c in self.columns if c.kind == "number" and c.dtype == "float64" and not c.pattern]
        names = [name for name in numbers if types.get(name) in (np.float64, np.object_)]
        given = frame[names].to_numpy()
        array = plain_floats(given.ravel().tolist()) if given.dtype == np.object_ else given
        if len(names) < _TOGETHER or array is None or (np.abs(array) > LARGEST).any():
            return frame[[]]
        return pd.DataFrame(array.reshape(given.shape), columns=names, index=frame.index)


OWN_READERS = {"text": Contract._read_delimited, "json": Contract._read_json}  # noqa: SLF001 - of this module
"""By the format, what reads a file by more than its names."""


def _check_format(file: TableFile, name: str) -> None:
    """Refuse a format of which no reader is here: a script has those that its table needs."""
    formats = [*OWN_READERS, *READERS]
    if name not in formats:
        known = ", ".join(formats)
        raise RowsError(f"The file {file.name!r} is {name}: this script reads {known}.", "Save it in one of these.")


def _column_of(given: Mapping[str, typing.Any]) -> Column:
    values: dict[str, typing.Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    return Column(**values)


def _answers(model: typing.Any, X: pd.DataFrame) -> np.ndarray:
    found = model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)
    return np.asarray(found, dtype=np.float64)


_NOTICED = "notices"
"""Of a frame that a file gave, the attribute with what was found on reading."""
_FEW_ROWS = 200
_FEW_TOGETHER, _TOGETHER = 2_000, 2
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
        return _of_one(_named(rows))
    if isinstance(rows, Mapping):
        return _from_mapping(spread(_named(rows), names))
    if isinstance(rows, np.ndarray) and rows.dtype.names:
        return pd.DataFrame(rows)
    if isinstance(rows, (str, bytes, np.ndarray)) or not isinstance(rows, Iterable):
        raise RowsError(f"Rows of the type {type(rows).__name__} have no names of columns.", GIVE)
    return _from_records(list(rows), needed, list(names))


def _from_records(rows: list[typing.Any], needed: list[str], names: list[str]) -> pd.DataFrame:
    named, plain = [], set[tuple[str, ...]]()
    dotted = [name for name in names if "." in name]
    for number, row in enumerate(rows, start=1):
        if isinstance(row, dict) and tuple(row) in plain:
            named.append(row)
            continue
        if not isinstance(row, Mapping):
            raise RowsError(f"Row {number:,} is of the type {type(row).__name__}, without names of columns.", GIVE)
        named.append(spread(_named(row), dotted))
        _check_row(number, named[-1], needed)
        if all(isinstance(key, str) for key in row) and list(row) == list(named[-1]) and {*dotted} <= {*row}:
            plain.add(tuple(row))  # rows with the same keys are taken as they are
    if not rows:
        return pd.DataFrame({name: [] for name in needed}, dtype=object)
    return _of_one(named[0]) if len(named) == 1 else pd.DataFrame(named, dtype=object)


def _of_one(row: Mapping[str, typing.Any]) -> pd.DataFrame:
    """Make a frame of one row: pandas would make each of its values a column of its own first."""
    array = np.empty((1, len(row)), dtype=object)
    for position, value in enumerate(row.values()):
        array[0, position] = value
    return pd.DataFrame(array, columns=pd.Index(list(row)), dtype=object)


def _check_row(number: int, row: Mapping[str, typing.Any], needed: list[str]) -> None:
    if missing := [name for name in needed if name not in row]:
        raise RowsError(f"Row {number:,} has no {listed(missing)}.", _add(missing, row, "null means missing"))


def _from_mapping(rows: dict[str, typing.Any]) -> pd.DataFrame:
    """One row, or columns: it is columns where every value is a list of them."""
    listed = (list, tuple, np.ndarray, pd.Series, Mapping)
    if not rows or not all(isinstance(value, listed) for value in rows.values()):
        return _of_one(rows)
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
    there = set(given)
    if missing := [name for name in needed if name not in there]:
        noun = "column" if len(missing) == 1 else "columns"
        raise RowsError(f"{has} no {noun} {listed(missing)}.", mend or _add(missing, given, "empty values are fine"))
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
