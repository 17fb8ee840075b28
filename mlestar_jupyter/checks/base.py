"""Checks and their findings. "Not applicable" is not "passed"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.task import Rows, Task

Outcome = Literal["clear", "suspect", "found", "not applicable"]
SEVERITIES: dict[Outcome, str] = {"found": "high", "suspect": "medium", "clear": "info", "not applicable": "info"}


@dataclass(frozen=True)
class Finding:
    """What a check saw.

    Parameters
    ----------
    code, title : str
    outcome : {"clear", "suspect", "found", "not applicable"}
        ``suspect`` asks the human; ``found`` is evidence beyond doubt.
    evidence : str
        With its figures.
    remedy : str
        What to do; empty where nothing is to be done.
    """

    code: str
    title: str
    outcome: Outcome
    evidence: str
    remedy: str = ""

    def to_dict(self, phase: str) -> dict[str, object]:
        """Plain values for ``report.json``; null is not measured."""
        return {
            "code": self.code, "severity": SEVERITIES[self.outcome], "phase": phase, "columns": [], "blocks": [],
            "evidence": self.evidence, "score_with": None, "score_without": None, "remedy": self.remedy,
            "title": self.title, "outcome": self.outcome,
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class CheckInputs:
    """What checks look at.

    Parameters
    ----------
    task : Task
    development : Rows
    holdout : Rows or None
    score : Scored
        Of the solution.
    baseline : Scored or None
        Of the trivial baseline.
    shuffled : callable
        Cross-validates the whole solution on another target; gives the fold scores, or None when it fails.
    """

    task: Task
    development: Rows
    holdout: Rows | None
    score: Scored
    baseline: Scored | None
    shuffled: Callable[[np.ndarray], list[float] | None]


Check = Callable[[CheckInputs], Finding]
