"""What a target's column says of its labels beyond their values, and what is wrong with those of another table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.labels import Label, nearest_label, plain
from mlestar_jupyter.core.texts import counted, some_of
from mlestar_jupyter.core.values import read_labels
from mlestar_jupyter.data.target import Given
from mlestar_jupyter.errors import nearest

_SHOWN = 5
_WORDS = {
    "interval": "intervals", "period": "periods", "decimal": "decimal numbers", "bytes": "bytes",
    "time": "times of day", "date": "dates", "datetime": "dates", "datetime64": "dates",
}  # fmt: skip
"""By the names that pandas gives to kinds of values: labels that predictions do not give in their own type."""
_MIXED = ("mixed", "mixed-integer")


def given(raw: pd.Series, *, keeps_types: bool) -> Given:
    """Look at the column of a target as it was given.

    Parameters
    ----------
    raw : Series
    keeps_types : bool
        Whether the table comes from where floats are floats, and not whole numbers beside missing ones.
    """
    kind = _kind(raw)
    ordered = raw.dtype.categories.to_series() if isinstance(raw.dtype, pd.CategoricalDtype) else _sorted(raw, kind)
    order = tuple(map(plain, read_labels(ordered.reset_index(drop=True)))) if ordered is not None else ()
    return Given(
        order, keeps_types and kind != "integer", are_names=isinstance(raw.dtype, pd.CategoricalDtype),
        is_mixed=kind in _MIXED, missing=int(raw.isna().sum()),
    )  # fmt: skip


def type_notices(raw: pd.Series, labels: Sequence[Label]) -> list[str]:
    """Say where predictions do not come in the type that the target had."""
    if types.is_timedelta64_dtype(raw.dtype):
        return [f"{raw.name} is a duration: predictions are in seconds."]
    kind = _kind(raw)
    if labels and all(isinstance(label, str) and label.endswith(" ") for label in labels):
        return [f"All labels of {raw.name} end in a blank, such as {labels[0]!r}: predictions have it too."]
    if not labels or not (kind in _WORDS or kind in _MIXED):
        return []
    words = _WORDS.get(kind) or _types_of(raw)
    form = "numbers" if kind == "decimal" else "text"
    return [f"Labels of {raw.name} are {words}; predictions give them as {form}, such as {labels[0]!r}."]


def _kind(raw: pd.Series) -> str:
    """Name the kind of the values as pandas does; of categories, that of the categories."""
    values = raw.dtype.categories.to_series() if isinstance(raw.dtype, pd.CategoricalDtype) else raw
    if types.is_datetime64_any_dtype(values.dtype):
        return "datetime"
    return types.infer_dtype(values.dropna())


def _types_of(raw: pd.Series) -> str:
    names = sorted({type(value).__name__ for value in raw.dropna().astype(object)})
    return f"of the type {names[0]}" if len(names) == 1 else f"of several types ({', '.join(names[:_SHOWN])})"


def _sorted(raw: pd.Series, kind: str) -> pd.Series | None:
    """Put labels in the order of their own type, where their texts have another one."""
    if kind not in ("interval", "period", "time"):
        return None
    return pd.Series(sorted(raw.dropna().unique()))


def left_out_notices(y: pd.Series, usable: np.ndarray, labels: Sequence[Label]) -> list[str]:
    """Count the rows of a test table that have no target, or one that is not known or no number."""
    notices = []
    if missing := int(y.isna().sum()):
        notices.append(f"{counted(missing)} of the test table left out: without a value of {y.name}.")
    strange = y[y.notna().to_numpy() & ~usable]
    counts = strange.value_counts()
    if len(strange) and not labels:
        notices.append(
            f"{counted(len(strange))} of the test table left out: {y.name} is no number: {_counted(counts.to_dict())}."
        )
    elif len(strange):
        cause = _cause(list(counts.index[:_SHOWN]), labels)
        notices.append(
            f"{counted(len(strange))} of the test table left out: labels of {y.name} that the table lacks: "
            f"{_counted(counts.to_dict())}; known are {some_of(map(repr, labels))}.{cause and f' {cause}'}"
        )
    return notices


def unknown_rows(y: pd.Series, usable: np.ndarray, labels: Sequence[Label]) -> str:
    """Say how many rows of a test table have a label that is not known; empty where none has."""
    strange = y.notna().to_numpy() & ~usable
    if not labels or not strange.any():
        return ""
    return f"{strange.sum():,} of {len(y):,} rows of the test table are left out, with labels that are not known"


def no_known_label(called: str, y: pd.Series, labels: Sequence[Label]) -> tuple[str, str]:
    """Say why no row of a test table can be used, and how to put it right."""
    if y.isna().all():
        mend = "Give a test table whose target is known, or a share such as --test 0.2."
        return f"{called} has no value of {str(y.name)!r} in any row.", mend
    counts = y.value_counts()
    if not labels:
        return (
            f"{called} has no number as {str(y.name)!r}: it has {_counted(counts.to_dict())}.",
            "Correct that column.",
        )
    known = some_of(map(repr, labels))
    problem = f"{called} has no known label of {str(y.name)!r}: it has {_counted(counts.to_dict())}; known are {known}."
    return problem, _cause(list(counts.index[:_SHOWN]), labels) or "Correct that column, or give a share."


def _cause(strange: list[object], labels: Sequence[Label]) -> str:
    """Say of the first label that is like a known one what it differs by."""
    for value in strange:
        label, difference = nearest_label(value, labels)
        if label is not None:
            return f"{plain(value)!r} differs from {label!r} by {difference}: write them alike."
    texts = {str(label): label for label in labels}
    for value in strange:
        if near := nearest(str(value), texts):
            return f"If {plain(value)!r} is {texts[near]!r}, write them alike."
    return ""


def _counted(counts: Mapping[object, int]) -> str:
    return some_of(f"{plain(label)!r} ({counted(count)})" for label, count in counts.items())
