"""What foundation found: the data analysis, the solutions compared, and the one that was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.attempts.showing import speed_cells
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, score_interval
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.data.profile import Profile
from mlestar_jupyter.display.view import View
from mlestar_jupyter.phases.foundation.claiming import Claimed

if TYPE_CHECKING:
    import pandas as pd


@dataclass(eq=False, repr=False)
class FoundationResult(Result):
    """The data analysis, the comparison, and the solution that was chosen."""

    phase = "foundation"
    profile: Profile
    evaluations: list[Evaluation]
    best: Scored
    metric: Metric
    planned: int
    blocks: tuple[str, ...] = ()
    sample: str = ""
    """Which rows of a large table the solutions were compared on, in a sentence; empty: all."""
    took_over: tuple[str, ...] = ()
    form: str = ""
    """What was compared in another way than usual, for want of time, in a sentence."""
    too_slow: str = ""
    """What is not used since one row takes too long, in a sentence."""
    listed: tuple[Candidate, ...] = ()
    """The solutions of the list, in their usual forms."""
    batches: int = 0
    """Batches of other settings that there was time for."""
    claimed: Claimed | None = None
    """What a random split would have claimed; None where the folds are random."""

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a candidate, in the order in which they were tried."""
        table = compared(self.evaluations, self.metric)
        authors = [e.candidate.author for e in self.evaluations]
        if "model" in authors:
            table.insert(2, "author", authors)
        if self.sample:
            table.insert(
                list(table.columns).index("fit s"),
                "rows",
                [float(e.n_train) if isinstance(e, Scored) else None for e in self.evaluations],
            )
        return table

    @property
    def summary(self) -> str:
        """Which solution is the best, and its score."""
        dropped = sum(isinstance(e, Failed) and e.kind == "dropped" for e in self.evaluations)
        text = (
            f"Best of {len(self.evaluations) - dropped} solutions on the same folds: {self.best.candidate.label}, "
            f"{self.metric.label} {self.best.score:.4g} ± {self.best.spread:.2g} ({self.metric.direction})."
        )
        if dropped:
            text += f" Dropped after their first fold: {dropped}."
        if len(self.evaluations) < self.planned:
            text += f" Time was up before {self.planned - len(self.evaluations)} more."
        if self.took_over:
            text += f" The time of {', '.join(self.took_over)}, too short to do anything there, was used here."
        claimed = "" if self.claimed is None else self.claimed.sentence(self.metric)
        return " ".join(part for part in (text, claimed, self.too_slow, self.form, self.sample) if part)

    def view(self) -> View:
        """Show the analysis, then the comparison."""
        from mlestar_jupyter.phases.foundation.view import foundation_view

        return foundation_view(self)

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        return {
            "phase": self.phase,
            "best": self.best.candidate.id,
            "score": self.best.score,
            "sample": self.sample,
            "random_split": None if self.claimed is None else asdict(self.claimed),
            "profile": self.profile.to_dict(),
            "candidates": [_plain(e) for e in self.evaluations],
        }


def _plain(evaluation: Evaluation) -> dict[str, object]:
    known: dict[str, object] = {"id": evaluation.candidate.id, "label": evaluation.candidate.label}
    if isinstance(evaluation, Failed):
        return known | {evaluation.verdict: evaluation.reason}
    return known | {
        "score": evaluation.score, "fold_scores": list(evaluation.fold_scores), "row_ms": evaluation.row_ms,
    }  # fmt: skip


def compared(evaluations: Sequence[Evaluation], metric: Metric) -> pd.DataFrame:
    """Compare evaluations in a table, in their order; the failed ones say why."""
    import pandas as pd

    rows = []
    for evaluation in evaluations:
        candidate = evaluation.candidate
        row: dict[str, object] = {"candidate": candidate.label, "id": candidate.id}
        if isinstance(evaluation, Failed):
            row |= {
                "score": None,
                "low": None,
                "high": None,
                "fit s": None,
                "row ms": None,
                "rows/s": None,
                "why": f"{evaluation.verdict}: {evaluation.reason}",
            }
        else:
            low, high = score_interval(evaluation, metric)
            row |= {"score": evaluation.score, "low": low, "high": high, "fit s": round(evaluation.fit_seconds, 2)}
            row |= speed_cells(evaluation) | {"why": candidate.reason}
        rows.append(row)
    numbers = ["score", "low", "high", "fit s", "row ms", "rows/s"]
    return pd.DataFrame(rows, columns=["candidate", "id", *numbers, "why"]).astype(dict.fromkeys(numbers, float))
