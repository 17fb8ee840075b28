"""The contract for rows, worked out from a table: how each column is read follows from its modality."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.spelling import spellings
from mlestar_jupyter.core.texts import as_text
from mlestar_jupyter.core.values import KINDS, LARGEST, Column, dense, read_column
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.amounts import SeveralUnits, Written, says_missing
from mlestar_jupyter.modalities.base import Modality, RawColumn
from mlestar_jupyter.modalities.number import Number
from mlestar_jupyter.modalities.registry import by_precedence

_MOST_MARKS = 100
_MOST_SHOWN, _LONGEST = 5, 40


MOST_CLASSES = 20
"""Distinct numbers in the text of a target up to which they are classes, where no problem type is named."""


def derive(
    frame: pd.DataFrame, target: str, *, function: str = "", options: Mapping[str, object] | None = None
) -> Contract:
    """Work out how the columns of a table are read; see `derive_noticed`."""
    return derive_noticed(frame, target, function=function, options=options)[0]


def derive_noticed(
    frame: pd.DataFrame,
    target: str,
    *,
    function: str = "",
    options: Mapping[str, object] | None = None,
    decimal: str = "",
    numbers: bool | None = None,
) -> tuple[Contract, list[str]]:
    """Work out how the columns of a table are read, and what to say of it.

    Parameters
    ----------
    frame : DataFrame
        As read, with names that are text.
    target : str
    function, options : str, mapping
        The pandas call that read it.
    decimal : {".", ",", ""}
        The decimal mark of numbers in text that do not say it themselves; empty: as the others have it.
    numbers : bool or None
        Whether the target is a number; None: where it has the values of one.

    Raises
    ------
    DataError
        When a column holds complex numbers.
    """
    options = options or {}
    own = str(options.get("decimal", "."))
    raws = [RawColumn(str(name), dense(frame[name]), own, function, decimal) for name in frame.columns]
    raws = raws if decimal else _with_preference(raws, own)
    columns, readers, lost = [], [], []
    for raw in raws:
        found = _reading(raw) if raw.name != target else _label(raw, numbers=numbers)
        if found is None:
            continue
        keep = "" if raw.name == target else f" To keep such texts, add --role {raw.name}=category."
        column, noticed = _with_marks(raw.values, found[1], keep)
        columns.append(dataclasses.replace(column, delimited=function == "read_csv"))
        readers.append((found[0], raw))
        lost += noticed
    readings = {c.name: c for c in columns}
    notices: list[str] = []
    for modality in dict.fromkeys(modality for modality, _ in readers):
        notices += modality.says_reading([raw for m, raw in readers if m is modality], readings)
    notices += _several_units(raw for _, raw in readers if readings[raw.name].kind == "text")
    if target in readings and readings[target].as_text:
        notices.append(f"The target {target} holds numbers as text: predictions are plain numbers.")
    inputs = tuple(c for c in columns if c.name != target)
    contract = Contract(inputs, target, function, tuple(options.items()), readings.get(target))
    return contract, [*notices, *lost]


def _with_preference(raws: list[RawColumn], own: str) -> list[RawColumn]:
    """Give the columns that could be read with either decimal mark the one that most others have."""
    unsure = {raw.name for raw in raws if isinstance(raw.amounts, Written) and raw.amounts.unsure}
    if not unsure:
        return raws
    marks = [raw.amounts.evidence for raw in raws if isinstance(raw.amounts, Written) and raw.amounts.evidence]
    marks += [own] if own != "." else []
    if marks.count(",") == marks.count("."):
        return raws
    most = "," if marks.count(",") > marks.count(".") else "."
    return [dataclasses.replace(raw, prefers=most) if raw.name in unsure else raw for raw in raws]


def _label(raw: RawColumn, *, numbers: bool | None) -> tuple[Modality, Column] | None:
    """Say how a target is read that is a number; None where its values are labels."""
    if numbers is False or not raw.values.notna().any():
        return None
    modality = next(m for m in by_precedence() if isinstance(m, Number))
    found = modality.reading(raw)
    if found is None or found.kind not in ("number", "duration", "time"):
        return None
    if found.as_text and numbers is None and raw.values.nunique() <= MOST_CLASSES:
        return None
    return modality, found


def _several_units(raws: Iterable[RawColumn]) -> Iterator[str]:
    for raw in raws:
        if isinstance(raw.amounts, SeveralUnits):
            shown = ", ".join(map(repr, raw.amounts.examples))
            yield f"{raw.name} has several units ({shown}) and stays text. Give it in one to use it as a number."


def _reading(raw: RawColumn) -> tuple[Modality, Column]:
    """Ask the modalities how a column is read; one of them reads every column."""
    if raw.values.notna().any() and (types.is_complex_dtype(raw.values.dtype) or raw.inferred == "complex"):
        raise DataError(f"The column {raw.name!r} has complex numbers.", mend="Give their parts as two columns.")
    modality, column = next((m, found) for m in by_precedence() if (found := m.reading(raw)) is not None)
    if column.kind == "text" and not column.mixed:
        column = dataclasses.replace(column, spelling=spellings(_distinct(raw.values.dropna())))
    return modality, column


def _distinct(present: pd.Series) -> set[str]:
    """All texts that occur."""
    return set(present.unique() if isinstance(present.dtype, pd.StringDtype) else present.map(as_text))


def _with_marks(values: pd.Series, column: Column, keep: str) -> tuple[Column, list[str]]:
    """Take note of what counts as missing: texts that are no number, no date or not valid, and infinite numbers."""
    if column.kind == "number" and not column.as_text:
        found, _ = read_column(values, dataclasses.replace(column, infinite=True))
        given = values.notna().to_numpy()
        infinite = bool((found.isna().to_numpy() & given).any()) and _has_infinite(values)
        return dataclasses.replace(column, infinite=infinite), []
    if not (column.as_text or column.pattern):
        return column, []
    _, unread = read_column(values, column)
    if unread is None:
        return column, []
    counts = values[unread].map(as_text).str.strip().value_counts(sort=False)
    marks = tuple(str(text) for text in counts.index[:_MOST_MARKS])
    return dataclasses.replace(column, marks=marks), list(_lost(column, counts, keep))


def _lost(column: Column, counts: pd.Series, keep: str) -> Iterator[str]:
    """Say which texts of a column are missing values: those that say so, and those that cannot be read."""
    says = np.array([says_missing(text) for text in counts.index], dtype=bool)
    if says.any():
        shown = ", ".join(repr(text[:_LONGEST]) for text in counts.index[says][:_MOST_SHOWN])
        verb = "counts" if says.sum() == 1 else "count"
        yield f"{column.name}: {shown} {verb} as missing in {_rows(int(counts[says].sum()))}.{keep}"
    if not says.all():
        form = column.form or KINDS[column.kind].noun
        shown = f"{counts.index[~says][0][:_LONGEST]!r}" + (" and the like" if (~says).sum() > 1 else "")
        yield f"{column.name}: {shown} cannot be read as {form}: missing in {_rows(int(counts[~says].sum()))}.{keep}"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _has_infinite(values: pd.Series) -> bool:
    numbers = pd.to_numeric(values.astype(object), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return bool((np.abs(numbers) > LARGEST).any())
