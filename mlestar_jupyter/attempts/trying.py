"""Attempts: evaluate a proposal on the solution's folds and test its gain, and show what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.repairing import check_leakage, repaired
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, need_score
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult, corrected_t_test
from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.planners.base import Attempt, Proposal


def try_proposals(
    context: Context,
    solution: Solution,
    score: Scored,
    asked: Sequence[Proposal],
    *,
    at_least: int = 0,
    repairs: int = 0,
) -> list[Attempt]:
    """Evaluate proposals and test them against the solution; fewer when the budget ended before the list.

    Parameters
    ----------
    score : Scored
        Of `solution`, on the folds that its ``validation`` block makes.
    at_least : int
        So many are evaluated even when time is up.
    repairs : int
        How often the debugger may try to mend a proposal of the model that failed.
    """
    made = [_made(context, solution, p) for p in asked]
    candidates = [c for c in made if isinstance(c, Candidate)]
    evaluations = iter(context.evaluator.evaluate(candidates, context.budget, at_least=min(at_least, len(candidates))))
    attempts = []
    for proposal, one in zip(asked, made, strict=True):
        evaluation = one if isinstance(one, Failed) else next(evaluations, None)
        if evaluation is None:
            break
        if isinstance(one, Failed) and one.candidate.id != solution.id:
            context.record_failure(one)
        *_, last = evaluation, *repaired(context, evaluation, repairs)
        attempts.append(_attempt(solution, score, proposal, last, context.dataset.task.metric))
    return attempts


def _made(context: Context, solution: Solution, proposal: Proposal) -> Candidate | Failed:
    """The solution with the proposal's block, checked for leakage where a model wrote it; failed if it is no block."""
    try:
        changed = solution.with_block(proposal.block, proposal.source)
    except MLEStarError as error:
        return Failed(candidate_of(context, solution, proposal, _with_any(solution, proposal)), "error", str(error))
    return check_leakage(context, candidate_of(context, solution, proposal, changed))


def candidate_of(context: Context, solution: Solution, proposal: Proposal, changed: Solution) -> Candidate:
    """Put a proposal up for evaluation: the solution with its block."""
    return context.candidate(
        changed, f"{proposal.block}: {proposal.label}", proposal.reason, "refinement", parent=solution,
        block=proposal.block, author=proposal.author,
    )  # fmt: skip


def _with_any(solution: Solution, proposal: Proposal) -> Solution:
    """The solution with a model's block that breaks its contract, for the debugger to see; else as it was."""
    if proposal.author != "model":
        return solution
    return Solution.of({**solution.blocks, proposal.block: proposal.source})


def _attempt(solution: Solution, score: Scored, proposal: Proposal, evaluation: Evaluation, metric: Metric) -> Attempt:
    """Hold what was evaluated, which checker and debugger may have changed, against the solution."""
    replaced, candidate = solution.blocks[proposal.block], evaluation.candidate
    if proposal.author == "model":
        source = candidate.solution.blocks[proposal.block]
        proposal = replace(proposal, source=source, label=candidate.label.removeprefix(f"{proposal.block}: "))
    if isinstance(evaluation, Failed):
        return Attempt(proposal, evaluation, None, None, kept=False, replaced=replaced)
    test = paired_test(evaluation, score, metric)
    return Attempt(proposal, evaluation, test.mean, test.p_value, kept=False, test=test, replaced=replaced)


def paired_test(new: Scored, old: Scored, metric: Metric) -> TestResult:
    """Test the gain of one over the other on the folds that both have."""
    gains = [metric.gain(n, o) for n, o in zip(new.fold_scores, old.fold_scores, strict=False)]
    return corrected_t_test(gains, old.n_train, old.n_test, most=metric.most_gain)


def lead_member(context: Context, solution: Solution) -> tuple[Solution, Scored]:
    """The lead member of an ensemble with its own score: refinement works on one solution.

    Raises
    ------
    ExecutionError
        When it cannot be scored alone.
    """
    lead = solution.single()
    candidate = context.candidate(
        lead, "lead member", "the ensemble's lead member alone", "refinement", parent=solution
    )
    return lead, need_score(context.evaluator.evaluate([candidate], context.budget, at_least=1)[0])
