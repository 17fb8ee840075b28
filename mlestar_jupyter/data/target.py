"""What the target asks for: the problem type, and its classes in order."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.task import Problem
from mlestar_jupyter.errors import DataError, unknown

Label = str | int | float | bool

_PROBLEMS = ("auto", "binary", "multiclass", "classification", "regression")
_POSITIVE = {"yes", "y", "true", "t", "positive", "pos", "churn", "churned", "default", "fraud", "spam", "died"}
_ONE, _NOT_ONE = {"1", "1.0"}, {"0", "0.0", "-1", "-1.0"}
_MAX_INTEGER_CLASSES = 20
_MANY_CLASSES = 100
_MANY_SHARE = 0.2
_NUMERIC_SHARE = 0.95
_RARE_SHARE = 0.1
_BINARY = 2
MIN_CLASS_ROWS = 3


@dataclass(frozen=True)
class TargetKind:
    """The problem type, the labels in the order of the class codes (the positive one last), and what was noticed."""

    problem: Problem
    classes: tuple[Label, ...] = ()
    notices: tuple[str, ...] = ()


def find_problem(y: pd.Series, problem: str = "auto") -> TargetKind:
    """Work out what the target asks for.

    Text, booleans and integers with at most 20 distinct values are classes, and so are numbers with two values;
    all other numbers are a regression.

    Parameters
    ----------
    y : Series
        The target without missing values; its name is used in messages.
    problem : {"auto", "binary", "multiclass", "classification", "regression"}

    Raises
    ------
    DataError
        When the target does not fit the problem, or has one value only.
    """
    if problem not in _PROBLEMS:
        raise unknown("problem type", problem, _PROBLEMS)
    name, n_unique = str(y.name), int(y.nunique())
    if n_unique == 1:
        raise DataError(
            f"The target {name!r} has the same value in every row: {_plain(y.iloc[0])!r}.",
            mend="Name a column with at least two values.",
        )
    if types.is_datetime64_any_dtype(y.dtype):
        raise DataError(f"The target {name!r} is a date.", mend="Make it a number, such as the days until then.")
    is_number = types.is_numeric_dtype(y.dtype) and not types.is_bool_dtype(y.dtype)
    if problem == "regression" or (problem == "auto" and is_number and not _are_classes(y, n_unique)):
        _check_regression(y, is_number=is_number)
        return TargetKind("regression")
    _check_classes(y, n_unique, problem)
    classes, notices = _order_classes(y)
    return TargetKind("binary" if len(classes) == _BINARY else "multiclass", classes, notices)


def _are_classes(y: pd.Series, n_unique: int) -> bool:
    return n_unique == _BINARY or (n_unique <= _MAX_INTEGER_CLASSES and types.is_integer_dtype(y.dtype))


def _check_regression(y: pd.Series, *, is_number: bool) -> None:
    if is_number:
        return
    raise DataError(
        f"The target {str(y.name)!r} is not a number: {_plain(y.iloc[0])!r}. A regression needs numbers.",
        mend="Leave --problem out to treat its values as classes, or convert the column to numbers.",
    )


def _check_classes(y: pd.Series, n_unique: int, problem: str) -> None:
    name = str(y.name)
    if problem == "binary" and n_unique > _BINARY:
        raise DataError(f"The target {name!r} has {n_unique:,} classes, not 2.", mend="Use --problem multiclass.")
    if n_unique > _MAX_INTEGER_CLASSES and not types.is_numeric_dtype(y.dtype):
        parsed = pd.to_numeric(y.astype(str), errors="coerce")
        if parsed.notna().mean() >= _NUMERIC_SHARE:
            strange = y[parsed.isna()]
            example = f": {_plain(strange.iloc[0])!r} is no number" if len(strange) else ""
            raise DataError(
                f"The target {name!r} holds numbers as text{example}.",
                mend="Correct the file, or give a DataFrame with that column converted by pd.to_numeric.",
            )
    if n_unique > _MANY_CLASSES and n_unique > _MANY_SHARE * len(y):
        raise DataError(
            f"The target {name!r} has {n_unique:,} classes in {len(y):,} rows: it looks like an identifier.",
            mend="Name another column, or use --problem regression if it is a quantity.",
        )


def _order_classes(y: pd.Series) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    counts: dict[Hashable, int] = {value: int(count) for value, count in y.value_counts().items() if count > 0}
    labels = _sorted(list(counts))
    if len(labels) == _BINARY:
        positive = _positive(labels, counts)
        labels = [label for label in labels if label is not positive] + [positive]
        notices = [f"The positive class is {_plain(positive)!r} ({counts[positive] / len(y):.1%} of the rows)."]
    else:
        notices = []
    rarest = min(labels, key=lambda label: counts[label])
    share = counts[rarest] / len(y)
    if share < _RARE_SHARE / (len(labels) - 1):
        notices.append(f"Classes are not balanced: {_plain(rarest)!r} is {share:.1%} of the rows.")
    return tuple(_plain(label) for label in labels), tuple(notices)


def _sorted(labels: list[Hashable]) -> list[Hashable]:
    try:
        return sorted(labels)  # type: ignore[type-var]
    except TypeError:
        return sorted(labels, key=str)


def _positive(labels: list[Hashable], counts: dict[Hashable, int]) -> Hashable:
    """The label that says yes, or else the rarer one."""
    texts = {str(label).strip().casefold() for label in labels}
    # 1 says yes beside 0 or -1; beside 2 it is a number like any other
    positive = _POSITIVE | (_ONE if texts & _NOT_ONE else set())
    named = [label for label in labels if str(label).strip().casefold() in positive]
    if len(named) == 1:
        return named[0]
    return min(reversed(labels), key=lambda label: counts[label])


def _plain(value: object) -> Label:
    """Make a numpy scalar a Python value, for messages and for JSON."""
    item = getattr(value, "item", None)
    plain = item() if callable(item) else value
    return plain if isinstance(plain, (str, int, float, bool)) else str(plain)
