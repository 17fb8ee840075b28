"""Around a model's candidate: the leakage checker before it is evaluated, the debugger after it has failed.

What recipes and humans wrote passes through as it is. Both roles give back whole solutions; of these a candidate takes
no more than what it may change, so that an attempt at a block stays one, and no role moves the folds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import MLEStarError

_CORRECTED = "corrected by the leakage checker"


def evaluate_repaired(
    context: Context, candidates: Sequence[Candidate | Failed], repairs: int
) -> list[list[Evaluation]]:
    """Evaluate candidates with the leakage check before and the debugger after.

    Parameters
    ----------
    candidates : sequence of Candidate or Failed
        Failed are those whose source breaks a block's contract: the debugger may mend these as well.
    repairs : int
        How often the debugger may try, for each.

    Returns
    -------
    list of list of Scored or Failed
        The versions of each candidate, the last one last; fewer candidates when the budget ended before the list.
    """
    checked = [check_leakage(context, c) if isinstance(c, Candidate) else c for c in candidates]
    evaluations = iter(context.evaluated([c for c in checked if isinstance(c, Candidate)]))
    found: list[list[Evaluation]] = []
    for one in checked:
        first = one if isinstance(one, Failed) else next(evaluations, None)
        if first is None:
            break
        if isinstance(one, Failed):
            context.record_failure(one)
        found.append([first, *repaired(context, first, repairs)])
    return found


def check_leakage(context: Context, candidate: Candidate) -> Candidate | Failed:
    """Let the model look for leakage before a candidate of its own is evaluated; what it corrects is evaluated instead.

    Failed where it found a leak and its correction breaks a block's contract.
    """
    if candidate.author != "model":
        return candidate
    corrected = context.planner.mend(context.dataset.task, candidate.solution)
    if corrected is None:
        return candidate
    try:
        solution = _within_reach(candidate, corrected)
    except MLEStarError as error:
        return Failed(candidate, "error", f"it leaks, and the correction cannot be used: {error}")
    if solution.id == candidate.id:
        return candidate
    return replace(candidate, solution=solution, reason=f"{candidate.reason}; {_CORRECTED}")


def repaired(context: Context, evaluation: Evaluation, repairs: int) -> list[Evaluation]:
    """Let the debugger mend a failed candidate of the model, a bounded number of times, until it can be scored.

    Every version is evaluated, charged and kept on record. Without one that can be scored, the candidate stays failed.
    """
    versions: list[Evaluation] = []
    for number in range(1, repairs + 1):
        if not isinstance(evaluation, Failed) or not _can_be_mended(evaluation):
            break
        if not context.has_time():
            break
        mended = context.planner.mend(context.dataset.task, evaluation)
        if mended is None:
            break
        evaluated = _evaluate_mended(context, evaluation, mended, number)
        if evaluated is None:
            break
        versions.append(evaluated)
        evaluation = evaluated
    return versions


def _can_be_mended(failed: Failed) -> bool:
    return failed.candidate.author == "model" and failed.kind != "dropped"


def _evaluate_mended(context: Context, failed: Failed, mended: Solution, number: int) -> Evaluation | None:
    """Evaluate the next version; None where it is none, or the budget has ended."""
    before = failed.candidate
    label = f"{before.label.removesuffix(f', repair {number - 1}')}, repair {number}"
    try:
        solution = _within_reach(before, mended)
    except MLEStarError as error:
        return context.record_failure(
            Failed(replace(before, label=label), "error", f"the repair cannot be used: {error}")
        )
    if solution.id == before.id:
        return None
    one = check_leakage(context, replace(before, solution=solution, label=label))
    found = [context.record_failure(one)] if isinstance(one, Failed) else context.evaluated([one])
    return found[0] if found else None


def _within_reach(candidate: Candidate, found: Solution) -> Solution:
    """Take over what a candidate may change: its own block, or the blocks of a whole solution but the folds."""
    names = PIPELINE_BLOCKS if candidate.block is None else (candidate.block,)
    solution = candidate.solution
    for name in names:
        if name in found.blocks:
            solution = solution.with_block(name, found.blocks[name])
    solution.check()
    return solution
