"""Which solutions lead: the best of each of the best families."""

from __future__ import annotations

from collections.abc import Sequence

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.racing import has_skill
from mlestar_jupyter.core.evaluation import Evaluation, Scored, scored
from mlestar_jupyter.families.groups import family

LEADERS = 3
"""Families, at most."""
_NEAR = 0.8
"""Share of the best solution's gain over the trivial baseline that a leader has."""


def leaders(context: Context, evaluations: Sequence[Evaluation]) -> list[Scored]:
    """The best solutions of the recipes, one a family of models: they know the ranges that suit them.

    Parameters
    ----------
    evaluations : sequence of Evaluation
        The trivial baseline is the first that has a score.
    """
    metric, best, known = context.dataset.task.metric, dict[str, Scored](), scored(evaluations)
    top = context.evaluator.best(known)
    recipes = [e for e in known if e.candidate.author == "planner" and has_skill(e, top or e, known[0], metric, _NEAR)]
    for one in sorted(context.latency.usable(recipes), key=lambda e: -metric.gain(e.score, 0.0)):
        best.setdefault(family(one.candidate.solution), one)
    return list(best.values())[:LEADERS]
