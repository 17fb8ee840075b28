"""Search: find approaches that fit the task, with their evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.display.view import Entry, Link, Section, View
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.phases.base import Context, Result
from mlestar_jupyter.phases.settings import SearchSettings
from mlestar_jupyter.planners.agents import Idea

if TYPE_CHECKING:
    import pandas as pd


@dataclass(eq=False, repr=False)
class SearchResult(Result):
    """The approaches, the most promising first, each with its points, reasons and sources."""

    phase = "search"
    task: Task
    approaches: list[RankedApproach]
    ideas: list[Idea] = field(default_factory=list)
    """Models that a chat model wants to try."""

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
                "evidence": "; ".join(f"{e.claim} ({e.source}, {e.date})" for e in ranked.approach.evidence),
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
            f"foundation will build and compare.{self._of_the_model()} Nothing was measured yet."
        )

    def _of_the_model(self) -> str:
        count = len(self.ideas)
        return f" The chat model wants to try {count} more." if count else ""

    def view(self) -> View:
        """Show the approaches in their order; each unfolds to its evidence with sources."""
        most = max((r.score for r in self.approaches), default=0.0)
        entries = tuple(_entry(number, ranked, most) for number, ranked in enumerate(self.approaches, start=1))
        note = "Points come from the rule in each card and from the words of notes. Unfold one for its evidence."
        task = Section("Task", f"{self.task.describe()}.", folded=True)
        sections = (Section("Approaches", note, entries=entries), *self._ideas_section(), task)
        return View("Search", self.summary, sections)

    def _ideas_section(self) -> tuple[Section, ...]:
        if not self.ideas:
            return ()
        note = (
            "Proposed by the chat model, not checked: foundation lets it write each as a solution, and measures that."
        )
        entries = tuple(
            Entry(
                i.title, "", "", ("the model's",), i.reason, (i.sketch,) if i.sketch else (),
                links=(("found in", Link(i.url, i.url)),) if i.url else (),
            )
            for i in self.ideas
        )  # fmt: skip
        return (Section("Ideas of the model", note, entries=entries),)

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
        return {"phase": self.phase, "approaches": approaches, "ideas": [asdict(i) for i in self.ideas]}


def _entry(number: int, ranked: RankedApproach, most: float) -> Entry:
    card = ranked.approach
    links = tuple((f"{e.claim}, {e.date}", Link(e.source, _address(e.source))) for e in card.evidence)
    share = max(0.0, ranked.score / most) if most > 0 else None
    facts = (f"{ranked.score:g} points", card.kind)
    return Entry(f"{number} {card.title}", "", "", facts, "; ".join(ranked.reasons), (card.summary,), share, links)


def _address(source: str) -> str:
    """Where a source can be read: its own address, or that of its arXiv number."""
    if source.startswith(("http://", "https://")):
        return source
    found = re.search(r"arXiv[ :](\d{4}\.\d{4,5})", source)
    return f"https://arxiv.org/abs/{found[1]}" if found else ""


def find_ideas(
    context: Context, references: Sequence[Reference], known: Sequence[RankedApproach], notes: str, limit: int
) -> list[Idea]:
    """Ask the retriever for models that fit the task; what may know the answers of this very table is kept from it."""
    if context.agents is None or limit == 0:
        return []
    honest = [r for r in references if not r.contaminated]
    return context.agents.retrieve(context.dataset.task, honest, known, notes, limit)[:limit]


def run(context: Context, settings: SearchSettings) -> SearchResult:
    """Rank the known approaches for the task, and ask the chat model for more."""
    task = context.dataset.task
    result = SearchResult(task, context.planner.approaches(task, settings.notes, settings.approaches))
    references: Sequence[Reference] = getattr(result, "references", ())
    result.ideas = find_ideas(context, references, result.approaches, settings.notes, settings.models)
    return result
