"""A proposal on request: one further variant of a block, measured and shown; the human decides.

Either the planner chooses what to try (`propose`), or a chat model does what the human said (`ask`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.showing import another, attempt_entry, gain_words, score_words
from mlestar_jupyter.attempts.trying import lead_member, try_proposals
from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.evaluation import Failed, Scored, need_score
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.display.view import Section, View, Viewed
from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.planners.base import Attempt, Plan, Planner, Proposal

_REPAIRS = 3  # by the debugger, where the model's variant fails


@dataclass(eq=False, repr=False)
class ProposalResult(Viewed):
    """One variant of a block that waits for accept or reject; `attempt` is None when there is none to propose.

    Parameters
    ----------
    asked : str
        What the human asked of a chat model; empty where the planner chose.
    """

    block: str
    attempt: Attempt | None
    before: Scored
    metric: Metric
    asked: str = ""

    def view(self) -> View:
        """Show the diff with its gain and reason, and what can be done with it."""
        title = f"Asked of {self.block}" if self.asked else f"Proposal for {self.block}"
        if self.attempt is None:
            return View(title, f"{self.problem} The solution stays.")
        entry = attempt_entry(self.attempt, self.metric, unfolded=True)
        section = Section(entries=(entry,), actions=(another(self.block),))
        return View(title, self._sentence(self.attempt), (section,))

    @property
    def problem(self) -> str | None:
        """Why there is nothing to accept, in a sentence; None where a variant waits."""
        if self.attempt is None and self.asked:
            return f"The chat model gave no {self.block} block that can be used and is another than the present one."
        if self.attempt is None:
            return f"The planner has no further variant of {self.block} to propose."
        if isinstance(self.attempt.evaluation, Failed):
            return f"{self.attempt.proposal.label} could not be scored: {self.attempt.evaluation.reason}."
        return None

    def _sentence(self, attempt: Attempt) -> str:
        """Say what it gains over what, and that nothing is adopted yet."""
        if self.problem is not None:
            return f"{self.problem} The solution stays."
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
    solution, score = _solution_with(context, block)
    known = [a for a in earlier if a.proposal.block == block]
    plan = Plan(block, notes) if notes else None  # the human's words are the plan
    found = context.planner.propose(context.dataset.task, solution, block, known, 1, notes, plan)
    result = ProposalResult(block, None, score, context.dataset.task.metric)
    return _measured(context, solution, score, result, found)


def ask(context: Context, block: str, words: str) -> ProposalResult:
    """Have a chat model do to a block what the human says, and measure it; nothing is adopted.

    The same words about the same solution give the same variant: what was tried before plays no part.

    Parameters
    ----------
    context : Context
    block : str
    words : str
        The instruction, in plain words.

    Raises
    ------
    SettingError
        When there is no chat model, no such block to refine, or no instruction.
    """
    need_chat_model(context.planner, block)
    if not words.strip():
        raise SettingError("ask has no instruction.", mend=f"Write below %%mlestar ask {block} what is to be done.")
    words = words.strip()
    solution, score = _solution_with(context, block)
    one = context.planner.follow(context.dataset.task, solution, Plan(block, words))
    result = ProposalResult(block, None, score, context.dataset.task.metric, words)
    return _measured(context, solution, score, result, [] if one is None else [one])


def need_chat_model(planner: Planner, block: str) -> None:
    """Check that somebody can be asked for a block in words.

    Raises
    ------
    SettingError
        When no chat model takes part.
    """
    if not planner.writes_code:
        raise SettingError(
            "There is no chat model to ask.",
            mend=f"Run %mlestar propose {block}, or start with --llm PROVIDER:MODEL.",
        )


def _solution_with(context: Context, block: str) -> tuple[Solution, Scored]:
    """The one solution that a block is to be refined of."""
    if block not in PIPELINE_BLOCKS:
        raise unknown("block to refine", block, PIPELINE_BLOCKS)
    solution, score = context.solution()
    return lead_member(context, solution) if solution.members else (solution, score)


def _measured(
    context: Context,
    solution: Solution,
    score: Scored,
    result: ProposalResult,
    found: Sequence[Proposal],
) -> ProposalResult:
    """Evaluate what was found on the solution's folds; as it is where nothing was."""
    if not found:
        return result
    score = _on_its_folds(context, solution, score)
    (attempt,) = try_proposals(context, solution, score, found, at_least=1, repairs=_REPAIRS)
    if isinstance(attempt.evaluation, Scored):
        attempt = replace(attempt, proposed=True)
    return replace(result, attempt=attempt, before=score)


def _on_its_folds(context: Context, solution: Solution, score: Scored) -> Scored:
    """The solution's score on the folds that a variant will have; it may have been scored on more repeats."""
    if len(score.fold_scores) == len(context.evaluator.folds(solution)):
        return score
    candidate = context.candidate(solution, "the present solution", "on the same folds", "confirmation")
    return need_score(context.evaluator.evaluate([candidate], context.budget, at_least=1)[0])
