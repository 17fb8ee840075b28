"""What comes first in dates such as 3/9/2026: found by evidence, for a whole column, and said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.column import Column
from mlestar_jupyter.core.month_names import folded
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.modalities.date_evidence import DateTexts

_FEW = 6  # distinct dates from which on their order in the table is no chance
_SORTED, _CLEARLY = 0.95, 0.1
_DAY_WORDS = frozenset(["datum", "fecha", "giorno", "jour", "tarih", "dato", "dia", "tag", "дата", "dzien"])


@dataclass(frozen=True)
class Order:
    """What comes first in the dates of a column, and what shows it.

    Parameters
    ----------
    first : {"day", "month", "year", ""}
    shown_by : {"dates", "rows", "option", "table", ""}
        The dates themselves, their sequence, what the user says, the rest of the table, or nothing.
    reason : str
        The rest of a sentence after "since".
    against : tuple of (int, str)
        Rows that can be read in the other order alone, and an example.
    """

    first: str
    shown_by: str = ""
    reason: str = ""
    against: tuple[int, str] = (0, "")


def own_order(dates: DateTexts, dayfirst: bool | None = None) -> Order:  # noqa: FBT001 - as the option
    """Find what comes first by the dates of a column alone, or as the user says where they do not show it."""
    if not dates.days:
        return Order("")
    if (leading := _year_first(dates, is_open=dayfirst is None)) is not None:
        return leading
    day, month = dates.only("day", "month"), dates.only("month", "day")
    if dayfirst is not None and bool(day[0]) == bool(month[0]):
        return Order("day", "option", against=month) if dayfirst else Order("month", "option", against=day)
    if day[0] > month[0]:
        return Order("day", "dates", f"{day[1]!r} can be read in no other way", month)
    if month[0]:
        return Order("month", "dates", f"{month[1]!r} can be read in no other way", day)
    return _by_sequence(dates) or _by_starts(dates) or Order("month")


def _year_first(dates: DateTexts, *, is_open: bool) -> Order | None:
    """Find years of two digits that come first."""
    years, others = dates.rows.get("year", 0), max(dates.rows["day"], dates.rows["month"])
    if years > others:
        return Order("year", "dates", f"{dates.only('year', 'day')[1]!r} can be read in no other way")
    return Order("year", "table", "the last number varies as days do") if is_open and years == others > 0 else None


def opposite(first: str) -> str:
    """The other order of day and month."""
    return "month" if first == "day" else "day"


def _by_sequence(dates: DateTexts) -> Order | None:
    """Find the order in which the rows are sorted."""
    shares = {}
    for order in ("day", "month"):
        found = dates.by_rows(order)
        steps = np.diff(found).astype(np.int64)
        steps = steps[steps != 0]
        if len(np.unique(found)) < _FEW:
            return None
        up = float((steps > 0).mean())
        shares[order] = max(up, 1 - up)
    best, other = sorted(shares, key=lambda order: -shares[order])
    is_sorted = shares[best] == 1 > shares[other]
    if is_sorted or (shares[best] >= _SORTED and shares[other] < shares[best] - _CLEARLY):
        return Order(best, "rows", "only so are the rows in order")
    return None


def _by_starts(dates: DateTexts) -> Order | None:
    """Find dates that are the first of months, over several years."""
    distinct = dates.numbers.drop_duplicates()  # of moments each day once
    firsts, seconds = distinct["first"].astype(int), distinct["second"].astype(int)
    if len(distinct) < _FEW or distinct["third"].nunique() == 1:
        return None
    for order, days, months in (("day", firsts, seconds), ("month", seconds, firsts)):
        if (days == 1).all() and months.nunique() > 1:
            return Order(order, "rows", "only so is each the first of a month")
    return None


def settled(found: Mapping[str, tuple[DateTexts, Order]], hint: str) -> dict[str, Order]:
    """Settle what comes first where the dates of a column do not show it, by the rest of the table.

    Parameters
    ----------
    found : mapping
        By column.
    hint : str
        What suggests that the table was written where the day comes first; empty where nothing does.
    """
    shown = {name: order.first for name, (_, order) in found.items() if order.shown_by in ("dates", "rows")}
    agreed = set(shown.values()) - {"year"}
    orders = {}
    for name, (dates, order) in found.items():
        by_name = next((f"{word!r} in its name suggests it" for word in _day_words(name)), "")
        if order.shown_by or not order.first or order.against[0]:
            orders[name] = order
        elif len(agreed) == 1:
            like = next(each for each in shown if shown[each] in agreed)
            orders[name] = Order(shown[like], "table", f"so it is in {like}")
        elif dates.have_points or hint or by_name:
            orders[name] = Order(
                "day", "table", "they are written with points" if dates.have_points else hint or by_name
            )
        else:
            orders[name] = order
    return orders


def _day_words(name: str) -> list[str]:
    """Words for a date in languages whose dates begin with the day."""
    return [word for word in re.split(r"[\W_]+", folded(name)) if word in _DAY_WORDS]


# --- what is said -------------------------------------------------------------------------------------------------


def order_notices(name: str, dates: DateTexts, order: Order, dayfirst: bool | None) -> list[str]:  # noqa: FBT001
    """Say how the dates of a column are read, and why."""
    if not order.first:
        return []
    example, first = dates.example, order.first
    other = opposite(first)
    switch = "--dayfirst" + ("" if other == "day" else " false")
    notices = []
    if order.against[0]:
        notices.append(
            f"{name}: the {first} comes first, but the {other} in {counted(order.against[0])} such as "
            f"{order.against[1]!r}: they count as missing. Write all alike."
        )
    elif not example and first != "year":
        return _year_notices(name, dates, order)
    elif order.shown_by == "dates":
        notices.append(f"{name}: the {first} comes first{_as_in(example)}, since {order.reason}.")
    elif order.shown_by == "option":
        notices.append(f"{name}: the {first} comes first{_as_in(example)}, as set.")
    elif order.shown_by in ("rows", "table"):
        notices.append(
            f"{name}: the {first} is read first{_as_in(example)}, since {order.reason}. "
            f"If the {other} comes first, add {switch}."
        )
    else:
        notices.append(
            f"{name}: nothing shows whether day or month comes first{_as_in(example)}: the {first} is read first. "
            f"If the {other} comes first, add {switch}."
        )
    notices += _year_notices(name, dates, order)
    if dayfirst is not None and order.shown_by == "dates" and first == ("month" if dayfirst else "day"):
        notices.append(f"{name}: --dayfirst{'' if dayfirst else ' false'} is not followed, since {order.reason}.")
    return notices


def _year_notices(name: str, dates: DateTexts, order: Order) -> list[str]:
    """Say that the year is last where it may as well be first."""
    if order.first == "year" or not dates.year_is_open:
        return []
    return [
        f"{name}: the last number is read as the year in dates such as {dates.shows(order.first)!r}. If the year comes "
        "first, write it with four digits."
    ]


def clash_notice(name: str, dates: DateTexts) -> list[str]:
    """Say that a column has dates in both orders, too many of either to read them in one."""
    if not dates.days:
        return []
    (n_day, day), (n_month, month) = dates.only("day", "month"), dates.only("month", "day")
    if not (n_day and n_month and dates.are_dates(*(Column("", "date", order=order) for order in ("day", "month")))):
        return []
    return [
        f"{name}: the day comes first in {counted(n_day)} such as {day!r}, the month in {counted(n_month)} such as "
        f"{month!r}: it is not read as dates. Write all alike, or add --dayfirst or --dayfirst false to read one kind."
    ]


def _as_in(example: str) -> str:
    return f" in dates such as {example!r}" if example else ""
