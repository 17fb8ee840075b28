"""What refinement will evaluate: attempts at blocks, their tests, and looks at what matters after a change."""

from __future__ import annotations

from collections import Counter

from mlestar_jupyter.attempts.affording import FRESH_REPEATS
from mlestar_jupyter.attempts.estimating import Ahead, CallsAhead, Estimate, Span, repairs
from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.phases.ablation.components import MOST_VARIANTS
from mlestar_jupyter.phases.refinement.crossing import most_crossed
from mlestar_jupyter.phases.refinement.paths import planned_paths
from mlestar_jupyter.phases.refinement.run import planned_rounds
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.phases.refinement.targeting import first_ranking, most_attempts
from mlestar_jupyter.planners.base import OpenBlocks


def estimate(ahead: Ahead, settings: RefinementSettings) -> Estimate:
    """Say what refinement will evaluate before it runs."""
    ranking = first_ranking(ahead.context, settings)
    rounds, paths = planned_rounds(settings), planned_paths(settings, ahead.paths)
    has_impacts = bool(ranking.impacts) or "ablation" in ahead.to_come
    attempts = paths * _attempts_of_path(settings, rounds, by_impact=settings.by_impact and has_impacts)
    looks = paths * (rounds - 1) + paths - 1 if settings.reablate and not settings.blocks and has_impacts else 0
    each_look = len(PIPELINE_BLOCKS) + (MOST_VARIANTS if ahead.has_model else 0)
    mended = attempts * settings.repairs if ahead.has_model else 0
    starts = paths + any(s.members for s in ahead.solutions)
    crossed = 0 if settings.review else most_crossed(paths)
    most = attempts + mended + starts + looks * each_look + crossed
    least = 0 if ahead.is_timed or not _has_first_attempt(ahead, settings, ranking.order) else 1
    limit = None if ahead.evaluations is None else ahead.evaluations + starts
    what = f"{settings.attempts} variants of {rounds} blocks each on average"
    what += f", along {paths} paths" if paths > 1 else ""
    folds, tests = ahead.folds(), 2 * FRESH_REPEATS * (paths * rounds + (not settings.review))
    return Estimate(
        candidates=Span(least, most).within(limit),
        fits=ahead.fewer((most + looks + tests) * folds, FRESH_REPEATS * folds, starts),
        what=f"{what}; the best of each block is tested on fresh folds",
        depends="how many variants there are, and what is kept",
        calls=_calls(ahead, settings, paths * rounds, attempts),
    )


def _attempts_of_path(settings: RefinementSettings, rounds: int, *, by_impact: bool) -> int:
    """Attempts at most: by their impact, each block may have nearly all that are left for it and later ones."""
    if not by_impact:
        return rounds * settings.attempts
    return sum(most_attempts(settings, to_come) for to_come in range(1, rounds + 1))


def _has_first_attempt(ahead: Ahead, settings: RefinementSettings, order: tuple[str, ...]) -> bool:
    """Whether the solution is known, and the recipes have a variant for one of its blocks."""
    if not settings.attempts or not settings.iterations or len(ahead.solutions) != 1:
        return False
    solution = ahead.solutions[0].single()
    planner, task = ahead.context.planner, ahead.context.dataset.task
    return bool(planner.choose(task, solution, OpenBlocks(order, notes=settings.notes)).blocks)


def _calls(ahead: Ahead, settings: RefinementSettings, rounds: int, attempts: int) -> CallsAhead:
    """Model and recipes take turns: half of the attempts are the model's, all where the recipes have no more."""
    if not ahead.has_model:
        return CallsAhead()
    again = rounds if settings.reablate else 0
    looks = Counter({"ablation": again, "summariser": again, "leakage": again * MOST_VARIANTS})
    usual = _of_variants(rounds, rounds * -(-settings.attempts // 2))
    return CallsAhead(usual, _of_variants(rounds, attempts) + looks + repairs(attempts * settings.repairs))


def _of_variants(rounds: int, variants: int) -> Counter[str]:
    planned = max(0, variants - rounds)  # the extractor has planned the first of each round
    return Counter({"extractor": rounds, "planner": planned, "coder": variants, "leakage": variants})
