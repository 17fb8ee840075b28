"""How the values of one column become what a model was fitted on.

Runs alone, as `rows` does: the standard library, numpy and pandas.
"""

import dataclasses
import datetime
import numbers
import re
import typing
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.spelling import doubt, spelled
from mlestar_jupyter.core.texts import as_text, is_missing, unmixed

TEXT = pd.Series(["a"]).dtype
LARGEST = float(np.finfo(np.float32).max)
"""Trees compute with single precision: beyond it a number counts as infinite."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
MISSING_IN_FILES = ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
                    "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]  # fmt: skip
"""What pandas takes for missing by default."""
DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([T ].*)?|\d{8}(T.*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})([T ].*)?"
    r"|\d{1,2}[ -][A-Za-z]{3,9}\.?[ -]\d{2,4}\b.*|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}\b.*"
)
ZONE = re.compile(r".*\d:\d{2}.*([Zz]|UTC|GMT|[+-]\d{2}(:?\d{2})?)")
_BOOLEANS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}
_LARGEST_NAME = 2.0**53
_LAST_MONTH = 12
_LAST_YEAR = 290_000
_MICROSECONDS = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}


@dataclasses.dataclass(frozen=True)
class Column:
    """How the values of one column are read, and what was seen in it.

    Parameters
    ----------
    name : str
    kind : str
        One of `KINDS`.
    needed : bool
        Whether new rows must have it: not where it identifies rows, never varies or is empty.
    dtype : {"float64", "float32", "float16"}
        Precision of the numbers.
    whole : bool
        Whether the numbers were stored as whole ones. Of text: whole numbers are the names of something.
    as_text : bool
        Whether the table holds the numbers or dates as text.
    decimal : str
        Decimal mark of numbers in text.
    marks : tuple of str
        Texts among numbers, booleans or dates that count as missing.
    delimited : bool
        Whether a delimited file gave the values: texts that its reader takes for missing are gaps.
    infinite : bool
        Whether there were infinite numbers; they count as missing.
    mixed : bool
        Whether there were numbers or dates among the texts: "1.0" is then the category "1", and midnight has no time.
    spelling : tuple of str
        How numbers and booleans among the texts are spelled, where that is not how Python writes them.
    order : {"day", "month", ""}
        What comes first in dates such as 3/9/2026; empty where there were none.
    utc : bool
        Whether dates have a time zone.
    unit : {"s", "ms", "us", "ns", ""}
        Of numbers that stand for dates; empty where there were none.
    freq : str
        Of periods; empty where there were none.
    pattern : str
        What valid texts match as a whole, where not all texts are valid.
    form : str
        What valid texts are, in words, such as "a colour".
    example : str
        A valid text.
    low, high, typical : float, str or None
        Range and median or most frequent value.
    categories : tuple of str
        All that were seen, where they are few.
    """

    name: str
    kind: str
    needed: bool = True
    dtype: str = "float64"
    whole: bool = False
    as_text: bool = False
    decimal: str = "."
    marks: tuple[str, ...] = ()
    delimited: bool = False
    infinite: bool = False
    mixed: bool = False
    spelling: tuple[str, ...] = ()
    order: str = ""
    utc: bool = False
    unit: str = ""
    freq: str = ""
    pattern: str = ""
    form: str = ""
    example: str = ""
    low: float | str | None = None
    high: float | str | None = None
    typical: float | str | None = None
    categories: tuple[str, ...] = ()


def read_column(values: pd.Series, column: Column) -> tuple[pd.Series, np.ndarray | None]:
    """Read one column; also which values could not be read, None where all could."""
    values = dense(values)
    found = KINDS[column.kind].read(values, column)
    if not KINDS[column.kind].refuses and not column.pattern:
        return found, None
    beyond = _beyond(found) if column.kind == "number" else None
    if beyond is not None:
        found = found.mask(beyond)
    absent = found.isna().to_numpy()
    if not absent.any():
        return found, None
    unread = absent & ~(np.isnan(_floats(values)) if _is_number(values.dtype) else values.isna().to_numpy())
    if beyond is not None and column.infinite:
        unread &= ~beyond
    marks = {"", *column.marks, *(MISSING_IN_FILES if column.delimited else ())}
    for position in np.flatnonzero(unread):
        value = values.iloc[position]
        unread[position] = not isinstance(value, (str, bytes)) or as_text(value).strip() not in marks
    return found, unread if unread.any() else None


def dense(values: pd.Series) -> pd.Series:
    """Write out what a sparse column leaves out."""
    return values.astype(values.dtype.subtype) if isinstance(values.dtype, pd.SparseDtype) else values


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
    if is_text and not (column.mixed or column.whole):
        absent = values.isin(MISSING_IN_FILES) if column.delimited else None
        return values if absent is None or not absent.any() else values.mask(absent)

    def read(value: typing.Any) -> typing.Any:
        if is_missing(value):
            return np.nan
        text = unmixed(as_text(value)) if column.mixed else as_text(value)
        text = _number_as_name(value, text) if column.whole else text
        if column.spelling and not isinstance(value, (str, bytes)):
            found = spelled(text, column.spelling)
            text = found[0] if len(found) == 1 else text
        return np.nan if column.delimited and text in MISSING_IN_FILES else text

    found = pd.Series(_each(values, read, np.nan), index=values.index, dtype=object)
    return found if types.is_object_dtype(TEXT) else found.astype(TEXT)


def _number_as_name(value: typing.Any, text: str) -> str:
    """Write a number as a whole one has been written, whether it comes as 12, 12.0 or "012"."""
    number = read_number(value, ".")
    return as_text(number) if abs(number) < _LARGEST_NAME else text.strip()


def spelling_doubts(values: pd.Series, column: Column) -> np.ndarray:
    """Say of each value why it cannot be matched to a text of the table; nothing of those that can."""
    return np.array(
        _each(dense(values), lambda v: "" if is_missing(v) else doubt(v, as_text(v), column.spelling), ""), dtype=object
    )


def _each(values: pd.Series, read: typing.Callable[[typing.Any], typing.Any], missing: typing.Any) -> list[typing.Any]:
    """Read value by value; of texts and categories each distinct one once."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        known = [read(v) for v in values.cat.categories.astype(object)]
        return [known[code] if code >= 0 else missing for code in values.cat.codes]
    if isinstance(values.dtype, pd.StringDtype) or (_is_number(values.dtype) and isinstance(values.dtype, np.dtype)):
        codes, texts = pd.factorize(values)
        known = [read(v) for v in texts]
        return [known[code] if code >= 0 else missing for code in codes]
    return [read(v) for v in values.astype(object)]


