"""Where a run compared on few of its folds for want of time: what leads is compared on more of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.measuring import Count
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Scored, scored
from mlestar_jupyter.phases.ensemble.members import able, pool
from mlestar_jupyter.phases.foundation.looking import Form, look

_SHARE = 0.4
"""Of the time left, for the other folds of what leads."""
_MARGIN = 1.2


def look_again(context: Context, listed: Sequence[Candidate]) -> Form:
    """Choose the form for the time that there is now; the looks of the first time are on record."""
    evaluator = context.evaluator
    before, evaluator.n_folds = evaluator.n_folds, None
    try:
        return look(context, listed) if listed else Form()
    finally:
        evaluator.n_folds = before


def widen(context: Context, form: Form, lead: Scored) -> Scored:
    """Score what leads on as many folds as the form has, where these are more than before.

    The trivial baseline and the present single solution come first, then the members of the present ensemble, then the
    best of each family.

    Returns
    -------
    Scored
        The present single solution, on the folds that hold from now on.
    """
    evaluator, state = context.evaluator, context.state
    before, more = evaluator.n_folds, _more_folds(context, form, lead)
    if before is None or more <= before or state.baseline is None:
        return lead
    leading = _leading(context, lead)
    seconds = [(more / before - 1) * (m.fit_seconds + m.predict_seconds) / evaluator.workers for m in leading]
    count = context.measured(Count, lambda: _count(context, seconds)).value
    if count < 2:  # noqa: PLR2004 - without the baseline and the present solution nothing compares
        return lead
    evaluator.n_folds = form.folds
    again = [_on_more_folds(m.candidate) for m in leading[:count]]
    first = scored(evaluator.evaluate(again[:2], context.budget, at_least=2))
    if len(first) < 2:  # noqa: PLR2004
        evaluator.n_folds = before
        return lead
    found = {e.candidate.id: e for e in [*first, *scored(context.evaluated(again[2:]))]}
    state.baseline = first[0]
    state.members = [found.pop(m.candidate.id, m) for m in state.members] + list(found.values())
    return first[1]


def _on_more_folds(candidate: Candidate) -> Candidate:
    return replace(candidate, phase="more", reason=f"on more folds; {candidate.reason}")


def _more_folds(context: Context, form: Form, lead: Scored) -> int:
    """How many folds the form has."""
    evaluator, solution = context.evaluator, lead.candidate.solution
    before, evaluator.n_folds = evaluator.n_folds, form.folds
    try:
        return len(evaluator.folds(solution))
    finally:
        evaluator.n_folds = before


def _leading(context: Context, lead: Scored) -> list[Scored]:
    """What is worth other folds, in order."""
    state = context.state
    assert state.baseline is not None
    assert state.solution is not None
    fitted = {m.fit_id for m in state.solution.members}
    members = [m for m in state.members if m.candidate.solution.fit_id in fitted]
    return list({m.candidate.id: m for m in [state.baseline, lead, *members, *pool(able(context, lead))]}.values())


def _count(context: Context, seconds: Sequence[float]) -> Count:
    """How many of them there is time for."""
    left = context.budget.seconds_left()
    if left is None:
        return Count(len(seconds))
    ends = [_MARGIN * sum(seconds[: i + 1]) for i in range(len(seconds))]
    return Count(sum(end <= _SHARE * left for end in ends))
