"""What an ensemble may combine: solutions scored on the same folds, the best first, few of one family."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.racing import has_skill
from mlestar_jupyter.core.evaluation import Scored, on_same_folds
from mlestar_jupyter.families.groups import family

_MOST_ABLE = 100
_POOL = 24
_MOST_OF_ONE_FAMILY = 5


def alone(context: Context) -> Scored:
    """The present solution, or the first member of an ensemble that is one already."""
    _, score = context.solution()
    solution = score.candidate.solution
    if not solution.members:
        return score
    return next(m for m in context.state.members if m.candidate.id == solution.single().id)


def able(context: Context, present: Scored) -> list[Scored]:
    """What may be combined: scored on the folds of the present solution, each once, the best first."""
    metric = context.dataset.task.metric
    known = [m for m in [present, *context.state.members] if _can_be_combined(m, present, context)]
    found: dict[str, Scored] = {}
    for member in sorted(known, key=lambda m: -metric.gain(m.score, 0.0)) if present in known else ():
        found.setdefault(member.candidate.solution.fit_id, member)
    return list(found.values())[:_MOST_ABLE]


def pool(scored: Sequence[Scored]) -> list[Scored]:
    """Take the best, few of one family."""
    found: list[Scored] = []
    of_family: Counter[str] = Counter()
    for member in scored:
        name = family(member.candidate.solution)
        if of_family[name] < _MOST_OF_ONE_FAMILY:
            of_family[name] += 1
            found.append(member)
    return found[:_POOL]


def _can_be_combined(member: Scored, present: Scored, context: Context) -> bool:
    """Whether a solution is a single one, scored on the same folds, fast, with skill and probabilities."""
    task = context.dataset.task
    is_comparable = not member.candidate.solution.members and on_same_folds(member, present)
    tells_enough = member.predictions.columns is not None or not task.form.names
    return (
        is_comparable
        and tells_enough
        and (member is present or context.latency.allows(member))
        and (member is present or has_skill(member, present, context.state.baseline, task.metric))
    )
