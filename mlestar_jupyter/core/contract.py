"""The contract for rows: worked out from a table once, and then the only way in which rows are read."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core import rows as reading
from mlestar_jupyter.core.opening import RowsError
from mlestar_jupyter.core.spelling import spellings
from mlestar_jupyter.core.values import (
    DATE,
    LARGEST,
    ZONE,
    Column,
    as_text,
    dense,
    has_zone,
    read_column,
    read_number,
    read_text_dates,
)
from mlestar_jupyter.errors import DataError

__all__ = ["Contract", "derive", "evenly", "with_seen"]

MISSING_TEXTS = frozenset({"", "?", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", ".", "missing"})
_NUMERIC_SHARE, _DATE_SHARE = 0.9, 0.95
_MOST_STRANGERS = 5
_MOST_MARKS = 100
_MOST_SEEN = 200_000
_MOST_CATEGORIES, _LONGEST_CATEGORY = 50, 100
_EPOCH_NAME = re.compile(r".*_at|.*_time|modified|date|datetime|timestamp.*", re.IGNORECASE)
_EPOCH_UNITS = ((1e11, "s"), (1e14, "ms"), (1e17, "us"), (np.inf, "ns"))
_FIRST_EPOCH = 31_536_000
"""1971, as pandas has it: what is smaller is a number like any other."""
_LAST_MONTH = 12
_KINDS = {
    "boolean": "boolean", "integer": "number", "floating": "number", "mixed-integer-float": "number",
    "decimal": "number", "date": "date", "datetime": "date", "datetime64": "date", "period": "date",
    "timedelta": "duration", "timedelta64": "duration",
}  # fmt: skip
"""By the names that pandas gives to kinds of objects."""


class Contract(reading.Contract):
    """How rows are read: name, kind, units, marks and range of each input column.

    Kinds become: a number float64 (or float32, where the table had it), a boolean 1 and 0, a duration seconds, a date
    ``datetime64[us]`` (with a zone: UTC), everything else text; what is missing is NaN or NaT. A boolean is no ``bool``
    since that has no gap, and one row must have the type that many rows have.
    """

    def __repr__(self) -> str:
        return f"Contract of {len(self.columns)} columns\n{self.table.to_string(index=False)}"

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False, border=0)

    @property
    def table(self) -> pd.DataFrame:
        """One row a column: how it is read, and what was seen."""
        return pd.DataFrame(
            [
                {
                    "column": c.name, "kind": c.kind, "needed": "yes" if c.needed else "no", "read": _how(c),
                    "seen": ", ".join(c.categories) or ("" if c.low is None else f"{c.low} to {c.high}"),
                }
                for c in self.columns
            ],
            columns=["column", "kind", "needed", "read", "seen"],
        )  # fmt: skip

    def apply(self, rows: Any) -> tuple[pd.DataFrame, list[str]]:
        """Read new rows of any table type; also what to tell of them.

        Raises
        ------
        DataError
            When a column is missing or doubled, or a value cannot be read.
        """
        try:
            return self.read(rows)
        except RowsError as error:
            raise DataError(error.problem, mend=error.mend) from error

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, what is usual left out."""
        columns = [
            {
                f.name: list(value) if isinstance(value, tuple) else value
                for f in dataclasses.fields(c)
                if (value := getattr(c, f.name)) != f.default
            }
            for c in self.columns
        ]
        return {"schema": 1, "target": self.target, "function": self.function, "options": dict(self.options),
                "columns": columns}  # fmt: skip

    def how_to_read(self) -> dict[str, Any]:
        """Plain values of what reading needs, without what was seen."""
        bare = [dataclasses.replace(c, low=None, high=None, typical=None, categories=()) for c in self.columns]
        return dataclasses.replace(self, columns=tuple(bare)).to_dict()

    def column(self, name: str) -> Column:
        """Find the column of a name."""
        return next(c for c in self.columns if c.name == name)

    def without_need(self, names: set[str]) -> Contract:
        """Let new rows lack some columns."""
        return dataclasses.replace(
            self, columns=tuple(dataclasses.replace(c, needed=c.name not in names) for c in self.columns)
        )

    def with_need(self, names: list[str], X: pd.DataFrame) -> Contract:
        """Make new rows have some columns, with what was seen of them in rows as read."""
        columns = tuple(
            _seen(dataclasses.replace(c, needed=True), X[c.name], X[c.name].iloc[evenly(len(X))].dropna())
            if c.name in names
            else c
            for c in self.columns
        )
        return dataclasses.replace(self, columns=columns)


