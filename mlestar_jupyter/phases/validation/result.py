"""What validation found: scores, findings and gates, and one verdict with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.checks.base import Finding
from mlestar_jupyter.checks.cost import Cost
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.display.numbers import with_interval
from mlestar_jupyter.display.view import View
from mlestar_jupyter.phases.validation.coverage import coverage_values
from mlestar_jupyter.phases.validation.gates.base import Gate, Subset
from mlestar_jupyter.phases.validation.holdout import HoldoutScore
from mlestar_jupyter.phases.validation.looks import Looks
from mlestar_jupyter.phases.validation.nested import Nested
from mlestar_jupyter.phases.validation.overfitting import RefinementGain, overfitting_values
from mlestar_jupyter.phases.validation.threshold import Threshold
from mlestar_jupyter.phases.validation.verdict import Readiness, Verdict, gates_table


@dataclass(eq=False, repr=False)
class ValidationResult(Result):
    """Scores, findings and gates, and the verdict."""

    phase = "validation"
    task: Task
    score: Scored
    interval: tuple[float, float]
    holdout: HoldoutScore | None
    gates: list[Gate]
    findings: list[Finding]
    details: pd.DataFrame
    fairness: pd.DataFrame
    left_out: list[str]
    cost: Cost | None
    refinement: RefinementGain
    subsets: Sequence[Subset] = ()
    looks: Looks | None = None
    nested: Nested | None = None
    no_holdout: str = "there is none"
    decision: Threshold | None = None

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a gate, failed ones first."""
        return gates_table(self.gates)

    @property
    def failed(self) -> bool:  # type: ignore[override]
        """Whether a gate fails."""
        return any(g.verdict == "fail" for g in self.gates)

    @property
    def judgement(self) -> Verdict:
        """What the gates come to."""
        return Verdict(tuple(self.gates))

    @property
    def readiness(self) -> Readiness:
        """The verdict in a word."""
        return self.judgement.word

    @property
    def verdict(self) -> str:
        """The verdict with its reasons, and what to do."""
        return self.judgement.sentence

    @property
    def summary(self) -> str:
        """The verdict with the cross-validated score and the holdout's."""
        metric = self.task.metric
        text = f"{self.verdict} Cross-validated {metric.label} {with_interval(self.score.score, *self.interval)}"
        if self.holdout is None:
            return f"{text}; holdout: not measured, {self.no_holdout}."
        h = self.holdout
        used = "" if self.looks is None else self.looks.sentence(metric)
        name = "holdout, used for selection" if used else "holdout"
        return f"{text}; {name} {with_interval(h.score, h.low, h.high)} ({metric.direction}). {used}".strip()

    def view(self) -> View:
        """Show the verdict, then what it rests on."""
        from mlestar_jupyter.phases.validation.view import validation_view

        return validation_view(self)

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        h = self.holdout
        return {
            "phase": self.phase,
            "verdict": self.verdict,
            "score": self.score.score,
            "interval": list(self.interval),
            "holdout": None if h is None else _values(h),
            "looks": None if self.looks is None else self.looks.to_dict(),
            "coverage": coverage_values(h),
            "nested": None if self.nested is None else asdict(self.nested),
            "decision": None if self.decision is None else self.decision.to_dict(),
            "overfitting": overfitting_values(self.score, self.holdout, self.refinement, self.task.metric),
            "cost": (self.cost.to_dict() if self.cost else {}) | {"peak_mb": self.score.peak_mb},
            "fairness": self.fairness.to_dict(orient="records"),
            "subsets": [asdict(s) for s in self.subsets],
            "gates": [g.to_dict() for g in self.gates],
            "findings": [f.to_dict(self.phase) for f in self.findings],
        }


def _values(holdout: HoldoutScore) -> dict[str, float | None]:
    """Plain values for ``report.json``; null is not measured."""
    low, high = (bound if np.isfinite(bound) else None for bound in (holdout.low, holdout.high))
    return {"score": holdout.score, "low": low, "high": high, "train": holdout.train}
