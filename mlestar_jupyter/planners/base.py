"""Who proposes: the planner's protocol, and what it returns. Proposals are source code with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.candidate import Author, Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.online.base import Reference


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


@dataclass(frozen=True)
class Idea:
    """A model that is worth a try beside the known approaches.

    Parameters
    ----------
    title : str
    sketch : str
        How it is built, in a few lines of code or words.
    reason : str
    url : str
        Of the reference that it was found in; empty when it is the planner's own knowledge.
    """

    title: str
    sketch: str
    reason: str
    url: str = ""


@dataclass(frozen=True)
class Plan:
    """What to do to one block, in words."""

    block: str
    text: str


@dataclass(frozen=True, eq=False)
class OpenBlocks:
    """Blocks that the next round of refinement may work on, with what is known of them.

    Parameters
    ----------
    names : sequence of str
        The most important first.
    is_ordered : bool
        Whether the human has put them in this order: then the first is next.
    summary : str
        What was said of the last ablation.
    attempts : mapping
        Those at each block so far.
    worked_on : sequence of str
        Blocks of earlier rounds.
    notes : str
    """

    names: Sequence[str]
    is_ordered: bool = False
    summary: str = ""
    attempts: Mapping[str, Sequence[Attempt]] = field(default_factory=dict)
    worked_on: Sequence[str] = ()
    notes: str = ""


@dataclass(frozen=True)
class Choice:
    """Blocks for which there is a variant, in order; with a plan, its block is to be the next."""

    blocks: tuple[str, ...]
    plan: Plan | None = None


@dataclass(frozen=True, eq=False)
class Combined:
    """An ensemble block that was evaluated, to learn from."""

    plan: str
    evaluation: Evaluation


@dataclass(frozen=True)
class EnsemblePlan:
    """How to combine the members, in words, and the source of the ``ensemble`` block; None where it was not written."""

    text: str
    source: str | None


@runtime_checkable
class Planner(Protocol):
    """Proposes; never scores, and never sees a row. The same arguments give the same answer.

    What follows `refine` may be left as it is here: a planner that has nothing to say there gives an empty answer.
    Source whose author is ``"model"`` is checked for leakage before it is evaluated, and may be repaired afterwards.
    """

    writes_code: bool = False
    """Whether it writes code that no recipe holds: its jobs run isolated, and phases set time apart for it."""
    paths: int = 1
    """How many paths a refinement should take, where there is time."""

    @property
    def price(self) -> tuple[float, float] | None:
        """US dollars for a million tokens sent and answered; None where nothing is to be paid, or it is not known."""
        return None

    def approaches(self, task: Task, notes: str, limit: int) -> list[RankedApproach]:
        """Rank the known approaches for a task, the most promising first."""

    def baselines(self, task: Task) -> list[Draft]:
        """At least four solutions from trivial to strong, the trivial one first."""

    def draft(
        self, task: Task, found: RankedApproach | Idea, start: Solution | None = None, notes: str = ""
    ) -> Draft | None:
        """Turn an approach or an idea into a whole solution; None where that cannot be done.

        Parameters
        ----------
        start : Solution, optional
            Shows blocks that work.
        """

    def sample(self, task: Task, solution: Solution, count: int, batch: int) -> list[Proposal]:
        """Other settings of a solution's model, to be tried at once; another batch gives others."""

    def neutral(self, task: Task, solution: Solution, block: str) -> str:
        """The neutral source of a block, for ablation: it must work with the solution's other blocks."""

    def steps(self, task: Task, solution: Solution) -> list[tuple[str, str]]:
        """The techniques of the ``features`` block, each with the source without it; [] where it has not two."""

    def refine(
        self, task: Task, solution: Solution, block: str, attempts: Sequence[Attempt], notes: str
    ) -> Proposal | None:
        """Propose the next known variant of a block, given the attempts on it so far; None when there are no more."""

    # --- with an answer already -----------------------------------------------------------------------------------

    def enter(self, phase: str, *, replaying: bool) -> None:
        """Know what it is asked for from now on; of a step that is done again only what is on record is answered."""
        del phase, replaying
        return

    def check(self) -> None:
        """See that it can plan, before a step that is new.

        Raises
        ------
        MissingExtraError, SettingError
        """
        return

    def without_asking(self) -> Planner:
        """The same planner, which asks nobody: to say beforehand what will be tried."""
        return self

    def within(self, budget: Budget) -> Planner:
        """The same planner, which takes no longer for an answer than the budget has left."""
        del budget
        return self

    def ideas(
        self, task: Task, references: Sequence[Reference], known: Sequence[RankedApproach], notes: str, limit: int
    ) -> list[Idea]:
        """At most `limit` further models that fit the task, from what was found and what is known."""
        del task, references, known, notes, limit
        return []

    def improve(self, task: Task, best: Solution, other: Solution | None = None, notes: str = "") -> Draft | None:
        """One solution that has the strengths of both; without another one, that uses columns which `best` ignores."""
        del task, best, other, notes
        return None

    def mend(self, task: Task, wrong: Solution | Failed) -> Solution | None:
        """Correct a solution that leaks, or one that failed; None where nothing is wrong or it knows no way."""
        del task, wrong
        return None

    def ablate(self, task: Task, solution: Solution, summaries: Sequence[str]) -> list[Proposal]:
        """Changes of single blocks that show what a part is worth; others than those of earlier summaries."""
        del task, solution, summaries
        return []

    def summarize(self, task: Task, solution: Solution, findings: str) -> str:
        """What a measured ablation says, in a few sentences."""
        del task, solution, findings
        return ""

    def choose(self, task: Task, solution: Solution, open_to_it: OpenBlocks) -> Choice:
        """Which of the blocks to refine next: those for which there is a variant."""
        attempts = {b: _own(open_to_it.attempts.get(b, ())) for b in open_to_it.names}
        able = (b for b in open_to_it.names if self.refine(task, solution, b, attempts[b], open_to_it.notes))
        return Choice(tuple(able))

    def propose(
        self,
        task: Task,
        solution: Solution,
        block: str,
        attempts: Sequence[Attempt],
        count: int,
        notes: str = "",
        plan: Plan | None = None,
    ) -> list[Proposal]:
        """At most `count` variants of a block to be evaluated at once: each takes the others into account."""
        del plan
        known, found = _own(attempts), list[Proposal]()
        while len(found) < count and (proposal := self.refine(task, solution, block, known, notes)) is not None:
            found.append(proposal)
            known.append(pending(solution, proposal))
        return found

    def follow(self, task: Task, solution: Solution, plan: Plan) -> Proposal | None:
        """Do to a block what the human's plan says; None where nothing comes of it."""
        del task, solution, plan
        return None

    def plan_ensemble(
        self, task: Task, members: Sequence[Scored], earlier: Sequence[Combined], notes: str
    ) -> EnsemblePlan | None:
        """A way to combine the members, given earlier ones with their scores."""
        del task, members, earlier, notes
        return None


@dataclass(frozen=True)
class PlannerKind:
    """A planner by name.

    Parameters
    ----------
    name : str
    summary : str
        In a line, for help.
    make : callable
        Makes one for a run.
    """

    name: str
    summary: str
    make: Callable[[], Planner]


def _own(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Attempts but for those that a chat model wrote."""
    return [a for a in attempts if a.proposal.author != "model"]


def pending(solution: Solution, proposal: Proposal) -> Attempt:
    """A proposal as an attempt of which nothing is known yet."""
    candidate = Candidate(
        solution, f"{proposal.block}: {proposal.label}", solution.id, proposal.author, proposal.reason, "refinement",
        proposal.block,
    )  # fmt: skip
    return Attempt(proposal, Failed(candidate, "dropped", "not yet evaluated"), None, None, kept=False)
