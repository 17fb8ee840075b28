"""The contract for rows: worked out from a table once, and then the only way in which rows are read.

What a column is, and so how it is read, `modalities` say; nothing here depends on it.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pandas as pd

from mlestar_jupyter.core import rows as reading
from mlestar_jupyter.core.opening import RowsError
from mlestar_jupyter.core.values import Column
from mlestar_jupyter.errors import DataError

__all__ = ["Contract", "evenly", "to_json", "with_seen"]

_MOST_SHOWN = 5
_UNITS = {
    "": "", "ymd": "numbers such as 20261231", "ym": "numbers such as 202612", "excel": "numbers are days as in Excel",
    "month": "names of months",
}  # fmt: skip
_MOST_SEEN = 200_000
_MOST_CATEGORIES, _LONGEST_CATEGORY = 50, 100


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
        more: dict[str, Any] = {"target_column": _plain(self.target_column)} if self.target_column else {}
        more |= {"labels": list(self.labels)} if self.labels else {}
        more |= {"kept": list(self.kept)} if self.kept else {}
        return {"schema": 1, "target": self.target, "function": self.function, "options": dict(self.options), **more,
                "columns": [_plain(c) for c in self.columns]}  # fmt: skip

    def how_to_read(self) -> dict[str, Any]:
        """Plain values of what reading needs, without what was seen."""
        bare = [
            dataclasses.replace(c, low=None, high=c.high if "%" in c.affixes else None, typical=None, categories=())
            for c in self.columns
        ]
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


def _plain(column: Column) -> dict[str, Any]:
    """Plain values of what is not as usual in a column."""
    return {
        f.name: list(value) if isinstance(value, tuple) else value
        for f in dataclasses.fields(column)
        if (value := getattr(column, f.name)) != f.default
    }


def _how(column: Column) -> str:
    """Say in words how a column is read."""
    parts = []
    if column.as_text:
        parts.append(f"from text such as {column.example!r}" if column.example else "from text")
    if column.dtype != "float64":
        parts.append(column.dtype)
    if column.whole:
        parts.append("whole")
    if column.order:
        parts.append(f"{column.order} first")
    if column.utc:
        parts.append("UTC")
    parts += [text for text in (_UNITS.get(column.unit, f"numbers are {column.unit} since 1970"), column.freq) if text]
    if column.form:
        parts.append(column.form)
    if column.marks:
        parts.append(f"missing: {', '.join(map(repr, column.marks[:_MOST_SHOWN]))}")
    return "; ".join(parts)


def evenly(size: int) -> np.ndarray:
    """Positions of rows at which a large table is looked at, evenly spaced; all of a smaller one.

    >>> len(evenly(1_000)), len(evenly(1_000_000))
    (1000, 200000)
    """
    if size <= _MOST_SEEN:
        return np.arange(size)
    return np.linspace(0, size - 1, _MOST_SEEN).astype(int)


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
        if len(few) < len(values) and len(counts) <= _MOST_CATEGORIES:
            counts = values.value_counts()  # the rare ones too: others are said to be new
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
