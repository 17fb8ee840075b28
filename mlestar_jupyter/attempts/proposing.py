"""Who proposes the next variants of a block: the recipes, and a chat model in turn with them where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.blocks import block_hash, without_marker
from mlestar_jupyter.core.candidate import Author, Candidate
from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.planners.agents import Plan
from mlestar_jupyter.planners.base import Attempt, Proposal


def proposals(
    context: Context,
    solution: Solution,
    block: str,
    attempts: Sequence[Attempt],
    count: int,
    notes: str,
    plan: Plan | None = None,
) -> list[Proposal]:
    """Ask for variants to be evaluated at once: each knows of the others, but not how they will do.

    Model and recipes take turns, the model first; who has nothing more leaves its turns to the other.

    Parameters
    ----------
    plan : Plan, optional
        For the model's first variant; it makes the others' itself.
    """
    known, found = list(attempts), list[Proposal]()
    turn: Author = "planner" if attempts and attempts[-1].proposal.author == "model" else "model"
    silent: set[Author] = {"model"} if context.agents is None else set()
    while len(found) < count and len(silent) < 2:  # noqa: PLR2004 - both
        proposal = None
        if turn not in silent:
            if turn == "model":
                proposal, plan = model_proposal(context, solution, block, known, notes, plan), None
            else:
                proposal = recipe_proposal(context, solution, block, known, notes)
            if proposal is None:
                silent.add(turn)
        if proposal is not None:
            found.append(proposal)
            candidate = candidate_of(context, solution, proposal, solution)
            known.append(Attempt(proposal, Failed(candidate, "dropped", "not yet evaluated"), None, None, kept=False))
        turn = "planner" if turn == "model" else "model"
    return found


def recipe_proposal(
    context: Context, solution: Solution, block: str, attempts: Sequence[Attempt], notes: str
) -> Proposal | None:
    """The planner's next variant of a block; it goes on from its own attempts."""
    own = [a for a in attempts if a.proposal.author != "model"]
    return context.planner.refine(context.dataset.task, solution, block, own, notes)


def model_proposal(
    context: Context,
    solution: Solution,
    block: str,
    attempts: Sequence[Attempt],
    notes: str,
    plan: Plan | None = None,
) -> Proposal | None:
    """The model's next variant of a block, by a plan that knows all attempts; None where its answer is of no use.

    Of no use is what is meant for another block, is empty, or has been tried.
    """
    agents, task = context.agents, context.dataset.task
    if agents is None:
        return None
    plan = plan or agents.plan(task, solution, block, attempts, notes)
    if plan is None or plan.block != block:
        return None
    proposal = agents.code(task, solution, plan)
    if proposal is None or proposal.block != block or not proposal.source.strip():
        return None
    source = without_marker(proposal.source)
    tried = {block_hash(without_marker(s)) for s in (solution.blocks[block], *(a.proposal.source for a in attempts))}
    return None if block_hash(source) in tried else replace(proposal, source=source, author="model")


def candidate_of(context: Context, solution: Solution, proposal: Proposal, changed: Solution) -> Candidate:
    """Put a proposal up for evaluation: the solution with its block."""
    return context.candidate(
        changed, f"{proposal.block}: {proposal.label}", proposal.reason, "refinement", parent=solution,
        block=proposal.block, author=proposal.author,
    )  # fmt: skip
