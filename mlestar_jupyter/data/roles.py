"""What each column is, and what the target asks for: worked out from values and names, said aloud, never applied."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from mlestar_jupyter.core.contract import MISSING_TEXTS, Contract
from mlestar_jupyter.core.task import Column, Role
from mlestar_jupyter.core.values import Column as ColumnReading

_SENTINEL_NUMBERS = (-99, -999, -9999, -99999, 999, 9999, 99999, 999999)
_MAX_SENTINELS = 5
_ID_NAME = re.compile(
    r"(^|_)(id|ids|uid|uuid|guid|idcode|identifier)($|_)|(?<=[a-z])(ID|Id)$"
    r"|^(user|customer|client|patient|person|account|session|household|subject|member|employee|student|device|order|row)_?id$",
)
_WORDS_OF_TEXT = 4
_LENGTH_OF_TEXT = 50
_SAMPLE = 2000
HIGH_CARDINALITY = 30


def find_columns(
    frame: pd.DataFrame, contract: Contract, group: str | None, time: str | None, whole: pd.DataFrame | None = None
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Work out the role of every input column, and what to suggest.

    Parameters
    ----------
    frame : DataFrame
        As the contract reads it.
    contract : Contract
    group, time : str or None
        Columns whose part is known.
    whole : DataFrame, optional
        All rows in any order, where `frame` has but some: what a sample cannot tell is looked for there.

    Returns
    -------
    columns : tuple of Column
        In the table's order, without the target.
    notices : tuple of str
        What a reader should know, and suggestions for ``--time`` and ``--group``.
    """
    columns = []
    for reading in contract.columns:
        name = reading.name
        column = describe_column(frame[name], reading, None if whole is None else whole[name])
        if name == group:
            column = replace(column, role="identifier")
        elif name == time and column.role == "identifier":
            column = replace(column, role="numeric")
        columns.append(column)
    notices = _notices(columns, contract)
    if time is None:
        notices += _suggest_time(frame, columns)
    if group is None:
        notices += _suggest_group(frame, columns)
    return tuple(columns), tuple(notices)


def describe_column(values: pd.Series, reading: ColumnReading, whole: pd.Series | None = None) -> Column:
    """Work out the role of one column; `whole` has all of its values, where `values` are some."""
    column = _by_kind(values, reading)
    typed = typed_values(values, column)
    n_unique, missing = int(typed.nunique()), float(typed.isna().mean())
    if whole is not None:
        may_run = column.role == "numeric" and reading.whole and n_unique == len(values)
        if n_unique <= 1 or looks_like_id(column.name) or may_run:
            return describe_column(whole, reading)
        missing = max(missing, float(whole.isna().mean()))
    role: Role = column.role
    if n_unique == 0:
        return Column(column.name, "empty", 0, 1.0)
    if n_unique == 1 and missing == 0:
        role = "constant"
    elif _is_identifier(typed, column, n_unique, whole_numbers=reading.whole):
        role = "identifier"
    return replace(column, role=role, n_unique=n_unique, missing=missing)


def typed_values(values: pd.Series, column: Column) -> pd.Series:
    """Give the values without those that stand for missing."""
    return values.mask(values.isin(list(column.sentinels))) if column.sentinels else values


def _by_kind(values: pd.Series, reading: ColumnReading) -> Column:
    match reading.kind:
        case "boolean":
            return Column(reading.name, "categorical", 0, 0.0)
        case "date":
            return Column(reading.name, "date", 0, 0.0)
        case "number" | "duration":
            sentinels = _number_sentinels(values)
            return Column(reading.name, "numeric", 0, 0.0, stored_as_text=reading.as_text, sentinels=sentinels)
        case "text":
            return _by_text(values.dropna().astype(object), reading.name)
    return Column(reading.name, "empty", 0, 1.0)