def _how(column: Column) -> str:
    """Say in words how a column is read."""
    parts = []
    if column.as_text:
        parts.append("from text")
    if column.dtype != "float64":
        parts.append(column.dtype)
    if column.whole:
        parts.append("whole")
    if column.order:
        parts.append(f"{column.order} first")
    if column.utc:
        parts.append("UTC")
    parts += [text for text in (column.unit and f"numbers are {column.unit} since 1970", column.freq) if text]
    if column.marks:
        parts.append(f"missing: {', '.join(map(repr, column.marks[:_MOST_STRANGERS]))}")
    return "; ".join(parts)


def derive(
    frame: pd.DataFrame, target: str, *, function: str = "", options: Mapping[str, Any] | None = None
) -> Contract:
    """Work out how the columns of a table are read.

    Parameters
    ----------
    frame : DataFrame
        As read, with names that are text.
    target : str
    function, options : str, mapping
        The pandas call that read it.

    Raises
    ------
    DataError
        When a column holds complex numbers.
    """
    options = options or {}
    columns = []
    for name in frame.columns:
        if name == target:
            continue
        values = dense(frame[name])
        column = _by_type(values, str(name), str(options.get("decimal", ".")))
        if function == "read_json" and column.kind == "number":
            column = _maybe_epoch(values, column)
        if column.kind == "number" and not column.as_text:
            column = dataclasses.replace(column, decimal=str(options.get("decimal", ".")))
        if column.kind == "text" and not column.mixed:
            column = dataclasses.replace(column, spelling=spellings(_distinct(values.dropna())))
        columns.append(dataclasses.replace(_with_marks(values, column), delimited=function == "read_csv"))
    return Contract(tuple(columns), target, function, tuple(options.items()))


def _distinct(present: pd.Series) -> set[str]:
    """All texts that occur."""
    return set(present.unique() if isinstance(present.dtype, pd.StringDtype) else present.map(as_text))


def _by_type(values: pd.Series, name: str, decimal: str) -> Column:
    dtype = values.dtype
    if not values.notna().any():
        return Column(name, "empty")
    if isinstance(dtype, pd.CategoricalDtype):
        return Column(name, "text", mixed=_has_others(dtype.categories.astype(object)))
    if isinstance(dtype, pd.PeriodDtype):
        return Column(name, "date", freq=dtype.freq.freqstr)
    if types.is_timedelta64_dtype(dtype):
        return Column(name, "duration")
    if types.is_datetime64_any_dtype(dtype):
        return Column(name, "date", utc=has_zone(dtype))
    return _by_number(dtype, name) if types.is_numeric_dtype(dtype) else _by_values(values, name, decimal)


def _by_number(dtype: Any, name: str) -> Column:
    if types.is_complex_dtype(dtype):
        raise _complex(name)
    if types.is_bool_dtype(dtype):
        return Column(name, "boolean")
    plain = dtype if isinstance(dtype, np.dtype) else getattr(dtype, "numpy_dtype", np.dtype(float))
    short = plain.name if plain in (np.float16, np.float32) else "float64"
    return Column(name, "number", dtype=short, whole=types.is_integer_dtype(dtype))


def _complex(name: str) -> DataError:
    return DataError(f"The column {name!r} has complex numbers.", mend="Give their parts as two columns.")


def _by_values(values: pd.Series, name: str, decimal: str) -> Column:
    """Tell the kind of Python objects."""
    present = values.dropna().astype(object)
    found = types.infer_dtype(present)
    if found == "complex":
        raise _complex(name)
    if found in ("string", "bytes"):
        return _by_text(present.iloc[evenly(len(present))].map(as_text), name, decimal)
    kind = _KINDS.get(found, "text")
    return Column(
        name,
        kind,
        whole=found == "integer",
        mixed=kind == "text" and _has_others(present),
        utc=kind == "date" and any(getattr(v, "tzinfo", None) is not None for v in present),
        freq=present.iloc[0].freqstr if found == "period" else "",
    )


def _has_others(values: Iterable[object]) -> bool:
    """Whether there are numbers or dates among texts."""
    return any(isinstance(v, (int, float, np.number, datetime.date, np.datetime64)) for v in values)


def evenly(size: int) -> np.ndarray:
    """Positions of rows at which a large table is looked at, evenly spaced; all of a smaller one.

    >>> len(evenly(1_000)), len(evenly(1_000_000))
    (1000, 200000)
    """
    if size <= _MOST_SEEN:
        return np.arange(size)
    return np.linspace(0, size - 1, _MOST_SEEN).astype(int)


