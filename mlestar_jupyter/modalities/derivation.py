"""The contract for rows, worked out from a table: how each column is read follows from its modality."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.spelling import spellings
from mlestar_jupyter.core.texts import as_text
from mlestar_jupyter.core.values import LARGEST, Column, dense, read_column
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.base import RawColumn
from mlestar_jupyter.modalities.date import of_times
from mlestar_jupyter.modalities.date_columns import settle_dates
from mlestar_jupyter.modalities.registry import by_precedence

_MOST_MARKS = 100


def derive(
    frame: pd.DataFrame, target: str, *, function: str = "", options: Mapping[str, object] | None = None
) -> Contract:
    """Work out how the columns of a table are read; see `derive_noticed`."""
    return derive_noticed(frame, target, function=function, options=options)[0]


def derive_noticed(
    frame: pd.DataFrame,
    target: str,
    *,
    function: str = "",
    options: Mapping[str, object] | None = None,
    dayfirst: bool | None = None,
    time: str | None = None,
) -> tuple[Contract, list[str]]:
    """Work out how the columns of a table are read, and what to say of it.

    Parameters
    ----------
    frame : DataFrame
        As read, with names that are text.
    target : str
    function, options : str, mapping
        The pandas call that read it.
    dayfirst : bool, optional
        What comes first in dates that do not show it.
    time : str, optional
        A column of times, which nothing but dates makes one.

    Raises
    ------
    DataError
        When a column holds complex numbers.
    """
    options = options or {}
    decimal = str(options.get("decimal", "."))
    names = [str(name) for name in frame.columns if name != target]
    raws = {name: RawColumn(name, dense(frame[name]), decimal, function, dayfirst) for name in names}
    readings = {name: _reading(raw) for name, raw in raws.items()}
    if time in readings and readings[time].kind == "text":
        readings[time] = of_times(raws[time]) or readings[time]
    dates = settle_dates(raws, list(readings.values()), _day_hint(options))
    columns = []
    for column in dates.columns:
        raw = raws[column.name]
        if column.kind == "text" and not column.mixed:
            column = dataclasses.replace(column, spelling=spellings(_distinct(raw.values.dropna())))  # noqa: PLW2901
        columns.append(dataclasses.replace(_with_marks(raw.values, column), delimited=function == "read_csv"))
    return Contract(tuple(columns), target, function, tuple(options.items())), list(dates.notices)


def _day_hint(options: Mapping[str, object]) -> str:
    """Say what in the form of a file suggests that its dates begin with the day: no country of the month has these."""
    if options.get("decimal") == ",":
        return "the table has decimal commas"
    return "the table has semicolons between columns" if options.get("sep") == ";" else ""


def _reading(raw: RawColumn) -> Column:
    """Ask the modalities how a column is read; one of them reads every column."""
    if raw.values.notna().any() and (types.is_complex_dtype(raw.values.dtype) or raw.inferred == "complex"):
        raise DataError(f"The column {raw.name!r} has complex numbers.", mend="Give their parts as two columns.")
    return next(found for modality in by_precedence() if (found := modality.reading(raw)) is not None)


def _distinct(present: pd.Series) -> set[str]:
    """All texts that occur."""
    return set(present.unique() if isinstance(present.dtype, pd.StringDtype) else present.map(as_text))


def _with_marks(values: pd.Series, column: Column) -> Column:
    """Take note of what counts as missing: texts that are no number, no date or not valid, and infinite numbers."""
    if column.kind == "number" and not column.as_text:
        found, _ = read_column(values, dataclasses.replace(column, infinite=True))
        given = values.notna().to_numpy()
        infinite = bool((found.isna().to_numpy() & given).any()) and _has_infinite(values)
        return dataclasses.replace(column, infinite=infinite)
    if column.kind == "date" or not (column.as_text or column.pattern):
        return column
    _, unread = read_column(values, column)
    if unread is None:
        return column
    marks = values[unread].map(as_text).str.strip().unique()[:_MOST_MARKS]
    return dataclasses.replace(column, marks=tuple(marks))


def _has_infinite(values: pd.Series) -> bool:
    numbers = pd.to_numeric(values.astype(object), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return bool((np.abs(numbers) > LARGEST).any())
