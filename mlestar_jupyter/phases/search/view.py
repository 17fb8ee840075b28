"""How search shows the approaches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.view import Entry, Link, Section, View
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.phases.search import references
from mlestar_jupyter.phases.search.ideas import ideas_section

if TYPE_CHECKING:
    from mlestar_jupyter.phases.search.result import SearchResult


def search_view(result: SearchResult) -> View:
    """Show the approaches in their order; each unfolds to its evidence with sources."""
    most = max((r.score for r in result.approaches), default=0.0)
    entries = tuple(
        _entry(rank, ranked, most, result.references) for rank, ranked in enumerate(result.approaches, start=1)
    )
    note = "Points come from the rule in each card and from the words of notes. Unfold one for its evidence."
    task = Section("Task", f"{result.task.describe()}.", folded=True)
    online = () if result.found is None else references.sections(result.found)
    sections = (Section("Approaches", note, entries=entries), *ideas_section(result.ideas), *online, task)
    return View("Search", result.summary, sections)


def _entry(rank: int, ranked: RankedApproach, most: float, found: Sequence[Reference]) -> Entry:
    card = ranked.approach
    links = tuple((f"{e.claim}, {e.date}", Link(e.source, _address(e.source))) for e in card.evidence)
    links += references.evidence_links(card, found)
    share = max(0.0, ranked.score / most) if most > 0 else None
    facts = (f"{number(ranked.score)} points", card.kind)
    return Entry(f"{rank} {card.title}", "", "", facts, "; ".join(ranked.reasons), (card.summary,), share, links)


def _address(source: str) -> str:
    """Where a source can be read: its own address, or that of its arXiv number."""
    if source.startswith(("http://", "https://")):
        return source
    found = re.search(r"arXiv[ :](\d{4}\.\d{4,5})", source)
    return f"https://arxiv.org/abs/{found[1]}" if found else ""
