"""The dates of a whole table: what comes first in them, what stands for missing, and what is said of both."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlestar_jupyter.core.dates import zoned
from mlestar_jupyter.core.texts import MISSING_TEXTS, as_text, counted, some_of
from mlestar_jupyter.core.values import Column, read_column
from mlestar_jupyter.modalities.base import RawColumn
from mlestar_jupyter.modalities.date_evidence import DateTexts, all_texts
from mlestar_jupyter.modalities.date_order import Order, clash_notice, order_notices, own_order, settled

_MOST_MARKS, _SHOWN = 100, 3
_FAR = (
    "0001-01-01 1111-11-11 1600-01-01 1601-01-01 1753-01-01 1800-01-01 1899-12-30 1899-12-31 1900-01-01 1900-01-02",
    "1970-01-01 2099-12-31 2100-01-01 2199-12-31 2200-01-01 2222-02-22 2262-04-11 2299-12-31 2500-01-01 2999-12-31",
    "3000-01-01 3999-12-31 4000-01-01 4712-12-31 5000-01-01 7999-12-31 8888-12-31 9999-01-01 9999-12-30 9999-12-31",
)
"""Days that programs write where they know none."""
_YEARS = 10 * 365.25
_USUAL_YEARS, _CENTURY = (1500, 2200), 100
_FEWEST, _OFTEN = 3, 5


@dataclass(frozen=True)
class DateColumns:
    """The columns of a table, those of dates settled.

    Parameters
    ----------
    columns : tuple of Column
    notices : tuple of str
    """

    columns: tuple[Column, ...]
    notices: tuple[str, ...] = ()


def settle_dates(raws: Mapping[str, RawColumn], columns: list[Column], hint: str) -> DateColumns:
    """Settle how the date columns of a table are read, by all that the table shows.

    Parameters
    ----------
    raws : mapping
        By column.
    columns : list of Column
    hint : str
        What suggests that the day comes first; empty where nothing does.
    """
    found = {}
    for column in columns:
        if column.kind == "date" and column.as_text and not column.unit:
            raw = raws[column.name]
            dates = raw.dates or all_texts(raw.values.dropna().astype(object), MISSING_TEXTS)
            found[column.name] = (dates, own_order(dates, raw.dayfirst))
    orders = settled(found, hint)
    changed = []
    notices = _order_notices(found, orders, next((raw.dayfirst for raw in raws.values()), None))
    for column in columns:
        raw = raws[column.name]
        if column.kind == "date":
            if column.name in orders:
                order = orders[column.name].first
                column = replace(column, order=order, example=found[column.name][0].shows(order))  # noqa: PLW2901
            column, said = _with_missing(raw, column, orders.get(column.name))  # noqa: PLW2901
            notices += said
        elif column.kind == "text" and raw.dates is not None and not raw.dates.are_seasons():
            notices += clash_notice(column.name, raw.dates)
        changed.append(column)
    return DateColumns(tuple(changed), tuple(notices))


def _order_notices(
    found: Mapping[str, tuple[DateTexts, Order]],
    orders: Mapping[str, Order],
    dayfirst: bool | None,  # noqa: FBT001
) -> list[str]:
    """Say how dates are read, of all columns in a line for which the same is to be said."""
    alike: dict[tuple[object, ...], list[str]] = {}
    for name, order in orders.items():
        is_doubled = order.against[0] or (not found[name][0].example and order.first != "year")
        reason = "" if order.shown_by == "dates" else order.reason
        alike.setdefault((order.first, order.shown_by, reason, name if is_doubled else ""), []).append(name)
    return [
        notice
        for names in alike.values()
        for notice in order_notices(", ".join(names), found[names[0]][0], orders[names[0]], dayfirst)
    ]


def _with_missing(raw: RawColumn, column: Column, order: Order | None) -> tuple[Column, list[str]]:
    """Take note of what counts as missing: what cannot be read, and days that stand for it."""
    found, unread = read_column(raw.values, column)
    marks: list[str] = []
    days = _days(found)
    notices = [
        *_local(raw, column, found),
        *_numbers(raw, column, found),
        *_years(raw.dates, column),
        *_other_calendar(column, days),
    ]
    if unread is not None:
        texts = raw.values[unread].map(as_text).str.strip()
        marks += texts.unique()[:_MOST_MARKS].tolist()
        notices += _unread_notice(column, texts, order)
    for day, count in _far_days(days).items():
        there = raw.values[(found.dt.strftime("%Y-%m-%d") == day).to_numpy()].map(as_text).str.strip()
        marks += there.unique()[:_MOST_MARKS].tolist()
        notices.append(f"{column.name}: {day} is far from all other dates: in {counted(count)} it counts as missing.")
    return replace(column, marks=tuple(dict.fromkeys(marks))), notices


def _unread_notice(column: Column, texts: pd.Series, order: Order | None) -> Iterator[str]:
    """Count what cannot be read, but for dates in another order, which are counted already."""
    if order is not None and order.against[0]:
        other = "month" if order.first == "day" else "day"
        has_other = read_column(texts, replace(column, order=other))[0].notna()
        texts = texts[~has_other.to_numpy()]
    texts = texts[texts != ""]
    if len(texts):
        counts = texts.value_counts()
        shown = some_of((repr(text[:40]) for text in counts.index), _SHOWN)
        keep = f"To keep such texts, add --role {shlex.quote(f'{column.name}=category')}."
        yield f"{column.name}: {shown} cannot be read as a date: missing in {counted(len(texts))}. {keep}"


def _local(raw: RawColumn, column: Column, found: pd.Series) -> Iterator[str]:
    """Say which times have no zone in a column that is read as UTC, since others have one."""
    if not column.utc or raw.objects is None:
        return
    local = found.notna().to_numpy() & ~zoned(raw.values)
    if local.any():
        shown = as_text(raw.values[local].iloc[0])[:40]
        yield (
            f"{column.name}: {shown!r} and the like have no time zone, as others have, and are taken as UTC: "
            f"{counted(int(local.sum()))}. Write the zone where that is wrong."
        )


def _numbers(raw: RawColumn, column: Column, found: pd.Series) -> Iterator[str]:
    """Say that numbers are read as dates."""
    if column.unit and column.unit != "month":
        first = int(found.notna().to_numpy().argmax())
        yield (
            f"{column.name}: numbers such as {as_text(raw.values.iloc[first])} are read as dates "
            f"({found.iloc[first]:%Y-%m-%d}). Add --role {shlex.quote(f'{column.name}=number')} to keep numbers."
        )


def _years(dates: DateTexts | None, column: Column) -> Iterator[str]:
    """Say which years two digits stand for, where it is not as usual."""
    if dates is not None and column.pivot != Column("", "date").pivot:
        years = dates.read(column).dt.year
        yield (
            f"{column.name}: years of two digits are read as {int(years.min())} to {int(years.max())}. "
            "Write them with four digits if they are others."
        )


def _days(found: pd.Series) -> pd.Series:
    """Count the rows of each day."""
    days: pd.Series = found.dropna().dt.tz_localize(None).dt.normalize().value_counts()
    return days


def _may_say_missing(days: pd.Series) -> np.ndarray:
    """Which of some days are those that programs write where they know none."""
    return np.asarray(pd.DatetimeIndex(days.index).strftime("%Y-%m-%d").isin(" ".join(_FAR).split()))


def _other_calendar(column: Column, days: pd.Series) -> Iterator[str]:
    """Point out years that are most likely of another calendar: 2567 is 2024 in Thailand, 1445 in Arabia."""
    known = days[~_may_say_missing(days)]
    years = np.sort(np.repeat(pd.DatetimeIndex(known.index).year, known))
    if len(years) and not _USUAL_YEARS[0] <= (middle := years[len(years) // 2]) <= _USUAL_YEARS[1]:
        span = years[np.abs(years - middle) <= _CENTURY]
        yield (
            f"{column.name}: the years are {span[0]} to {span[-1]}. If they are of another calendar, "
            "such as the Buddhist or the Islamic one, convert them."
        )


def _far_days(days: pd.Series) -> dict[str, int]:
    """Find days that repeat far from all others, with how many rows have them."""
    candidates = _may_say_missing(days)
    rest = days[~candidates]
    if not candidates.any() or len(rest) < 2:
        return {}
    low, high, often = rest.index.min(), rest.index.max(), int(rest.max())
    far = {}
    for day, count in days[candidates].items():
        away = max((low - day).days, (day - high).days)
        is_often = count >= _FEWEST and count > _OFTEN * often and away > _YEARS
        if count > 1 and (is_often or away > max((high - low).days, _YEARS)):
            far[f"{day:%Y-%m-%d}"] = int(count)
    return far
