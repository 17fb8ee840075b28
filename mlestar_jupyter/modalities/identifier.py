"""Columns that name rows, or what the rows are about, rather than describe it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from mlestar_jupyter.core.task import Column
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.base import Advice, Modality, RawColumn
from mlestar_jupyter.modalities.category import names_of_numbers
from mlestar_jupyter.modalities.numbering import are_whole, names_rows, numbers_rows

_NAME = re.compile(
    r"(^|[_\s.-])(id|ids|uid|uuid|guid|idcode|identifier)($|[_\s.-])|(?<=[a-z])(ID|Id)$"
    r"|^(user|customer|client|patient|person|account|session|household|subject|member|employee|student|device|order|row"
    r"|store|shop|product|item)_?id$",
)


_FEWEST_ROWS = 10
_ROWS_EACH = 5
"""What is named an id, and has so many rows for each of its values, is a thing that comes back, such as a shop."""


class Identifier(Modality):
    """Unique texts, numbers of rows, or an id by name that hardly repeats: a model would learn them by heart."""

    name = "identifier"
    is_input = False

    def reading(self, raw: RawColumn) -> ColumnReading | None:
        """Read numbers that name something which comes back as names: their size says nothing."""
        if not looks_like_id(raw.name) or not _comes_back(raw.values.count(), raw.values.nunique()):
            return None
        return names_of_numbers(raw)

    def asked(self, raw: RawColumn) -> ColumnReading | None:
        del raw
        return None

    def takes_over(self, values: pd.Series, column: Column, reading: ColumnReading) -> Column | None:
        is_one = _is_identifier(values.dropna(), column, reading, len(values))
        return replace(column, role=self.name) if is_one else None

    def notices(self, columns: Sequence[Column], readings: Mapping[str, ColumnReading]) -> Iterable[str]:
        names = ", ".join(c.name for c in columns)
        keep = how_to_keep(columns[0], readings)
        yield f"Identifiers, which a model would learn by heart: {names}. Not used as inputs; {keep}."

    def advice(self, columns: Sequence[Column]) -> Iterable[Advice]:
        advice = "They are not used as inputs; a model would learn them by heart."
        yield Advice("identifier", "low", tuple(columns), "Identifiers", advice, counts=True)


def how_to_keep(column: Column, readings: Mapping[str, ColumnReading]) -> str:
    """Say by which option a column is used all the same."""
    kind, is_named = readings[column.name].kind, looks_like_id(column.name)
    roles = {"number": "number", "duration": "number", "date": "date", "text": "text"}
    role = "category" if is_named or (column.n_unique <= 1 and kind == "text") else roles.get(kind, "category")
    return f"keep one with --role {shlex.quote(f'{column.name}={role}')}"


def _is_identifier(present: pd.Series, column: Column, reading: ColumnReading, n_rows: int) -> bool:
    if len(present) < _FEWEST_ROWS:
        return False
    is_named = looks_like_id(column.name) and not _comes_back(len(present), column.n_unique)
    if column.role == "categorical":
        return is_named or column.n_unique == len(present)
    if column.role != "numeric" or reading.kind != "number":
        return False
    if not (is_named or names_rows(column.name)) and column.n_unique < len(present):
        return False
    numbers = present.to_numpy(dtype=float)
    return (is_named and are_whole(numbers)) or numbers_rows(numbers, column.name, n_rows, stored_whole=reading.whole)


def _comes_back(n_rows: int, n_unique: int) -> bool:
    return n_rows >= _ROWS_EACH * n_unique


def looks_like_id(name: str) -> bool:
    """Whether a column's name says that it identifies something.

    >>> looks_like_id("customerID"), looks_like_id("Store ID"), looks_like_id("humidity")
    (True, True, False)
    """
    return bool(_NAME.search(name) or _NAME.search(name.lower()))
