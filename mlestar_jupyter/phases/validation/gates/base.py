"""What a quality gate is: a hypothesis with its figure, its interval, its limit and its verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mlestar_jupyter.checks.base import Finding
from mlestar_jupyter.checks.cost import Cost
from mlestar_jupyter.checks.fairness import Disparity
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.phases.validation.settings import ValidationSettings

if TYPE_CHECKING:
    from mlestar_jupyter.phases.validation.holdout import HoldoutScore

GateVerdict = Literal["pass", "fail", "advice", "not measured"]
GATE_WORDS: dict[GateVerdict, str] = {
    "fail": "✗ fail",
    "advice": "! advice",
    "pass": "✓ pass",
    "not measured": "– not measured",
}
"""In the order in which a reader wants them."""


@dataclass(frozen=True)
class Gate:
    """A quality gate, judged.

    Parameters
    ----------
    name : str
    verdict : {"pass", "fail", "advice", "not measured"}
    figure, low, high : float or None
        What was measured, with its interval where there is one, at one minus the significance (that of the target score
        is the score's own, of 95 %); None is not measured.
    limit : str
        What it is compared with, in words.
    remedy : str
        What to do, a sentence; empty where nothing is to be done.
    words : str
        The figure for reading; of what was not measured, the reason.
    """

    name: str
    verdict: GateVerdict
    figure: float | None
    low: float | None
    high: float | None
    limit: str
    remedy: str
    words: str

    @property
    def status(self) -> GateVerdict:
        """The verdict, by the name that it had in earlier versions."""
        return self.verdict

    def to_dict(self) -> dict[str, str | float | None]:
        """Plain values for ``report.json``; null is not measured."""
        return {
            "name": self.name, "verdict": self.verdict, "status": self.verdict, "figure": self.figure, "low": self.low,
            "high": self.high, "limit": self.limit, "remedy": self.remedy, "words": self.words,
        }  # fmt: skip


def not_measured(name: str, reason: str, limit: str = "", remedy: str = "") -> Gate:
    """A gate without a figure, for a reason."""
    return Gate(name, "not measured", None, None, None, limit, remedy, reason)


def judged(
    name: str,
    verdict: GateVerdict,
    words: str,
    figure: float,
    interval: tuple[float, float] | None = None,
    *,
    limit: str,
    remedy: str,
) -> Gate:
    """A gate with a figure; what is passed needs no remedy."""
    low, high = (None, None) if interval is None else (_known(bound) for bound in interval)
    return Gate(name, verdict, _known(figure), low, high, limit, "" if verdict == "pass" else remedy, words)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


@dataclass(frozen=True, eq=False)
class Sealed:
    """The opened holdout.

    Parameters
    ----------
    rows : Rows
    predictions : Predictions
        Of the solution, fitted on the development rows.
    baseline : Predictions or None
        Of the trivial baseline, fitted on the same.
    score : HoldoutScore
    of_one_table : bool
        Whether the rows were split from the table of the others, so that their groups are the same.
    left_out : str
        How many rows of a test table are left out for labels that are not known; empty for none.
    """

    rows: Rows
    predictions: Predictions
    baseline: Predictions | None
    score: HoldoutScore
    of_one_table: bool = True
    left_out: str = ""

    def of_one_class(self, task: Task) -> bool:
        """Whether all rows have the same label: scores of one class do not compare with those of several."""
        return bool(task.classes) and len(np.unique(self.rows.y)) == 1


@dataclass(frozen=True)
class Subset:
    """How the solution does on some rows, as shares of the way from the baseline to a perfect score there.

    Parameters
    ----------
    name : str
    n_rows : int
    score, baseline : float
        In the metric's own unit.
    skill, low, high : float
        The share, with its interval at one minus the significance.
    p_useless : float
        Of a solution that is no worse than the baseline, one-sided, adjusted for all subsets (Holm 1979).
    p_weak : float
        Of one that is at most twice as far from a perfect score as on all rows, likewise.
    """

    name: str
    n_rows: int
    score: float
    baseline: float
    skill: float
    low: float
    high: float
    p_useless: float
    p_weak: float


@dataclass(frozen=True, eq=False)
class Evidence:
    """What gates judge by.

    Parameters
    ----------
    task : Task
    settings : ValidationSettings
    score : Scored
        Of the solution.
    baseline : Scored or None
        Of the trivial baseline.
    folds : tuple of Fold
        Of one repeat of the cross-validation.
    development : Rows
    sealed : Sealed or None
    findings : sequence of Finding
    disparities : sequence of Disparity
        Between groups of the sensitive columns.
    cost : Cost or None
    max_latency : float
        Milliseconds.
    seed : int
    subsets : sequence of Subset
        How the solution does on them, by `robustness.subsets`.
    no_holdout : str
        Why `sealed` is None, where it is.
    left_out : sequence of str
        Groups of the sensitive columns that have too few rows, with their number.
    """

    task: Task
    settings: ValidationSettings
    score: Scored
    baseline: Scored | None
    folds: tuple[Fold, ...]
    development: Rows
    sealed: Sealed | None = None
    findings: Sequence[Finding] = ()
    disparities: Sequence[Disparity] = ()
    cost: Cost | None = None
    max_latency: float = 100.0
    seed: int = 0
    subsets: Sequence[Subset] = ()
    no_holdout: str = "there is no holdout"
    left_out: Sequence[str] = ()

    @property
    def metric(self) -> Metric:
        """The task's."""
        return self.task.metric

    @property
    def level(self) -> float:
        """Of each test, one-sided."""
        return self.settings.significance / 2

    @property
    def paired_baseline(self) -> Scored | None:
        """The baseline, where its folds are those of the solution."""
        ours, theirs = self.score, self.baseline
        if theirs is None or len(ours.fold_scores) != len(theirs.fold_scores):
            return None
        blocks = ours.candidate.solution.blocks, theirs.candidate.solution.blocks
        return theirs if blocks[0].get("validation") == blocks[1].get("validation") else None


def known_rows(predictions: Predictions) -> np.ndarray:
    """Positions of the rows that have a prediction: a time split leaves its first rows without one."""
    return np.flatnonzero(np.isfinite(predictions.values))