def _floats(values: pd.Series) -> np.ndarray:
    if isinstance(values.dtype, np.dtype):
        return values.to_numpy(dtype=np.float64)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _is_number(dtype: typing.Any) -> bool:
    return types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype) and not types.is_complex_dtype(dtype)


def _read_numbers(values: pd.Series, column: Column) -> pd.Series:
    precision = "float32" if column.dtype == "float16" else column.dtype
    if values.dtype == precision:
        return values
    if _is_number(values.dtype):
        array = _floats(values)
    else:
        array = np.array(_each(values, lambda v: read_number(v, column.decimal), np.nan), dtype=np.float64)
    with np.errstate(over="ignore"):
        if column.dtype == "float16":
            short = array.astype(np.float16)
            array = np.where(np.isinf(short), array, short)  # what is too large for it keeps its value
        return pd.Series(array.astype(precision, copy=False), index=values.index, copy=False)


def read_number(value: typing.Any, decimal: str) -> float:
    """Read one number; NaN where it is none."""
    if isinstance(value, (str, bytes)):
        text = as_text(value).strip()
        text = text if decimal == "." else text.replace(".", "?").replace(decimal, ".")
        return float(text) if NUMBER.fullmatch(text) else np.nan
    if isinstance(value, (bool, np.bool_, np.timedelta64)) or not isinstance(value, (numbers.Real, Decimal)):
        return np.nan
    try:
        return float(value)
    except OverflowError:
        return np.inf


