"""Columns without any value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from mlestar_jupyter.core.task import Column
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.base import Advice, Modality, RawColumn


class Empty(Modality):
    """No row has a value: nothing to learn from."""

    name = "empty"
    asked_as = None
    is_input = False
    varies = False

    def reading(self, raw: RawColumn) -> ColumnReading | None:
        return None if raw.values.notna().any() else ColumnReading(raw.name, "empty")

    def detect(self, values: pd.Series, reading: ColumnReading) -> Column | None:
        del values
        return Column(reading.name, self.name, 0, 1.0) if reading.kind == "empty" else None

    def takes_over(self, values: pd.Series, column: Column, reading: ColumnReading) -> Column | None:
        del values, reading
        return Column(column.name, self.name, 0, 1.0) if column.n_unique == 0 else None

    def notices(self, columns: Sequence[Column], readings: Mapping[str, ColumnReading]) -> Iterable[str]:
        del readings
        yield f"No value in any row: {', '.join(c.name for c in columns)}. Not used."

    def advice(self, columns: Sequence[Column]) -> Iterable[Advice]:
        yield Advice("empty-column", "low", tuple(columns), "No value in any row", "They are not used.")
