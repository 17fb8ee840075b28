"""How the values of one column become what a model was fitted on.

Runs alone, as `rows` does: the standard library, numpy and pandas.
"""

import dataclasses
import typing

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.column import Column, among, dense, each, floats, is_number
from mlestar_jupyter.core.dates import marked_dates, read_dates, zoned
from mlestar_jupyter.core.quantities import read_durations, read_number, read_numbers, read_times
from mlestar_jupyter.core.spelling import doubt, spelled
from mlestar_jupyter.core.texts import MISSING_IN_FILES, as_text, is_missing, unmixed

__all__ = ["KINDS", "LARGEST", "TEXT", "Column", "Kind", "dense", "json_schema",
           "read_column", "read_labels", "read_number", "read_target", "spelling_doubts", "usual"]  # fmt: skip

TEXT = pd.Series(["a"]).dtype
LARGEST = float(np.finfo(np.float32).max)
"""Trees compute with single precision: beyond it a number counts as infinite."""
_LARGEST_NAME = 2.0**53
_PRECISIONS = ("float64", "float32")
_BOOLEANS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}


def read_column(values: pd.Series, column: Column) -> tuple[pd.Series, np.ndarray | None]:
    """Read one column; also which values could not be read, None where all could."""
    values = dense(values)
    if _is_ready(values, column):
        return values, None
    found = KINDS[column.kind].read(values, column)
    if not KINDS[column.kind].refuses and not column.pattern:
        return found, None
    beyond = _beyond(found) if column.kind == "number" else None
    if beyond is not None:
        found = found.mask(beyond)
    absent = found.isna().to_numpy()
    if not absent.any():
        return found, None
    unread = absent & ~(np.isnan(floats(values)) if is_number(values.dtype) else values.isna().to_numpy())
    if beyond is not None and column.infinite:
        unread &= ~beyond
    if unread.any():
        marks = {"", *column.marks, *(MISSING_IN_FILES if column.delimited else ())}
        unread[unread] = each(values[unread], lambda value: not _is_mark(value, marks), missing=True)
        if (marked := KINDS[column.kind].marked) is not None and column.marks:
            unread[unread] = ~marked(values[unread], column)
    return found, unread if unread.any() else None


def _is_ready(values: pd.Series, column: Column) -> bool:
    """Whether values are numbers as the model takes them."""
    is_plain = column.kind == "number" and column.dtype in _PRECISIONS and not column.pattern
    return is_plain and bool(values.dtype == column.dtype) and _beyond(values) is None


def _is_mark(value: typing.Any, marks: set[str]) -> bool:
    return isinstance(value, (str, bytes)) and as_text(value).strip() in marks


def _beyond(found: pd.Series) -> np.ndarray | None:
    """Find infinite numbers, and such as no model computes with."""
    array = np.asarray(found)
    beyond: np.ndarray = np.isinf(array) if array.dtype == np.float32 else np.abs(array) > LARGEST
    return beyond if beyond.any() else None


def _read_nothing(values: pd.Series, column: Column) -> pd.Series:
    del column
    return pd.Series(np.nan, index=values.index, dtype="float64")


def _read_texts(values: pd.Series, column: Column) -> pd.Series:
    found = _read_any_texts(values, column)
    if not column.pattern:
        return found
    found = found.str.strip()
    return found.where(found.str.fullmatch(column.pattern).eq(True))  # noqa: FBT003 - the value, not a switch


def _read_any_texts(values: pd.Series, column: Column) -> pd.Series:
    is_text = values.dtype == TEXT and isinstance(values.dtype, pd.StringDtype)
    marks = [mark for mark in MISSING_IN_FILES if mark not in column.kept] if column.delimited else []
    if is_text and not (column.mixed or column.whole):
        values = values.str.strip() if column.trimmed else values
        absent = among(values, marks) if marks else None
        return values if absent is None or not absent.any() else values.mask(absent)

    def read(value: typing.Any) -> typing.Any:
        if is_missing(value):
            return np.nan
        text = unmixed(as_text(value)) if column.mixed else as_text(value)
        text = _number_as_name(value, text) if column.whole else text
        if column.spelling and not isinstance(value, (str, bytes)):
            found = spelled(text, column.spelling)
            text = found[0] if len(found) == 1 else text
        text = text.strip() if column.trimmed else text
        return np.nan if text in marks else text

    found = pd.Series(each(values, read, np.nan), index=values.index, dtype=object)
    return found if types.is_object_dtype(TEXT) else found.astype(TEXT)


def _number_as_name(value: typing.Any, text: str) -> str:
    """Write a number as a whole one has been written, whether it comes as 12, 12.0 or "012"."""
    number = read_number(value, ".")
    return as_text(number) if abs(number) < _LARGEST_NAME else text.strip()


def spelling_doubts(values: pd.Series, column: Column) -> np.ndarray:
    """Say of each value why it cannot be matched to a text of the table; nothing of those that can."""
    return np.array(
        each(dense(values), lambda v: "" if is_missing(v) else doubt(v, as_text(v), column.spelling), ""), dtype=object
    )


