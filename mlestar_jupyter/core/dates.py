"""How dates become points in time: texts, numbers that count from 1970, periods and dates as Python has them.

Runs alone, as `rows` does: the standard library, numpy and pandas.
"""

import dataclasses
import datetime
import numbers
import typing
from decimal import Decimal

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.column import Column, dense, each, floats, is_number
from mlestar_jupyter.core.date_texts import date_of, says_zone
from mlestar_jupyter.core.month_names import MONTHS, folded
from mlestar_jupyter.core.texts import as_text, is_missing

_ISO = r"(?:1[7-9]|20|21)\d{2}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?"
"""What pandas reads as it stands, and quickly."""
_MICRO = "datetime64[us]"
_LAST_YEAR = 290_000
_MONTHS_A_YEAR = 12
_FIRST_DIGITS, _LAST_DIGITS = 1000_01_01, 9999_12_31
_MICROSECONDS = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}
_EXCEL_DAY, _EXCEL_ZERO = 86_400e6, 25_569  # microseconds; 1970-01-01 as Excel counts


def read_dates(values: pd.Series, column: Column) -> pd.Series:
    """Read a column of dates; missing where a value is none, or stands for missing."""
    found = _read_any_dates(values, column)
    if marks := _marked_dates(column):
        naive = found.dt.tz_localize(None) if column.utc else found
        is_mark = naive.isin(marks)
        found = found.mask(is_mark) if is_mark.any() else found
    return found


def marked_dates(values: pd.Series, column: Column) -> np.ndarray:
    """Which values are dates that stand for missing."""
    found = _read_any_dates(values, dataclasses.replace(column, utc=False))
    are_marks = np.array(each(values, lambda value: as_text(value).strip() in column.marks, missing=False), dtype=bool)
    return are_marks | found.isin(_marked_dates(column)).to_numpy()


def _marked_dates(column: Column) -> list[pd.Timestamp]:
    """The dates that stand for missing, such as 1900-01-01: their texts are among the column's marks."""
    texts = [mark for mark in column.marks if any(map(str.isdecimal, mark))]
    if not texts:
        return []
    return list(read_text_dates(pd.Series(texts, dtype=object), column).dropna())


def _read_any_dates(values: pd.Series, column: Column) -> pd.Series:
    if values.dtype == ("datetime64[us, UTC]" if column.utc else "datetime64[us]"):
        return values
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.to_timestamp()
    if types.is_datetime64_any_dtype(values.dtype):
        is_strange = has_zone(values.dtype) and not _takes_zones(column)
        found = _without_zone(values.mask(values.notna()) if is_strange else values)
    elif is_number(values.dtype):
        found = pd.Series(dates_of_numbers(floats(values), column.unit), index=values.index)
    else:
        is_text = isinstance(values.dtype, pd.StringDtype)
        found = _dates_of_objects(values if is_text else values.astype(object), column)
    found = found.astype("datetime64[us]")
    return found.dt.tz_localize("UTC") if column.utc else found


def dates_of_numbers(numbers: np.ndarray, unit: str) -> np.ndarray:
    """Read numbers that count from a day, or whose digits are a date."""
    if unit in ("ymd", "ym"):
        return _dates_of_digits(numbers * 100 + 1 if unit == "ym" else numbers)
    is_excel = unit == "excel"
    stamps = (numbers - _EXCEL_ZERO) * _EXCEL_DAY if is_excel else numbers * _MICROSECONDS.get(unit, np.nan)
    whole = np.where(np.abs(stamps) < 2.0**62, stamps, np.nan)
    return pd.to_datetime(np.round(whole), unit="us").to_numpy()


