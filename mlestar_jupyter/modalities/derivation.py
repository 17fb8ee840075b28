"""The contract for rows, worked out from a table: how each column is read follows from its modality."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.amounts import says_missing
from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.delimited import shared
from mlestar_jupyter.core.dialects import PADDING
from mlestar_jupyter.core.spelling import spellings
from mlestar_jupyter.core.texts import MISSING_IN_FILES, as_text
from mlestar_jupyter.core.values import LARGEST, Column, dense, read_column, read_number
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.base import Modality, RawColumn
from mlestar_jupyter.modalities.date import of_times
from mlestar_jupyter.modalities.date_columns import settle_dates
from mlestar_jupyter.modalities.number import Number
from mlestar_jupyter.modalities.number_columns import category_notices, missing_notices, number_notices, with_preference
from mlestar_jupyter.modalities.registry import by_precedence

_MOST_MARKS = 100
MOST_CLASSES = 20
"""Distinct numbers in the text of a target up to which they are classes, where no problem type is named."""


@dataclass(frozen=True)
class Derived:
    """A contract, and what was decided on the way.

    Parameters
    ----------
    contract : Contract
    notices : tuple of str
    """

    contract: Contract
    notices: tuple[str, ...] = ()


def derive(
    frame: pd.DataFrame,
    target: str,
    *,
    function: str = "",
    options: Mapping[str, object] | None = None,
    asked: Mapping[str, Modality] | None = None,
) -> Contract:
    """Work out how the columns of a table are read; see `derived`."""
    return derived(frame, target, function=function, options=options, asked=asked).contract


def derived(
    frame: pd.DataFrame,
    target: str,
    *,
    function: str = "",
    options: Mapping[str, object] | None = None,
    dayfirst: bool | None = None,
    time: str | None = None,
    decimal: str = "",
    numbers: bool | None = None,
    asked: Mapping[str, Modality] | None = None,
) -> Derived:
    """Work out how the columns of a table are read, and say what was decided.

    Parameters
    ----------
    frame : DataFrame
        As read, with names that are text.
    target : str
    function, options : str, mapping
        The pandas call that read it.
    dayfirst : bool, optional
        What comes first in dates that do not show it.
    time : str, optional
        A column of times, which nothing but dates makes one.
    decimal : {".", ",", ""}
        The decimal mark of numbers in text that do not say it themselves; empty: as the others have it.
    numbers : bool or None
        Whether the target is a number; None: where it has the values of one.
    asked : mapping, optional
        By name of a column, what it is to be read for.

    Raises
    ------
    DataError
        When a column holds complex numbers, or no value can be read for what is asked.
    """
    options, asked = shared(options or {}), asked or {}
    own = str(options.get("decimal", "."))
    raws = {str(n): RawColumn(str(n), dense(frame[n]), own, function, dayfirst, decimal) for n in frame.columns}
    raws = raws if decimal else with_preference(raws, own)
    label = _label(raws[target], numbers=numbers) if target in raws else None
    readings = {name: _reading(raw, asked.get(name)) for name, raw in raws.items() if name != target}
    if time in readings and readings[time].kind == "text":
        readings[time] = of_times(raws[time]) or readings[time]
    dates = settle_dates(raws, list(readings.values()), _day_hint(options, readings.values()))
    columns: list[Column] = []
    notices: list[str] = []
    for column in [*dates.columns, *([label] if label else [])]:
        raw = raws[column.name]
        if column.kind == "text" and not (column.mixed or column.whole):
            column = dataclasses.replace(column, spelling=spellings(_distinct(raw.values.dropna())))  # noqa: PLW2901
        column, counts = _with_marks(raw.values, column)  # noqa: PLW2901
        if function == "read_csv":
            kept = _kept(raw.values) if column.kind == "text" else ()
            trimmed = "skipinitialspace" in options or PADDING in str(options.get("sep", ""))
            column = dataclasses.replace(column, delimited=True, kept=kept, trimmed=trimmed)  # noqa: PLW2901
        columns.append(column)
        if column.name in asked:
            _check_asked(raw, column, asked[column.name])
        else:
            notices += missing_notices(column, counts, is_target=column.name == target)
    readings = {column.name: column for column in columns}
    counted = {mark: c.name for c in reversed(columns) if c.kind != "text" for mark in c.marks if says_missing(mark)}
    notices += category_notices(raws, [column for column in columns if column.name not in asked], counted)
    said = [*number_notices(raws, readings, decimal), *dates.notices, *notices]
    if target in readings and readings[target].as_text:
        said.append(f"The target {target} holds numbers as text: predictions are plain numbers.")
    inputs = tuple(column for column in columns if column.name != target)
    contract = Contract(
        inputs, target, function, tuple(options.items()), readings.get(target),
        kept=_kept(raws[target].values) if target in raws and target not in readings else (),
    )  # fmt: skip
    return Derived(contract, tuple(said))


def _kept(values: pd.Series) -> tuple[str, ...]:
    """Find the texts of a column that files often have for missing: where they were left, they are categories."""
    if not (isinstance(values.dtype, pd.StringDtype) or types.is_object_dtype(values.dtype)):
        return ()
    found = set(values[values.isin(MISSING_IN_FILES)])
    return tuple(mark for mark in MISSING_IN_FILES if mark in found)


def _label(raw: RawColumn, *, numbers: bool | None) -> Column | None:
    """Say how a target is read that is a number; None where its values are labels."""
    if numbers is False or not raw.values.notna().any():
        return None
    found = next(m for m in by_precedence() if isinstance(m, Number)).reading(raw)
    if found is None or found.kind not in ("number", "duration", "time"):
        return None
    is_text = found.as_text or found.kind == "time"
    is_label = is_text and numbers is None and raw.values.nunique() <= MOST_CLASSES
    return None if is_label else found


def _day_hint(options: Mapping[str, object], readings: Iterable[Column]) -> str:
    """Say what in the form of a table suggests that its dates begin with the day: no country of the month has these."""
    if options.get("decimal") == "," or any(c.kind == "number" and c.as_text and c.decimal == "," for c in readings):
        return "the table has decimal commas"
    return "the table has semicolons between columns" if options.get("sep") == ";" else ""


def _reading(raw: RawColumn, asked: Modality | None) -> Column:
    """Ask the modalities how a column is read; one of them reads every column."""
    if raw.values.notna().any() and (types.is_complex_dtype(raw.values.dtype) or raw.inferred == "complex"):
        raise DataError(f"The column {raw.name!r} has complex numbers.", mend="Give their parts as two columns.")
    if asked is not None and raw.values.notna().any():
        wanted = asked.asked(raw)
        if wanted is None and asked.is_input:
            raise _not_that(raw, asked)
        if wanted is not None:
            return wanted
    return next(found for modality in by_precedence() if (found := modality.reading(raw)) is not None)


def _check_asked(raw: RawColumn, column: Column, asked: Modality) -> None:
    """Refuse a role for which no value can be read."""
    present = raw.values.dropna()
    if len(present) and asked.is_input and read_column(raw.values, column)[0].isna().all():
        raise _not_that(raw, asked)


def _not_that(raw: RawColumn, asked: Modality) -> DataError:
    example = as_text(raw.values.dropna().iloc[0])[:40]
    return DataError(
        f"The column {raw.name!r} cannot be read as a {asked.word}: see {example!r}.",
        mend=f"Leave out --role {shlex.quote(f'{raw.name}={asked.word}')}, or correct the column.",
    )


def _distinct(present: pd.Series) -> set[str]:
    """All texts that occur."""
    return set(present.unique() if isinstance(present.dtype, pd.StringDtype) else present.map(as_text))


def _with_marks(values: pd.Series, column: Column) -> tuple[Column, pd.Series]:
    """Take note of what counts as missing: texts that are no number or not valid, with counts, and infinite numbers."""
    none = pd.Series(dtype=int)
    if column.kind == "number" and not column.as_text:
        found, _ = read_column(values, dataclasses.replace(column, infinite=True))
        given = values.notna().to_numpy()
        infinite = bool((found.isna().to_numpy() & given).any()) and _has_infinite(values)
        return dataclasses.replace(column, infinite=infinite), none
    if column.kind == "date" or not (column.as_text or column.pattern):
        return column, none
    _, unread = read_column(values, column)
    if unread is None:
        return column, none
    counts = values[unread].map(as_text).str.strip().value_counts(sort=False)
    return dataclasses.replace(column, marks=tuple(map(str, counts.index[:_MOST_MARKS]))), counts


def _has_infinite(values: pd.Series) -> bool:
    numbers = np.array([read_number(value, ".") for value in values.astype(object)], dtype=float)
    return bool((np.abs(numbers) > LARGEST).any())
