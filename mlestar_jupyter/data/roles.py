"""What each column is, and what the target asks for: worked out from values and names, said aloud, never applied."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
from pandas.api.types import is_numeric_dtype

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.task import Column
from mlestar_jupyter.core.texts import as_text, counted
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.modalities.base import Modality
from mlestar_jupyter.modalities.identifier import looks_like_id
from mlestar_jupyter.modalities.numbering import are_whole, names_rows, says_time
from mlestar_jupyter.modalities.registry import by_modality, by_precedence, modality_of, role_named

_FEW_MORE = 1.1
"""Runs of equal neighbours, for each value that they have."""


def asked_roles(
    roles: Mapping[str, str] | None, names: Sequence[str], target: str, group: str | None
) -> dict[str, Modality]:
    """Find the modalities that a user asks for, by the names of the columns.

    Raises
    ------
    SettingError
        When there is no such column or role, or the column's part is another one.
    """
    found = {}
    for name, word in (roles or {}).items():
        if name == target:
            raise SettingError(
                f"--role names {name!r}, which is the target.", mend="Say with --problem what kind of target it is."
            )
        if name not in names:
            raise unknown("column", name, names)
        found[name] = role_named(word)
        if name == group and found[name].is_input:
            problem = f"--role makes {name!r} an input, and --group keeps it out of the inputs."
            raise SettingError(problem, mend="Leave one of them out.")
    return found


def unread_notices(raw: pd.DataFrame, frame: pd.DataFrame, asked: Mapping[str, Modality]) -> list[str]:
    """Count what is missing because a user asks for a role that such values do not have."""
    notices = []
    for name in (name for name, modality in asked.items() if modality.is_input):
        unread = raw[name].notna().to_numpy() & frame[name].isna().to_numpy()
        if count := int(unread.sum()):
            rows, role = counted(count), asked[name].word
            example = as_text(raw[name][unread].iloc[0])[:40]
            notices.append(f"{name}: {example!r} and the like cannot be read as a {role}: missing in {rows}.")
    return notices


def kept_as_text(roles: Mapping[str, str] | None) -> list[str]:
    """Name the columns that a reader of files must not make numbers of, by the roles that a user asks for."""
    return [name for name, word in (roles or {}).items() if role_named(word).keeps_text]


def find_columns(
    frame: pd.DataFrame,
    contract: Contract,
    group: str | None,
    time: str | None,
    whole: pd.DataFrame | None = None,
    asked: Mapping[str, Modality] | None = None,
    learned: pd.DataFrame | None = None,
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
        All rows, where `frame` has but some: what a sample cannot tell is looked for there.
    asked : mapping, optional
        By name of a column, the modality that the user asks for.
    learned : DataFrame, optional
        Only the rows that are learned from: what never varies there is constant or empty.

    Returns
    -------
    columns : tuple of Column
        In the table's order, without the target.
    notices : tuple of str
        What a reader should know, and suggestions for ``--time`` and ``--group``.
    """
    columns, asked = [], asked or {}
    for reading in contract.columns:
        name = reading.name
        column = describe_column(frame[name], reading, None if whole is None else whole[name], asked.get(name))
        if learned is not None and name not in asked and modality_of(column).is_input and _never_varies(learned[name]):
            column = describe_column(learned[name], reading)
        if name == group:
            column = replace(column, role="identifier")
        elif name == time and name not in asked and column.role == "identifier":
            column = replace(column, role="numeric" if reading.kind == "number" else "categorical")
        columns.append(column)
    notices = _notices([c for c in columns if c.name != group], contract, frame if whole is None else whole, time)
    if time is None:
        notices += _suggest_time(frame, columns)
    if group is None:
        notices += _suggest_group(frame if whole is None else whole, columns)
    return tuple(columns), tuple(notices)


def describe_column(
    values: pd.Series, reading: ColumnReading, whole: pd.Series | None = None, asked: Modality | None = None
) -> Column:
    """Work out the role of one column, or take the one that is asked for; `whole` has all values, if there are more."""
    if asked is None:
        detected = next(found for m in by_precedence() if (found := m.detect(values, reading)) is not None)
    else:
        detected = asked.described(values, reading)
    typed = typed_values(values, detected)
    column = replace(detected, n_unique=int(typed.nunique()), missing=float(typed.isna().mean()))
    if whole is not None:
        if column.n_unique <= 1 or looks_like_id(column.name) or _may_number_rows(typed, column):
            return describe_column(whole, reading, asked=asked)
        column = replace(column, missing=max(column.missing, float(whole.isna().mean())))
    if asked is not None and (column.n_unique or not asked.is_input):
        return column
    taken = (m.takes_over(typed, column, reading) for m in by_precedence())
    return next((found for found in taken if found is not None), column)