def _dates_of_digits(numbers: np.ndarray) -> np.ndarray:
    """Read numbers such as 20261231."""
    with np.errstate(invalid="ignore"):
        is_whole = (numbers >= _FIRST_DIGITS) & (numbers <= _LAST_DIGITS) & (numbers == np.floor(numbers))
    digits = np.where(is_whole, numbers, 0).astype(np.int64)
    years, months, days = digits // 10_000, digits // 100 % 100, digits % 100
    starts = ((years - 1970) * 12 + months - 1).astype("datetime64[M]")
    found = starts.astype("datetime64[D]") + (days - 1)
    is_day = (
        is_whole & (months >= 1) & (months <= _MONTHS_A_YEAR) & (days >= 1) & (found.astype("datetime64[M]") == starts)
    )
    return np.where(is_day, found, np.datetime64("NaT")).astype("datetime64[us]")


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
        return says_zone(as_text(value))
    is_number = isinstance(value, (numbers.Real, Decimal)) and not isinstance(value, (bool, np.bool_))
    return is_number or getattr(value, "tzinfo", None) is not None


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
    """Read texts, and dates kept as Python objects; of texts each distinct one once."""
    found = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[us]")
    if isinstance(values.dtype, pd.StringDtype):
        is_text = values.notna().to_numpy()
    else:
        is_text = np.fromiter((isinstance(v, (str, bytes)) for v in values), dtype=bool, count=len(values))
    if is_text.any():
        codes, texts = pd.factorize(values[is_text])
        found[is_text] = _dates_of_texts(pd.Series(texts, dtype=object).map(as_text).astype(object), column)[codes]
    others = values[~is_text].astype(object)
    for position, value in zip(np.flatnonzero(~is_text), others, strict=True):
        found[position] = np.datetime64("NaT") if is_missing(value) else _stamp(value, column)
    return pd.Series(found, index=values.index)


def _dates_of_texts(texts: pd.Series, column: Column) -> np.ndarray:
    found = read_text_dates(texts, column)
    if not _takes_zones(column):
        found = found.mask(texts.map(says_zone).astype(bool))
    return found.to_numpy()


def _stamp(value: typing.Any, column: Column) -> np.datetime64:
    if _says_zone(value) and not _takes_zones(column):
        return np.datetime64("NaT")
    if isinstance(value, pd.Period):
        value = value.to_timestamp()
    if isinstance(value, (datetime.date, np.datetime64)):
        return _without_zone(pd.Series([pd.Timestamp(value)])).to_numpy()[0]
    if column.unit and isinstance(value, (numbers.Real, Decimal)) and not isinstance(value, (bool, np.bool_)):
        return dates_of_numbers(np.array([float(value)]), column.unit).astype("datetime64[us]")[0]
    return np.datetime64("NaT")


def read_text_dates(texts: pd.Series, column: Column) -> pd.Series:
    """Read dates in text; missing where a text is none, or has day and month in an order that was not seen."""
    texts = texts.str.strip()
    found = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    iso = texts.str.fullmatch(_ISO).astype(bool)
    if iso.any():
        found[iso] = _without_zone(pd.to_datetime(texts[iso], errors="coerce", format="ISO8601", utc=True))
    others = [date_of(text, column.order, column.pivot) for text in texts[~iso]]
    found[~iso] = np.array(others, dtype="datetime64[us]")
    if column.unit == "month":
        names = [MONTHS.get(folded(text).strip(". ")) for text in texts]
        return pd.Series([month and np.datetime64(f"2000-{month:02}", "us") for month in names], texts.index, _MICRO)
    if column.unit:
        numbers = pd.to_numeric(texts.where(found.isna()), errors="coerce").to_numpy(dtype=float)
        found = found.fillna(pd.Series(dates_of_numbers(numbers, column.unit), index=texts.index))
    if column.freq:
        left = found.isna() & texts.str.match(r"\d{4}").astype(bool)
        found[left] = [_period(text, column.freq) for text in texts[left]]
    return found


def _period(text: str, freq: str) -> typing.Any:
    try:
        return pd.Period(text, freq=freq).to_timestamp()
    except ValueError:
        return pd.NaT
