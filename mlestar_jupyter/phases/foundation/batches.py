"""While time is left, foundation tries other settings of the models that lead, in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from mlestar_jupyter.attempts.affording import affordable_attempts
from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.measuring import Count
from mlestar_jupyter.attempts.racing import has_skill, race
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Scored, scored
from mlestar_jupyter.core.refit import longest_refit_seconds
from mlestar_jupyter.families.groups import family
from mlestar_jupyter.phases.foundation.comparing import reserve_final_fit
from mlestar_jupyter.phases.foundation.looking import Form
from mlestar_jupyter.phases.foundation.settings import FoundationSettings

LEADERS, OF_EACH_LEADER = 3, 4
"""Models in a batch, and settings of each, at most."""
_SHARE_GOING_ON = 0.5  # of a batch, beyond the first fold
_MANY = 1_000
_NEAR = 0.8
"""Share of the best solution's gain over the trivial baseline that a leader has."""
_TIMES_LONGER = 3


@dataclass(frozen=True)
class _Batch:
    """Settings of each leader that there was time for, and the later phases whose time was used so far."""

    each: int
    took_over: list[str]


def longer_forms(
    context: Context, form: Form, listed: Sequence[Candidate], evaluations: Sequence[Evaluation]
) -> list[Evaluation]:
    """What leads in a form for little time, in a longer one, where there is time for it.

    Parameters
    ----------
    listed : sequence of Candidate
        In their usual forms.
    """
    usual, longer = {form.of(c).id: c for c in listed}, form.longer(_TIMES_LONGER)
    leaders = [e for e in _leaders(context, evaluations) if e.candidate.id in usual]
    candidates = [(e, longer.of(usual[e.candidate.id])) for e in leaders]
    changed = [(e, c) for e, c in candidates if c.id != e.candidate.id]

    def affordable() -> Count:
        fitting = [context.affordable(e, 2 * _TIMES_LONGER * (i + 1)) for i, (e, _) in enumerate(changed)]
        return Count(sum(n == 2 * _TIMES_LONGER * (i + 1) for i, n in enumerate(fitting)))

    count = context.measured(Count, affordable).value
    return race(context, [c for _, c in changed[:count]], 0, beside=scored(evaluations)) if count else []


def sampled_settings(
    context: Context, settings: FoundationSettings, evaluations: Sequence[Evaluation], form: Form
) -> tuple[list[Evaluation], tuple[str, ...]]:
    """While time is left: other settings of the models that lead, drawn from the ranges that suit them, in batches.

    Many settings of few good families, of which an ensemble takes the best, is what most wins on tables (TabArena,
    arXiv 2506.16791: LightGBM 1153 at its defaults, 1416 tuned and ensembled).

    Returns
    -------
    list of Evaluation, tuple of str
        And the phases whose time went into them.
    """
    found: list[Evaluation] = []
    took_over: tuple[str, ...] = ()
    leaders = _leaders(context, evaluations)
    for number in range(1, settings.batches + 1):
        known = partial(_next_batch, context, leaders, [*evaluations, *found], took_over)
        batch = context.measured(_Batch, known)
        took_over = tuple(batch.took_over)
        candidates = []
        for leader in leaders if batch.each else ():
            solution, label = leader.candidate.solution, leader.candidate.label
            for proposal in context.planner.sample(context.dataset.task, solution, batch.each, number):
                changed = solution.with_block(proposal.block, proposal.source)
                drawn = context.candidate(changed, f"{label}: {proposal.label}", proposal.reason, "foundation")
                candidates.append(form.of(drawn))
        if not candidates:
            break
        found += race(context, candidates, 0, most=_SHARE_GOING_ON)
        reserve_final_fit(context, [*evaluations, *found])
    return found, took_over


def _next_batch(
    context: Context, leaders: Sequence[Scored], evaluations: Sequence[Evaluation], took_over: Sequence[str]
) -> _Batch:
    """How large a batch there is time for: where there is none, with the time that later phases cannot use."""
    each = _of_each(context, leaders)
    if each or took_over:
        return _Batch(each, list(took_over))
    taken = _take_over(context, evaluations)
    each = _of_each(context, leaders)
    return _Batch(each, taken if each else [])


def _of_each(context: Context, leaders: Sequence[Scored]) -> int:
    """How many settings of each leader there is time for; 0 for no batch."""
    if context.budget.seconds_left() is None:
        return 0  # without a time limit the drafts are all
    alone = [context.affordable(e, _MANY) for e in leaders]
    if not alone or not all(alone):
        return 0
    return min(OF_EACH_LEADER, int(1 / sum(_SHARE_GOING_ON / count for count in alone)))


def _take_over(context: Context, evaluations: Sequence[Evaluation]) -> list[str]:
    """Take the time of a refinement that could make no attempt in it: there, it would go unused."""
    phase, found, best = "refinement", scored(evaluations), context.evaluator.best(evaluations)
    if best is None or not context.later.get(phase):
        return []
    task, n_rows = context.dataset.task, len(context.dataset.whole)
    final = longest_refit_seconds(found, best, task.metric, n_rows, context.evaluator.workers)
    whole = sum(context.later.values())
    seconds = max(0.0, whole - final) * context.later[phase] / whole  # the final fit comes first
    if affordable_attempts(context, best.candidate.solution, best, within=seconds):
        return []
    context.budget.extend(seconds)
    return [phase]


def _leaders(context: Context, evaluations: Sequence[Evaluation]) -> list[Scored]:
    """The best solutions of the recipes, one a family of models: they know the ranges that suit them."""
    metric, best, known = context.dataset.task.metric, dict[str, Scored](), scored(evaluations)
    top = context.evaluator.best(known)
    recipes = [e for e in known if e.candidate.author == "planner" and has_skill(e, top or e, known[0], metric, _NEAR)]
    for one in sorted(context.latency.usable(recipes), key=lambda e: -metric.gain(e.score, 0.0)):
        best.setdefault(family(one.candidate.solution), one)
    return list(best.values())[:LEADERS]
