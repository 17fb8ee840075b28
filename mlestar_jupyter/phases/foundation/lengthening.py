"""What leads in a form for little time is tried in a longer one before further solutions of other kinds are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Scored, scored
from mlestar_jupyter.phases.foundation.leading import leaders
from mlestar_jupyter.phases.foundation.looking import Form
from mlestar_jupyter.planners.forms import rounds_of

_LONGER = 2
"""Families at most."""
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
    short = [*scored(evaluations)[:1], *(e for e in evaluations if e.candidate.id in usual)]
    leading = [(e, usual[e.candidate.id]) for e in leaders(context, short) if e.candidate.id in usual][:_LONGER]
    longer = replace(form, rounds=form.rounds | context.measured(Lengths, partial(lengths, context, leading)).rounds)
    changed = [c for c in (longer.of(usual_one) for _, usual_one in leading) if c.id not in usual]
    return (context.evaluated(changed) if changed else []), longer


def lengths(context: Context, leading: Sequence[tuple[Scored, Candidate]]) -> Lengths:
    """How many rounds of each there is time for, by what those made so far took."""
    left, limit = context.budget.seconds_left(), context.evaluator.fits.limits.seconds
    if left is None:
        return Lengths()
    found: dict[str, int] = {}
    for scored_one, usual in leading:
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
