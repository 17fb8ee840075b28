"""Which texts stand for "missing", and which are categories that only look so: NA among EU and AS, None among Mild."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mlestar_jupyter.core.texts import MISSING_TEXTS

_WORDS = frozenset({"na", "n/a", "none", "null"})
_NAMES = frozenset({"Nan", "Null"})
"""No program writes what is missing in this way."""
_BESIDE_BLANKS = frozenset({"na", "n/a", "none"})
_LONGEST_CODE = 4
_ALIKE, _TIMES = 0.5, 3


@dataclass(frozen=True)
class Evidence:
    """What is known of a column of texts beside the texts themselves.

    Parameters
    ----------
    n_blank : int
        Cells that are empty, in it or in columns of numbers: then that is how the table writes what is missing.
    elsewhere : collection of str
        What stands for missing in columns of numbers.
    bare : collection of str
        What stands without quotes where the other texts of the column have them.
    quoted : collection of str
        What stands in quotes as they do, in a file that writes what is missing without.
    """

    n_blank: int = 0
    elsewhere: Collection[str] = ()
    bare: Collection[str] = ()
    quoted: Collection[str] = ()


def categories(counts: Mapping[str, int], evidence: Evidence) -> tuple[str, ...]:
    """Find the texts that could stand for missing and are categories, since they behave like one.

    A mark behaves like a category where it is about as frequent as the others, and is either written as they are,
    or has blank cells beside it. It does not where columns of numbers have it too. Where the file puts its texts in
    quotes and leaves what is missing without, the quotes say it.

    Parameters
    ----------
    counts : mapping of str to int
        How often each text occurs.
    evidence : Evidence

    >>> categories({"EU": 40, "AS": 30, "NA": 35}, Evidence()), categories({"yes": 40, "no": 30, "NA": 35}, Evidence())
    (('NA',), ())
    """
    others = {text: n for text, n in counts.items() if text.strip().casefold() not in MISSING_TEXTS}
    marks = [text for text in counts if text.strip().casefold() in _WORDS or text in _NAMES]
    if not others or not marks:
        return ()
    shapes = {text: _shape(text) for text in others}
    found = [mark for mark in marks if mark in evidence.quoted]
    if sum(bool(shape) for shape in shapes.values()) < _ALIKE * len(shapes):
        return tuple(found)
    most, fewest = max(others.values()), min(others.values())
    for mark in marks:
        if mark in found or mark in evidence.bare or mark in evidence.elsewhere or counts[mark] > _TIMES * most:
            continue
        is_only_other = len(others) == 1 and counts[mark] * _TIMES >= fewest  # without it the column says nothing
        alike = sum(shape == _shape(mark) for shape in shapes.values()) >= _ALIKE * len(shapes)
        is_written_alike = (
            alike and (mark.casefold() in ("na", "none") or mark in _NAMES) and counts[mark] * _TIMES >= fewest
        )
        if is_only_other or is_written_alike or (evidence.n_blank and mark.casefold() in _BESIDE_BLANKS):
            found.append(mark)
    return tuple(found)


def _shape(text: str) -> str:
    """How a word is written; empty for what is no word, such as amounts and dates."""
    word = re.split(r"[\s_\-/(]", text.strip(), maxsplit=1)[0]
    if re.search(r"\d", text) or not word.isalpha():
        return "" if re.search(r"\d", text) or not any(c.isalpha() for c in text) else "other"
    if word.isupper():
        return "code" if len(word) <= _LONGEST_CODE else "upper"
    return "title" if word[0].isupper() else "lower"
