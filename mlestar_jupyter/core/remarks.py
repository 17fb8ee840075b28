"""What is said of values: which cannot be read, which count as missing, and which may not have been meant so.

Runs alone, as `rows` does: the standard library, numpy and pandas.
"""

import dataclasses
import typing
from decimal import Decimal

import numpy as np
import pandas as pd

from mlestar_jupyter.core.amounts import says_missing
from mlestar_jupyter.core.column import Column, among, each
from mlestar_jupyter.core.opening import RowsError
from mlestar_jupyter.core.quantities import read_number
from mlestar_jupyter.core.texts import and_more, as_text, counted, some_of
from mlestar_jupyter.core.values import KINDS, LARGEST, spelling_doubts


def may_be_doubted(column: Column) -> bool:
    """Whether there is a value of a column of which `doubts` would say something."""
    return bool(column.utc or column.spelling or column.categories or "%" in column.affixes)


def doubts(column: Column, given: pd.Series, found: pd.Series) -> list[str]:
    """Say which values were read in a way that may not have been meant."""
    said = shares(column, given)
    zoned = KINDS[column.kind].zoned
    if column.utc and zoned is not None:
        local = found.notna().to_numpy() & ~zoned(given)
        if local.any():
            first = f"{_where(column, local)}: {_shown(given, local)}"
            said.append(f"{first} has no time zone{_others(local)}. It is taken as UTC.")
    if column.spelling:
        why = spelling_doubts(given, column)
        if (odd := why != "").any():
            first = f"{_where(column, odd)}: {_shown(given, odd)}"
            said.append(f"{first} {why[odd][0]}{_others(odd)}. Give it as text, as the table has it.")
            return said
    if column.categories:
        new = found.notna().to_numpy() & ~among(found, column.categories)
        if new.any():
            first = f"{_where(column, new)}: {_shown(found, new)} was not in the rows that were learned from"
            said.append(f"{first}{_others(new)}. Known are {listed(list(column.categories))}.")
    return said


def shares(column: Column, given: pd.Series) -> list[str]:
    """Point out numbers without a sign that may be shares of 1, where the table had them in percent."""
    if "%" not in column.affixes or column.high is None or not float(column.high) > 1:
        return []
    bare = np.array(each(given, lambda value: read_number(value, column.decimal), np.nan), dtype=float)
    known = np.isfinite(bare)
    if not (known & (bare != bare.round())).any() or np.abs(bare[known]).max() > 1:
        return []
    value = _shown(given, known).strip("'")
    return [
        f"{_where(column, known)}: {value} has no % sign{_others(known)}. It is read as {value} %; a cell of a "
        "workbook that shows 55 % has the value 0.55."
    ]


def check_durations(column: Column, values: pd.Series) -> None:
    """Refuse durations without a unit: pandas writes milliseconds, others seconds."""
    bare = np.array([_is_plain_number(value) and value == value for value in values], dtype=bool)
    if bare.any():
        raise RowsError(
            f"{_where(column, bare)}: {_shown(values, bare)} does not say its unit{_others(bare)}.",
            "Write durations in JSON files as text, such as '189 seconds' or '0 days 00:03:09'.",
        )


def said_missing(column: Column, values: pd.Series, unread: np.ndarray) -> str:
    """Say which values that cannot be read are missing, since they say so themselves; refuse the others.

    Raises
    ------
    RowsError
    """
    wrong = unread.copy()
    if column.kind != "boolean":
        wrong[unread] = each(values[unread], lambda v: not (isinstance(v, str) and says_missing(v)), missing=True)
    if wrong.any():
        raise _unreadable(column, values, wrong)
    return f"{_where(column, unread)}: {_shown(values, unread)} counts as missing{_others(unread)}."


def _unreadable(column: Column, values: pd.Series, wrong: np.ndarray) -> RowsError:
    value = values.iloc[int(np.flatnonzero(wrong)[0])]
    is_large = _is_plain_number(value) and column.kind == "number"
    problem = f"is too large: the limit is {LARGEST:.2g}" if is_large else KINDS[column.kind].refuses
    if column.pattern:
        problem = f"is not {column.form} such as {column.example}"
    elif not is_large and (example := column.example or (f"12{column.decimal}5" if column.kind == "number" else "")):
        problem = f"{problem} such as {example!r}"
    mend = "Correct it, or leave it empty."
    zoned = KINDS[column.kind].zoned
    if zoned is not None and not _is_plain_number(value) and zoned(values[wrong].iloc[:1]).any():
        problem, mend = "has a time zone, and the table's times had none", "Give the local time, without a zone."
    return RowsError(f"{_where(column, wrong)}: {_shown(values, wrong)} {problem}{_others(wrong)}.", mend)


def _is_plain_number(value: typing.Any) -> bool:
    is_other = isinstance(value, (bool, np.timedelta64, np.complexfloating))
    return isinstance(value, (int, float, np.number, Decimal)) and not is_other


def _where(column: Column, which: np.ndarray) -> str:
    return f"Column {column.name!r}, row {int(np.flatnonzero(which)[0]) + 1:,}"


def _shown(values: pd.Series, which: np.ndarray) -> str:
    """Show the first of some values."""
    value = values.iloc[int(np.flatnonzero(which)[0])]
    return as_text(value)[:40] if _is_plain_number(value) else repr(as_text(value)[:40])


def _others(which: np.ndarray) -> str:
    return and_more(int(which.sum()), "row")


def said_unread(column: Column, values: pd.Series, unread: np.ndarray) -> list[str]:
    """Count the values of a table that cannot be read; dates with day and month in the other order by themselves."""
    turned = _turned(column, values)
    against = unread & turned.notna().to_numpy()
    said, others = [], unread & ~against
    if against.any():
        said.append(_said_turned(column, values, against, turned))
    if others.any():
        example, form = as_text(values[others].iloc[0])[:40], column.form or KINDS[column.kind].noun
        count = counted(int(others.sum()))
        said.append(f"{column.name}: {example!r} and the like cannot be read as {form}: missing in {count}.")
    return said


_OTHER_ORDER = {"day": "month", "month": "day"}
_FEW_TURNED = 0.05


def _turned(column: Column, values: pd.Series) -> pd.Series:
    """Read dates with day and month in the other order; nothing where there is none."""
    if column.kind != "date" or column.order not in _OTHER_ORDER:
        return pd.Series(pd.NaT, index=values.index)
    return KINDS["date"].read(values, dataclasses.replace(column, order=_OTHER_ORDER[column.order]))


def _said_turned(column: Column, values: pd.Series, against: np.ndarray, turned: pd.Series) -> str:
    """Say which dates have the other order alone, and of more than a few that the others may have it too."""
    found = KINDS["date"].read(values, column)
    doubtful = (found.notna() & turned.notna() & (found != turned)).to_numpy()
    count, also = counted(int(against.sum())), ""
    if against.sum() > _FEW_TURNED * values.notna().sum() and doubtful.any():
        also = f", and {counted(int(doubtful.sum()))} such as {_shown(values, doubtful)} may be read as other days"
    return (
        f"{column.name}: the {column.order} comes first, but the {_OTHER_ORDER[column.order]} in {count} "
        f"such as {_shown(values, against)}: they count as missing{also}. Write all alike."
    )


def listed(names: list[str]) -> str:
    """Name a few in quotes."""
    return some_of(map(repr, names))
