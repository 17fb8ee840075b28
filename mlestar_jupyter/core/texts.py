"""How single values are written as text.

Runs alone, as `rows` does: the standard library, numpy and pandas.
"""

import datetime
import itertools
import re
import typing
from collections.abc import Iterable, Mapping
from decimal import Decimal

import numpy as np
import pandas as pd
from pandas.api import types

MISSING_IN_FILES = ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
                    "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]  # fmt: skip
"""What pandas takes for missing by default."""
MISSING_TEXTS = frozenset({text.casefold() for text in MISSING_IN_FILES} | {"?", "-", "--", ".", "missing"})
"""What says "missing" in a column of any kind, in small letters."""
NO_NUMBERS = MISSING_TEXTS | {"inf", "-inf", "unknown"}
"""What stands among numbers and says nothing of a column, in small letters."""

_WHOLE_TEXT = re.compile(r"-?\d+\.0")
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_LARGEST_WHOLE = 1e15


def counted(count: int, noun: str = "row") -> str:
    """Write a number of rows, or of other things.

    >>> counted(1), counted(1200, "line")
    ('1 row', '1,200 lines')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def and_more(count: int, noun: str = "row") -> str:
    """Say of a number of things, the first of which is named, how many others there are; nothing where none.

    >>> and_more(1), and_more(3)
    ('', ' (and 2 more rows)')
    """
    return f" (and {counted(count - 1, f'more {noun}')})" if count > 1 else ""


def some_of(names: Iterable[str], most: int = 5) -> str:
    """Name the first of some things, and show whether there are more.

    >>> some_of(["a", "b"]), some_of(["a", "b", "c"], 2)
    ('a, b', 'a, b, …')
    """
    shown = list(itertools.islice(names, most + 1))
    return ", ".join([*shown[:most], *("…" for _ in shown[most:])])


def reason_of(error: Exception, length: int = 160) -> str:
    """The words of an error of another library, in a line."""
    return " ".join(str(error).split())[:length].rstrip(".") or type(error).__name__


def unmixed(text: str) -> str:
    """Write a number or date that comes as text as the number or date itself is written."""
    if _WHOLE_TEXT.fullmatch(text):
        return text[:-2]
    if _ISO_TIME.fullmatch(text):
        try:
            return _date_text(pd.Timestamp(text))
        except ValueError:
            pass
    return text


def _date_text(value: typing.Any) -> str:
    """Write a date as files have it: no time at midnight, and in UTC where there is a zone."""
    stamp = pd.Timestamp(value)
    if stamp.tzinfo is not None:
        return str(stamp.tz_convert("UTC"))
    return str(stamp).removesuffix(" 00:00:00")


def as_text(value: typing.Any) -> str:
    """Write a value as text: whole numbers without a point, midnight without a time, collections as Python does."""
    match value:
        case str():
            text = value
        case bytes():
            text = value.decode("utf-8", "backslashreplace")  # what is no UTF-8 stays different
        case float() | np.floating() | Decimal():
            whole = np.isfinite(float(value)) and value == int(value) and abs(float(value)) < _LARGEST_WHOLE
            text = str(int(value) if whole else value)
        case datetime.date() | np.datetime64():
            text = str(value) if pd.isna(value) else _date_text(value)
        case set() | frozenset():
            text = "{" + ", ".join(sorted(repr(_plain(v)) for v in value)) + "}"
        case list() | tuple() | np.ndarray() | Mapping():
            text = str(_plain(value))
        case _:
            text = str(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _plain(value: typing.Any) -> typing.Any:
    """Python's own lists and numbers, whatever the table kept them in."""
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def is_missing(value: typing.Any) -> bool:
    """Whether a single value is none: a collection never is."""
    return value is None or (not isinstance(value, str) and types.is_scalar(value) and bool(pd.isna(value)))
