"""How raw rows become what a model was fitted on.

Runs alone, on the standard library, numpy and pandas: the model reads rows with it, the service ships it as a file,
and ``solution.py`` holds a copy of it.
"""

import bz2
import codecs
import dataclasses
import difflib
import gzip
import lzma
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from mlestar_jupyter.core.values import Column, as_text, read_column, read_labels

MISSING_IN_FILES = ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
                    "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]  # fmt: skip
"""What pandas takes for missing by default."""
_SEPARATORS = (",", ";", "\t", "|")


class RowsError(ValueError):
    """Rows that cannot be read as the contract says: what is wrong, and what to do."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem} {mend}")
        self.problem, self.mend = problem, mend


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
    """

    columns: tuple[Column, ...] = ()
    target: str = ""
    function: str = ""
    options: tuple[tuple[str, typing.Any], ...] = ()

    @classmethod
    def from_dict(cls, given: Mapping[str, typing.Any]) -> "typing.Self":
        """Make a contract of what `to_dict` wrote."""
        columns: list[dict[str, typing.Any]] = [
            {k: tuple(v) if isinstance(v, list) else v for k, v in c.items()} for c in given["columns"]
        ]
        options = tuple(given["options"].items())
        return cls(tuple(Column(**c) for c in columns), given["target"], given["function"], options)

    @property
    def names(self) -> list[str]:
        """The input columns, in order."""
        return [c.name for c in self.columns]

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
        frame = with_text_names(to_frame(rows, [c.name for c in self.columns if c.needed]))
        self._check_columns(frame)
        found, unread = self._convert(frame)
        for column in self.columns:
            if column.needed and column.name in unread:
                raise _unreadable(column, frame[column.name], unread[column.name])
        known = {*self.names, self.target}
        extra = [name for name in frame.columns if name not in known]
        return found, [f"Columns that the model does not use: {_listed(extra)}."] if extra else []

    def read_known(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
        """Read rows with their target, to learn or to test: what cannot be read is missing, and counted in a notice."""
        frame = with_text_names(frame).reset_index(drop=True)
        found, unread = self._convert(frame.drop(columns=self.target))
        notices = [_counted(c, frame[c.name], unread[c.name]) for c in self.columns if c.name in unread]
        return found.assign(**{self.target: read_labels(frame[self.target])}), notices

    def read_file(self, path: str | Path) -> pd.DataFrame:
        """Read a file of new rows, as the table itself was read where the file allows it."""
        path = Path(path)
        if not path.is_file():
            raise RowsError(f"There is no file {str(path)!r}.", "Check the path.")
        ending = Path(path.stem).suffix if path.suffix in (".gz", ".bz2", ".xz", ".zip", ".zst") else path.suffix
        try:
            match ending.lower():
                case ".parquet":
                    return pd.read_parquet(path)
                case ".feather":
                    return pd.read_feather(path)
                case ".json" | ".jsonl" | ".ndjson":
                    return read_json(path)
            return self._read_delimited(path)
        except (ValueError, OSError, ImportError, EOFError) as error:
            if isinstance(error, RowsError):
                raise
            reason = " ".join(str(error).split())[:160].rstrip(".")
            raise RowsError(f"The file {path.name!r} cannot be read: {reason}.", "Check that it is whole.") from error

    def _read_delimited(self, path: Path) -> pd.DataFrame:
        """Read with the separator whose header fits; text columns as text, so that "007" stays "007"."""
        options = dict(self.options) if self.function == "read_csv" else {}
        own = options.get("sep", ",")
        encoding = _encoding(path, str(options.get("encoding", "utf-8")))
        headers = {}
        for separator in dict.fromkeys((own, *_SEPARATORS)):
            head = pd.read_csv(path, sep=separator, encoding=encoding, nrows=0, on_bad_lines="skip", engine="python")
            headers[separator] = len(set(map(str, head.columns)) & set(self.names))
        separator = max(headers, key=headers.__getitem__)  # the first of equals: the table's own
        texts = [c.name for c in self.columns if c.kind == "text"]
        # where the table was no such file, "NA" may be a category
        empty = {name: [""] if name in texts else MISSING_IN_FILES for name in (*self.names, self.target)}
        how: dict[str, typing.Any] = (
            {} if self.function == "read_csv" else {"keep_default_na": False, "na_values": empty}
        )
        decimal = options.get("decimal", ".") if separator == own else "."
        frame = pd.read_csv(
            path, sep=separator, encoding=encoding, decimal=decimal, dtype=dict.fromkeys(texts, "str"),
            low_memory=False, **how,
        )  # fmt: skip
        if not isinstance(frame.index, pd.RangeIndex):
            raise RowsError(f"The rows of {path.name!r} have more values than its header.", "Name every column.")
        return frame

    def _check_columns(self, frame: pd.DataFrame) -> None:
        known, needed = set(frame.columns), [c.name for c in self.columns if c.needed]
        if missing := [name for name in needed if name not in known]:
            near = difflib.get_close_matches(missing[0].casefold(), (n := {c.casefold(): c for c in known}), 1, 0.8)
            hint = f"There is {n[near[0]]!r}: rename it." if near else "Add it; empty values are fine."
            raise RowsError(f"The rows lack the column{'s' if len(missing) > 1 else ''} {_listed(missing)}.", hint)
        if not frame.columns.is_unique:
            twice = [name for name in needed if name in set(frame.columns[frame.columns.duplicated()])]
            if twice:
                raise RowsError(f"The rows have the column {twice[0]!r} twice.", "Drop all but one.")

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


_MANY = 200
"""Columns from which on numbers are kept side by side in memory: taking rows is then many times faster."""


def to_frame(rows: typing.Any, needed: list[str]) -> pd.DataFrame:
    """Make a DataFrame of a row or rows of any type."""
    if isinstance(rows, pd.DataFrame):
        return rows
    if hasattr(rows, "to_pandas"):
        return _to_pandas(rows)
    if isinstance(rows, (pd.Series, Mapping)):
        return _from_mapping(rows) if isinstance(rows, Mapping) else pd.DataFrame([rows.to_dict()], dtype=object)
    if isinstance(rows, np.ndarray) and rows.dtype.names:
        return pd.DataFrame(rows)
    if isinstance(rows, (str, bytes, np.ndarray)) or not isinstance(rows, Iterable):
        raise RowsError(f"Rows of the type {type(rows).__name__} have no names of columns.", _GIVE)
    return _from_records(list(rows), needed)


_GIVE = "Give a DataFrame, a dict, or a list of dicts, with the names of the columns."


def _from_records(rows: list[typing.Any], needed: list[str]) -> pd.DataFrame:
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise RowsError(f"Row {number:,} is of the type {type(row).__name__}, without names of columns.", _GIVE)
        if missing := set(needed) - {str(name) for name in row}:
            lacking = [name for name in needed if name in missing]
            raise RowsError(f"Row {number:,} lacks the columns {_listed(lacking)}.", "Add them; null is missing.")
    if not rows:
        return pd.DataFrame({name: [] for name in needed}, dtype=object)
    return pd.DataFrame([_with_sound_names(row) for row in rows], dtype=object)


def _to_pandas(table: typing.Any) -> pd.DataFrame:
    try:
        return pd.DataFrame(table.to_pandas())
    except TypeError:  # what pandas wrote beside an Arrow table may name types that pandas cannot find again
        pass
    try:
        return pd.DataFrame(table.to_pandas(ignore_metadata=True))
    except TypeError as error:
        raise RowsError(f"The table cannot be made a DataFrame ({str(error)[:80]}).", _GIVE) from error


def _from_mapping(rows: Mapping[typing.Any, typing.Any]) -> pd.DataFrame:
    """One row, or columns: it is columns where every value is a list of them."""
    listed = (list, tuple, np.ndarray, pd.Series, Mapping)
    if not rows or not all(isinstance(value, listed) for value in rows.values()):
        return pd.DataFrame([_with_sound_names(rows)], dtype=object)
    if all(isinstance(value, Mapping) for value in rows.values()):
        return pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in rows.items()})
    if len(sizes := {len(value) for value in rows.values()}) > 1:
        raise RowsError(f"The columns have different numbers of rows: {sorted(sizes)}.", "Give each as many.")
    return pd.DataFrame({k: pd.Series(list(v), dtype=object) for k, v in rows.items()})


