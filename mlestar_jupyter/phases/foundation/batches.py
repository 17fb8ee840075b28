"""While time is left, foundation tries other settings of the models that lead, in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.racing import race
from mlestar_jupyter.core.evaluation import Evaluation, Scored
from mlestar_jupyter.phases.foundation.comparing import reserve_final_fit
from mlestar_jupyter.phases.foundation.looking import Form

OF_EACH_LEADER = 4
"""Settings of each model in a batch, at most."""
_SHARE_GOING_ON = 0.5  # of a batch, beyond the first fold
_MANY = 1_000


@dataclass(frozen=True)
class _Batch:
    """Settings of each leader, by the leader's id, that there was time for."""

    each: dict[str, int]


def sampled_settings(
    context: Context,
    leading: Sequence[Scored],
    evaluations: Sequence[Evaluation],
    form: Form,
    numbers: range,
    phase: str = "foundation",
) -> tuple[list[Evaluation], int]:
    """While time is left: other settings of the models that lead, drawn from the ranges that suit them, in batches.

    Many settings of few good families, of which an ensemble takes the best, is what most wins on tables (TabArena,
    arXiv 2506.16791: LightGBM 1153 at its defaults, 1416 tuned and ensembled).

    Parameters
    ----------
    leading : sequence of Scored
        The models that lead.
    evaluations : sequence of Scored or Failed
        What is known so far.
    form : Form
    numbers : range
        Of the batches: each has settings of its own.
    phase : str
        Whose candidates they are.

    Returns
    -------
    list of Scored or Failed, int
        And how many batches there was time for.
    """
    found: list[Evaluation] = []
    for made, number in enumerate(numbers):
        batch = context.measured(_Batch, partial(_next_batch, context, leading))
        candidates = []
        for leader in leading:
            solution, label = leader.candidate.solution, leader.candidate.label
            count = batch.each.get(leader.candidate.id, 0)
            for proposal in context.planner.sample(context.dataset.task, solution, count, number) if count else ():
                changed = solution.with_block(proposal.block, proposal.source)
                drawn = context.candidate(changed, f"{label}: {proposal.label}", proposal.reason, phase)
                candidates.append(form.of(drawn))
        if not candidates:
            return found, made
        found += race(context, candidates, 0, most=_SHARE_GOING_ON)
        reserve_final_fit(context, [*evaluations, *found])
    return found, len(numbers)


def _next_batch(context: Context, leading: Sequence[Scored]) -> _Batch:
    """How large a batch there is time for: of each leader as many, without those that would take all of it."""
    if context.budget.seconds_left() is None:
        return _Batch({})  # without a time limit the drafts are all
    alone = {e.candidate.id: context.affordable(e, _MANY) for e in leading}
    able = {name: count for name, count in alone.items() if count}
    if not able:
        return _Batch({})
    each = min(OF_EACH_LEADER, int(1 / sum(_SHARE_GOING_ON / count for count in able.values())))
    return _Batch(dict.fromkeys(able, each) if each else {max(able, key=lambda name: able[name]): 1})
