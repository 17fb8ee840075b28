"""The contract for rows, worked out from a table: how each column is read follows from its modality."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.spelling import spellings
from mlestar_jupyter.core.texts import as_text
from mlestar_jupyter.core.values import LARGEST, Column, dense, read_column
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.base import Modality, RawColumn
from mlestar_jupyter.modalities.registry import by_precedence

_MOST_MARKS = 100


def derive(
    frame: pd.DataFrame,
    target: str,
    *,
    function: str = "",
    options: Mapping[str, object] | None = None,
    asked: Mapping[str, Modality] | None = None,
) -> Contract:
    """Work out how the columns of a table are read.

    Parameters
    ----------
    frame : DataFrame
        As read, with names that are text.
    target : str
    function, options : str, mapping
        The pandas call that read it.
    asked : mapping, optional
        By name of a column, what it is to be read for.

    Raises
    ------
    DataError
        When a column holds complex numbers, or no value can be read for what is asked.
    """
    options, asked = options or {}, asked or {}
    decimal = str(options.get("decimal", "."))
    columns = []
    for name in frame.columns:
        if name == target:
            continue
        raw = RawColumn(str(name), dense(frame[name]), decimal, function)
        column = _reading(raw, asked.get(raw.name))
        if column.kind == "text" and not (column.mixed or column.whole):
            column = dataclasses.replace(column, spelling=spellings(_distinct(raw.values.dropna())))
        column = dataclasses.replace(_with_marks(raw.values, column), delimited=function == "read_csv")
        if raw.name in asked:
            _check_asked(raw, column, asked[raw.name])
        columns.append(column)
    return Contract(tuple(columns), target, function, tuple(options.items()))


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
        mend=f"Leave out --role {raw.name}={asked.word}, or correct the column.",
    )


def _distinct(present: pd.Series) -> set[str]:
    """All texts that occur."""
    return set(present.unique() if isinstance(present.dtype, pd.StringDtype) else present.map(as_text))


def _with_marks(values: pd.Series, column: Column) -> Column:
    """Take note of what counts as missing: texts that are no number, no date or not valid, and infinite numbers."""
    if column.kind == "number" and not column.as_text:
        found, _ = read_column(values, dataclasses.replace(column, infinite=True))
        given = values.notna().to_numpy()
        infinite = bool((found.isna().to_numpy() & given).any()) and _has_infinite(values)
        return dataclasses.replace(column, infinite=infinite)
    if not (column.as_text or column.pattern):
        return column
    _, unread = read_column(values, column)
    if unread is None:
        return column
    marks = values[unread].map(as_text).str.strip().unique()[:_MOST_MARKS]
    return dataclasses.replace(column, marks=tuple(marks))


def _has_infinite(values: pd.Series) -> bool:
    numbers = pd.to_numeric(values.astype(object), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return bool((np.abs(numbers) > LARGEST).any())
