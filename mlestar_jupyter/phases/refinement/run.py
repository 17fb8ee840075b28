"""Refinement: improve one block after another; a change is used where it gains on folds that did not choose it.

The outer loop picks the block that matters most, again after each change that was kept; the inner loop tries variants
of it, each proposed with knowledge of the earlier ones (MLE-STAR, arXiv 2506.15692). Several paths may do so from
different solutions; in the end what one found for the columns is tried with the models of others. All tests share one
level.
"""

from __future__ import annotations

from dataclasses import dataclass

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.trying import lead_member
from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.evaluation import Scored, scored
from mlestar_jupyter.core.sequential import Wealth
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.phases.refinement.crossing import OTHER_FAMILIES, cross
from mlestar_jupyter.phases.refinement.paths import best_of_others, own_share, starting_points, switch
from mlestar_jupyter.phases.refinement.result import Confirmation, Path, RefinementResult, Round
from mlestar_jupyter.phases.refinement.rounds import Asked, Turn, work_on
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.phases.refinement.targeting import (
    Ranking,
    attempts_at,
    first_ranking,
    look_further,
    next_target,
    rank_again,
    rejected_attempts,
)
from mlestar_jupyter.planners.base import Attempt


@dataclass(frozen=True, eq=False)
class _Walk:
    """What came of a path: its rounds with their turns, where it began and ended, and the level that is left."""

    before: Scored
    after: Scored
    turns: list[Turn]
    rounds: list[Round]
    wealth: Wealth

    @property
    def attempts(self) -> list[Attempt]:
        return [a for t in self.turns for a in t.attempts]

    @property
    def confirmations(self) -> list[Confirmation]:
        return [t.confirmation for t in self.turns if t.confirmation is not None]


def run(context: Context, settings: RefinementSettings) -> RefinementResult:
    """Refine the blocks in the order of their impact, along one path or several."""
    solution, score = context.solution()
    ranking = first_ranking(context, settings)
    if solution.members:
        solution, score = lead_member(context, solution)
    starts = starting_points(context, settings, score)
    walks: list[_Walk] = []
    wealth, planned = Wealth.of(settings.significance), planned_rounds(settings)
    for number, start in enumerate(starts, start=1):
        tests_later = (len(starts) - number) * planned + (not settings.review)
        with own_share(context, number, len(starts)) as own:
            first = solution if number == 1 else start.candidate.solution
            walks.append(_walk(own, settings, ranking, number, first, start, wealth, tests_later))
        wealth = walks[-1].wealth
    tests = [c for w in walks for c in w.confirmations]
    attempts = [a for w in walks for a in w.attempts]
    paths, crossed = tuple(Path(w.before, w.after) for w in walks), list[Scored]()
    after = walks[0].after
    if not settings.review:
        crossed = cross(context, paths, best_of_others(context, after, OTHER_FAMILIES))
        others = {f"path {n}": p.after for n, p in enumerate(paths[1:], start=2)}
        others |= {f"crossover {n}": one for n, one in enumerate(crossed, start=1)}
        after, test = switch(context, after, others, wealth.limit(1), len(attempts) + len(crossed))
        tests += [] if test is None else [test]
    state = context.state
    state.solution, state.score = solution if after is score else after.candidate.solution, after
    state.members = [*state.members, *scored([a.evaluation for a in attempts]), *crossed]
    changed = tuple(b for b in PIPELINE_BLOCKS if state.solution.blocks[b] != solution.blocks[b])
    return RefinementResult(
        attempts, tests, score, after, context.dataset.task.metric, solution.diff(state.solution), changed,
        [r for w in walks for r in w.rounds], paths, crossed,
    )  # fmt: skip


def planned_rounds(settings: RefinementSettings) -> int:
    """Rounds of a path: one for each block that is to be worked on."""
    return min(settings.iterations, len(settings.blocks) or settings.iterations)


def _walk(
    context: Context,
    settings: RefinementSettings,
    ranking: Ranking,
    path: int,
    solution: Solution,
    start: Scored,
    wealth: Wealth,
    tests_later: int,
) -> _Walk:
    """Go along one path: a round for each block that is worth it, while the budget lasts.

    Parameters
    ----------
    tests_later : int
        Tests that are planned after this path: the level must do for them, too.
    """
    score = start
    if path > 1:  # what was measured and said is about another solution
        ranking = rank_again(context, settings, ranking.without_summaries(), solution, score)
    turns: list[Turn] = []
    rounds: list[Round] = []
    rejected = rejected_attempts(context)
    planned = planned_rounds(settings)
    for number in range(1, planned + 1):
        to_come = planned - number + 1
        attempts = [*rejected, *(a for t in turns for a in t.attempts)]
        if context.budget.exhausted():
            break
        target = next_target(context, solution, ranking, rounds, attempts, settings, to_come)
        if target is None:
            break
        limit, earlier = wealth.limit(to_come + tests_later), attempts_at(target.block, attempts)
        asked = Asked(
            target.block, target.attempts, limit, ranking.floor, earlier, settings.notes, target.plan,
            settings.repairs, path,
        )  # fmt: skip
        turn = work_on(context, solution, score, asked, review=settings.review)
        wealth = turn.spent_from(wealth, limit)
        if turn.kept is not None:
            solution, score = turn.kept.candidate.solution, turn.kept
        if to_come > 1:
            ranking = _look(context, settings, ranking, solution, score, is_new=turn.kept is not None)
        turns.append(turn)
        rounds.append(Round(target.block, target.because, target.attempts, limit, turn.outcome, path))
    return _Walk(start, score, turns, rounds, wealth)


def _look(
    context: Context,
    settings: RefinementSettings,
    ranking: Ranking,
    solution: Solution,
    score: Scored,
    *,
    is_new: bool,
) -> Ranking:
    """Look again at a new solution; at one that stayed, the model may look further."""
    again = rank_again(context, settings, ranking, solution, score) if is_new else ranking
    return look_further(context, settings, ranking, solution, score) if again is ranking else again
