"""What more time found, before the phases after it run again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.core.evaluation import Evaluation, Scored, scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.numbers import duration, number
from mlestar_jupyter.display.view import View
from mlestar_jupyter.phases.foundation.result import compared

if TYPE_CHECKING:
    import pandas as pd


@dataclass(eq=False, repr=False)
class MoreResult(Result):
    """What was tried in the time that was given beyond the first limit."""

    phase = "more"
    seconds: float
    evaluations: list[Evaluation]
    before: Scored
    """What was in use before."""
    start: Scored
    """The single solution that the step began with."""
    best: Scored
    """The single solution that refinement goes on from."""
    metric: Metric
    batches: int = 0
    """Batches of other settings that there was time for."""
    folds: int = 0
    """On how many folds all are compared from now on, where these are more than before; else 0."""
    took_over: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    """The phases that run again after it."""
    earlier: Mapping[str, Result] = field(default_factory=dict)
    """The results of the phases until then."""

    @property
    def title(self) -> str:
        """The time that was given, in words."""
        return f"more time: {duration(self.seconds)}"

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a candidate, in the order in which they were tried."""
        return compared(self.evaluations, self.metric)

    @property
    def summary(self) -> str:
        """Whether a better single solution was found."""
        tried, label = len(scored(self.evaluations)), self.metric.label
        text = f"{counted(tried, 'further solution')} scored; "
        if self.best is self.start:
            text += f"none is better than {self.start.candidate.label}, {label} {number(self.start.score)}."
        else:
            text += (
                f"the best is {self.best.candidate.label}, {label} {number(self.best.score)} "
                f"({self.start.candidate.label} has {number(self.start.score)}; {self.metric.direction})."
            )
        if self.folds:
            text += f" From now on all are compared on {self.folds} folds."
        return f"{text} Run again after it: {', '.join(self.then)}." if self.then else text

    def view(self) -> View:
        """Show what was compared."""
        from mlestar_jupyter.phases.more.view import more_view

        return more_view(self)

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        return {
            "seconds": self.seconds,
            "summary": self.summary,
            "before": self.before.candidate.id,
            "score_before": self.before.score,
            "best": self.best.candidate.id,
            "score": self.best.score,
            "about": self.about,
            "candidates": [e.candidate.id for e in self.evaluations],
        }
