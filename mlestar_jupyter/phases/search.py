"""Search: find approaches that fit the task, with their evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.phases.base import Context, Result
from mlestar_jupyter.phases.settings import SearchSettings

if TYPE_CHECKING:
    import pandas as pd


@dataclass(eq=False, repr=False)
class SearchResult(Result):
    """The approaches, the most promising first, each with its points, reasons and sources."""

    phase = "search"
    task: Task
    approaches: list[RankedApproach]

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

    def view(self) -> View:
        """Show the table with reasons and sources."""
        models = sum(r.approach.kind == "model" for r in self.approaches)
        summary = (
            f"{len(self.approaches)} approaches from the shipped knowledge base for: {self.task.describe()}. "
            f"{models} of them are models that foundation will build and compare."
        )
        note = (
            "Points come from the rule in each card (`when`) and from the words of `notes`; nothing was measured yet."
        )
        return View("Search", summary, (Section(text=note, table=self.table),))

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
        return {"phase": self.phase, "approaches": approaches}


def run(context: Context, settings: SearchSettings) -> SearchResult:
    """Rank the known approaches for the task."""
    task = context.dataset.task
    return SearchResult(task, context.planner.approaches(task, settings.notes, settings.approaches))