def _read_booleans(values: pd.Series, column: Column) -> pd.Series:
    del column
    if _is_number(values.dtype):
        found = pd.Series(_floats(values), index=values.index, copy=False)
        is_read = found.isin([0.0, 1.0]) | found.isna()
        return found.where(is_read) if not is_read.all() else values if values.dtype == np.float64 else found
    if types.is_bool_dtype(values.dtype) and not types.is_object_dtype(values.dtype):
        return pd.Series(_floats(values), index=values.index)
    return pd.Series(_each(values, _boolean, np.nan), index=values.index, dtype="float64")


def _boolean(value: typing.Any) -> float:
    return _BOOLEANS.get(as_text(value).strip().casefold(), np.nan) if types.is_scalar(value) else np.nan


def _read_durations(values: pd.Series, column: Column) -> pd.Series:
    if types.is_timedelta64_dtype(values.dtype):
        return values.dt.total_seconds()
    if _is_number(values.dtype):
        return values if values.dtype == np.float64 else pd.Series(_floats(values), index=values.index)

    def read(value: typing.Any) -> float:
        number = read_number(value, column.decimal)
        if number == number or is_missing(value) or not isinstance(value, (str, datetime.timedelta, np.timedelta64)):
            return number
        try:
            return float(pd.Timedelta(value).total_seconds())
        except ValueError:
            return np.nan

    return pd.Series(_each(values, read, np.nan), index=values.index, dtype="float64")


def _read_dates(values: pd.Series, column: Column) -> pd.Series:
    if values.dtype == ("datetime64[us, UTC]" if column.utc else "datetime64[us]"):
        return values
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.to_timestamp()
    if types.is_datetime64_any_dtype(values.dtype):
        is_strange = has_zone(values.dtype) and not _takes_zones(column)
        found = _without_zone(values.mask(values.notna()) if is_strange else values)
    elif _is_number(values.dtype):
        stamps = _floats(values) * _MICROSECONDS.get(column.unit, np.nan)
        whole = np.where(np.abs(stamps) < 2.0**62, stamps, np.nan)
        found = pd.Series(pd.to_datetime(np.round(whole), unit="us"), index=values.index)
    else:
        found = _dates_of_objects(values.astype(object), column)
    found = found.astype("datetime64[us]")
    return found.dt.tz_localize("UTC") if column.utc else found


def _takes_zones(column: Column) -> bool:
    """Whether a time with a zone can be read: local times, whose zone is not known, cannot be held against it."""
    return column.utc or bool(column.unit)


def zoned(values: pd.Series) -> np.ndarray:
    """Find the times that say their zone, or need none: numbers count from one instant."""
    values = dense(values)
    if types.is_datetime64_any_dtype(values.dtype) or _is_number(values.dtype):
        return np.full(len(values), has_zone(values.dtype) or _is_number(values.dtype))
    return np.array(_each(values, _says_zone, missing=False), dtype=bool)


def _says_zone(value: typing.Any) -> bool:
    if isinstance(value, (str, bytes)):
        return bool(ZONE.fullmatch(as_text(value).strip()))
    return isinstance(value, (numbers.Real, Decimal)) or getattr(value, "tzinfo", None) is not None


def has_zone(dtype: typing.Any) -> bool:
    """Whether dates of a type have a time zone."""
    return getattr(getattr(dtype, "pyarrow_dtype", dtype), "tz", None) is not None


