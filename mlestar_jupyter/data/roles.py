"""What each column is, and what the target asks for: worked out from values and names, said aloud, never applied."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.task import Column
from mlestar_jupyter.core.texts import as_text
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.identifier import looks_like_id
from mlestar_jupyter.modalities.registry import by_modality, by_precedence


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
    notices = _notices(columns, contract, frame if whole is None else whole)
    if time is None:
        notices += _suggest_time(frame, columns)
    if group is None:
        notices += _suggest_group(frame, columns)
    return tuple(columns), tuple(notices)


def describe_column(values: pd.Series, reading: ColumnReading, whole: pd.Series | None = None) -> Column:
    """Work out the role of one column; `whole` has all of its values, where `values` are some."""
    detected = next(found for m in by_precedence() if (found := m.detect(values, reading)) is not None)
    typed = typed_values(values, detected)
    column = replace(detected, n_unique=int(typed.nunique()), missing=float(typed.isna().mean()))
    if whole is not None:
        may_run = column.role == "numeric" and reading.whole and column.n_unique == len(values)
        if column.n_unique <= 1 or looks_like_id(column.name) or may_run:
            return describe_column(whole, reading)
        column = replace(column, missing=max(column.missing, float(whole.isna().mean())))
    taken = (m.takes_over(typed, column, reading) for m in by_precedence())
    return next((found for found in taken if found is not None), column)


def typed_values(values: pd.Series, column: Column) -> pd.Series:
    """Give the values without those that stand for missing."""
    return values.mask(values.isin(list(column.sentinels))) if column.sentinels else values


def _notices(columns: list[Column], contract: Contract, frame: pd.DataFrame) -> list[str]:
    readings = {c.name: c for c in contract.columns}
    notices = [notice for modality, chosen in by_modality(columns) for notice in modality.notices(chosen, readings)]
    for column in columns:
        if column.sentinels:
            notices.append(_said_missing(column, int(frame[column.name].isin(list(column.sentinels)).sum())))
    return notices


def _said_missing(column: Column, count: int) -> str:
    """Say which values of a column stand for "missing", and how they are kept."""
    numbers = [as_text(value) for value in column.sentinels if not isinstance(value, str)]
    shown = ", ".join(numbers or map(repr, column.sentinels))
    counts, them = ("counts", "it") if len(column.sentinels) == 1 else ("count", "them")
    where = ", far from all other values," if numbers else ""
    rows = "1 row" if count == 1 else f"{count:,} rows"
    keep = f"To keep {them}, change the cleaning block."
    return f"{column.name}: {shown}{where} {counts} as missing in {rows}. {keep}"


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
