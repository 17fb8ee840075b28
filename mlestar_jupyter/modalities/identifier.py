"""Columns that name rows, or what the rows are about, rather than describe it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from mlestar_jupyter.core.task import Column
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.base import Advice, Modality

_NAME = re.compile(
    r"(^|_)(id|ids|uid|uuid|guid|idcode|identifier)($|_)|(?<=[a-z])(ID|Id)$"
    r"|^(user|customer|client|patient|person|account|session|household|subject|member|employee|student|device|order|row)_?id$",
)


class Identifier(Modality):
    """Unique texts, running numbers, or an id by name: a model would learn them by heart."""

    name = "identifier"
    is_input = False

    def takes_over(self, values: pd.Series, column: Column, reading: ColumnReading) -> Column | None:
        is_one = _is_identifier(values.dropna(), column, whole_numbers=reading.whole)
        return replace(column, role=self.name) if is_one else None

    def notices(self, columns: Sequence[Column], readings: Mapping[str, ColumnReading]) -> Iterable[str]:
        del readings
        names = ", ".join(c.name for c in columns)
        yield f"Identifiers, which a model would learn by heart: {names}. Not used as inputs."

    def advice(self, columns: Sequence[Column]) -> Iterable[Advice]:
        advice = "They are not used as inputs; a model would learn them by heart."
        yield Advice("identifier", "low", tuple(columns), "Identifiers", advice, counts=True)


def _is_identifier(present: pd.Series, column: Column, *, whole_numbers: bool) -> bool:
    n_unique = column.n_unique
    enough = len(present) >= 10
    is_unique = n_unique == len(present) and enough
    is_named = looks_like_id(column.name) and enough and n_unique > len(present) / 10
    if column.role == "categorical":
        return is_unique or is_named
    if column.role != "numeric" or not whole_numbers:
        return False
    return is_named or (is_unique and is_running(present))


def is_running(present: pd.Series) -> bool:
    """Whether unique whole numbers are running ones."""
    return int(present.max()) - int(present.min()) == len(present) - 1


def looks_like_id(name: str) -> bool:
    """Whether a column's name says that it identifies something.

    >>> looks_like_id("customerID"), looks_like_id("idcode"), looks_like_id("humidity")
    (True, True, False)
    """
    return bool(_NAME.search(name) or _NAME.search(name.lower()))
