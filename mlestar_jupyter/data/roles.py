"""What each column is, and what the target asks for: worked out from values and names, said aloud, never applied."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.task import Column, Role
from mlestar_jupyter.data.dates import has_dates, parse_dates

_MISSING_TEXTS = {"", "?", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", ".", "missing"}
_SENTINEL_NUMBERS = (-99, -999, -9999, -99999, 999, 9999, 99999, 999999)
_NUMERIC_SHARE = 0.9
_MAX_SENTINELS = 5
_ID_NAME = re.compile(
    r"(^|_)(id|ids|uid|uuid|guid|idcode|identifier)($|_)|(?<=[a-z])(ID|Id)$"
    r"|^(user|customer|client|patient|person|account|session|household|subject|member|employee|student|device|order|row)_?id$",
)
_WORDS_OF_TEXT = 4
_LENGTH_OF_TEXT = 50
_SAMPLE = 2000
_MOST_SEEN = 200_000
HIGH_CARDINALITY = 30


def seen_rows(order: np.ndarray) -> np.ndarray:
    """Rows of a large table at which types and distinct values are looked for, evenly spaced; all of a smaller one.

    >>> len(seen_rows(np.arange(1_000))), len(seen_rows(np.arange(1_000_000)))
    (1000, 200000)
    """
    if len(order) <= _MOST_SEEN:
        return order
    return order[np.linspace(0, len(order) - 1, _MOST_SEEN).astype(int)]


def find_columns(
    frame: pd.DataFrame, target: str, group: str | None, time: str | None, whole: pd.DataFrame | None = None
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Work out the role of every input column, and what to suggest.

    Parameters
    ----------
    frame : DataFrame
        As read; the target may be in it.
    target, group, time : str or None
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
    for name in frame.columns:
        if name == target:
            continue
        column = describe_column(frame[name], name, None if whole is None else whole[name])
        if name == group:
            column = replace(column, role="identifier")
        elif name == time and column.role == "identifier":
            column = replace(column, role="numeric")
        columns.append(column)
    notices = _notices(columns)
    if time is None:
        notices += _suggest_time(frame, columns)
    if group is None:
        notices += _suggest_group(frame, columns)
    return tuple(columns), tuple(notices)


def describe_column(values: pd.Series, name: str, whole: pd.Series | None = None) -> Column:
    """Work out the role of one column; `whole` has all of its values, where `values` are some."""
    column = _by_type(values, name)
    typed = typed_values(values, column)
    n_unique, missing = int(typed.nunique()), float(typed.isna().mean())
    if whole is not None:
        if n_unique <= 1 or looks_like_id(name) or _may_run(typed, column, n_unique):
            return describe_column(whole, name)
        missing = max(missing, float(whole.isna().mean()))
    role: Role = column.role
    if n_unique == 0:
        return Column(name, "empty", 0, 1.0)
    if n_unique == 1 and missing == 0:
        role = "constant"
    elif _is_identifier(typed, column, n_unique):
        role = "identifier"
    return replace(column, role=role, n_unique=n_unique, missing=missing)


def _may_run(values: pd.Series, column: Column, n_unique: int) -> bool:
    """Whether whole numbers that all differ may be running numbers, of which some rows show but gaps."""
    return column.role == "numeric" and n_unique == len(values) and not types.is_float_dtype(values.dtype)


def typed_values(values: pd.Series, column: Column) -> pd.Series:
    """Give the values the type of their role: numbers, dates or text, with sentinels and infinities missing."""
    if column.role == "date":
        return parse_dates(values) if column.stored_as_text else values
    if column.stored_as_text:
        return pd.to_numeric(values, errors="coerce").replace([np.inf, -np.inf], np.nan)
    if column.sentinels:
        values = values.mask(values.isin(list(column.sentinels)))
    if types.is_float_dtype(values.dtype) and np.isinf(values.to_numpy(dtype=float, na_value=np.nan)).any():
        return values.replace([np.inf, -np.inf], np.nan)
    return values


def _by_type(values: pd.Series, name: str) -> Column:
    dtype = values.dtype
    if types.is_bool_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype):
        return Column(name, "categorical", 0, 0.0)
    if types.is_datetime64_any_dtype(dtype):
        return Column(name, "date", 0, 0.0)
    if types.is_numeric_dtype(dtype):
        return Column(name, "numeric", 0, 0.0, sentinels=_number_sentinels(values))
    present = values.dropna()
    if types.is_object_dtype(dtype) and types.infer_dtype(present) in ("date", "datetime", "datetime64"):
        return Column(name, "date", 0, 0.0, stored_as_text=True)
    return _by_text(present.astype(str), name)


def _by_text(texts: pd.Series, name: str) -> Column:
    """Tell numbers, dates, free text and categories apart."""
    sentinels = tuple(t for t in texts.unique() if t.strip().casefold() in _MISSING_TEXTS)[:_MAX_SENTINELS]
    known = texts[~texts.isin(sentinels)]
    if known.empty:
        return Column(name, "categorical", 0, 0.0, sentinels=sentinels)
    if _are_numbers(known):
        others = known[pd.to_numeric(known, errors="coerce").isna()].unique()
        return Column(name, "numeric", 0, 0.0, stored_as_text=True, sentinels=(*sentinels, *others)[:_MAX_SENTINELS])
    if has_dates(known):
        return Column(name, "date", 0, 0.0, stored_as_text=True)
    sample = known.iloc[:_SAMPLE]
    n_words = float(np.mean([len(text.split()) for text in sample]))
    is_long = n_words >= _WORDS_OF_TEXT or float(np.mean([len(text) for text in sample])) >= _LENGTH_OF_TEXT
    is_varied = known.nunique() > max(HIGH_CARDINALITY, len(known) // 5)
    return Column(name, "text" if is_long and is_varied else "categorical", 0, 0.0, sentinels=sentinels)


def _are_numbers(texts: pd.Series) -> bool:
    """Whether nearly all texts are numbers, and none of the codes that a number would spoil, such as "01234"."""
    if texts.str.match(r"^\s*0\d").any():
        return False
    parsed = pd.to_numeric(texts, errors="coerce")
    strangers = texts[parsed.isna()]
    return len(strangers) <= (1 - _NUMERIC_SHARE) * len(texts) and strangers.nunique() <= _MAX_SENTINELS


def _number_sentinels(values: pd.Series) -> tuple[float | str, ...]:
    """Find repeated values such as -999 that stand far from all others."""
    present = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    present = present[np.isfinite(present)]
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


def _is_identifier(values: pd.Series, column: Column, n_unique: int) -> bool:
    """Whether values name rows rather than describe them: unique texts, running numbers, or an id by name."""
    present = values.dropna()
    enough = len(present) >= 10  # noqa: PLR2004 - a handful of values is unique by chance
    is_unique = n_unique == len(present) and enough
    if column.role == "categorical":
        return is_unique or (looks_like_id(column.name) and enough and n_unique > len(present) / 10)
    if column.role != "numeric" or types.is_float_dtype(values.dtype):
        return False
    is_running = is_unique and int(present.max()) - int(present.min()) == len(present) - 1
    return is_running or (looks_like_id(column.name) and enough and n_unique > len(present) / 10)


def looks_like_id(name: str) -> bool:
    """Whether a column's name says that it identifies something.

    >>> looks_like_id("customerID"), looks_like_id("idcode"), looks_like_id("humidity")
    (True, True, False)
    """
    return bool(_ID_NAME.search(name) or _ID_NAME.search(name.lower()))


def _notices(columns: list[Column]) -> list[str]:
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
        told.append(f"Numbers stored as text: {named(chosen)}. The cleaning block converts them.")
    if chosen := [c for c in columns if c.role == "date" and c.stored_as_text]:
        told.append(f"Dates stored as text: {named(chosen)}. The cleaning block converts them.")
    if chosen := [c for c in columns if c.role == "categorical" and c.n_unique > HIGH_CARDINALITY]:
        counts = ", ".join(f"{c.name} ({c.n_unique:,})" for c in chosen)
        told.append(f"Many distinct categories: {counts}.")
    for column in columns:
        if column.sentinels and not column.stored_as_text:
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
