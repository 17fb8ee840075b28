"""How numbers, durations and times of day are read, whatever types and texts they come in.

Runs alone, as `rows` does: the standard library, numpy and pandas.
"""

import datetime
import numbers
import re
import typing
from decimal import Decimal

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.amounts import amount_reader, with_plain_marks
from mlestar_jupyter.core.clocks import COMPASS, degrees_in, hours_of_day, parts_in, seconds_in
from mlestar_jupyter.core.column import Column, each, floats, is_number
from mlestar_jupyter.core.texts import as_text, is_missing

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def read_numbers(values: pd.Series, column: Column) -> pd.Series:
    """Read a column of numbers; NaN where a value is none."""
    precision = "float32" if column.dtype == "float16" else column.dtype
    if values.dtype == precision:
        return values
    if is_number(values.dtype):
        array = floats(values)
    else:
        array = np.array(each(values, number_reader(column), np.nan), dtype=np.float64)
    with np.errstate(over="ignore"):
        if column.dtype == "float16":
            short = array.astype(np.float16)
            array = np.where(np.isinf(short), array, short)  # what is too large for it keeps its value
        return pd.Series(array.astype(precision, copy=False), index=values.index, copy=False)


def number_reader(column: Column) -> typing.Callable[[typing.Any], float]:
    """Give the function that reads one value of a column of numbers."""
    return WRITTEN["amount" if column.is_amount else "plain"](column)


def _plain_reader(column: Column) -> typing.Callable[[typing.Any], float]:
    return lambda value: read_number(value, column.decimal)


def _reader_of_amounts(column: Column) -> typing.Callable[[typing.Any], float]:
    if COMPASS in column.signs:
        amount: typing.Callable[[str], float] = degrees_in
    else:
        amount = amount_reader(column.decimal, column.thousands, column.affixes, column.scales, column.signs)
    return lambda value: amount(as_text(value)) if isinstance(value, (str, bytes)) else read_number(value, ".")


WRITTEN = {"plain": _plain_reader, "amount": _reader_of_amounts}
"""By the way in which numbers are written, what gives their reader."""


def read_number(value: typing.Any, decimal: str) -> float:
    """Read one number; NaN where it is none."""
    if isinstance(value, (str, bytes)):
        text = with_plain_marks(as_text(value))
        text = text if decimal == "." else text.replace(".", "?").replace(decimal, ".")
        return float(text) if NUMBER.fullmatch(text) else np.nan
    if isinstance(value, (bool, np.bool_, np.timedelta64)) or not isinstance(value, (numbers.Real, Decimal)):
        return np.nan
    try:
        return float(value)
    except OverflowError:
        return np.inf


def read_durations(values: pd.Series, column: Column) -> pd.Series:
    """Read a column of durations as seconds; NaN where a value is none."""
    if types.is_timedelta64_dtype(values.dtype):
        return values.dt.total_seconds()
    if is_number(values.dtype):
        return values if values.dtype == np.float64 else pd.Series(floats(values), index=values.index)

    def read(value: typing.Any) -> float:
        number = read_number(value, column.decimal)
        if number == number or is_missing(value) or not isinstance(value, (str, datetime.timedelta, np.timedelta64)):
            return number
        if isinstance(value, str) and (seconds := seconds_in(value, column.decimal, column.thousands)) == seconds:
            return seconds
        if isinstance(value, str) and (parts_in(value) or re.search(r"\d,\d", value)):
            return np.nan  # pandas leaves commas out: 1,5 h would be 15
        try:
            return float(pd.Timedelta(value).total_seconds())
        except ValueError:
            return np.nan

    return pd.Series(each(values, read, np.nan), index=values.index, dtype="float64")


def read_times(values: pd.Series, column: Column) -> pd.Series:
    """Read a column of times of day as hours since midnight; NaN where a value is none."""
    if is_number(values.dtype):
        return values if values.dtype == np.float64 else pd.Series(floats(values), index=values.index)

    def read(value: typing.Any) -> float:
        if isinstance(value, datetime.time):
            return value.hour + value.minute / 60 + (value.second + value.microsecond / 1e6) / 3600
        if isinstance(value, (str, bytes)) and (hours := hours_of_day(as_text(value))) == hours:
            return hours
        return read_number(value, column.decimal)

    return pd.Series(each(values, read, np.nan), index=values.index, dtype="float64")
