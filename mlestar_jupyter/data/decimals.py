"""The decimal mark of a delimited file, found before pandas reads it.

What pandas has made a number cannot be asked any more how it was written. One mark is chosen for the whole file;
columns written with the other one stay text, and are read by what they say themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mlestar_jupyter.core.decimal_marks import MARK_WORDS, OTHER_MARK
from mlestar_jupyter.core.texts import some_of

_BARE = re.compile(r"[^\w.,]*+(?:[A-Z]{3}\s)?[^\w.,]*+(\d[\d.,]*|[.,]\d+)[^\d.,]{0,12}")
_GROUPED = {
    ".": re.compile(r"[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}\.\d*|[1-9]\d{0,2}(?:,\d{3}){2,}|[1-9]\d?(?:,\d{2})+,\d{3}"),
    ",": re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+,\d*|[1-9]\d{0,2}(?:\.\d{3}){2,}"),
}
"""By the decimal mark: numbers with marks between thousands that prove it."""
_SINGLE = re.compile(r"(\d*)([.,])(\d+)")
_PLAIN = re.compile(r"[-+]?[\d.,]+")
"""What pandas reads; what is more says itself how it is read, in `modalities.number_columns`."""
_LARGE = re.compile(r"\d{4,}")
_AGREE = 0.9
_ENOUGH = 20


@dataclass(frozen=True)
class Decimals:
    """How the numbers of a file are to be read.

    Parameters
    ----------
    options : dict
        Arguments of ``pandas.read_csv``, where they differ from its defaults.
    notices : tuple of str
    """

    options: dict[str, object] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Column:
    """What the values of a column say: a mark that they prove, or one that could be of decimals and of thousands."""

    name: str
    proves: str = ""
    unsure: str = ""
    example: str = ""


def find_decimals(names: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str, wanted: str = "") -> Decimals:
    """Decide how the numbers of a delimited file are read.

    Parameters
    ----------
    names : sequence of str
        Of the columns.
    rows : iterable of sequence of str
        The first rows.
    delimiter : str
        A semicolon suggests decimal commas, where no number does.
    wanted : {",", ".", ""}
        The mark that the user names.
    """
    texts: list[list[str]] = [[] for _ in names]
    for row in rows:
        for column, value in zip(texts, row, strict=False):  # a row may end in one more delimiter
            if value := value.strip():
                column.append(value)
    columns = [_look(name, values) for name, values in zip(names, texts, strict=True)]
    decimal = wanted or _decide(columns, delimiter)
    options: dict[str, object] = {} if decimal == "." else {"decimal": decimal}
    return Decimals(options, tuple(_notices(columns, decimal, is_given=bool(wanted))))


def _look(name: str, values: Sequence[str]) -> _Column:
    """Find out which mark is the decimal one in a column."""
    blob = "".join(values)
    if "." not in blob and "," not in blob:
        return _Column(name)
    proves = {".": 0, ",": 0}
    unsure, others, has_large, example = {".": 0, ",": 0}, 0, False, ""
    for value in values:
        found = _BARE.fullmatch(value)
        if found is None:
            others += "." in value or "," in value
            continue
        body = found[1]
        if (mark := _proven(body)) is not None:
            proves[mark] += 1
            if proves[mark] == _ENOUGH and not (others or proves[OTHER_MARK[mark]]):
                return _Column(name, proves=mark)
        elif (single := _SINGLE.fullmatch(body)) is not None:
            unsure[single[2]] += 1
            example = example or value
        else:
            has_large = has_large or _LARGE.fullmatch(body) is not None
            others += not body.isdecimal()
    total = sum(proves.values()) + sum(unsure.values()) + others
    best = max(proves, key=lambda mark: proves[mark])
    if proves[best] and total - others - proves[OTHER_MARK[best]] >= _AGREE * total:
        return _Column(name, proves=best)
    mark = max(unsure, key=lambda each: unsure[each])
    if not unsure[mark] or unsure[mark] < _AGREE * total:
        return _Column(name)
    return _Column(name, proves=mark) if has_large else _Column(name, unsure=mark, example=example)


def _proven(body: str) -> str | None:
    """Give the decimal mark that a number proves; None where it could be either, or is no number."""
    for mark, pattern in _GROUPED.items():
        if pattern.fullmatch(body):
            return mark
    found = _SINGLE.fullmatch(body)
    if found is None:
        return None
    is_thousand = len(found[3]) == 3 and 1 <= len(found[1]) <= 3 and found[1][0] != "0"  # noqa: PLR2004
    return None if is_thousand else found[2]


def _decide(columns: Sequence[_Column], delimiter: str) -> str:
    """Choose the mark that most columns prove; a semicolon decides where they do not."""
    commas, points = (sum(column.proves == mark for column in columns) for mark in ",.")
    if commas != points:
        return "," if commas > points else "."
    is_open = commas > 0 or any(column.unsure for column in columns)
    return "," if delimiter == ";" and is_open else "."


def _notices(columns: Sequence[_Column], decimal: str, *, is_given: bool) -> Iterable[str]:
    if decimal == "," and not is_given:
        yield "Numbers are read with a decimal comma. If that is wrong, add --decimal point."
    unsure = [column for column in columns if column.unsure == decimal and _PLAIN.fullmatch(column.example)]
    if unsure:
        other = MARK_WORDS[OTHER_MARK[decimal]]
        shown = some_of(column.name for column in unsure)
        value = float(unsure[0].example.replace(",", "."))
        line = f"{shown}: {unsure[0].example!r} is read as {value:g}."
        yield line if is_given else f"{line} If the mark stands between thousands, add --decimal {other}."
