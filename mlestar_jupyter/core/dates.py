"""How dates become points in time: texts, numbers that count from 1970, periods and dates as Python has them.

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

from mlestar_jupyter.core.column import Column, dense, each, floats, is_number
from mlestar_jupyter.core.texts import as_text, is_missing

DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([T ].*)?|\d{8}(T.*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})([T ].*)?"
    r"|\d{1,2}[ -][A-Za-z]{3,9}\.?[ -]\d{2,4}\b.*|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}\b.*"
)
ZONE = re.compile(r".*\d:\d{2}.*([Zz]|UTC|GMT|[+-]\d{2}(:?\d{2})?)")
_LAST_MONTH = 12
_LAST_YEAR = 290_000
_MICROSECONDS = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}


def read_dates(values: pd.Series, column: Column) -> pd.Series:
    """Read a column of dates; missing where a value is none."""
    if values.dtype == ("datetime64[us, UTC]" if column.utc else "datetime64[us]"):
        return values
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.to_timestamp()
    if types.is_datetime64_any_dtype(values.dtype):
        is_strange = has_zone(values.dtype) and not _takes_zones(column)
        found = _without_zone(values.mask(values.notna()) if is_strange else values)
    elif is_number(values.dtype):
        stamps = floats(values) * _MICROSECONDS.get(column.unit, np.nan)
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
    if types.is_datetime64_any_dtype(values.dtype) or is_number(values.dtype):
        return np.full(len(values), has_zone(values.dtype) or is_number(values.dtype))
    return np.array(each(values, _says_zone, missing=False), dtype=bool)


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
    if column.unit and isinstance(value, (numbers.Real, Decimal)) and not isinstance(value, (bool, np.bool_)):
        return read_dates(pd.Series([float(value)]), dataclasses.replace(column, utc=False)).to_numpy()[0]
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
