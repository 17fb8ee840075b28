"""Which block a round of refinement works on, and why: by the ablation, and by the model where there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.measuring import Count
from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.errors import unknown
from mlestar_jupyter.phases.ablation.comparing import impacts_of
from mlestar_jupyter.phases.ablation.components import MOST_VARIANTS, model_variants
from mlestar_jupyter.phases.ablation.result import AblationResult, Impact
from mlestar_jupyter.phases.ablation.summarizing import summarized
from mlestar_jupyter.phases.refinement.result import RefinementResult, Round
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.planners.base import Attempt, OpenBlocks, Plan

_USUAL_ORDER = ("features", "hyperparameters", "model", "preprocessing", "cleaning")
_MOST_FOR_REABLATION = 0.25  # of the time left


@dataclass(frozen=True)
class Ranking:
    """Blocks in the order in which they are worth work, with what is known of their impact."""

    order: tuple[str, ...]
    impacts: dict[str, Impact]
    floor: float
    """What other seeds change: a gain must be larger."""
    summaries: tuple[str, ...] = ()
    """What the model said of the ablations so far, the latest last."""

    def because(self, block: str) -> str:
        """Why a block has its place."""
        impact = self.impacts.get(block)
        if impact is None or impact.test is None:
            return "the usual order" if impact is None else impact.label.lower()
        return f"replaced, it costs {number(impact.test.mean, 3)} ({impact.label.lower()})"

    def without_summaries(self) -> Ranking:
        """The same order, without what was said of a solution."""
        return replace(self, summaries=())

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


def first_ranking(context: Context, settings: RefinementSettings) -> Ranking:
    """Blocks to work on: those that the settings name, or those that ablation ranked."""
    for name in settings.blocks:
        if name not in PIPELINE_BLOCKS:
            raise unknown("block to refine", name, PIPELINE_BLOCKS)
    ablation = context.state.results.get("ablation")
    if not isinstance(ablation, AblationResult):
        return Ranking(settings.blocks or _USUAL_ORDER, {}, 0.0)
    floor = 0.0 if ablation.floor is None else ablation.floor.bound
    summaries = (ablation.summary_text,) if ablation.summary_text else ()
    return Ranking(settings.blocks or ablation.ranking, ablation.blocks_by_impact, floor, summaries)


def not_worked_on(ranking: Ranking, rounds: Sequence[Round]) -> list[str]:
    """Blocks in their order, those that were worked on least first."""
    count = Counter(r.block for r in rounds)
    least = min((count[b] for b in ranking.order), default=0)
    return [b for b in ranking.order if count[b] == least]


def attempts_at(block: str, attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts at a block, in order."""
    return [a for a in attempts if a.proposal.block == block]


def rejected_attempts(context: Context) -> list[Attempt]:
    """The attempts that the human did not want, in an earlier refinement or on its own: not to be made again."""
    earlier = context.state.results.get("refinement")
    known = earlier.attempts if isinstance(earlier, RefinementResult) else []
    return [a for a in [*known, *context.state.proposals] if a.rejected]


@dataclass(frozen=True)
class Target:
    """What a round works on.

    Parameters
    ----------
    block : str
    because : str
        Why this block.
    attempts : int
        Variants that are planned for it.
    plan : Plan, optional
        The extractor's, for the model's first variant.
    """

    block: str
    because: str
    attempts: int
    plan: Plan | None = None


def next_target(
    context: Context,
    solution: Solution,
    ranking: Ranking,
    rounds: Sequence[Round],
    attempts: Sequence[Attempt],
    settings: RefinementSettings,
    most: int,
) -> Target | None:
    """Choose among the blocks that were worked on least: the model's choice, or the first for which there is a recipe.

    Parameters
    ----------
    most : int
        Rounds to come, this one included: so many blocks share the attempts.
    """
    untouched = not_worked_on(ranking, rounds)
    open_to_it = OpenBlocks(
        untouched, bool(settings.blocks), ranking.summaries[-1] if ranking.summaries else "",
        {b: attempts_at(b, attempts) for b in untouched}, [r.block for r in rounds], settings.notes,
    )  # fmt: skip
    choice = context.planner.choose(context.dataset.task, solution, open_to_it)
    plan, able = choice.plan, list(choice.blocks)
    if plan is not None:
        able = [plan.block, *(b for b in able if b != plan.block)]
    able = able[:most]
    if not able:
        return None
    because = ranking.because(able[0])
    if plan is not None:
        because = f"the model chose it; {because}"
    return Target(able[0], because, _planned(ranking, settings, able), plan)


def _planned(ranking: Ranking, settings: RefinementSettings, blocks: Sequence[str]) -> int:
    """Attempts at the first of the blocks: its share of those that the blocks have, and one is left for each other."""
    if not settings.by_impact or not ranking.impacts:
        return settings.attempts
    share = round(len(blocks) * settings.attempts * ranking.share(blocks[0], blocks))
    return max(1, min(share, most_attempts(settings, len(blocks))))


def most_attempts(settings: RefinementSettings, n_blocks: int) -> int:
    """How many attempts the first of so many blocks gets at most where their impacts share them out."""
    return max(1, n_blocks * settings.attempts - n_blocks + 1)


def rank_again(
    context: Context, settings: RefinementSettings, ranking: Ranking, solution: Solution, score: Scored
) -> Ranking:
    """Ablate the new solution, one look at each block that was not worked on: what matters has moved."""
    if settings.blocks or not settings.reablate or not ranking.impacts:
        return ranking
    names = [b for b in PIPELINE_BLOCKS if b in ranking.order]
    if not _is_affordable(context, score, len(names)):
        return ranking
    return look_again(context, solution, score, names, ranking.floor, ranking.summaries)


def look_further(
    context: Context, settings: RefinementSettings, ranking: Ranking, solution: Solution, score: Scored
) -> Ranking:
    """Let the model ablate parts of the same solution that it has not looked at, and say what they are worth."""
    if not context.planner.writes_code or not settings.reablate:
        return ranking
    if not _is_affordable(context, score, MOST_VARIANTS + 1):
        return ranking
    variants = model_variants(context, solution, PIPELINE_BLOCKS, ranking.summaries)
    if not variants:
        return ranking
    result = AblationResult(impacts_of(context, solution, [], variants), score, context.dataset.task.metric, 1)
    return replace(ranking, summaries=summarized(context, solution, result, ranking.summaries))


def _is_affordable(context: Context, score: Scored, evaluations: int) -> bool:
    """Whether so many evaluations take a small part of the time left: decided once."""
    needed = int(evaluations / _MOST_FOR_REABLATION)
    affordable = context.affordable(score, needed) == needed
    return bool(context.measured(Count, lambda: Count(int(affordable))).value)


def look_again(
    context: Context,
    solution: Solution,
    score: Scored,
    names: Sequence[str],
    floor: float = 0.0,
    summaries: tuple[str, ...] = (),
) -> Ranking:
    """Rank blocks by one look at what each is worth in a solution, the model's variants of its parts included."""
    variants = model_variants(context, solution, names, summaries)
    result = AblationResult(impacts_of(context, solution, names, variants), score, context.dataset.task.metric, 1)
    said = summarized(context, solution, result, summaries)
    return Ranking(tuple(dict.fromkeys([*result.ranking, *names])), result.blocks_by_impact, floor, said)
