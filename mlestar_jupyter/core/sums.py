"""Rows of sums among the rows of a table, found by their form, or by the word that they begin with.

Runs alone, as `rows` does: the standard library, numpy and pandas.
"""

import math
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
_NEAR = 64
_ONE_NUMBER = re.compile(r"[^\d+\-.,]{0,4}([+-]?[\d.,'\s]*\d)\s*[^\d]{0,12}")
_SHOWN_VALUES = 2
SUM_WORDS = (
    r"(grand |sub)?totals?|sum|(gesamt|end)?summe|gesamt(ergebnis)?|insgesamt|total général|somme|suma|razem|totale|"
    r"toplam|итого|всего|合计|合計|总计|總計|총계|합계"
)
_TOTALS = re.compile(rf"({SUM_WORDS})\b.*", re.IGNORECASE)
"""How a row of sums begins."""


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
    found, table = set[int](), _Columns(frame)
    for empty_in, columns in alike.items():
        suspects = np.flatnonzero(np.frombuffer(empty_in, bool))
        if _may_sum_up(table, suspects, columns) and _all_sum_up(table, suspects, columns):
            found.update(suspects.tolist())
    return sorted(found)


def n_sums_below(frame: pd.DataFrame) -> int:
    """How many rows at the end of a table are rows of sums."""
    found, size = set(rows_of_sums(frame)), len(frame)
    return next(count for count in range(size + 1) if size - 1 - count not in found)


def is_total(row: typing.Sequence[object], others: typing.Iterable[typing.Sequence[object]]) -> bool:
    """Whether a row begins with a word for sums, as no other does, and lacks a value or has words among numbers.

    >>> is_total(["Total", None, 7], [["a", 1, 3], ["b", 2, 4]]), is_total(["Total", 3], [[1, 1], [2, 2]])
    (True, True)
    >>> is_total(["Total Recall", 1990], [["Alien", 1979]])
    False
    """
    place = next((k for k, value in enumerate(row) if not _says_nothing(value)), None)
    if place is None or not _begins_with_sum(row[place]):
        return False
    beside = [other[place] for other in others if place < len(other)]
    if any(map(_begins_with_sum, beside)):
        return False
    return any(map(_says_nothing, row)) or all(_says_nothing(value) or _is_one_number(value) for value in beside)


def _says_nothing(value: object) -> bool:
    return is_missing(value) or (isinstance(value, str) and not value.strip())


def _begins_with_sum(value: object) -> bool:
    return isinstance(value, str) and _TOTALS.fullmatch(value.strip()) is not None


def _is_one_number(value: object) -> bool:
    return not isinstance(value, str) or not math.isnan(_one_number(value)[0])


def sums_among(frame: pd.DataFrame, used: str, usable: np.ndarray | None = None) -> list[str]:
    """Point out rows of sums among those that are used as others are, and say how.

    Parameters
    ----------
    frame : DataFrame
    used : str
        As in "gets a prediction".
    usable : ndarray of bool of shape (n_rows,), optional
        The rows that are used; all where it is not given.
    """
    found = [row for row in rows_of_sums(frame) if usable is None or usable[row]]
    if not found:
        return []
    row = {str(name): value for name, value in zip(frame.columns, frame.iloc[found[0]], strict=True)}
    texts = [f"{name} {as_text(value)!r}" for name, value in row.items() if not is_missing(value)]
    shown = f"{', '.join(texts[:_SHOWN_VALUES])}; {len(row) - len(texts)} of {len(row)} values empty"
    return [
        f"Row {found[0] + 1:,}{and_more(len(found))} looks like sums of others ({shown}) and {used} like any other. "
        "To leave it out, delete it from the table."
    ]


