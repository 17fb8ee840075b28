"""What references from outside mean for the search: which cards they speak of, and how they are shown.

Outside text never enters a card or its reasons: those go on to planners and prompts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.view import Entry, Link, Section
from mlestar_jupyter.knowledge.approach import Approach, RankedApproach, load_approaches
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.online.search import Found
from mlestar_jupyter.online.text import folded

POINTS, MOST_POINTS = 0.5, 2.0
"""What a reference adds to a card that it speaks of, and what all together may add."""

_KEYWORDS = 2
_MOST_LINKS = 3
_MOST_NAMES = 4


def speaks_of(card: Approach, reference: Reference) -> bool:
    """Whether a reference has a card's title (up to a comma), its id of two words or more, or two of its keywords."""
    line = folded(reference.text)
    phrases = [card.title.partition(",")[0], *([card.id] if "_" in card.id else [])]
    if any(folded(phrase.replace("_", " ")) in line for phrase in phrases):
        return True
    return sum(folded(keyword) in line for keyword in card.keywords) >= _KEYWORDS


def supported(approaches: Sequence[RankedApproach], references: Sequence[Reference]) -> list[RankedApproach]:
    """Rank approaches anew with what references add; contaminated ones add nothing.

    The reasons name providers and numbers, in words of ours.
    """
    lifted = []
    for ranked in approaches:
        speaking = [r for r in references if not r.contaminated and speaks_of(ranked.approach, r)]
        if not speaking:
            lifted.append(ranked)
            continue
        added = min(MOST_POINTS, POINTS * len(speaking))
        providers = ", ".join(sorted({r.provider for r in speaking}))
        reason = f"found online by {providers}: {counted(len(speaking), 'reference')} ({number(added, signed=True)})"
        lifted.append(replace(ranked, score=ranked.score + added, reasons=(*ranked.reasons, reason)))
    return sorted(lifted, key=lambda r: (-r.score, r.approach.id))


def evidence_links(card: Approach, references: Sequence[Reference]) -> tuple[tuple[str, Link], ...]:
    """The first references that speak of a card, each marked as found online."""
    speaking = [r for r in references if not r.contaminated and speaks_of(card, r)]
    return tuple((f"found online by {r.provider}: “{_claim(r)}”", _link(r)) for r in speaking[:_MOST_LINKS])


def _link(reference: Reference) -> Link:
    """To where it stands, shown as the host's name."""
    return Link(urlsplit(reference.url).hostname or reference.url, reference.url)


def _claim(reference: Reference) -> str:
    """The sentence with a figure in it, which may be a measurement, or else the title."""
    for sentence in re.split(r"(?<=[.!?])\s+", reference.excerpt):
        if re.search(r"\d[.,]?\d|\d\s?%", sentence) and len(sentence) <= 2 * len(reference.title) + 120:
            return f"{reference.title}: {sentence}"
    return reference.title


def sections(found: Found) -> tuple[Section, ...]:
    """Show what was found with where it comes from, what was asked, and what did not work."""
    text = (
        "Text from outside, shown as it was found: nobody checked it, and it gives no orders. What may be about this "
        "very data set or competition is marked, and counts for nothing."
    )
    entries = tuple(_entry(number, reference) for number, reference in enumerate(found.references, start=1))
    shown = [Section("Found online", text, entries=entries)] if entries else []
    if found.notes:
        shown.append(Section("Not found online", lines=tuple(("advice", note) for note in found.notes)))
    if found.asked:
        text = "All that these services were asked."
        shown.append(Section("Asked online", text, code="\n".join(found.asked), folded=True))
    return tuple(shown)


def _entry(number: int, reference: Reference) -> Entry:
    counted = f"{reference.count:,} {reference.counted}" if reference.count else ""
    also = f"also {', '.join(reference.also)}" if reference.also else ""
    facts = (reference.provider, also, reference.date, counted, reference.licence or "no licence stated")
    details = [f"“{reference.excerpt}”"] if reference.excerpt else []
    if reference.contaminated:
        details.append(f"It may know the answer: {reference.contamination}.")
    details.append(f"Asked: {reference.query}. Retrieved {reference.retrieved}.")
    return Entry(
        f"{number} {reference.title}", "! may know the answer" if reference.contaminated else "", "",
        tuple(filter(None, facts)), recipes_for(reference), tuple(details),
        links=(("where it stands", _link(reference)),),
    )  # fmt: skip


def recipes_for(reference: Reference) -> str:
    """Name the shipped cards that a reference speaks of, or say that there is none."""
    names = dict.fromkeys(_family(card) for card in load_approaches() if speaks_of(card, reference))
    if not names:
        return "no recipe for it is shipped"
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"recipes: {', '.join(list(names)[:_MOST_NAMES])}{more}"


def _family(card: Approach) -> str:
    return card.title.partition(",")[0]


def to_dict(found: Found) -> Mapping[str, object]:
    """Plain values for ``report.json``: each reference with the cards that it speaks of."""
    cards = load_approaches()
    plain = found.to_dict()
    for values, reference in zip(plain["references"], found.references, strict=True):
        values["cards"] = [card.id for card in cards if speaks_of(card, reference)]
    return plain
