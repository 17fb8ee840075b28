"""The numbers of a whole table that are written as text: which decimal mark they share, and what is said of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, replace

import numpy as np
import pandas as pd

from mlestar_jupyter.core.amounts import says_missing, with_plain_marks
from mlestar_jupyter.core.decimal_marks import MARK_WORDS, OTHER_MARK
from mlestar_jupyter.core.texts import MISSING_TEXTS, as_text, counted, some_of
from mlestar_jupyter.core.values import KINDS, Column
from mlestar_jupyter.modalities.amounts import SeveralUnits, Written
from mlestar_jupyter.modalities.base import RawColumn

_NOUNS = {"number": "numbers", "time": "hours of the day", "duration": "seconds"}
_MOST_SHOWN, _MOST_NAMED, _LONGEST = 5, 20, 40


def with_preference(raws: Mapping[str, RawColumn], own: str) -> dict[str, RawColumn]:
    """Give the columns that could be read with either decimal mark the one that most others have.

    Parameters
    ----------
    raws : mapping
        By column.
    own : str
        The decimal mark with which the table's file was read.
    """
    written = {name: raw.amounts for name, raw in raws.items() if isinstance(raw.amounts, Written)}
    unsure = {name for name, found in written.items() if found.unsure}
    if not unsure:
        return dict(raws)
    marks = [found.evidence for found in written.values() if found.evidence] + ([own] if own != "." else [])
    if marks.count(",") == marks.count("."):
        return dict(raws)
    most = "," if marks.count(",") > marks.count(".") else "."
    return {name: replace(raw, prefers=most) if name in unsure else raw for name, raw in raws.items()}


def number_notices(raws: Mapping[str, RawColumn], readings: Mapping[str, Column], decimal: str = "") -> Iterator[str]:
    """Say how columns are read whose numbers are not written as a program writes them, those written alike together.

    Parameters
    ----------
    raws, readings : mapping
        By column.
    decimal : {".", ",", ""}
        The decimal mark that the user names.
    """
    groups: dict[tuple[object, ...], list[str]] = {}
    for name, reading in readings.items():
        found = raws[name].amounts
        if isinstance(found, Written) and reading.as_text and reading.kind in _NOUNS and reading.example:
            alike = replace(found, example="", value=0.0, whole=False, evidence="", thousands="")
            groups.setdefault(astuple(alike), []).append(name)
    for names in groups.values():
        first = raws[names[0]].amounts
        if isinstance(first, Written):
            yield _said(names, first, is_set=bool(decimal) or raws[names[0]].decimal == ",")
    yield from _not_followed(raws, readings, decimal)
    for name, reading in readings.items():
        found = raws[name].amounts
        if isinstance(found, SeveralUnits) and reading.kind == "text":
            shown = ", ".join(map(repr, found.examples))
            yield f"{name} has several {found.what} ({shown}) and is not read as numbers. Give it in one for that."
        elif reading.affixes and reading.as_text:
            yield from _bare_notice(raws[name], reading)


def _said(names: Sequence[str], found: Written, *, is_set: bool) -> str:
    value = round(found.value, 2) if found.kind == "time" else float(f"{found.value:.12g}")
    line = f"{some_of(names, _MOST_NAMED)}: read as {_NOUNS[found.kind]}: {found.example!r} is {as_text(value)}."
    if found.maybe == "codes":
        role = shlex.quote(f"{names[0]}=category")
        return f"{line} If that is a code, add --role {role}."
    if found.maybe == "minutes":
        minutes, seconds = found.example.split(":")
        written = f"{int(minutes) // 60}:{int(minutes) % 60:02d}:{seconds}"
        return f"{line} If it has minutes and seconds, write it as {written!r}."
    if is_set or not found.unsure:
        return line
    other = MARK_WORDS[OTHER_MARK[found.decimal]]
    if re.search(rf"\d{re.escape(found.decimal)}\d", with_plain_marks(found.example)):
        return f"{line} If the mark stands between thousands, add --decimal {other}."
    return f"{line} If the mark is a decimal {other}, add --decimal {other}."


def _not_followed(raws: Mapping[str, RawColumn], readings: Mapping[str, Column], decimal: str) -> Iterator[str]:
    """Name the columns whose own numbers show another decimal mark than the user names."""
    shown = {
        name: found
        for name, reading in readings.items()
        if isinstance(found := raws[name].amounts, Written) and reading.as_text and found.evidence
    }
    names = [name for name, found in shown.items() if decimal and found.evidence != decimal]
    if names:
        example, other = shown[names[0]].example, MARK_WORDS[OTHER_MARK[decimal]]
        yield (
            f"{', '.join(names)}: --decimal {MARK_WORDS[decimal]} is not followed, since the numbers have a decimal "
            f"{other}, as in {example!r}."
        )


def _bare_notice(raw: RawColumn, reading: Column) -> Iterator[str]:
    """Count the numbers that have no unit in a column of amounts that have one."""
    present = raw.values.dropna()
    texts = (present if isinstance(present.dtype, pd.StringDtype) else present.map(as_text)).str.strip()
    bare = texts[texts.str.fullmatch(r"[-+−]?[\d.,' ]*\d[\d.,' ]*").astype(bool)]
    if len(bare):
        unit = re.sub(r"^[-\d.,'\s()+]+|[-\d.,'\s()+]+$", "", with_plain_marks(reading.example))
        yield (
            f"{raw.name}: {bare.iloc[0]!r} and the like, without {unit!r}, are read as if they had it: "
            f"{counted(len(bare))}. Correct them if that is wrong."
        )


def missing_notices(column: Column, counts: pd.Series, *, is_target: bool) -> Iterator[str]:
    """Say which texts of a column are missing values: those that say so, and those that cannot be read.

    Parameters
    ----------
    column : Column
    counts : Series
        How often each text occurs.
    is_target : bool
        Then no role can keep the texts.
    """
    counts = counts[counts.index != ""]
    says = np.array([says_missing(text) for text in counts.index], dtype=bool)
    role = shlex.quote(f"{column.name}=category")
    keep = "" if is_target else f" To keep such texts, add --role {role}, which makes a category of every value."
    if says.any():
        shown = ", ".join(repr(text[:_LONGEST]) for text in counts.index[says][:_MOST_SHOWN])
        verb = "counts" if says.sum() == 1 else "count"
        yield f"{column.name}: {shown} {verb} as missing in {counted(int(counts[says].sum()))}.{keep}"
    if not says.all():
        form = column.form or KINDS[column.kind].noun
        shown = repr(counts.index[~says][0][:_LONGEST]) + (" and the like" if (~says).sum() > 1 else "")
        yield f"{column.name}: {shown} cannot be read as {form}: missing in {counted(int(counts[~says].sum()))}.{keep}"


def category_notices(
    raws: Mapping[str, RawColumn], columns: Sequence[Column], elsewhere: Mapping[str, str]
) -> Iterator[str]:
    """Say which texts are categories in one column though they count as missing in one of numbers or dates.

    Parameters
    ----------
    raws : mapping
        By column.
    columns : sequence of Column
    elsewhere : mapping
        By text, a column in which it counts as missing.
    """
    words = {text: other for text, other in elsewhere.items() if text.casefold() not in MISSING_TEXTS}
    for column in columns if words else ():
        if column.kind == "text" and not column.pattern:
            found = raws[column.name].values
            for text, count in found[found.isin(list(words))].astype(object).value_counts().items():
                yield (
                    f"{column.name}: {text!r} stays a category ({counted(int(count))}), though it counts as missing in "
                    f"{words[str(text)]}. Leave cells empty where a value is missing."
                )
