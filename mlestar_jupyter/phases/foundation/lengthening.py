"""What leads in a form for little time is tried in a longer one before further solutions of other kinds are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Scored, scored
from mlestar_jupyter.families.groups import family
from mlestar_jupyter.phases.foundation.looking import Form
from mlestar_jupyter.planners.forms import rounds_of

_LEADERS = 2
_SHARE_OF_EACH = 0.3
"""Of the time left, for each leader."""
_OF_LIMIT = 0.8
"""Of the time limit of a fit, that one should take at most."""
_WORTH = 1.5
"""Times as many rounds at least."""


@dataclass(frozen=True)
class Lengths:
    """The most rounds that there is time for, by family."""

    rounds: dict[str, int] = field(default_factory=dict)


def lengthened(
    context: Context, form: Form, listed: Sequence[Candidate], evaluations: Sequence[Evaluation]
) -> tuple[list[Evaluation], Form]:
    """Try the families that lead in the longest forms that there is time for.

    Parameters
    ----------
    listed : sequence of Candidate
        In their usual forms.

    Returns
    -------
    list of Evaluation, Form
        And the form for what comes later.
    """
    usual = {form.of(c).id: c for c in listed if form.of(c).id != c.id}
    leaders = _leaders(context, [e for e in evaluations if e.candidate.id in usual])
    known = context.measured(Lengths, partial(lengths, context, [(e, usual[e.candidate.id]) for e in leaders])).rounds
    longer = replace(form, rounds=form.rounds | known)
    wanted = [longer.of(usual[e.candidate.id]) for e in leaders]
    changed = [c for c, e in zip(wanted, leaders, strict=True) if c.id != e.candidate.id]
    return (context.evaluated(changed) if changed else []), longer


def _leaders(context: Context, evaluations: Sequence[Evaluation]) -> list[Scored]:
    """The best of each of the best families."""
    metric, best = context.dataset.task.metric, dict[str, Scored]()
    for one in sorted(scored(evaluations), key=lambda e: -metric.gain(e.score, 0.0)):
        best.setdefault(family(one.candidate.solution), one)
    return list(best.values())[:_LEADERS]


def lengths(context: Context, leaders: Sequence[tuple[Scored, Candidate]]) -> Lengths:
    """How many rounds of each there is time for, by what those made so far took."""
    left, limit = context.budget.seconds_left(), context.evaluator.fits.limits.seconds
    if left is None:
        return Lengths()
    found: dict[str, int] = {}
    for scored_one, usual in leaders:
        made, most = rounds_of(scored_one.candidate.solution), rounds_of(usual.solution)
        assert made is not None
        assert most is not None
        folds = len(scored_one.fold_scores)
        seconds = _SHARE_OF_EACH * left * context.evaluator.workers / folds
        if limit is not None:
            seconds = min(seconds, _OF_LIMIT * limit)
        rounds = min(most.usual, int(made.limit * seconds * folds / max(scored_one.fit_seconds, 1e-3)))
        if rounds >= _WORTH * made.limit:
            found[made.family.name] = rounds
    return Lengths(found)
