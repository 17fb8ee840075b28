"""Columns of dates and times."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.column import is_number
from mlestar_jupyter.core.dates import has_zone
from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.core.texts import MISSING_TEXTS
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.core.values import read_column
from mlestar_jupyter.modalities.base import Cleaning, Measured, Modality, RawColumn
from mlestar_jupyter.modalities.date_evidence import DateTexts, all_texts, may_be_date
from mlestar_jupyter.modalities.date_numbers import may_be_dates, unit_of
from mlestar_jupyter.modalities.date_order import Order, opposite, own_order
from mlestar_jupyter.modalities.names import Pattern, free_name
from mlestar_jupyter.modalities.rendering import writer
from mlestar_jupyter.modalities.techniques import TechniqueKind, Values, in_pairs, singly

_PARTS = ("year", "month", "weekday", "hour", "yearday", "days")
_EPOCH_NAME = re.compile(r".*_at|.*_time|modified|date|datetime|timestamp.*", re.IGNORECASE)
_EPOCH_UNITS = ((1e11, "s"), (1e14, "ms"), (1e17, "us"), (np.inf, "ns"))
_FEW = 1_000
_FIRST_EPOCH = 31_536_000
"""1971, as pandas has it: what is smaller is a number like any other."""
_MOST = 3  # dates whose differences, calendar and hours become features
_PERIODS = {"hour": 24, "hr": 24, "weekday": 7, "month": 12, "mnth": 12}
_split = writer("cleaning_dates")


class Date(Modality):
    """Points in time, however they are written."""

    name = "date"
    cleaned = "dates"

    def reading(self, raw: RawColumn) -> ColumnReading | None:
        dtype = raw.values.dtype
        if isinstance(dtype, pd.PeriodDtype):
            return ColumnReading(raw.name, "date", freq=dtype.freq.freqstr)
        if types.is_datetime64_any_dtype(dtype):
            return ColumnReading(raw.name, "date", utc=has_zone(dtype))
        if raw.dates is not None or len(raw.texts):
            return _of_texts(raw)
        if raw.objects is None or raw.inferred not in ("date", "datetime", "datetime64", "period"):
            return None
        return ColumnReading(
            raw.name,
            "date",
            utc=any(getattr(value, "tzinfo", None) is not None for value in raw.objects),
            freq=raw.objects.iloc[0].freqstr if raw.inferred == "period" else "",
        )

    def asked(self, raw: RawColumn) -> ColumnReading | None:
        if is_number(raw.values.dtype):
            present = read_column(raw.values, ColumnReading(raw.name, "number"))[0].dropna()
            if unit := unit_of(None, present.to_numpy(dtype=float)):
                return ColumnReading(raw.name, "date", unit=unit)
        texts = all_texts(raw.values.dropna().astype(object), MISSING_TEXTS)
        return self.reading(raw) or reading_of_texts(raw.name, texts, own_order(texts, raw.dayfirst))

    def detect(self, values: pd.Series, reading: ColumnReading) -> Column | None:
        del values
        return Column(reading.name, self.name, 0, 0.0) if reading.kind == "date" else None

    def notices(self, columns: Sequence[Column], readings: Mapping[str, ColumnReading]) -> Iterable[str]:
        if names := [c.name for c in columns if readings[c.name].as_text and readings[c.name].unit in ("", "month")]:
            yield f"Dates stored as text: {', '.join(names)}. They are read as dates."

    def figures(self, known: pd.Series) -> Mapping[str, float | str]:
        return {"lowest": str(known.min()), "highest": str(known.max())}

    def measured(self, values: pd.Series) -> Measured | None:
        stamps = pd.to_datetime(values, errors="coerce", utc=True).astype("datetime64[us, UTC]")
        seconds = (stamps - pd.Timestamp(0, tz="UTC").as_unit("us")).dt.total_seconds()  # nanoseconds end in 2262
        return Measured(pd.Series(seconds.to_numpy(dtype=float), index=values.index), is_numeric=True)

    def gaps(self, column: Column) -> list[float | str]:
        del column
        return []  # text where dates are expected becomes missing by itself

    def cleaning(self, task: Task, columns: Sequence[Column], kept: Sequence[Column]) -> Cleaning:
        del columns, kept
        return Cleaning(split=_split(dates=date_parts(task)), imports=("import pandas as pd",))

    def least(self, columns: Sequence[Column]) -> str:
        return f".astype({literal(dict.fromkeys((c.name for c in columns), 'str'))})"

    def made(self, task: Task) -> Collection[str]:
        return [name for parts in date_parts(task).values() for name in parts.values()]

    def techniques(self) -> Mapping[str, TechniqueKind]:
        return {
            "date differences": TechniqueKind(
                40,
                "how long something took",
                writer("features_date_differences"),
                "FunctionTransformer(add_date_differences)",
                _date_differences,
                in_pairs("{} to {} days"),
            ),
            "calendar": TechniqueKind(
                80,
                "weekends and the turn of the month",
                writer("features_calendar"),
                "FunctionTransformer(add_calendar)",
                _calendar,
                singly("{} is weekend", "{} monthday", "{} days to month end", of="dates"),
            ),
            "cycles": TechniqueKind(
                110,
                "time on a circle",
                writer("features_cyclic"),
                "FunctionTransformer(add_cycles)",
                _cycles,
                lambda v: [Pattern(text, [(column,) for column, _ in v["cycles"]]) for text in ("{} sin", "{} cos")],
            ),
        }


# --- how dates are read -------------------------------------------------------------------------------------------


def _of_texts(raw: RawColumn) -> ColumnReading | None:
    """Recognise dates that are stored as text."""
    dates = raw.dates
    if dates is None or dates.are_seasons():
        return None
    order = own_order(dates, raw.dayfirst)
    column = reading_of_texts(raw.name, dates, order)
    if not len(raw.texts) and raw.objects is not None:  # dates as Python has them, beside others
        are_texts = raw.objects.map(lambda value: isinstance(value, str) and may_be_date(value)).any()
        column = replace(column, as_text=bool(are_texts))
    also = [replace(column, order=opposite(order.first))] if order.shown_by == "option" else []
    return column if dates.are_dates(column, *also) else None


def reading_of_texts(name: str, dates: DateTexts, order: Order) -> ColumnReading:
    """Say how texts are read as dates."""
    return ColumnReading(name, "date", as_text=True, order=order.first, pivot=dates.pivot, utc=dates.has_zones)


def of_times(raw: RawColumn) -> ColumnReading | None:
    """Read a column of texts that the user names as one of times; None where some are no dates."""
    texts = all_texts(raw.values.dropna().astype(object), MISSING_TEXTS)
    if texts.are_seasons():  # they sort as they are
        return None
    order = own_order(texts, raw.dayfirst)
    for column in (
        reading_of_texts(raw.name, texts, order),
        ColumnReading(raw.name, "date", as_text=True, unit="month"),
    ):
        if texts.read(column)[~texts.absent].notna().all():
            return column
    return None


def first_undated(values: pd.Series) -> int | None:
    """Find the first row whose text is no date; None where there is none, or they are seasons, which sort as texts."""
    present = values.dropna()
    texts = all_texts(present.astype(object), MISSING_TEXTS)
    column = reading_of_texts("", texts, own_order(texts))
    strange = texts.read(column).isna().to_numpy()[texts.codes]
    return None if texts.are_seasons() or not strange.any() else int(present.index[int(np.argmax(strange))])


def epoch(raw: RawColumn, number: ColumnReading) -> ColumnReading | None:
    """Take numbers for dates where name and size say so: as pandas does in JSON, and digits such as 20261231."""
    if number.kind != "number":
        return None
    few = raw.values.iloc[np.unique(np.linspace(0, len(raw.values) - 1, _FEW).astype(int))]
    named = raw.function == "read_json" and _EPOCH_NAME.fullmatch(raw.name) is not None
    if not named and not may_be_dates(raw.name, read_column(few, number)[0].to_numpy(dtype=float)):
        return None
    present = read_column(raw.values, number)[0].dropna()
    unit = ""
    if named and present.min() > _FIRST_EPOCH:
        unit = next(unit for limit, unit in _EPOCH_UNITS if present.max() < limit)
    unit = unit or unit_of(raw.name, present.to_numpy(dtype=float))
    return ColumnReading(raw.name, "date", as_text=number.as_text, unit=unit) if unit else None


# --- columns that blocks make of dates ----------------------------------------------------------------------------


def date_parts(task: Task) -> dict[str, dict[str, str]]:
    """Name the columns that the ``cleaning`` block makes of each date: by date, then by part.

    ``days`` is the time since 2000-01-01.
    """
    taken = {c.name for c in task.columns}
    found: dict[str, dict[str, str]] = {}
    for date in task.names("date"):
        found[date] = {part: free_name(f"{date}_{part}", taken) for part in _PARTS}
        taken.update(found[date].values())
    return found


def hours_of_the_week(task: Task) -> list[tuple[str, str]]:
    """Weekday and hour of the first dates."""
    return [(parts["weekday"], parts["hour"]) for parts in _first(task).values()]


def _first(task: Task) -> dict[str, dict[str, str]]:
    return dict(list(date_parts(task).items())[:_MOST])


def _date_differences(task: Task) -> Values | None:
    dates = {name: parts["days"] for name, parts in _first(task).items()}
    return {"pairs": list(combinations(dates, 2)), "days": dates} if len(dates) > 1 else None


def _calendar(task: Task) -> Values | None:
    dates = {name: parts["days"] for name, parts in _first(task).items()}
    return {"dates": dates, "is_usual": all(days == f"{d}_days" for d, days in dates.items())} if dates else None


def _cycles(task: Task) -> Values | None:
    found = [
        (parts[part], period)
        for parts in date_parts(task).values()
        for part, period in (("hour", 24), ("weekday", 7), ("month", 12))
    ]
    named = [
        (c.name, _PERIODS[c.name.lower()]) for c in task.columns if c.role == "numeric" and c.name.lower() in _PERIODS
    ]
    return {"cycles": [*found, *named]} if found or named else None
