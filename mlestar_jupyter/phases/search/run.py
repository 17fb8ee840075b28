"""Search: find approaches that fit the task, with their evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.attempts.context import Context, Result
from mlestar_jupyter.core.events import Note
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.display.view import Entry, Link, Section, View
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.online.search import Found, Record, Wish, search_online
from mlestar_jupyter.phases.search import references
from mlestar_jupyter.phases.search.ideas import find_ideas, ideas_section
from mlestar_jupyter.phases.search.settings import SearchSettings
from mlestar_jupyter.planners.base import Idea

if TYPE_CHECKING:
    import pandas as pd

_SECONDS, _LEAST_SECONDS, _STRETCH = 120.0, 20.0, 20


@dataclass(eq=False, repr=False)
class SearchResult(Result):
    """The approaches, the most promising first, each with its points, reasons and sources."""

    phase = "search"
    task: Task
    approaches: list[RankedApproach]
    found: Found | None = None
    """What was found online; None where nobody looked."""
    ideas: list[Idea] = field(default_factory=list)
    """Models that a chat model wants to try."""

    @property
    def references(self) -> tuple[Reference, ...]:
        """What was found online, the most telling first. Untrusted text."""
        return () if self.found is None else self.found.references

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row an approach."""
        import pandas as pd

        rows = [
            {
                "approach": ranked.approach.title,
                "kind": ranked.approach.kind,
                "points": round(ranked.score, 1),
                "why here": "; ".join(ranked.reasons),
                "evidence": "; ".join(
                    [
                        *(f"{e.claim} ({e.source}, {e.date})" for e in ranked.approach.evidence),
                        *(f"{c} ({k.address})" for c, k in references.evidence_links(ranked.approach, self.references)),
                    ]
                ),
            }
            for ranked in self.approaches
        ]
        return pd.DataFrame(rows, columns=["approach", "kind", "points", "why here", "evidence"])

    @property
    def summary(self) -> str:
        """How many approaches there are, and what they are for."""
        models = sum(r.approach.kind == "model" for r in self.approaches)
        return (
            f"{len(self.approaches)} approaches from the shipped knowledge base, {models} of them models that "
            f"foundation will build and compare.{self._found_online()}{self._of_the_model()} Nothing was measured yet."
        )

    def _of_the_model(self) -> str:
        return f" The chat model wants to try {len(self.ideas)} more." if self.ideas else ""

    def _found_online(self) -> str:
        if self.found is None:
            return ""
        flagged = sum(r.contaminated for r in self.references)
        providers = sorted({r.provider for r in self.references})
        if not providers:
            return f" Nothing was found online{': why stands below' if self.found.notes else ''}."
        marked = f", {flagged} of them marked as perhaps knowing the answer" if flagged else ""
        return f" {len(self.references)} references were found online ({', '.join(providers)}){marked}."

    def view(self) -> View:
        """Show the approaches in their order; each unfolds to its evidence with sources."""
        most = max((r.score for r in self.approaches), default=0.0)
        entries = tuple(
            _entry(number, ranked, most, self.references) for number, ranked in enumerate(self.approaches, start=1)
        )
        note = "Points come from the rule in each card and from the words of notes. Unfold one for its evidence."
        task = Section("Task", f"{self.task.describe()}.", folded=True)
        online = () if self.found is None else references.sections(self.found)
        sections = (Section("Approaches", note, entries=entries), *ideas_section(self.ideas), *online, task)
        return View("Search", self.summary, sections)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        approaches = [
            {
                "id": r.approach.id,
                "title": r.approach.title,
                "points": r.score,
                "reasons": list(r.reasons),
                "evidence": [{"claim": e.claim, "source": e.source, "date": e.date} for e in r.approach.evidence],
            }
            for r in self.approaches
        ]
        online = {} if self.found is None else {"online": references.to_dict(self.found)}
        return {"phase": self.phase, "approaches": approaches, "ideas": [asdict(i) for i in self.ideas]} | online


def _entry(number: int, ranked: RankedApproach, most: float, found: Sequence[Reference]) -> Entry:
    card = ranked.approach
    links = tuple((f"{e.claim}, {e.date}", Link(e.source, _address(e.source))) for e in card.evidence)
    links += references.evidence_links(card, found)
    share = max(0.0, ranked.score / most) if most > 0 else None
    facts = (f"{ranked.score:g} points", card.kind)
    return Entry(f"{number} {card.title}", "", "", facts, "; ".join(ranked.reasons), (card.summary,), share, links)


def _address(source: str) -> str:
    """Where a source can be read: its own address, or that of its arXiv number."""
    if source.startswith(("http://", "https://")):
        return source
    found = re.search(r"arXiv[ :](\d{4}\.\d{4,5})", source)
    return f"https://arxiv.org/abs/{found[1]}" if found else ""


def run(context: Context, settings: SearchSettings) -> SearchResult:
    """Rank the known approaches for the task, with what is found online and what the chat model wants to try."""
    found = look_online(context, settings)
    outside = () if found is None else found.references
    approaches = known_approaches(context, settings, outside)
    ideas = find_ideas(context, outside, approaches, settings.notes, settings.models)
    return SearchResult(context.dataset.task, approaches, found, ideas)


def known_approaches(context: Context, settings: SearchSettings, found: Sequence[Reference]) -> list[RankedApproach]:
    """Rank the shipped approaches, those that references speak of somewhat higher."""
    ranked = context.planner.approaches(context.dataset.task, settings.notes, settings.approaches)
    return references.supported(ranked, found) if found else ranked


def look_online(context: Context, settings: SearchSettings) -> Found | None:
    """Search beyond the shipped knowledge base; None where the run is not online.

    Raises
    ------
    SettingError
        When providers are named that there are not, or in a run that is not online.
    """
    if context.online is None:
        if settings.providers:
            raise SettingError(
                "The setting 'providers' needs a run that may look online.", mend="Start it with --online."
            )
        return None
    kept = context.slot(_Kept)
    if kept.value is not None:
        return Found.from_dict(asdict(kept.value))
    providers, notes = context.online.chosen(settings.providers)
    context.emit(Note("search", f"Asking {', '.join(p.name for p in providers) or 'nobody'} online."))
    wish = Wish(
        context.dataset.task, context.source.name, settings.notes, settings.rounds, settings.references,
        share_words=settings.share_words, refresh=settings.refresh,
    )  # fmt: skip
    try:
        found = search_online(
            wish, providers, record=Record(context.journal.get, context.journal.put), seconds=_seconds(context)
        )
    finally:
        context.online.fetcher.stop()
    found = replace(found, notes=(*notes, *found.notes))
    return Found.from_dict(asdict(kept.keep(_Kept(**found.to_dict()))))


@dataclass(frozen=True)
class _Kept:
    """What was found, as the journal keeps it: a replay shows the same."""

    references: list[dict[str, Any]]
    asked: list[str]
    notes: list[str]


def _seconds(context: Context) -> float:
    """How long to ask: the phase's own time is a hundredth of the limit, and may be stretched to a fifth of it."""
    limit, left = context.budget.seconds, context.budget.seconds_left()
    if limit is None or left is None:
        return _SECONDS
    return max(left, min(_LEAST_SECONDS, _STRETCH * limit))