def _without_zone(values: pd.Series) -> pd.Series:
    if has_zone(values.dtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    if values.dtype in ("datetime64[s]", "datetime64[ms]"):  # years that microseconds do not reach
        values = values.where(values.dt.year.abs() < _LAST_YEAR)
    return values.astype("datetime64[us]")


def _dates_of_objects(values: pd.Series, column: Column) -> pd.Series:
    """Read texts, and dates kept as Python objects."""
    found = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[us]")
    is_text = np.fromiter((isinstance(v, (str, bytes)) for v in values), dtype=bool, count=len(values))
    if is_text.any():
        codes, texts = pd.factorize(values[is_text].map(as_text).astype(object))
        found[is_text] = read_text_dates(pd.Series(texts, dtype=object), column).to_numpy()[codes]
    for position in np.flatnonzero(~is_text):
        found[position] = _stamp(values.iloc[position], column)
    if not _takes_zones(column):
        found[zoned(values)] = np.datetime64("NaT")
    return pd.Series(found, index=values.index)


def _stamp(value: typing.Any, column: Column) -> np.datetime64:
    if isinstance(value, pd.Period):
        value = value.to_timestamp()
    if not is_missing(value) and isinstance(value, (datetime.date, np.datetime64)):
        return _without_zone(pd.Series([pd.Timestamp(value)])).to_numpy()[0]
    number = read_number(value, ".")
    if column.unit and number == number:
        return _read_dates(pd.Series([number]), dataclasses.replace(column, utc=False)).to_numpy()[0]
    return np.datetime64("NaT")


def read_text_dates(texts: pd.Series, column: Column) -> pd.Series:
    """Read dates in text; missing where a text is none, or has day and month in an order that was not seen."""
    texts = texts.str.strip()
    found = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    shaped = texts.str.fullmatch(DATE).astype(bool)
    parts = texts.str.extract(r"^(\d{1,2})[-/.](\d{1,2})[-/.]").astype(float)
    ambiguous = parts[0].notna()
    second = parts[1] if column.order == "day" else parts[0]
    shaped &= ~ambiguous | ((second <= _LAST_MONTH) & bool(column.order))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas says aloud how it reads day and month
        for chosen, day_first in ((shaped & ~ambiguous, False), (shaped & ambiguous, column.order == "day")):
            if chosen.any():
                parsed = pd.to_datetime(texts[chosen], errors="coerce", format="mixed", dayfirst=day_first, utc=True)
                found[chosen] = _without_zone(parsed)
    if column.freq:
        left = found.isna() & texts.str.match(r"\d{4}").astype(bool)
        found[left] = [_period(text, column.freq) for text in texts[left]]
    return found


def _period(text: str, freq: str) -> typing.Any:
    try:
        return pd.Period(text, freq=freq).to_timestamp()
    except ValueError:
        return pd.NaT


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
    """

    read: typing.Callable[[pd.Series, Column], pd.Series]
    json: tuple[str, ...]
    refuses: str = ""
    says: str = ""


_ANYTHING = ("string", "number", "boolean", "array", "object")
KINDS = {
    "number": Kind(_read_numbers, ("number", "string"), "is not a number"),
    "duration": Kind(
        _read_durations,
        ("number", "string"),
        "cannot be read as a duration",
        "Seconds, or text such as 1 days 02:00:00",
    ),
    "boolean": Kind(_read_booleans, ("boolean", "number", "string"), "is neither true nor false"),
    "date": Kind(
        _read_dates,
        ("string", "number"),
        "cannot be read as a date",
        "A date, such as 2026-12-31 or 2026-12-31T23:59:00",
    ),
    "text": Kind(_read_texts, _ANYTHING),
    "empty": Kind(_read_nothing, _ANYTHING),
}
"""How values are read: as float, as seconds, as 1 and 0, as a date, as text, as nothing. "12.5" is a number too."""


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
    if column.categories:
        found["description"] = "Known: " + ", ".join(column.categories)
    if column.typical is not None or column.example:
        found["examples"] = [usual(column)]
    return found


def read_labels(values: pd.Series) -> pd.Series:
    """Read a target: its own labels or numbers, in the plain types of numpy; dates, intervals and others as text."""
    values = dense(values)
    if types.is_timedelta64_dtype(values.dtype):
        return _read_durations(values, Column("", "duration"))
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
            return pd.Series(_each(values, lambda v: read_number(v, "."), np.nan), index=values.index, dtype="float64")
    return _read_texts(values, Column("", "text"))
