"""Rows of sums among the rows of a table, found by their form, whatever they are called.

Runs alone, as `rows` does: the standard library, numpy and pandas.
"""

import re
import typing
from collections import defaultdict

import numpy as np
import pandas as pd

from mlestar_jupyter.core.column import is_number
from mlestar_jupyter.core.texts import and_more, as_text, is_missing

_FEWEST_OF_ALL, _MOST_SUMS = 3, 1 / 3
_FEWEST_ADDED, _FAR_BEYOND, _AS_ADDED = 2, 2.0, 1e-6
_MOSTLY_NUMBERS, _HALF_BEYOND = 0.9, 0.5
_MOST_BEFORE = 50
_ONE_NUMBER = re.compile(r"[^\d+\-.,]{0,4}([+-]?[\d.,'\s]*\d)\s*[^\d]{0,12}")
_SHOWN_VALUES = 2


def rows_of_sums(frame: pd.DataFrame) -> list[int]:
    """Find rows of sums: empty in columns that no other row leaves empty, their numbers sums of rows above or beyond.

    One such column is enough where every number is a sum; else it takes two, and no fewer than the row has texts, and
    half of its numbers beyond all others.

    >>> rows_of_sums(pd.DataFrame({"id": ["a", "b", "c", None], "day": [1, 2, 3, None], "y": [1.5, 2, 4, 7.5]}))
    [3]
    """
    if len(frame) < _FEWEST_OF_ALL:
        return []
    alike = defaultdict(list)
    for position in range(frame.shape[1]):
        empty = frame.iloc[:, position].isna().to_numpy(dtype=bool)
        if 0 < empty.sum() <= len(frame) * _MOST_SUMS:
            alike[empty.tobytes()].append(position)
    found = set[int]()
    for empty_in, columns in alike.items():
        suspects = np.flatnonzero(np.frombuffer(empty_in, bool))
        if _all_sum_up(frame, suspects, columns):
            found.update(suspects.tolist())
    return sorted(found)


def n_sums_below(frame: pd.DataFrame) -> int:
    """How many rows at the end of a table are rows of sums."""
    found, size = set(rows_of_sums(frame)), len(frame)
    return next(count for count in range(size + 1) if size - 1 - count not in found)


def sums_among(frame: pd.DataFrame, used: str) -> list[str]:
    """Point out rows of sums among the others, which are used as those are, and say how."""
    found = rows_of_sums(frame)
    if not found:
        return []
    row = {str(name): value for name, value in zip(frame.columns, frame.iloc[found[0]], strict=True)}
    texts = [f"{name} {as_text(value)!r}" for name, value in row.items() if not is_missing(value)]
    shown = f"{', '.join(texts[:_SHOWN_VALUES])}; {len(row) - len(texts)} of {len(row)} values empty"
    return [
        f"Row {found[0] + 1:,}{and_more(len(found))} looks like sums of others ({shown}) and {used} like any other. "
        "To leave it out, delete it from the table."
    ]


def _all_sum_up(frame: pd.DataFrame, suspects: np.ndarray, empty: list[int]) -> bool:
    """Whether all rows in which some columns are empty have the numbers of sums."""
    first = frame.iloc[suspects[0]].tolist()
    filled = [position for position, value in enumerate(first) if not is_missing(value)]
    columns = [position for position in filled if not np.isnan(_both_ways([first[position]])).all()]
    numbers = [
        found for position in columns if (found := _SummedColumn.of(frame.iloc[:, position], suspects)) is not None
    ]
    return bool(numbers) and all(_sums_up(frame, numbers, suspects, number, empty) for number in range(len(suspects)))


def _sums_up(
    frame: pd.DataFrame, numbers: "list[_SummedColumn]", suspects: np.ndarray, number: int, empty: list[int]
) -> bool:
    """Whether the numbers of one row are sums, or most of a nearly empty row lie beyond all others."""
    there = [found for found in numbers if found.has(suspects[number])]
    if not there:
        return False
    sums = [found.is_sum(suspects, number) for found in there]
    if all(sums):
        return True
    n_texts = int(frame.iloc[suspects[number]].notna().sum()) - len(there)
    is_bare = len(empty) > 1 and len(empty) >= n_texts
    beyond = [is_sum or found.is_beyond(suspects[number]) for is_sum, found in zip(sums, there, strict=True)]
    return is_bare and float(np.mean(beyond)) >= _HALF_BEYOND


