"""Foundation compares the solutions: one of each family of models first, then the others, the best families first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlestar_jupyter.attempts.affording import final_fits
from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.racing import race
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, scored
from mlestar_jupyter.core.refit import reserved_seconds
from mlestar_jupyter.families.groups import family
from mlestar_jupyter.phases.foundation.drafts import before_the_race
from mlestar_jupyter.phases.foundation.lengthening import lengthened
from mlestar_jupyter.phases.foundation.looking import Form
from mlestar_jupyter.phases.foundation.taking_over import take_over

_BETTER_HALF = 0.5
_MOST_RESERVED = 0.3
"""Of the time left, for the final fit."""


@dataclass(frozen=True, eq=False)
class Compared:
    """What came of the comparison: also the later phases whose time goes into foundation, and the form for the rest."""

    evaluations: list[Evaluation]
    took_over: tuple[str, ...]
    form: Form


def compare(context: Context, form: Form, listed: Sequence[Candidate]) -> Compared:
    """Score the baselines, then race one solution of each family, then the others.

    No second solution of a family has a look before each family had one; and what leads in a form for little time comes
    in a longer one first.

    Parameters
    ----------
    listed : sequence of Candidate
        In their usual forms.
    """
    candidates = list({c.id: c for c in map(form.of, listed)}.values())
    head = before_the_race(context)
    families = {family(c.solution) for c in candidates[:head]}
    firsts, others = list(candidates[:head]), list[Candidate]()
    for candidate in candidates[head:]:
        name = family(candidate.solution)
        (others if name in families else firsts).append(candidate)
        families.add(name)
    found = race(context, firsts, head, most=_BETTER_HALF if form.is_short else 1.0)
    reserve_final_fit(context, found)
    took_over = take_over(context, found)
    longer, form = lengthened(context, form, listed, found)
    found += longer
    reserve_final_fit(context, found)
    if others and context.has_time():
        found += race(context, _best_families_first(context, others, found), 0, beside=scored(found))
        reserve_final_fit(context, found)
    return Compared(found, took_over, form)


def _best_families_first(
    context: Context, candidates: Sequence[Candidate], found: Sequence[Evaluation]
) -> list[Candidate]:
    """In the order of the scores of their families; those without a score last."""
    metric = context.dataset.task.metric
    ranked = sorted(scored(found), key=lambda e: -metric.gain(e.score, 0.0))
    place = {name: i for i, name in reversed(list(enumerate(family(e.candidate.solution) for e in ranked)))}
    return sorted(candidates, key=lambda c: place.get(family(c.solution), len(place)))


def reserve_final_fit(context: Context, found: Sequence[Evaluation]) -> None:
    """Set aside what the final fits of the best, or of an ensemble of them, will take.

    One is for the model; with a holdout validation makes another before, and deployment one on all rows after.
    """
    known, left = scored(found), context.budget.seconds_left()
    best = context.evaluator.best(found)
    if left is None or best is None or context.reserved_seconds:
        return
    metric, n_rows = context.dataset.task.metric, len(context.dataset.whole)
    seconds = reserved_seconds(known, best, metric, n_rows, context.evaluator.workers)
    seconds *= final_fits(context.later, has_holdout=len(context.dataset.holdout) > 0)
    context.budget.reserve(min(seconds, _MOST_RESERVED * (context.budget.seconds or 0.0)))
