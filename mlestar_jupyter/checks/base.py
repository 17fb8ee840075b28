"""Detectors and their findings. "Not applicable" is not "passed"."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.quiet import quietly
from mlestar_jupyter.core.task import Rows, Task

Outcome = Literal["clear", "suspect", "found", "not applicable"]
SEVERITIES: dict[Outcome, str] = {"found": "high", "suspect": "medium", "clear": "info", "not applicable": "info"}
Need = Literal["holdout", "time", "group"]
"""What a detector may need beyond the development rows and a scored solution."""


@dataclass(frozen=True)
class Finding:
    """What a detector saw.

    Parameters
    ----------
    code, title : str
    outcome : {"clear", "suspect", "found", "not applicable"}
        ``suspect`` asks the human; ``found`` is evidence beyond doubt.
    evidence : str
        With its figures.
    remedy : str
        What to do; empty where nothing is to be done.
    kind : str
        What the detector looks for.
    """

    code: str
    title: str
    outcome: Outcome
    evidence: str
    remedy: str = ""
    kind: str = "leakage"  # journals of before have no kind

    def to_dict(self, phase: str) -> dict[str, object]:
        """Plain values for ``report.json``; null is not measured."""
        return {
            "code": self.code, "severity": SEVERITIES[self.outcome], "phase": phase, "columns": [], "blocks": [],
            "evidence": self.evidence, "score_with": None, "score_without": None, "remedy": self.remedy,
            "title": self.title, "outcome": self.outcome,
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class CheckInputs:
    """What detectors look at.

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
        Cross-validates the whole solution on another target; gives the fold scores, or why there are none.
    """

    task: Task
    development: Rows
    holdout: Rows | None
    score: Scored
    baseline: Scored | None
    shuffled: Callable[[np.ndarray], list[float] | str]

    def missing(self, need: Need) -> str:
        """Say why something is not there; empty where it is."""
        match need:
            case "holdout":
                return "there is no holdout" if self.holdout is None else ""
            case "time":
                return "the task has no time column" if self.task.time is None else ""
            case "group":
                return "the task has no group column" if self.task.group is None else ""


class Detector(ABC):
    """One check of a solution and its rows.

    A subclass has one instance, without state: the same inputs give the same finding. It draws at random only from
    `mlestar_jupyter.core.seeds.child_seed(inputs.task.seed, code)`.
    """

    code: ClassVar[str]
    """Short, and never given to another detector: reports and journals have it."""
    title: ClassVar[str]
    """A few words for tables."""
    kind: ClassVar[str]
    """What it looks for. The findings of a kind share a table and a quality gate of that name."""
    phases: ClassVar[tuple[str, ...]] = ("validation",)
    """Phases that call it."""
    needs: ClassVar[tuple[Need, ...]] = ()
    """Where one of these is missing, it does not apply."""
    fits_again: ClassVar[bool] = False
    """Whether it fits the solution anew, which quick checks leave out."""
    page: ClassVar[str]
    """Where a reader finds what it looks at, with an example, below a heading that begins with its code."""

    def check(self, inputs: CheckInputs) -> Finding:
        """Look at a solution, where all that is needed is there."""
        missing = [reason for need in self.needs if (reason := inputs.missing(need))]
        if missing:
            return self.not_applicable(missing[0])
        with quietly():
            return self.look(inputs)

    @abstractmethod
    def look(self, inputs: CheckInputs) -> Finding:
        """Look, and say what was seen by one of the four methods below."""

    def explained(self) -> str:
        """What it looks at, for a reader who has only its code."""
        text = inspect.cleandoc(type(self).__doc__ or "")
        return f"{self.code}: {self.title}\n\n{text}\n\nWith an example: {self.page}"

    def found(self, evidence: str, remedy: str) -> Finding:
        """Evidence beyond doubt: the gate fails."""
        return self._finding("found", evidence, remedy)

    def suspect(self, evidence: str, remedy: str) -> Finding:
        """Evidence that a human must judge: the gate gives advice."""
        return self._finding("suspect", evidence, remedy)

    def clear(self, evidence: str) -> Finding:
        """No evidence, which is no proof."""
        return self._finding("clear", evidence)

    def not_applicable(self, reason: str) -> Finding:
        """Nothing was looked at."""
        return self._finding("not applicable", reason)

    def _finding(self, outcome: Outcome, evidence: str, remedy: str = "") -> Finding:
        return Finding(self.code, self.title, outcome, evidence, remedy, self.kind)


def by_kind(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Group findings by what was looked for, in the order in which the kinds come first."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.kind, []).append(finding)
    return found
