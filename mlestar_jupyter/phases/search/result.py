"""What search found: the approaches that fit the task, with their evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.view import View
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.online.search import Found
from mlestar_jupyter.phases.search import references
from mlestar_jupyter.planners.base import Idea

if TYPE_CHECKING:
    import pandas as pd


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
            f"Approaches from the shipped knowledge base: {len(self.approaches)}; models among them, which foundation "
            f"will build and compare: {models}.{self._found_online()}{self._of_the_model()} Nothing was measured yet."
        )

    def _of_the_model(self) -> str:
        return f" The chat model wants to try {len(self.ideas)} more." if self.ideas else ""

    def _found_online(self) -> str:
        if self.found is None:
            return ""
        flagged = sum(r.contaminated for r in self.references)
        providers = sorted({r.provider for r in self.references})
        if not providers:
            return f" Nothing was found online{': reasons below' if self.found.notes else ''}."
        marked = f", {flagged} of them marked as perhaps knowing the answer" if flagged else ""
        found = counted(len(self.references), "reference")
        return f" Found online: {found} ({', '.join(providers)}){marked}."

    def view(self) -> View:
        """Show the approaches in their order; each unfolds to its evidence with sources."""
        from mlestar_jupyter.phases.search.view import search_view

        return search_view(self)

    def to_dict(self) -> dict[str, object]:
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
        return {"phase": self.phase, "approaches": approaches, "ideas": [asdict(i) for i in self.ideas], **online}
