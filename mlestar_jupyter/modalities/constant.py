"""Columns with the same value in every row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from mlestar_jupyter.core.task import Column
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.base import Advice, Modality
from mlestar_jupyter.modalities.identifier import how_to_keep


class Constant(Modality):
    """The value never varies, and is never missing: nothing to learn from."""

    name = "constant"
    asked_as = None
    is_input = False
    varies = False

    def takes_over(self, values: pd.Series, column: Column, reading: ColumnReading) -> Column | None:
        del values, reading
        return replace(column, role=self.name) if column.n_unique == 1 and column.missing == 0 else None

    def notices(self, columns: Sequence[Column], readings: Mapping[str, ColumnReading]) -> Iterable[str]:
        names, keep = ", ".join(c.name for c in columns), how_to_keep(columns[0], readings)
        yield f"The same value in every row, so that there is nothing to learn: {names}. Not used as inputs; {keep}."

    def advice(self, columns: Sequence[Column]) -> Iterable[Advice]:
        yield Advice("constant-column", "low", tuple(columns), "The same value in every row", "They are not used.")
