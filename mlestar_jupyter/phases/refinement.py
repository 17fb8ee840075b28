"""Refinement: improve one block after another; a change is kept only when it beats the noise.

The outer loop picks the block that matters most, again after each change that was kept; the inner loop tries variants
of it, each proposed with knowledge of the earlier ones (MLE-STAR, arXiv 2506.15692). The variants are compared on one
set of folds; the best of them must then win on folds that were not used to choose it, at a level that accounts for
all rounds.
"""

from __future__ import annotations

from collections import Counter
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
class Ranking:
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
    turns: list[Turn] = []
    rounds: list[Round] = []
    ranking, wealth = first_ranking(context, settings), Wealth.of(settings.significance)
    planned_rounds = min(settings.iterations, len(settings.blocks) or settings.iterations)
    for number in range(1, planned_rounds + 1):
        to_come = planned_rounds - number + 1
        left = _with_variants(context, solution, not_worked_on(ranking, rounds), turns, settings)[:to_come]
        if context.budget.exhausted() or not left:
            break
        block, limit, planned = left[0], wealth.limit(to_come), _planned(ranking, settings, left)
        earlier = _attempts_at(block, turns)
        because = ranking.because(block)
        name = f"attempts at {block}" + (f", round {number}" if earlier else "")
        asked = Asked(block, planned, limit, ranking.floor, earlier, settings.notes, name)
        turn = work_on(context, solution, score, asked, review=settings.review)
        wealth = turn.spent_from(wealth, limit)
        if turn.kept is not None:
            solution, score = turn.kept.candidate.solution, turn.kept
            if to_come > 1:
                ranking = _again(context, settings, ranking, solution, score, number)
        turns.append(turn)
        rounds.append(Round(block, because, planned, limit, turn.outcome))
    attempts = [a for t in turns for a in t.attempts]
    state = context.state
    state.solution, state.score = solution, score
    state.members = [*state.members, *(a.evaluation for a in attempts if isinstance(a.evaluation, Scored))]
    changed = tuple(b for b in PIPELINE_BLOCKS if solution.blocks[b] != start.blocks[b])
    tests = [t.confirmation for t in turns if t.confirmation is not None]
    metric = context.dataset.task.metric
    return RefinementResult(attempts, tests, before, score, metric, start.diff(solution), changed, rounds)