class _SummedColumn:
    """A column of numbers, in each way in which its marks may be read.

    Parameters
    ----------
    readings : ndarray of float, shape (ways, rows)
    suspects : ndarray of int
        Rows that are perhaps no rows.
    """

    def __init__(self, readings: np.ndarray, suspects: np.ndarray) -> None:
        self.readings = readings
        others = readings.copy()
        others[:, suspects] = np.nan
        known = np.nan_to_num(np.abs(others))
        self.largest = known.max(axis=1)
        with np.errstate(over="ignore"):
            sums = np.nan_to_num(others).cumsum(axis=1)
        self.until = np.concatenate([np.zeros((len(readings), 1)), sums], axis=1)
        self.others = np.delete(others, suspects, axis=1)

    @classmethod
    def of(cls, values: pd.Series, suspects: np.ndarray) -> "typing.Self | None":
        """Read a column; None where few of its values are numbers."""
        if is_number(values.dtype):
            readings = values.to_numpy(dtype=np.float64, na_value=np.nan)[None]
        else:
            readings = _both_ways(values.tolist())
        there = values.notna().to_numpy()
        shares = (~np.isnan(readings) & there).sum(axis=1) / max(1, there.sum())
        readings = readings[shares >= _MOSTLY_NUMBERS]
        return cls(readings, suspects) if len(readings) else None

    def has(self, row: int) -> bool:
        """Whether a row has a number."""
        return not np.isnan(self.readings[:, row]).all()

    def is_sum(self, suspects: np.ndarray, number: int) -> bool:
        """Whether a row has the sum of two rows above or more: of all, or of those since an earlier row of sums."""
        row, cuts = suspects[number], [0, *suspects[max(0, number - _MOST_BEFORE) : number]]
        size = row - number
        for cut in cuts:
            n_rows = size - (cut - np.searchsorted(suspects, cut))
            sums, values = self.until[:, row] - self.until[:, cut], self.readings[:, row]
            if n_rows >= _FEWEST_ADDED and self._are_above(values, cut, row, sums):
                return True
        return False

    def _are_above(self, values: np.ndarray, cut: int, row: int, sums: np.ndarray) -> bool:
        """Whether a value is the sum, and larger than each summand: a row like others may have a number of theirs."""
        close = np.isclose(values, sums, rtol=_AS_ADDED, atol=0) & (sums != 0)
        if not close.any():
            return False
        steps = np.abs(np.diff(self.until[:, cut : row + 1], axis=1)).max(axis=1)
        return bool((close & (np.abs(values) > steps * (1 + _AS_ADDED))).any())

    def is_beyond(self, row: int) -> bool:
        """Whether the number of a row is far beyond those of all others."""
        return bool((np.abs(self.readings[:, row]) / _FAR_BEYOND > self.largest).any() and (self.largest > 0).any())


def _both_ways(values: list[typing.Any]) -> np.ndarray:
    """Read numbers, and texts with one number: with a decimal point, and with a decimal comma."""
    known: dict[object, tuple[float, float]] = {}
    found = []
    for value in values:
        if isinstance(value, str):
            if value not in known:
                known[value] = _one_number(value)
            found.append(known[value])
        elif isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
            found.append((float(value), float(value)))
        else:
            found.append((np.nan, np.nan))
    return np.array(found, dtype=np.float64).T


def _one_number(text: str) -> tuple[float, float]:
    matched = _ONE_NUMBER.fullmatch(text.strip())
    if matched is None:
        return np.nan, np.nan
    digits = re.sub(r"['\s]", "", matched[1])
    return _float_of(digits.replace(",", "")), _float_of(digits.replace(".", "").replace(",", "."))


def _float_of(text: str) -> float:
    return float(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text) else np.nan
