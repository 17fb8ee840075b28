"""Numbers that stand for dates: seconds since 1970, the days of Excel, digits such as 20261231."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.dates import dates_of_numbers

_SAMPLE = 1_000
_SHARE, _MOST_STRANGERS = 0.95, 5
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")
_DAYS = frozenset(
    {"date", "dates", "datum", "fecha", "datetime", "dato", "tarih", "дата", "dt", "day", "ymd", "yyyymmdd"}
)
_MONTHS = frozenset({"month", "period", "yearmonth", "yyyymm", "ym", "date", "monat", "mes", "mois", "maand", "mese"})
_TIMES = frozenset({"timestamp", "epoch", "unix", "unixtime", "ts", "datetime", "time", "date", "at", "utc"})
_COUNTS = frozenset(
    {"id", "key", "number", "days", "no", "nr", "count", "n", "since", "until", "diff", "delta", "response", "duration"}
)


@dataclass(frozen=True)
class _Unit:
    """A way in which numbers stand for dates.

    Parameters
    ----------
    name : str
        As `core.column.Column.unit` has it.
    low, high : float
        Range of the numbers: dates of living memory.
    words : frozenset
        One of them in the column's name says that it has dates.
    alone : int or None
        So many distinct numbers say so by themselves; None: they never do.
    """

    name: str
    low: float
    high: float
    words: frozenset[str]
    alone: int | None = None


_SECONDS = 4.8e8, 4.2e9  # 1985 to 2103
_UNITS = (
    _Unit("ymd", 1800_01_01, 2200_12_31, _DAYS, alone=5),
    _Unit("ym", 1800_01, 2200_12, _MONTHS, alone=12),
    _Unit("excel", 25_569, 73_050, _DAYS - {"dt", "day"}),
    *(
        _Unit(name, _SECONDS[0] * 10**p, _SECONDS[1] * 10**p, _TIMES)
        for name, p in (("s", 0), ("ms", 3), ("us", 6), ("ns", 9))
    ),
)


def may_be_dates(name: str, some: np.ndarray) -> bool:
    """Whether some of a column's numbers lie where dates do."""
    return bool(_units(name, some))


def _units(name: str | None, some: np.ndarray) -> list[_Unit]:
    some = some[~np.isnan(some)]
    middle = float(np.median(some)) if len(some) else np.nan
    return [u for u in _UNITS if u.low <= middle <= u.high and (u.alone is not None or _is_named(name, u))]


def unit_of(name: str | None, numbers: np.ndarray) -> str:
    """Find how the numbers of a column stand for dates; empty where they are plain numbers.

    Numbers alone say it only where all of them are possible days or months by their digits, which by chance is so of
    one number in thirty or eight; otherwise the name must say it too.

    Parameters
    ----------
    name : str or None
        The column's; None where the user says that it has dates.
    numbers : ndarray
        Without missing ones.
    """
    few = numbers[np.linspace(0, len(numbers) - 1, _SAMPLE).astype(int)] if len(numbers) else numbers
    return next((unit.name for unit in _units(name, few) if _are_dates(numbers, unit, _is_named(name, unit))), "")


def _is_named(name: str | None, unit: _Unit) -> bool:
    if name is None:
        return True
    words = {word.casefold() for word in _WORD.findall(name)}
    return bool(words & unit.words) and not words & _COUNTS


def _are_dates(numbers: np.ndarray, unit: _Unit, is_named: bool) -> bool:  # noqa: FBT001
    distinct, counts = np.unique(numbers, return_counts=True)
    strange = np.isnat(dates_of_numbers(distinct, unit.name)) | (distinct < unit.low) | (distinct > unit.high)
    share = counts[strange].sum() / len(numbers)
    few = strange.sum() <= _MOST_STRANGERS and share < 1 / 2
    is_enough = is_named or (unit.alone is not None and (~strange).sum() >= unit.alone and strange.sum() <= 1)
    return bool(is_enough and (share <= 1 - _SHARE or few))