def _may_number_rows(values: pd.Series, column: Column) -> bool:
    """Whether all rows are worth a look: the sampled numbers are whole, and none is there twice."""
    present = values.dropna()
    if column.role != "numeric" or (column.n_unique < len(present) and not names_rows(column.name)):
        return False
    return are_whole(present.to_numpy(dtype=float))


def _never_varies(values: pd.Series) -> bool:
    """Whether there is one value at most, looked for in few rows first."""
    return values.iloc[:1000].nunique(dropna=False) <= 1 and values.nunique(dropna=False) <= 1


def typed_values(values: pd.Series, column: Column) -> pd.Series:
    """Give the values without those that stand for missing."""
    return values.mask(values.isin(list(column.sentinels))) if column.sentinels else values


def _notices(columns: list[Column], contract: Contract, frame: pd.DataFrame, time: str | None) -> list[str]:
    readings = {c.name: c for c in contract.columns}
    notices = [notice for modality, chosen in by_modality(columns) for notice in modality.notices(chosen, readings)]
    for column in columns:
        if column.sentinels:
            values = frame[column.name]
            count = int(values.isin(list(column.sentinels)).sum())
            in_time = column.name == time and column.role == "numeric"
            notices.append(_said_in_time(column, values, count) if in_time else _said_missing(column, count))
    return notices


def _said_missing(column: Column, count: int) -> str:
    """Say which values of a column stand for "missing", and how they are kept."""
    numbers = [as_text(value) for value in column.sentinels if not isinstance(value, str)]
    shown = ", ".join(numbers or map(repr, column.sentinels))
    counts, them = ("counts", "it") if len(column.sentinels) == 1 else ("count", "them")
    where = ", far from all other values," if numbers else ""
    rows = counted(count)
    keep = f"To keep {them}, change the cleaning block."
    return f"{column.name}: {shown}{where} {counts} as missing in {rows}. {keep}"


def _said_in_time(column: Column, values: pd.Series, count: int) -> str:
    """Say where in time the rows are whose time seems to be missing."""
    shown = ", ".join(map(as_text, column.sentinels))
    lowest = typed_values(values, column).min()
    where = " or ".join(sorted({"first" if float(value) < lowest else "last" for value in column.sentinels}))
    return (
        f"{column.name}: {counted(count)} with {shown}, far from all other values, come {where} in time. Where that "
        "stands for missing, leave the cells empty: such rows are left out."
    )


def _suggest_time(frame: pd.DataFrame, columns: list[Column]) -> list[str]:
    """Suggest the column of dates that orders the rows, or of years and the like that counts them, or else a date."""
    dates = [c for c in columns if c.role == "date" and c.missing == 0]
    counts = [c for c in columns if c.role == "numeric" and says_time(c.name) and c.n_unique == len(frame)]
    ordered = [c for c in (*dates, *counts) if typed_values(frame[c.name], c).is_monotonic_increasing]
    if not (ordered or dates):
        return []
    name = (ordered or dates)[0].name
    reason = "the rows are in its order" if ordered else "it is a date"
    return [
        f"{name} may order the rows ({reason}): add --time {shlex.quote(name)} if later rows are to be predicted from "
        "earlier ones."
    ]


def _suggest_group(frame: pd.DataFrame, columns: list[Column]) -> list[str]:
    """Suggest a column whose values repeat: rows of one person on both sides of a split flatter the score.

    An id, by its name, or texts whose equal values stand together.
    """
    n_rows = len(frame)
    often = [c for c in columns if c.n_unique >= max(10, n_rows**0.5) and n_rows >= 2 * c.n_unique]
    named = [c for c in often if c.role in ("identifier", "numeric", "categorical") and looks_like_id(c.name)]
    for column in (*named, *(c for c in often if c.role in ("identifier", "categorical") and c not in named)):
        if column in named or _stand_together(frame[column.name]):
            each = n_rows / column.n_unique
            return [
                f"{column.name} repeats ({column.n_unique:,} values, {each:.1f} rows each): "
                f"add --group {shlex.quote(column.name)} if new ones are to be predicted."
            ]
    return []


def _stand_together(values: pd.Series) -> bool:
    """Whether equal texts are neighbours, but for few."""
    codes = pd.factorize(values)[0]
    n_runs = 1 + int((codes[1:] != codes[:-1]).sum())
    return not is_numeric_dtype(values.dtype) and n_runs <= _FEW_MORE * (int(codes.max()) + 1)
