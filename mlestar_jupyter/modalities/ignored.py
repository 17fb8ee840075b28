"""Columns that a user wants left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mlestar_jupyter.core.task import Column
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.base import Modality, RawColumn


class Ignored(Modality):
    """Not looked at, because the user says so."""

    name = "ignored"
    asked_as = "ignore"
    is_input = False

    def asked(self, raw: RawColumn) -> ColumnReading | None:
        del raw
        return None

    def notices(self, columns: Sequence[Column], readings: Mapping[str, ColumnReading]) -> Iterable[str]:
        del readings
        yield f"Left out, as you asked with --role: {', '.join(c.name for c in columns)}."