def _by_text(texts: pd.Series, name: str) -> Column:
    """Tell free text and categories apart."""
    sentinels = tuple(t for t in texts.unique() if t.strip().casefold() in MISSING_TEXTS)[:_MAX_SENTINELS]
    known = texts[~texts.isin(sentinels)]
    if known.empty:
        return Column(name, "categorical", 0, 0.0, sentinels=sentinels)
    sample = known.iloc[:_SAMPLE]
    n_words = float(np.mean([len(text.split()) for text in sample]))
    is_long = n_words >= _WORDS_OF_TEXT or float(np.mean([len(text) for text in sample])) >= _LENGTH_OF_TEXT
    is_varied = known.nunique() > max(HIGH_CARDINALITY, len(known) // 5)
    return Column(name, "text" if is_long and is_varied else "categorical", 0, 0.0, sentinels=sentinels)


def _number_sentinels(values: pd.Series) -> tuple[float | str, ...]:
    """Find repeated values such as -999 that stand far from all others."""
    present = values.dropna().to_numpy(dtype=float)
    candidates = present[np.isin(present, _SENTINEL_NUMBERS)]
    found: list[float] = []
    for value in _SENTINEL_NUMBERS if len(candidates) else ():
        if (candidates == value).sum() > 1:
            rest = present[~np.isin(present, _SENTINEL_NUMBERS)]
            if len(rest) and _stands_apart(value, float(rest.min()), float(rest.max())):
                found.append(value)
    return tuple(found)


def _stands_apart(value: float, low: float, high: float) -> bool:
    spread = high - low
    if value < 0:
        return low > value and (low >= 0 or low - value > spread / 2)
    return value - high > spread


def _is_identifier(values: pd.Series, column: Column, n_unique: int, *, whole_numbers: bool) -> bool:
    """Whether values name rows rather than describe them: unique texts, running numbers, or an id by name."""
    present = values.dropna()
    enough = len(present) >= 10  # noqa: PLR2004 - a handful of values is unique by chance
    is_unique = n_unique == len(present) and enough
    if column.role == "categorical":
        return is_unique or (looks_like_id(column.name) and enough and n_unique > len(present) / 10)
    if column.role != "numeric" or not whole_numbers:
        return False
    is_running = is_unique and int(present.max()) - int(present.min()) == len(present) - 1
    return is_running or (looks_like_id(column.name) and enough and n_unique > len(present) / 10)


def looks_like_id(name: str) -> bool:
    """Whether a column's name says that it identifies something.

    >>> looks_like_id("customerID"), looks_like_id("idcode"), looks_like_id("humidity")
    (True, True, False)
    """
    return bool(_ID_NAME.search(name) or _ID_NAME.search(name.lower()))


def _notices(columns: list[Column], contract: Contract) -> list[str]:
    def named(chosen: list[Column]) -> str:
        return ", ".join(c.name for c in chosen)

    told = []
    if chosen := [c for c in columns if c.role == "empty"]:
        told.append(f"No value in any row: {named(chosen)}. Not used.")
    if chosen := [c for c in columns if c.role == "constant"]:
        told.append(f"The same value in every row: {named(chosen)}. Not used.")
    if chosen := [c for c in columns if c.role == "identifier"]:
        told.append(f"Identifiers, which a model would learn by heart: {named(chosen)}. Not used as inputs.")
    if chosen := [c for c in columns if c.role == "numeric" and c.stored_as_text]:
        told.append(f"Numbers stored as text: {named(chosen)}. They are read as numbers.")
    texts = {c.name for c in contract.columns if c.as_text}
    if chosen := [c for c in columns if c.role == "date" and c.name in texts]:
        told.append(f"Dates stored as text: {named(chosen)}. They are read as dates.")
    if chosen := [c for c in columns if c.role == "categorical" and c.n_unique > HIGH_CARDINALITY]:
        counts = ", ".join(f"{c.name} ({c.n_unique:,})" for c in chosen)
        told.append(f"Many distinct categories: {counts}.")
    for column in columns:
        if column.sentinels:
            shown = ", ".join(repr(s) for s in column.sentinels)
            told.append(f"{column.name}: {shown} looks like it stands for missing.")
    return told


def _suggest_time(frame: pd.DataFrame, columns: list[Column]) -> list[str]:
    """Suggest the date column that orders the rows, or else the first one."""
    dates = [c for c in columns if c.role == "date" and c.missing == 0]
    if not dates:
        return []
    ordered = [c for c in dates if typed_values(frame[c.name], c).is_monotonic_increasing]
    name = (ordered or dates)[0].name
    reason = "the rows are in its order" if ordered else "it is a date"
    return [
        f"{name} may order the rows ({reason}): add --time {name} if later rows are to be predicted from earlier ones."
    ]


def _suggest_group(frame: pd.DataFrame, columns: list[Column]) -> list[str]:
    """Suggest an id column whose values repeat: rows of one person on both sides of a split flatter the score."""
    for column in columns:
        n_rows = len(frame)
        repeats = column.n_unique >= max(10, n_rows**0.5) and n_rows >= 2 * column.n_unique
        if column.role in ("identifier", "numeric", "categorical") and looks_like_id(column.name) and repeats:
            each = n_rows / column.n_unique
            return [
                f"{column.name} repeats ({column.n_unique:,} values, {each:.1f} rows each): "
                f"add --group {column.name} if new ones are to be predicted."
            ]
    return []
