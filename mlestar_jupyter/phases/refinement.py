"""Refinement: improve one block after another; a change is kept only when it beats the noise.

The outer loop picks the block that matters most, again after each change that was kept; the inner loop tries variants
of it, each proposed with knowledge of the earlier ones (MLE-STAR, arXiv 2506.15692). The variants are compared on one
set of folds; the best of them must then win on folds that were not used to choose it, at a level that accounts for
all rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.sequential import Wealth
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult
from mlestar_jupyter.display.numbers import p_value
from mlestar_jupyter.errors import unknown
from mlestar_jupyter.phases.ablation import impacts_of
from mlestar_jupyter.phases.ablation_result import AblationResult, Impact
from mlestar_jupyter.phases.attempts import lead_member, paired_test, proposals, try_proposals
from mlestar_jupyter.phases.base import Context, Count
from mlestar_jupyter.phases.refinement_result import Confirmation, RefinementResult, Round
from mlestar_jupyter.phases.settings import RefinementSettings
from mlestar_jupyter.planners.base import Attempt

_FRESH_REPEATS = 2
_AT_ONCE = 2  # variants evaluated together: a number of folds that is odd would leave workers idle
_USUAL_ORDER = ("features", "hyperparameters", "model", "preprocessing", "cleaning")
_MOST_FOR_REABLATION = 0.25  # of the time left


@dataclass(frozen=True)
class _Ranking:
    """Blocks in the order in which they are worth work, with what is known of their impact."""

    order: tuple[str, ...]
    impacts: dict[str, Impact]
    floor: float
    """What other seeds change: a gain must be larger."""

    def because(self, block: str) -> str:
        """Why a block has its place."""
        impact = self.impacts.get(block)
        if impact is None or impact.test is None:
            return "the usual order" if impact is None else impact.label.lower()
        return f"replaced, it costs {impact.test.mean:.3g} ({impact.label.lower()})"

    def share(self, block: str, blocks: Sequence[str]) -> float:
        """Share of the attempts that a block deserves: by what it may be worth at most, as bandits choose."""
        worth = {b: self._worth(b) for b in blocks}
        total = sum(worth.values())
        return worth[block] / total if total else 1 / len(worth)

    def _worth(self, block: str) -> float:
        impact = self.impacts.get(block)
        known = [i.test.high for i in self.impacts.values() if i.test is not None and np.isfinite(i.test.high)]
        if impact is None or impact.test is None or not np.isfinite(impact.test.high):
            return float(np.mean(known)) if known else 1.0
        return max(impact.test.high, self.floor, 0.1 * max(known))


def run(context: Context, settings: RefinementSettings) -> RefinementResult:
    """Refine the blocks in the order of their impact."""
    solution, score = context.solution()
    if solution.members:
        solution, score = lead_member(context, solution)
    before, start = score, solution
    attempts: list[Attempt] = []
    confirmations: list[Confirmation] = []
    rounds: list[Round] = []
    ranking, wealth = _first_ranking(context, settings), Wealth.of(settings.significance)
    for number in range(1, _count_rounds(ranking, settings) + 1):
        left = [b for b in ranking.order if b not in {r.block for r in rounds}]
        if context.budget.exhausted() or not left:
            break
        to_come = _count_rounds(ranking, settings) - len(rounds)
        block, limit = left[0], wealth.limit(to_come)
        planned = _planned(ranking, settings, left[:to_come])
        tried = _variants(context, settings, solution, score, block, planned)
        winner, confirmation = _confirm(context, solution, tried, limit, ranking.floor)
        if confirmation is not None:
            wealth = wealth.after(limit, succeeded=confirmation.kept)
            if confirmation.kept and winner is not None:
                position = tried.index(winner)
                tried[position] = replace(winner, proposed=settings.review, kept=not settings.review)
                if settings.review:
                    confirmation = replace(confirmation, kept=False, proposed=True)
                else:
                    assert isinstance(winner.evaluation, Scored)
                    solution, score = winner.evaluation.candidate.solution, winner.evaluation
                    ranking = _again(context, settings, ranking, solution, score, number)
            confirmations.append(confirmation)
        attempts += tried
        rounds.append(Round(block, ranking.because(block), planned, limit, _outcome(tried, confirmation)))
    state = context.state
    state.solution, state.score = solution, score
    state.members = [*state.members, *(a.evaluation for a in attempts if isinstance(a.evaluation, Scored))]
    changed = tuple(b for b in PIPELINE_BLOCKS if solution.blocks[b] != start.blocks[b])
    metric = context.dataset.task.metric
    return RefinementResult(attempts, confirmations, before, score, metric, start.diff(solution), changed, rounds)


# --- which block --------------------------------------------------------------------------------------------------


def _first_ranking(context: Context, settings: RefinementSettings) -> _Ranking:
    """Blocks to work on: those that the settings name, or those that ablation ranked."""
    for name in settings.blocks:
        if name not in PIPELINE_BLOCKS:
            raise unknown("block to refine", name, PIPELINE_BLOCKS)
    ablation = context.state.results.get("ablation")
    if not isinstance(ablation, AblationResult):
        return _Ranking(settings.blocks or _USUAL_ORDER, {}, 0.0)
    floor = 0.0 if ablation.floor is None else ablation.floor.bound
    return _Ranking(settings.blocks or ablation.ranking, ablation.blocks_by_impact, floor)


def _count_rounds(ranking: _Ranking, settings: RefinementSettings) -> int:
    return min(settings.iterations, len(ranking.order))


def _planned(ranking: _Ranking, settings: RefinementSettings, blocks: Sequence[str]) -> int:
    """Attempts at the first of the blocks: its share of those that the blocks have, and one is left for each other."""
    if not settings.by_impact or not ranking.impacts:
        return settings.attempts
    all_of_them = len(blocks) * settings.attempts
    return max(1, min(round(all_of_them * ranking.share(blocks[0], blocks)), all_of_them - len(blocks) + 1))


def _again(
    context: Context, settings: RefinementSettings, ranking: _Ranking, solution: Solution, score: Scored, number: int
) -> _Ranking:
    """Ablate the new solution, one look at each block that was not worked on: what matters has moved."""
    if settings.blocks or not settings.reablate or not ranking.impacts or number == _count_rounds(ranking, settings):
        return ranking
    names = [b for b in PIPELINE_BLOCKS if b in ranking.order]
    affordable = context.affordable(score, 4 * len(names)) == 4 * len(names)
    known = context.measured(f"ablation after round {number}", Count, lambda: Count(int(affordable)))
    found = impacts_of(context, solution, names) if known.value else []
    if not found:
        return ranking
    result = AblationResult(found, score, context.dataset.task.metric, 1)
    return _Ranking(result.ranking, result.blocks_by_impact, ranking.floor)


def _outcome(tried: Sequence[Attempt], confirmation: Confirmation | None) -> str:
    """What came of a round, in words."""
    if not tried:
        return "no attempt was made"
    if confirmation is None:
        return f"{len(tried)} attempts, none promising"
    verb = "kept" if confirmation.kept else "proposed" if confirmation.proposed else "not kept"
    return f"{len(tried)} attempts, {confirmation.label} {verb} ({p_value(confirmation.test.p_value)})"


# --- variants of it -----------------------------------------------------------------------------------------------


def _variants(
    context: Context, settings: RefinementSettings, solution: Solution, score: Scored, block: str, planned: int
) -> list[Attempt]:
    """Inner loop: variants of one block, two at a time, each proposed with knowledge of the earlier ones."""
    attempts: list[Attempt] = []
    known = context.recalled(f"attempts at {block}", Count)
    limit = planned if known is None else known.value
    while len(attempts) < limit:
        count = min(_AT_ONCE, limit - len(attempts))
        if known is None:
            count = min(count, _affordable(context, solution, score))
        asked = proposals(context, solution, block, attempts, count, settings.notes)
        found = try_proposals(context, solution, score, asked)
        attempts += found
        if not found or len(found) < len(asked):
            break
    context.measured(f"attempts at {block}", Count, lambda: Count(len(attempts)))
    return attempts


def _has_fresh_folds(context: Context, solution: Solution) -> bool:
    """Whether the splitter has more than one way to split: a split by time has not."""
    return len(context.evaluator.folds(solution, 1 + _FRESH_REPEATS)) > len(context.evaluator.folds(solution, 1))


def _affordable(context: Context, solution: Solution, score: Scored) -> int:
    """How many attempts can be evaluated such that the best can be confirmed: without that, they come to nothing."""
    if context.budget.exhausted():
        return 0
    test = 2 * _FRESH_REPEATS if _has_fresh_folds(context, solution) else 0
    return max(0, context.affordable(score, _AT_ONCE + test) - test)


# --- is it a gain -------------------------------------------------------------------------------------------------


def _confirm(
    context: Context, solution: Solution, tried: Sequence[Attempt], limit: float, floor: float
) -> tuple[Attempt | None, Confirmation | None]:
    """Test the best variant on fresh folds; without fresh folds, on the same ones at a level shared out by attempts."""
    promising = [a for a in tried if a.gain is not None and a.gain > 0]
    if not promising:
        return None, None
    winner = max(promising, key=lambda a: a.gain or 0.0)
    proposal = winner.proposal
    assert isinstance(winner.evaluation, Scored)
    fresh = _has_fresh_folds(context, solution)
    if fresh:
        test = _fresh_test(context, solution, winner)
    else:
        test, limit = _paired(context, winner.evaluation, solution), limit / len(tried)
    if test is None:
        return winner, None
    kept = test.mean > floor and test.p_value < limit
    return winner, Confirmation(proposal.block, proposal.label, test, limit, kept, fresh)


def _fresh_test(context: Context, solution: Solution, winner: Attempt) -> TestResult | None:
    """Test the winner against the present solution on folds that chose neither."""
    proposal, evaluation = winner.proposal, winner.evaluation
    label, phase = f"{proposal.block}: {proposal.label}", "confirmation"
    changed, reason = evaluation.candidate.solution, "confirmed on fresh folds"
    pair = [
        context.candidate(changed, label, reason, phase, parent=solution, block=proposal.block),
        context.candidate(solution, "the present solution", "on the same fresh folds", phase),
    ]
    found = context.evaluator.evaluate(pair, repeats=1 + _FRESH_REPEATS, skip=1)
    both = [e for e in found if isinstance(e, Scored)]
    return paired_test(both[0], both[1], context.dataset.task.metric) if len(both) == len(pair) else None


def _paired(context: Context, new: Scored, solution: Solution) -> TestResult | None:
    """Test against the present solution on the folds at hand."""
    candidate = context.candidate(solution, "the present solution", "on the same folds", "confirmation")
    found = context.evaluator.evaluate([candidate])
    if not found or not isinstance(found[0], Scored):
        return None
    return paired_test(new, found[0], context.dataset.task.metric)
