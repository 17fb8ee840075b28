"""What ablation will evaluate, by the components that it replaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import comb

from mlestar_jupyter.attempts.estimating import Ahead, CallsAhead, Estimate, Span
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.phases.ablation.comparing import looked_at_once
from mlestar_jupyter.phases.ablation.components import (
    MOST_VARIANTS,
    Component,
    blocks_to_replace,
    distinct,
    recipe_components,
)
from mlestar_jupyter.phases.ablation.run import DRAWS, PAIRED
from mlestar_jupyter.phases.ablation.settings import AblationSettings


def estimate(ahead: Ahead, settings: AblationSettings) -> Estimate:
    """Say what ablation will evaluate before it runs; without a solution, for those that foundation may choose."""
    variants = MOST_VARIANTS if ahead.has_model and settings.alternatives else 0
    found = [_of_solution(ahead, settings, s.single(), variants) for s in ahead.solutions]
    if not found:
        return Estimate(candidates=Span(1, None), fits=None, what="blocks replaced", depends="the solution")
    counts = Counter(c.kind for c in found[0][2])
    parts = [f"{n} {kind}{'s' * (n > 1)}" for kind, n in counts.items()]
    parts += [f"up to {variants} changes of the chat model"] if variants else []
    parts += ["pairs of the leading blocks"] if settings.pairs and counts["block"] > 1 else []
    depends = [name for name, holds in (
        ("the solution", len(ahead.solutions) > 1), ("the time", ahead.is_timed), ("the chat model", variants > 0),
        ("which blocks it cannot do without", settings.pairs and counts["block"] > 1),
    ) if holds]  # fmt: skip
    return Estimate(
        candidates=Span.over(span for span, _, _ in found),
        fits=max(fits for _, fits, _ in found),
        what=f"the solution, and replaced in it: {', '.join(parts)}; {settings.repeats} repeats at most",
        depends=", ".join(depends),
        calls=_calls(ahead, variants),
    )


def _of_solution(
    ahead: Ahead, settings: AblationSettings, solution: Solution, variants: int
) -> tuple[Span, int, list[Component]]:
    """Candidates, fits and the components of one solution."""
    names = blocks_to_replace(solution, settings)
    components = distinct(recipe_components(ahead.context, solution, names, settings))
    most = _fitting(ahead, len(components) + variants)
    blocks = sum(c.kind == "block" for c in components[:most])
    pairs = comb(min(PAIRED, blocks), 2) if settings.pairs else 0
    least = 1 if ahead.is_timed else 1 + len(components)
    limit = None if ahead.evaluations is None else max(1, ahead.evaluations)
    span = Span(least, 1 + most + pairs).within(limit)
    return span, _fits(ahead, settings, solution, components[:most], variants, pairs), components


def _fitting(ahead: Ahead, wanted: int) -> int:
    """As many as `run` would choose now: it has less time then."""
    score = ahead.context.state.score
    if score is None or ahead.to_come or score.candidate.solution.members:
        return wanted
    return ahead.context.affordable(score, wanted)


def _fits(
    ahead: Ahead, settings: AblationSettings, solution: Solution, components: Sequence[Component], variants: int,
    pairs: int,
) -> int:  # fmt: skip
    """All repeats of what is not decided, the pairs, the folds judged on a part of the rows, the columns' view."""
    once, all_folds = ahead.folds_of(solution), ahead.folds_of(solution, max(1, settings.repeats))
    repeated = 1 + len(components) + variants - len(looked_at_once(components))
    fits = (1 + len(components) + variants + pairs) * once + repeated * (all_folds - once)
    fits = ahead.fewer(fits, once, 1)
    if "validation" in settings.blocks:
        plain = ahead.context.planner.neutral(ahead.context.dataset.task, solution, "validation")
        other = solution.with_block("validation", plain)
        fits += 0 if other.id == solution.id else DRAWS * (1 + once + ahead.folds_of(other))
    return fits + settings.importance


def _calls(ahead: Ahead, variants: int) -> CallsAhead:
    if not ahead.has_model:
        return CallsAhead()
    asked = Counter({"ablation": int(variants > 0), "leakage": variants, "summariser": 1})
    return CallsAhead(asked, asked)