def _with_sound_names(row: Mapping[typing.Any, typing.Any]) -> dict[typing.Any, typing.Any]:
    """Names that pandas can keep: JSON may hold half of a character."""
    return {as_text(name) if isinstance(name, str) else name: value for name, value in row.items()}


def with_text_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Make the names of columns text, those of several levels joined by an underscore."""
    if all(isinstance(name, str) for name in frame.columns):
        return frame
    frame = frame.copy(deep=False)
    frame.columns = pd.Index(
        ["_".join(str(p) for p in n if str(p)) if isinstance(n, tuple) else str(n) for n in frame.columns], dtype=object
    )
    return frame


def read_json(path: Path) -> pd.DataFrame:
    """Read one JSON object a line, or a list of them; "007" stays text and numbers stay numbers."""
    lines = not _start(path).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"[")
    return pd.read_json(path, lines=lines, orient="records", dtype=False, precise_float=True)


def _start(path: Path) -> bytes:
    """Read the first megabyte, decompressed; nothing where only pandas can."""
    openers = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open, ".zst": None, ".zip": None}
    opened = openers.get(path.suffix.lower(), open)
    if opened is None:
        return b""
    with opened(path, "rb") as file:
        return bytes(file.read(1 << 20))


def _encoding(path: Path, own: str) -> str:
    """Find the table's own encoding, or the first that the file can be read with."""
    start = _start(path)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in (own, "utf-8"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(start)
        except UnicodeError:
            continue
        return encoding
    return "latin-1"


def _unreadable(column: Column, values: pd.Series, wrong: np.ndarray) -> RowsError:
    position = int(np.flatnonzero(wrong)[0])
    value = as_text(values.iloc[position])[:40]
    noun = {"number": "number", "boolean": "true or false", "date": "date that is read", "duration": "duration"}
    more = f" (and {int(wrong.sum()) - 1:,} more rows)" if wrong.sum() > 1 else ""
    return RowsError(
        f"The column {column.name!r} has {value!r} in row {position + 1:,}{more}, which is no {noun[column.kind]}.",
        "Correct it, or leave it empty.",
    )


def _counted(column: Column, values: pd.Series, wrong: np.ndarray) -> str:
    example = as_text(values[wrong].iloc[0])[:40]
    rows = "1 row" if wrong.sum() == 1 else f"{int(wrong.sum()):,} rows"
    return f"{column.name}: {example!r} and the like cannot be read as a {column.kind}: missing in {rows}."


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:5])) + (", …" if len(names) > 5 else "")  # noqa: PLR2004 - the line stays short