def _read_booleans(values: pd.Series, column: Column) -> pd.Series:
    del column
    if is_number(values.dtype):
        found = pd.Series(floats(values), index=values.index, copy=False)
        is_read = found.isin([0.0, 1.0]) | found.isna()
        return found.where(is_read) if not is_read.all() else values if values.dtype == np.float64 else found
    if types.is_bool_dtype(values.dtype) and not types.is_object_dtype(values.dtype):
        return pd.Series(floats(values), index=values.index)
    return pd.Series(each(values, _boolean, np.nan), index=values.index, dtype="float64")


def _boolean(value: typing.Any) -> float:
    return _BOOLEANS.get(as_text(value).strip().casefold(), np.nan) if types.is_scalar(value) else np.nan


@dataclasses.dataclass(frozen=True)
class Kind:
    """A way of reading values.

    Parameters
    ----------
    read : callable
        Reads the values of a column; those that it cannot read are missing.
    json : tuple of str
        Types of JSON that the service takes for it.
    refuses : str
        What is wrong with a value that cannot be read; empty where every value can.
    says : str
        What to know of its values in JSON.
    noun : str
        What a value is.
    marked : callable or None
        Which of some values stand for missing though they can be read.
    zoned : callable or None
        Which values say their time zone.
    """

    read: typing.Callable[[pd.Series, Column], pd.Series]
    json: tuple[str, ...]
    refuses: str = ""
    says: str = ""
    noun: str = ""
    marked: typing.Callable[[pd.Series, Column], np.ndarray] | None = None
    zoned: typing.Callable[[pd.Series], np.ndarray] | None = None


_ANYTHING = ("string", "number", "boolean", "array", "object")
KINDS = {
    "number": Kind(read_numbers, ("number", "string"), "is not a number", noun="a number"),
    "duration": Kind(
        read_durations,
        ("number", "string"),
        "cannot be read as a duration",
        "Seconds, or text such as 1 days 02:00:00",
        "a duration",
    ),
    "time": Kind(
        read_times, ("string", "number"), "is not a time of day", "A time such as 08:30, or hours", "a time of day"
    ),
    "boolean": Kind(_read_booleans, ("boolean", "number", "string"), "is neither true nor false", noun="a boolean"),
    "date": Kind(
        read_dates,
        ("string", "number"),
        "cannot be read as a date",
        "A date, such as 2026-12-31 or 2026-12-31T23:59:00",
        "a date",
        marked_dates,
        zoned,
    ),
    "text": Kind(_read_texts, _ANYTHING),
    "empty": Kind(_read_nothing, _ANYTHING),
}
"""How values are read: as float, seconds, hours, 1 and 0, a date, text, nothing. "12.5" is a number too."""


def usual(column: Column) -> typing.Any:
    """Make up a usual value as JSON has it; None where none is known."""
    value = column.example if column.typical is None and column.example else column.typical
    return bool(value) if column.kind == "boolean" else value


def json_schema(column: Column) -> dict[str, typing.Any]:
    """The JSON schema of a column's values; a missing value is null."""
    kind = KINDS[column.kind]
    found: dict[str, typing.Any] = {"type": [*(("string",) if column.pattern else kind.json), "null"]}
    if column.pattern:
        found |= {"pattern": f"^({column.pattern})$", "description": column.form}
    if kind.says:
        found["description"] = kind.says
    if column.kind == "number" and column.example:
        found["description"] = f"A number, or text such as {column.example}"
    if column.categories:
        found["description"] = "Known: " + ", ".join(column.categories)
    if column.typical is not None or column.example:
        found["examples"] = [usual(column)]
    return found


def read_target(values: pd.Series, label: Column | None) -> tuple[pd.Series, np.ndarray | None]:
    """Read a target; also which values could not be read, None where all could.

    Parameters
    ----------
    values : Series
    label : Column or None
        How texts are read, where it is a number.
    """
    values = dense(values)
    is_text = isinstance(values.dtype, pd.StringDtype) or types.infer_dtype(values.dropna()).startswith(_TEXTS)
    if label is None:
        return read_labels(values), None
    found, unread = read_column(values, label) if is_text else (read_labels(values), None)
    return found.mask(found.isin(label.absent)) if label.absent else found, unread


_TEXTS = ("string", "bytes", "mixed", "time")


def read_labels(values: pd.Series) -> pd.Series:
    """Read a target: its own labels or numbers, in the plain types of numpy; dates, intervals and others as text."""
    values = dense(values)
    if types.is_timedelta64_dtype(values.dtype):
        return KINDS["duration"].read(values, Column("", "duration"))
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biufc":
        return values
    return _labels_of_objects(values.astype(object) if getattr(values.dtype, "kind", "") == "S" else values)


def _labels_of_objects(values: pd.Series) -> pd.Series:
    present = values.dropna().astype(object)
    has_gaps = len(present) < len(values)
    match types.infer_dtype(present):
        case "boolean":
            return values.astype(object if has_gaps else bool)
        case "integer" if not has_gaps:
            return pd.Series([int(v) for v in present], index=values.index)
        case "integer" | "floating" | "mixed-integer-float" | "decimal":
            return pd.Series(each(values, lambda v: read_number(v, "."), np.nan), index=values.index, dtype="float64")
    return _read_texts(values, Column("", "text"))
