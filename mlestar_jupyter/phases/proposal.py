"""A proposal on request: one further variant of a block, measured and shown; the human decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.display.view import Section, View, Viewed
from mlestar_jupyter.errors import unknown
from mlestar_jupyter.phases.attempts import another, attempt_entry, gain_words, lead_member, score_words, try_proposals
from mlestar_jupyter.phases.base import Context
from mlestar_jupyter.phases.proposing import proposals
from mlestar_jupyter.planners.agents import Plan
from mlestar_jupyter.planners.base import Attempt

_REPAIRS = 3  # by the debugger, where the model's variant fails


@dataclass(eq=False, repr=False)
class ProposalResult(Viewed):
    """One variant of a block that waits for accept or reject; `attempt` is None when there is none to propose."""

    block: str
    attempt: Attempt | None
    before: Scored
    metric: Metric

    def view(self) -> View:
        """Show the diff with its gain and reason, and what can be done with it."""
        title = f"Proposal for {self.block}"
        if self.attempt is None:
            text = f"The planner has no further variant of {self.block} to propose; the solution stays."
            return View(title, text)
        entry = attempt_entry(self.attempt, self.metric, unfolded=True)
        section = Section(entries=(entry,), actions=(another(self.block),))
        return View(title, self._sentence(self.attempt), (section,))

    def _sentence(self, attempt: Attempt) -> str:
        """Say what it gains over what, and that nothing is adopted yet."""
        if isinstance(attempt.evaluation, Failed):
            return f"{attempt.proposal.label} could not be scored: {attempt.evaluation.reason}. The solution stays."
        assert attempt.test is not None
        gain, p = gain_words(attempt.test)
        return (
            f"{attempt.proposal.label}: {gain}, {p}, over {score_words(self.before, self.metric)} on the same folds "
            f"({self.metric.direction}). Not adopted: accept or reject it."
        )


def propose(context: Context, block: str, earlier: Sequence[Attempt], notes: str = "") -> ProposalResult:
    """Ask for one further variant of a block and measure it on the solution's folds; nothing is adopted.

    Parameters
    ----------
    context : Context
    block : str
    earlier : sequence of Attempt
        What was tried before, on any block; the planner hears of those on this one.
    notes : str
        Wishes for the planner, in plain words.

    Raises
    ------
    SettingError
        When there is no such block to refine.
    """
    if block not in PIPELINE_BLOCKS:
        raise unknown("block to refine", block, PIPELINE_BLOCKS)
    solution, score = context.solution()
    if solution.members:
        solution, score = lead_member(context, solution)
    task = context.dataset.task
    known = [a for a in earlier if a.proposal.block == block]
    plan = Plan(block, notes) if notes else None  # the human's words are the plan
    asked = proposals(context, solution, block, known, 1, notes, plan)
    if not asked:
        return ProposalResult(block, None, score, task.metric)
    score = _on_its_folds(context, solution, score)
    name = f"proposal {len(known) + 1} for {block} of {solution.id}"
    (attempt,) = try_proposals(context, solution, score, asked, at_least=1, name=name, repairs=_REPAIRS)
    if isinstance(attempt.evaluation, Scored):
        attempt = replace(attempt, proposed=True)
    return ProposalResult(block, attempt, score, task.metric)


def _on_its_folds(context: Context, solution: Solution, score: Scored) -> Scored:
    """The solution's score on the folds that a variant will have; it may have been scored on more repeats."""
    if len(score.fold_scores) == len(context.evaluator.folds(solution)):
        return score
    candidate = context.candidate(solution, "the present solution", "on the same folds", "confirmation")
    found = context.evaluator.evaluate([candidate], at_least=1)[0]
    if isinstance(found, Failed):
        raise TypeError(f"the solution that was scored before failed now: {found.reason}")
    return found