def _by_text(texts: pd.Series, name: str, decimal: str) -> Column:
    """Tell numbers and dates that are stored as text from other text."""
    known = texts.astype(object).str.strip()
    known = known[~known.str.casefold().isin(MISSING_TEXTS)]
    if known.empty:
        return Column(name, "text")
    for mark in dict.fromkeys((decimal, ".")):
        if _are_numbers(known, mark):
            whole = len(known) == len(texts) and bool(known.str.fullmatch(r"[+-]?\d+").all())
            return Column(name, "number", as_text=True, decimal=mark, whole=whole)
    if known.str.fullmatch(DATE).mean() >= _DATE_SHARE:
        column = Column(name, "date", as_text=True, order=_order(known), utc=bool(known.str.fullmatch(ZONE).any()))
        if read_text_dates(known, column).notna().mean() >= _DATE_SHARE:
            return column
    return Column(name, "text")


def _are_numbers(texts: pd.Series, decimal: str) -> bool:
    """Whether nearly all texts are numbers, and none of the codes that a number would spoil, such as "01234"."""
    if texts.str.match(r"0\d").any():
        return False
    strangers = texts[np.isnan([read_number(text, decimal) for text in texts])]
    return len(strangers) <= (1 - _NUMERIC_SHARE) * len(texts) and strangers.nunique() <= _MOST_STRANGERS


def _order(texts: pd.Series) -> str:
    """Say what comes first in dates such as 31/12/2026, or nothing where there are none.

    Where no day is past the twelfth, points say that the day is first, as in 3.9.2026, and slashes that the month is.
    """
    parts = texts.str.extract(r"^(\d{1,2})([-/.])(\d{1,2})[-/.]\d{2,4}").dropna()
    if parts.empty:
        return ""
    if (parts[0].astype(int) > _LAST_MONTH).any():
        return "day"
    if (parts[2].astype(int) > _LAST_MONTH).any():
        return "month"
    return "day" if (parts[1] == ".").all() else "month"


def is_ambiguous(texts: pd.Series) -> bool:
    """Whether day and month of such dates could be the other way round in every row."""
    parts = texts.dropna().map(as_text).str.extract(r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.]\d{2,4}").dropna().astype(int)
    return bool(len(parts)) and bool((parts <= _LAST_MONTH).all(axis=None))


def _maybe_epoch(values: pd.Series, column: Column) -> Column:
    """Take numbers of a JSON file for dates where name and size say so, as pandas does."""
    if not _EPOCH_NAME.fullmatch(column.name):
        return column
    present = read_column(values, column)[0].dropna()
    if present.empty or present.min() <= _FIRST_EPOCH:
        return column
    unit = next(unit for limit, unit in _EPOCH_UNITS if present.max() < limit)
    return Column(column.name, "date", unit=unit)


def _with_marks(values: pd.Series, column: Column) -> Column:
    """Take note of what counts as missing: texts that are no number or date, and infinite numbers."""
    if column.kind == "number" and not column.as_text:
        found, _ = read_column(values, dataclasses.replace(column, infinite=True))
        given = values.notna().to_numpy()
        infinite = bool((found.isna().to_numpy() & given).any()) and _has_infinite(values)
        return dataclasses.replace(column, infinite=infinite)
    if not column.as_text:
        return column
    _, unread = read_column(values, column)
    if unread is None:
        return column
    marks = values[unread].map(as_text).str.strip().unique()[:_MOST_MARKS]
    return dataclasses.replace(column, marks=tuple(marks))


def _has_infinite(values: pd.Series) -> bool:
    numbers = pd.to_numeric(values.astype(object), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return bool((np.abs(numbers) > LARGEST).any())


def with_seen(contract: Contract, frame: pd.DataFrame) -> Contract:
    """Add range, usual value and categories of the needed columns, from rows as the contract reads them."""
    few = frame.iloc[evenly(len(frame))]
    columns = [_seen(c, frame[c.name], few[c.name].dropna()) if c.needed else c for c in contract.columns]
    return dataclasses.replace(contract, columns=tuple(columns))


def _seen(column: Column, values: pd.Series, few: pd.Series) -> Column:
    if few.empty:
        return column
    if column.kind == "text":
        counts = few.value_counts()
        shown = len(counts) <= _MOST_CATEGORIES and max(map(len, counts.index)) <= _LONGEST_CATEGORY
        # the most frequent of many texts is still the text of somebody's row
        return (
            dataclasses.replace(column, categories=tuple(sorted(counts.index)), typical=counts.index[0])
            if shown
            else column
        )
    low, high, middle = values.min(), values.max(), few.sort_values().iloc[len(few) // 2]
    if column.kind == "date":
        low, high, middle = low.isoformat(), high.isoformat(), middle.normalize().isoformat()
        return dataclasses.replace(column, low=low, high=high, typical=middle)
    return dataclasses.replace(column, low=float(low), high=float(high), typical=float(middle))


def to_json(contract: Contract) -> str:
    """Write a contract as JSON."""
    return json.dumps(contract.to_dict(), indent=1, ensure_ascii=False)