# --- one round ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What a round is to do.

    Parameters
    ----------
    block : str
    attempts : int
        Variants to try, at most.
    level : float
        At which the best of them must be significant.
    floor : float
        That its gain must pass, in the metric's own unit.
    earlier : sequence of Attempt
        At this block, in rounds before.
    notes : str
    name : str
        Under which the number of attempts that the time bore stands in the journal.
    """

    block: str
    attempts: int
    level: float
    floor: float
    earlier: Sequence[Attempt]
    notes: str
    name: str


@dataclass(frozen=True, eq=False)
class Turn:
    """What came of a round: its attempts, the test of the best one, and the solution that was kept."""

    attempts: list[Attempt]
    confirmation: Confirmation | None = None
    kept: Scored | None = None

    @property
    def outcome(self) -> str:
        """What came of it, in words."""
        tried, test = len(self.attempts), self.confirmation
        if not tried:
            return "no attempt was made"
        if test is None:
            return f"{tried} attempts, none promising"
        verb = "kept" if test.kept else "proposed" if test.proposed else "not kept"
        return f"{tried} attempts, {test.label} {verb} ({p_value(test.test.p_value)})"

    def spent_from(self, wealth: Wealth, limit: float) -> Wealth:
        """What the test of this round leaves for others."""
        test = self.confirmation
        return wealth if test is None else wealth.after(limit, succeeded=test.kept or test.proposed)


def work_on(context: Context, solution: Solution, score: Scored, asked: Asked, *, review: bool = False) -> Turn:
    """Try variants of a block, and keep the best where it wins on other folds; `review` only proposes it."""
    tried = _variants(context, solution, score, asked)
    winner, confirmation = confirm(context, solution, tried, asked)
    if winner is None or confirmation is None or not confirmation.kept:
        return Turn(tried, confirmation)
    tried[tried.index(winner)] = replace(winner, proposed=review, kept=not review)
    if review:
        return Turn(tried, replace(confirmation, kept=False, proposed=True))
    assert isinstance(winner.evaluation, Scored)
    return Turn(tried, confirmation, winner.evaluation)


# --- which block --------------------------------------------------------------------------------------------------


def first_ranking(context: Context, settings: RefinementSettings) -> Ranking:
    """Blocks to work on: those that the settings name, or those that ablation ranked."""
    for name in settings.blocks:
        if name not in PIPELINE_BLOCKS:
            raise unknown("block to refine", name, PIPELINE_BLOCKS)
    ablation = context.state.results.get("ablation")
    if not isinstance(ablation, AblationResult):
        return Ranking(settings.blocks or _USUAL_ORDER, {}, 0.0)
    floor = 0.0 if ablation.floor is None else ablation.floor.bound
    return Ranking(settings.blocks or ablation.ranking, ablation.blocks_by_impact, floor)


def not_worked_on(ranking: Ranking, rounds: Sequence[Round]) -> list[str]:
    """Blocks in their order, those that were worked on least first."""
    count = Counter(r.block for r in rounds)
    least = min((count[b] for b in ranking.order), default=0)
    return [b for b in ranking.order if count[b] == least]


def _with_variants(
    context: Context, solution: Solution, blocks: Sequence[str], turns: Sequence[Turn], settings: RefinementSettings
) -> list[str]:
    """Those of the blocks for which the planner has a further variant."""
    return [b for b in blocks if proposals(context, solution, b, _attempts_at(b, turns), 1, settings.notes)]


def _attempts_at(block: str, turns: Sequence[Turn]) -> list[Attempt]:
    return [a for t in turns for a in t.attempts if a.proposal.block == block]


def _planned(ranking: Ranking, settings: RefinementSettings, blocks: Sequence[str]) -> int:
    """Attempts at the first of the blocks: its share of those that the blocks have, and one is left for each other."""
    if not settings.by_impact or not ranking.impacts:
        return settings.attempts
    all_of_them = len(blocks) * settings.attempts
    return max(1, min(round(all_of_them * ranking.share(blocks[0], blocks)), all_of_them - len(blocks) + 1))


def _again(
    context: Context, settings: RefinementSettings, ranking: Ranking, solution: Solution, score: Scored, number: int
) -> Ranking:
    """Ablate the new solution, one look at each block that was not worked on: what matters has moved."""
    if settings.blocks or not settings.reablate or not ranking.impacts:
        return ranking
    names = [b for b in PIPELINE_BLOCKS if b in ranking.order]
    needed = int(len(names) / _MOST_FOR_REABLATION)
    affordable = context.affordable(score, needed) == needed
    known = context.measured(f"ablation after round {number}", Count, lambda: Count(int(affordable)))
    return look_again(context, solution, score, names, ranking.floor) if known.value else ranking


def look_again(
    context: Context, solution: Solution, score: Scored, names: Sequence[str], floor: float = 0.0
) -> Ranking:
    """Rank blocks by one look at what each is worth in a solution."""
    result = AblationResult(impacts_of(context, solution, names), score, context.dataset.task.metric, 1)
    return Ranking(tuple(dict.fromkeys([*result.ranking, *names])), result.blocks_by_impact, floor)


# --- variants of it -----------------------------------------------------------------------------------------------


def _variants(context: Context, solution: Solution, score: Scored, asked: Asked) -> list[Attempt]:
    """Inner loop: variants of one block, two at a time, each proposed with knowledge of the earlier ones."""
    attempts: list[Attempt] = []
    known = context.recalled(asked.name, Count)
    limit = asked.attempts if known is None else known.value
    while len(attempts) < limit:
        count = min(_AT_ONCE, limit - len(attempts))
        if known is None:
            count = min(count, _affordable(context, solution, score))
        earlier = [*asked.earlier, *attempts]
        wanted = proposals(context, solution, asked.block, earlier, count, asked.notes)
        found = try_proposals(context, solution, score, wanted)
        attempts += found
        if not found or len(found) < len(wanted):
            break
    context.measured(asked.name, Count, lambda: Count(len(attempts)))
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


def confirm(
    context: Context, solution: Solution, tried: Sequence[Attempt], asked: Asked
) -> tuple[Attempt | None, Confirmation | None]:
    """Test the best variant on fresh folds; without fresh folds, on the same ones at a level shared out by attempts."""
    promising = [a for a in tried if a.gain is not None and a.gain > 0]
    if not promising:
        return None, None
    winner = max(promising, key=lambda a: a.gain or 0.0)
    proposal = winner.proposal
    assert isinstance(winner.evaluation, Scored)
    fresh, limit = _has_fresh_folds(context, solution), asked.level
    if fresh:
        test = _fresh_test(context, solution, winner)
    else:
        test, limit = _paired(context, winner.evaluation, solution), limit / len(tried)
    if test is None:
        return winner, None
    kept = test.mean > asked.floor and test.p_value < limit
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
