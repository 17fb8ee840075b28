"""Subsets of rows that people ask about: values of categories, quarters of numbers and of time, missing or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

MISSING = "missing"
_MAX_VALUES, _QUARTERS = 10, 4


@dataclass(frozen=True, eq=False)
class Slice:
    """Some rows by what a column says of them.

    Parameters
    ----------
    column, value : str
    rows : ndarray of int
        Positions.
    """

    column: str
    value: str
    rows: np.ndarray

    @property
    def name(self) -> str:
        """Both, for reading."""
        return f"{self.column} = {self.value}"


def groups_of(values: pd.Series) -> np.ndarray:
    """Name the group of each row: numbers and dates of many values in quarters, missing ones as their own."""
    known = values.notna()
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if (is_number or pd.api.types.is_datetime64_any_dtype(values)) and values.nunique() > _MAX_VALUES:
        values = pd.qcut(values, _QUARTERS, duplicates="drop")
    return values.astype(str).where(known, MISSING).to_numpy(dtype=object)


def slices_of(name: str, values: pd.Series, fewest: int) -> Iterator[Slice]:
    """Divide rows by a column: its ten most frequent values, or quarters; all rows in one is no subset.

    Parameters
    ----------
    name : str
    values : Series
    fewest : int
        Rows of a slice.
    """
    groups = groups_of(values)
    names, codes, counts = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
    for code in sorted(np.argsort(-counts, kind="stable")[:_MAX_VALUES].tolist()):
        if fewest <= counts[code] < len(groups):
            yield Slice(name, str(names[code]), np.flatnonzero(codes == code))
