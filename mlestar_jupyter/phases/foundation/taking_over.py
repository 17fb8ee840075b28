"""Foundation takes the time of later phases that could do nothing in it: there, it would go unused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mlestar_jupyter.attempts.affording import affordable_attempts
from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.evaluation import Evaluation, Scored

_FEWEST_MEASURED = 2
"""Blocks that an ablation must be able to measure."""


@dataclass(frozen=True)
class TakenOver:
    """Names of the phases."""

    names: list[str] = field(default_factory=list)


def take_over(context: Context, evaluations: Sequence[Evaluation]) -> tuple[str, ...]:
    """Take the time of an ablation that could measure no block, and of a refinement that could make no attempt.

    Returns
    -------
    tuple of str
        The phases.
    """
    return tuple(context.measured(TakenOver, lambda: _taken(context, context.evaluator.best(evaluations))).names)


def _taken(context: Context, best: Scored | None) -> TakenOver:
    if best is None:
        return TakenOver()
    names = [name for name in ("ablation", "refinement") if _would_be_idle(context, name, best)]
    context.budget.extend(sum(context.later[name] for name in names))
    return TakenOver(names)


def _would_be_idle(context: Context, name: str, best: Scored) -> bool:
    """Whether a phase that is to come could do nothing in its time."""
    seconds = context.later.get(name)
    if not seconds:
        return False
    if name == "ablation":
        return context.affordable(best, _FEWEST_MEASURED, within=seconds) < _FEWEST_MEASURED
    return not affordable_attempts(context, best.candidate.solution, best, within=seconds)
