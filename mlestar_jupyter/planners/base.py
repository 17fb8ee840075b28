"""Who proposes: the planner's protocol, and what it returns. Proposals are source code with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mlestar_jupyter.core.candidate import Author
from mlestar_jupyter.core.evaluation import Evaluation
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.approach import RankedApproach


@dataclass(frozen=True)
class Draft:
    """A whole solution to try: a short label, the solution, why, and by whom."""

    label: str
    solution: Solution
    reason: str
    author: Author = "planner"


@dataclass(frozen=True)
class Proposal:
    """New source for one block, with its reason, a short label such as "ratios" or "trial 3", and by whom."""

    block: str
    source: str
    label: str
    reason: str
    author: Author = "planner"


@dataclass(frozen=True, eq=False)
class Attempt:
    """A proposal that was evaluated.

    Parameters
    ----------
    proposal : Proposal
    evaluation : Scored or Failed
    gain : float or None
        In the metric's own unit, positive is better; None when it failed.
    p_value : float or None
        Of the corrected resampled t-test against the solution that it changed.
    kept : bool
        Whether the solution has it.
    test : TestResult, optional
        That test, with the 95 % interval of the gain.
    replaced : str
        The block's source in the solution that it changed.
    proposed : bool
        Whether it waits for the human to accept or reject it.
    rejected : bool
        Whether the human does not want it.
    """

    proposal: Proposal
    evaluation: Evaluation
    gain: float | None
    p_value: float | None
    kept: bool
    test: TestResult | None = None
    replaced: str = ""
    proposed: bool = False
    rejected: bool = False


class Planner(Protocol):
    """Proposes; never scores. The same arguments give the same answer."""

    def approaches(self, task: Task, notes: str, limit: int) -> list[RankedApproach]:
        """Rank the known approaches for a task, the most promising first."""

    def baselines(self, task: Task) -> list[Draft]:
        """At least four solutions from trivial to strong, the trivial one first."""

    def draft(self, task: Task, approach: RankedApproach) -> Draft | None:
        """Turn an approach into a whole solution; None when it is no model (a feature technique, an ensemble)."""

    def sample(self, task: Task, solution: Solution, count: int, batch: int) -> list[Proposal]:
        """Other settings of a solution's model, to be tried at once; another batch gives others."""

    def neutral(self, task: Task, solution: Solution, block: str) -> str:
        """The neutral source of a block, for ablation: it must work with the solution's other blocks."""

    def steps(self, task: Task, solution: Solution) -> list[tuple[str, str]]:
        """The techniques of the ``features`` block, each with the source without it; [] where it has not two."""

    def refine(
        self, task: Task, solution: Solution, block: str, attempts: Sequence[Attempt], notes: str
    ) -> Proposal | None:
        """Propose the next variant of a block, given the attempts on it so far; None when there are no more."""
