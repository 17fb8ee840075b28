"""What the human decides between phases: edit a block, go back to a candidate, accept or reject an attempt."""

from __future__ import annotations

from dataclasses import replace

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.blocks import block_hash
from mlestar_jupyter.core.candidate import Author, Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import BlockError, ExecutionError, SettingError
from mlestar_jupyter.families.recognition import recognise
from mlestar_jupyter.phases.refinement.result import RefinementResult
from mlestar_jupyter.planners.base import Attempt


def adopt(
    context: Context, block: str, source: str, *, author: Author = "human", label: str = "", reason: str = ""
) -> Evaluation:
    """Score the solution with another source for a block, and use it from then on when it can be scored.

    Raises
    ------
    BlockError
        When the source breaks the block's contract; the earlier block stays in use.
    MissingExtraError
        When a model's package is not installed.
    """
    before, _ = context.solution()
    if block == "ensemble" and not before.members:
        raise BlockError("There is no ensemble yet whose block could change.", mend="Run %%mlestar ensemble first.")
    changed = before.with_block(block, source)
    if block == "model":
        for known in recognise(source).families:
            known.check_installed()
    evaluation = score(
        context, changed, label or f"{block}: yours", reason or f"{block} edited by hand",
        author=author, block=block,
    )  # fmt: skip
    if isinstance(evaluation, Scored):
        if block == "validation":
            _rescore_baseline(context, source)
        use(context, evaluation)
    return evaluation


def checkout(context: Context, evaluation: Evaluation) -> Scored:
    """Make an earlier candidate the solution, scored on the folds of the present one.

    Raises
    ------
    SettingError
        When it failed.
    ExecutionError
        When it cannot be scored on the folds of the present one.
    """
    found = _go_to(context, evaluation)
    context.state.checkouts.append(found.candidate.id)
    return found


def accept(context: Context, evaluation: Evaluation) -> Evaluation:
    """Use an attempt's block: the attempt itself where it was made from the present solution, else on top of it.

    Raises
    ------
    SettingError
        When it failed, or changed no single block.
    """
    found = _need_score(evaluation)
    candidate = found.candidate
    block = need_block(candidate)
    present, _ = context.solution()
    if present.id in (candidate.parent, candidate.solution.id):
        taken: Evaluation = _go_to(context, found)
    else:
        reason = f"{candidate.reason}; accepted on top of what was kept since"
        taken = adopt(
            context, block, candidate.solution.blocks[block], author=candidate.author, label=candidate.label,
            reason=reason,
        )  # fmt: skip
    if isinstance(taken, Scored):
        _mark(context, candidate, kept=True, rejected=False)
    return taken


def reject(context: Context, evaluation: Evaluation) -> Evaluation | None:
    """Do without an attempt: where its block is in use, the one before it comes back; None where nothing changed.

    Raises
    ------
    SettingError
        When it failed, or is no attempt.
    ExecutionError
        When the solution with the block before cannot be scored.
    """
    candidate = _need_score(evaluation).candidate
    block = need_block(candidate)
    attempt = _attempt(context, candidate)
    if attempt is None:
        raise SettingError(
            f"{candidate.id} ({candidate.label}) is no attempt that waits for a decision.",
            mend="Reject the attempt that it came from, or go back with %mlestar checkout ID.",
        )
    present, _ = context.solution()
    back: Evaluation | None = None
    if block_hash(present.blocks[block]) == block_hash(candidate.solution.blocks[block]):
        back = adopt(
            context, block, attempt.replaced, author="planner", label=f"{block}: as before",
            reason=f"{candidate.id} was rejected",
        )  # fmt: skip
        if isinstance(back, Failed):
            raise ExecutionError(
                f"The {block} block before {candidate.id} cannot be scored: {back.reason}.",
                mend="The solution stays; go to another with %mlestar checkout ID.",
            )
    _mark(context, candidate, kept=False, rejected=True)
    return back


def score(
    context: Context, solution: Solution, label: str, reason: str, *, author: Author, block: str | None
) -> Evaluation:
    """Score a solution that the human asked for, whatever the time."""
    before, _ = context.solution()
    candidate = Candidate(solution, label, before.id, author, reason, "human", block)
    return context.evaluator.evaluate([candidate], context.budget, at_least=1)[0]


def use(context: Context, evaluation: Scored) -> None:
    """Make a scored candidate the solution."""
    state = context.state
    state.solution, state.score = evaluation.candidate.solution, evaluation
    state.members = [*state.members, evaluation]


def _go_to(context: Context, evaluation: Evaluation) -> Scored:
    """Use a candidate, scored on as many repeats as the present solution."""
    found = _need_score(evaluation)
    _, present = context.solution()
    if len(found.fold_scores) != len(present.fold_scores) and not found.candidate.solution.members:
        fresh = replace(found.candidate, phase="human")
        again = context.evaluator.evaluate([fresh], context.budget, at_least=1)[0]
        if isinstance(again, Failed):
            raise ExecutionError(
                f"{found.candidate.id} cannot be scored on the present folds: {again.reason}.",
                mend="The solution stays; choose another candidate.",
            )
        found = again
    use(context, found)
    return found


def _need_score(evaluation: Evaluation) -> Scored:
    if isinstance(evaluation, Failed):
        raise SettingError(
            f"The candidate {evaluation.candidate.id} failed: {evaluation.reason}.", mend="Choose one that has a score."
        )
    return evaluation


def need_block(candidate: Candidate) -> str:
    """Name the block that an attempt changes.

    Raises
    ------
    SettingError
        When it is a whole solution.
    """
    if candidate.block is None:
        raise SettingError(
            f"{candidate.id} ({candidate.label}) is a whole solution, not a change of one block.",
            mend=f"Write %mlestar show {candidate.id}, or %mlestar checkout {candidate.id}.",
        )
    return candidate.block


def _rescore_baseline(context: Context, source: str) -> None:
    """Score the trivial baseline on the human's folds: only the same folds compare."""
    baseline = context.state.baseline
    if baseline is None:
        return
    solution = baseline.candidate.solution.with_block("validation", source)
    candidate = replace(baseline.candidate, solution=solution, phase="human")
    found = context.evaluator.evaluate([candidate], context.budget, at_least=1)[0]
    context.state.baseline = found if isinstance(found, Scored) else None


def _attempts(context: Context) -> list[Attempt]:
    result = context.state.results.get("refinement")
    return [*(result.attempts if isinstance(result, RefinementResult) else ()), *context.state.proposals]


def _attempt(context: Context, candidate: Candidate) -> Attempt | None:
    return next((a for a in _attempts(context) if a.evaluation.candidate.id == candidate.id), None)


def _mark(context: Context, candidate: Candidate, *, kept: bool, rejected: bool) -> None:
    """Let the tree of attempts say what the human decided."""
    result = context.state.results.get("refinement")
    lists = [context.state.proposals, *([result.attempts] if isinstance(result, RefinementResult) else [])]
    for attempts in lists:
        attempts[:] = [
            replace(a, kept=kept, rejected=rejected, proposed=False) if a.evaluation.candidate.id == candidate.id else a
            for a in attempts
        ]
