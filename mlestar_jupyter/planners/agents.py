"""What a chat model adds to the recipes: the roles of MLE-STAR (arXiv 2506.15692), in terms of blocks.

A role proposes source code or says something; it never scores, and it never sees a row. Whatever a role returns is
checked like a human's block before it is evaluated. A role that has nothing to say, or whose answer cannot be used,
returns None (or nothing); then the recipes go on alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.planners.base import Attempt, Draft, Proposal


@dataclass(frozen=True)
class Idea:
    """A model that the retriever found worth a try.

    Parameters
    ----------
    title : str
    sketch : str
        How it is built, in a few lines of code or words.
    reason : str
    url : str
        Of the reference that it was found in; empty when it is the model's own knowledge.
    """

    title: str
    sketch: str
    reason: str
    url: str = ""


@dataclass(frozen=True)
class Plan:
    """What to do to one block, in words: the extractor's or the planner's, for the coder."""

    block: str
    text: str


@dataclass(frozen=True, eq=False)
class Combined:
    """An ensemble block that was evaluated, for the ensemble planner to learn from."""

    plan: str
    evaluation: Scored | Failed


class Agents(Protocol):
    """The roles. The same arguments give the same answers: replies are kept in the journal."""

    def retrieve(
        self, task: Task, references: Sequence[Reference], known: Sequence[RankedApproach], notes: str, limit: int
    ) -> list[Idea]:
        """Retriever: at most `limit` models that fit the task (M), from what was found and what is known."""

    def initial(self, task: Task, idea: Idea, start: Solution, notes: str) -> Draft | None:
        """Initial solution: an idea as a whole solution, as simple as it can be; `start` shows working blocks."""

    def merge(self, task: Task, best: Solution, other: Solution, notes: str) -> Draft | None:
        """Merger: one solution that has the strengths of both."""

    def use_data(self, task: Task, solution: Solution) -> Draft | None:
        """Data-usage checker: the solution changed so that it uses columns that it ignores; None when it uses all."""

    def check_leakage(self, task: Task, solution: Solution) -> Solution | None:
        """Leakage checker, before an evaluation: the corrected solution, or None when nothing leaks."""

    def debug(self, task: Task, failed: Failed) -> Solution | None:
        """Debugger: the failed candidate's solution mended; None when it knows no way."""

    def ablate(self, task: Task, solution: Solution, summaries: Sequence[str]) -> list[Proposal]:
        """Ablation writer: changes of single blocks that show what a part is worth; others than before."""

    def summarize(self, task: Task, solution: Solution, findings: str) -> str:
        """Ablation summariser: what the measured table says, in a few sentences; "" when there is no answer."""

    def extract(
        self, task: Task, solution: Solution, summary: str, blocks: Sequence[str], worked_on: Sequence[str], notes: str
    ) -> Plan | None:
        """Extractor: which of `blocks` to refine next, none of `worked_on`, and the first plan for it."""

    def plan(self, task: Task, solution: Solution, block: str, attempts: Sequence[Attempt], notes: str) -> Plan | None:
        """Planner: another plan for the block, given earlier ones with what they gained."""

    def code(self, task: Task, solution: Solution, plan: Plan) -> Proposal | None:
        """Coder: the block rewritten after the plan; it is shown this block alone."""

    def plan_ensemble(
        self, task: Task, metric: Metric, members: Sequence[Scored], earlier: Sequence[Combined], notes: str
    ) -> str | None:
        """Ensemble planner: how to combine the members, given earlier plans with their scores."""

    def code_ensemble(self, task: Task, members: Sequence[Scored], plan: str) -> str | None:
        """Ensembler: source of an ``ensemble`` block that does so."""