class _Columns:
    """Columns that may have numbers: the first rows are read at once, a whole column when it is asked for."""

    def __init__(self, frame: pd.DataFrame) -> None:
        kinds = [is_number(dtype) or (None if dtype.kind == "O" else False) for dtype in frame.dtypes]
        self.frame = frame
        self.positions = [position for position, is_one in enumerate(kinds) if is_one is not False]
        self.are_numbers = np.array([kinds[position] is True for position in self.positions], dtype=bool)
        first = [np.broadcast_to(_readings(frame.iloc[:_NEAR, p]), (2, min(_NEAR, len(frame)))) for p in self.positions]
        self.near = np.stack(first, axis=2) if first else np.empty((2, 0, 0))
        self._read: dict[int, np.ndarray | None] = {}

    def row(self, row: int) -> np.ndarray:
        """The numbers of a row, of shape (ways, columns)."""
        if row < self.near.shape[1]:
            return self.near[:, row]
        return _both_ways(self.frame.iloc[row, self.positions].tolist())

    def readings(self, position: int) -> np.ndarray | None:
        """Read a column in each way in which its marks may be read; None where few of its values are numbers."""
        if position not in self._read:
            values = self.frame.iloc[:, position]
            found, there = _readings(values), values.notna().to_numpy()
            shares = (~np.isnan(found) & there).sum(axis=1) / max(1, there.sum())
            found = found[shares >= _MOSTLY_NUMBERS]
            self._read[position] = found if len(found) else None
        return self._read[position]


def _may_sum_up(table: _Columns, suspects: np.ndarray, empty: list[int]) -> bool:
    """Whether the first of some rows may be one of sums, by the first rows of the table: most are none at this look."""
    if not table.positions:
        return False
    row, near, is_bare = suspects[0], table.near, len(empty) > 1
    values = table.row(row)
    size = np.nan_to_num(np.abs(near), posinf=np.inf)
    with np.errstate(over="ignore", invalid="ignore"):
        if row < near.shape[1]:
            is_sum = np.isclose(values, np.nansum(near[:, :row], axis=1), rtol=2 * _AS_ADDED, atol=0)
            may_be = is_sum & (row >= _FEWEST_ADDED)
        else:  # a sum is larger than what it has added
            may_be = np.abs(values) > size.max(axis=1)
        if is_bare:
            size[:, suspects[: np.searchsorted(suspects, near.shape[1])]] = 0
            may_be |= np.abs(values) / _FAR_BEYOND > size.max(axis=1)
    there = ~np.isnan(values).all(axis=0)
    is_one = may_be.any(axis=0) & there
    counted = is_one | (there & table.are_numbers)  # of texts it is not known yet whether most of them are numbers
    return bool(is_one.any()) and is_one.sum() >= counted.sum() * (_HALF_BEYOND if is_bare else 1)


def _all_sum_up(table: _Columns, suspects: np.ndarray, empty: list[int]) -> bool:
    """Whether all rows in which some columns are empty have the numbers of sums."""
    there = ~np.isnan(table.row(suspects[0])).all(axis=0)
    columns = [position for position, is_one in zip(table.positions, there, strict=True) if is_one]
    found = [readings for position in columns if (readings := table.readings(position)) is not None]
    numbers = [_SummedColumn(readings, suspects) for readings in found]
    rows = range(len(suspects))
    return bool(numbers) and all(_sums_up(table.frame, numbers, suspects, row, empty) for row in rows)


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


def _readings(values: pd.Series) -> np.ndarray:
    """Read values as numbers, in each way: of shape (ways, rows)."""
    if is_number(values.dtype):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)[None]
    return _both_ways(values.tolist())


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
            found.append((_as_float(value),) * 2)
        else:
            found.append((np.nan, np.nan))
    return np.array(found, dtype=np.float64).T


def _one_number(text: str) -> tuple[float, float]:
    matched = _ONE_NUMBER.fullmatch(text.strip())
    if matched is None:
        return np.nan, np.nan
    digits = re.sub(r"['\s]", "", matched[1])
    return _float_of(digits.replace(",", "")), _float_of(digits.replace(".", "").replace(",", "."))


def _as_float(value: typing.Any) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond all floats
        return math.inf if value > 0 else -math.inf


def _float_of(text: str) -> float:
    return float(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text) else np.nan
