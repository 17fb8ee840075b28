"""Which references to keep: each page once, the most telling first, by a rule that is stated."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.online.methods import methods_of
from mlestar_jupyter.online.queries import problem_words
from mlestar_jupyter.online.text import folded, same_address

_ALIKE = 0.92
_SHORTEST_TITLE = 15
_MOST_METHODS, _MOST_AGREEING = 3, 2
_RECENT, _FAIRLY_RECENT = 2, 5
_MOST_FOR_COUNT = 2.0
_CONTAMINATED = -4.0


def without_doubles(references: Iterable[Reference]) -> list[Reference]:
    """Keep each page once, the first of equals, and name the other providers that found it.

    Two are equal when they lead to the same page, or when their titles are alike to 92 % and long enough to tell.
    """
    kept: list[Reference] = []
    by_address: dict[str, int] = {}
    for reference in references:
        address = same_address(reference.url)
        place = by_address.get(address)
        if place is None:
            place = next((n for n, other in enumerate(kept) if _is_alike(other.title, reference.title)), None)
        if place is None:
            by_address[address] = len(kept)
            kept.append(reference)
            continue
        by_address.setdefault(address, place)
        kept[place] = _joined(kept[place], reference)
    return kept


def _joined(first: Reference, other: Reference) -> Reference:
    """The first, with what the other knows besides."""
    also = [p for p in (*first.also, other.provider, *other.also) if p != first.provider]
    counts = (first.count, first.counted) if first.count >= other.count else (other.count, other.counted)
    flagged = first if first.contaminated else other
    return replace(
        first, also=tuple(dict.fromkeys(also)), excerpt=max(first.excerpt, other.excerpt, key=len),
        date=first.date or other.date, licence=first.licence or other.licence, count=counts[0], counted=counts[1],
        contaminated=flagged.contaminated, contamination=flagged.contamination,
    )  # fmt: skip


def _is_alike(first: str, second: str) -> bool:
    one, two = folded(first), folded(second)
    if min(len(one), len(two)) < _SHORTEST_TITLE:
        return False
    matcher = difflib.SequenceMatcher(None, one, two, autojunk=False)
    return matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def ranked(task: Task, references: Sequence[Reference], limit: int) -> list[Reference]:
    """Order references by their points, and keep so many; equal points stay in their order.

    Points: 1 for each method that it names, at most 3; 1 for speaking of tables and 1 for the kind of problem; 1 when
    it is at most two years old, ½ up to five; half the decimal logarithm of its citations, votes, downloads or stars,
    at most 2; 1 for each other provider that found it, at most 2; 4 less when it is contaminated.
    """
    return sorted(references, key=lambda r: -points(task, r))[:limit]


def points(task: Task, reference: Reference) -> float:
    """Count the points of a reference; see `ranked`."""
    line = folded(reference.text)
    score = float(min(_MOST_METHODS, len(methods_of(reference.text))))
    score += " tabular " in line
    score += folded(problem_words(task)[-1]) in line
    score += _recency(reference)
    score += min(_MOST_FOR_COUNT, math.log10(1 + reference.count) / 2)
    score += min(_MOST_AGREEING, len(reference.also))
    return score + (_CONTAMINATED if reference.contaminated else 0.0)


def _recency(reference: Reference) -> float:
    """By the years between the reference and its retrieval: a replay gives the same."""
    try:
        age = int(reference.retrieved[:4]) - int(reference.date[:4])
    except ValueError:  # no date is stated
        return 0.0
    return 1.0 if age <= _RECENT else 0.5 if age <= _FAIRLY_RECENT else 0.0
