"""Decimal marks, and numbers of a second table that are written with the other decimal mark.

Runs alone, as `rows` does: the standard library, numpy and pandas.
"""

import dataclasses
from collections.abc import Iterable

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.quantities import WRITTEN
from mlestar_jupyter.core.texts import as_text
from mlestar_jupyter.core.values import KINDS, Column

OTHER_MARK, MARK_WORDS = {".": ",", ",": "."}, {".": "point", ",": "comma"}
_FEW_OTHERS = 0.05


def in_other_marks(columns: Iterable[Column], frame: pd.DataFrame) -> tuple[dict[str, Column], list[str]]:
    """Find the columns of numbers that a table writes with the other decimal mark; also what to say of them.

    Numbers that only one of the marks can read decide; columns without such numbers go with the others.

    Returns
    -------
    turned : dict of str to Column
        By name, how to read them.
    notices : list of str
    """
    proven, undecided, examples = dict[str, Column](), dict[str, Column](), list[str]()
    is_mixed = False
    for column in columns:
        is_number = column.kind in ("number", "duration") and column.name in frame
        texts = _texts_among(frame[column.name]) if is_number else None
        if texts is None or texts.empty:
            continue
        other = _with_other_mark(column)
        own, found = (KINDS[column.kind].read(texts, how).to_numpy() for how in (column, other))
        only_own, only_found = ~np.isnan(own) & np.isnan(found), ~np.isnan(found) & np.isnan(own)
        if only_found.sum() > only_own.sum() and only_own.mean() <= _FEW_OTHERS:
            proven[column.name] = other
            examples.append(texts[only_found].iloc[0])
        elif only_own.any():
            is_mixed = True
        elif not np.array_equal(own, found, equal_nan=True):
            undecided[column.name] = other
    if not proven:
        return {}, []
    turned = proven if is_mixed else proven | undecided
    return turned, [_said_other_mark(turned, examples[0])]


def _texts_among(values: pd.Series) -> pd.Series:
    """Give the texts of a column, each as often as it occurs."""
    if not (isinstance(values.dtype, pd.StringDtype) or types.is_object_dtype(values.dtype)):
        return pd.Series([], dtype=object)
    texts = values.dropna().astype(object)
    return texts[[isinstance(value, str) for value in texts]].str.strip()


def _with_other_mark(column: Column) -> Column:
    """The column with the other decimal mark, the one that it has between thousands."""
    thousands = column.decimal if "amount" in WRITTEN else ""  # a script without a test table reads no amounts
    return dataclasses.replace(column, decimal=OTHER_MARK[column.decimal], thousands=thousands)


def _said_other_mark(turned: dict[str, Column], example: str) -> str:
    other = next(iter(turned.values())).decimal
    return (
        f"{', '.join(turned)}: read with a decimal {MARK_WORDS[other]}, as in {as_text(example)!r}; the table that is "
        f"learned from has a decimal {MARK_WORDS[OTHER_MARK[other]]}."
    )
