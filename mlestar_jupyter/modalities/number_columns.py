"""The numbers of a whole table that are written as text: which decimal mark they share, and what is said of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, replace

import numpy as np
import pandas as pd

from mlestar_jupyter.core.texts import MISSING_TEXTS, as_text, counted
from mlestar_jupyter.core.values import KINDS, Column
from mlestar_jupyter.modalities.amounts import SeveralUnits, Written, says_missing
from mlestar_jupyter.modalities.base import RawColumn

_NOUNS = {"number": "numbers", "time": "hours of the day", "duration": "seconds"}
_MOST_SHOWN, _LONGEST = 5, 40


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


def number_notices(
    raws: Mapping[str, RawColumn], readings: Mapping[str, Column], *, is_set: bool = False
) -> Iterator[str]:
    """Say how columns are read whose numbers are not written as a program writes them, those written alike together.

    Parameters
    ----------
    raws, readings : mapping
        By column.
    is_set : bool
        Whether the user says what the decimal mark is.
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
            yield _said(names, first, is_set=is_set)
    for name, reading in readings.items():
        found = raws[name].amounts
        if isinstance(found, SeveralUnits) and reading.kind == "text":
            shown = ", ".join(map(repr, found.examples))
            yield f"{name} has several units ({shown}) and stays text. Give it in one to use it as a number."


def _said(names: Iterable[str], found: Written, *, is_set: bool) -> str:
    value = round(found.value, 2) if found.kind == "time" else found.value
    line = f"{', '.join(names)}: read as {_NOUNS[found.kind]}: {found.example!r} is {as_text(value)}."
    if is_set or not found.unsure:
        return line
    other = {".": "comma", ",": "point"}[found.decimal]
    return f"{line} If the mark is a decimal {other}, add --decimal {other}."


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
    keep = "" if is_target else f" To keep such texts, add --role {role}."
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
