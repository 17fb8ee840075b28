"""Ensembles that a chat model plans and writes, a few rounds of them, each planned with the scores of the earlier ones.

MLE-STAR, algorithm 3 (arXiv 2506.15692). Unlike the strategies, which combine predictions that are there, what a model
writes is fitted with its members in every fold, as any candidate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.measuring import Count
from mlestar_jupyter.attempts.repairing import evaluate_repaired
from mlestar_jupyter.core.blocks import check_block, without_marker
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.families.groups import family
from mlestar_jupyter.phases.ensemble.comparison import Comparison
from mlestar_jupyter.phases.ensemble.result import Combination, Planned
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.planners.base import Combined

MOST_MEMBERS, _FEWEST_MEMBERS = 4, 2


@dataclass(frozen=True, eq=False)
class _Round:
    """What a round is about: its number, the members, and the settings."""

    number: int
    members: Sequence[Scored]
    settings: EnsembleSettings


def planned_ensembles(comparison: Comparison) -> tuple[list[Planned], tuple[str, ...]]:
    """Let the model plan and write combinations, as many rounds as settings and budget allow.

    Returns
    -------
    list of Planned
        Each plan with what came of it.
    tuple of str
        Why there are fewer than the settings say.
    """
    context, settings = comparison.context, comparison.settings
    if not context.planner.writes_code or not settings.rounds:
        return [], ()
    members = _members(comparison)
    if not members:
        return [], ("plans of the model were not tried: the time left was too short",)
    plans: list[Planned] = []
    for number in range(1, settings.rounds + 1):
        if not context.has_time():
            return plans, (f"plan {number} of the model was not tried: time was up",)
        planned = _one(context, _Round(number, members, settings), plans)
        if planned is None:
            break
        plans.append(planned)
    return plans, ()


def _members(comparison: Comparison) -> list[Scored]:
    """The best of each family, then the next best; as many as there is time to evaluate together."""
    context, pool = comparison.context, comparison.pool
    families: set[str] = set()
    firsts, others = list[Scored](), list[Scored]()
    for member in pool:
        name = family(member.candidate.solution)
        (others if name in families else firsts).append(member)
        families.add(name)
    members = [*firsts, *others][: min(MOST_MEMBERS, comparison.settings.members)]

    def most() -> Count:
        counts = range(len(members), _FEWEST_MEMBERS - 1, -1)
        return Count(next((n for n in counts if context.affordable(_together(members[:n]), 1) == 1), 0))

    return members[: context.measured(Count, most).value]


def _together(members: Sequence[Scored]) -> Scored:
    """What the members cost when they are fitted together."""
    seconds = (sum(m.fit_seconds for m in members), sum(m.predict_seconds for m in members))
    return replace(members[0], fit_seconds=seconds[0], predict_seconds=seconds[1])


def _one(context: Context, asked: _Round, plans: Sequence[Planned]) -> Planned | None:
    """One round; None where the model has no plan, or time ended before it was evaluated."""
    earlier = [Combined(p.plan, p.evaluation) for p in plans]
    plan = context.planner.plan_ensemble(context.dataset.task, asked.members, earlier, asked.settings.notes)
    if plan is None:
        return None
    evaluation = _evaluated(context, asked, plan.text, plan.source)
    return None if evaluation is None else Planned(asked.number, plan.text, evaluation)


def _evaluated(context: Context, asked: _Round, plan: str, source: str | None) -> Evaluation | None:
    """Evaluate the block over the members, checked and mended as any candidate of the model."""
    members = tuple(m.candidate.solution.single() for m in asked.members)
    blocks = dict(members[0].blocks) | ({} if source is None else {"ensemble": without_marker(source)})
    candidate = context.candidate(
        Solution.of(blocks, members), f"the model's plan {asked.number}", plan, "ensemble", parent=members[0],
        block="ensemble", author="model",
    )  # fmt: skip
    if source is None:
        return Failed(candidate, "error", "no block was written for it")
    one: Failed | None = None
    try:
        check_block("ensemble", source)
    except MLEStarError as error:
        one = Failed(candidate, "error", str(error))
    versions = evaluate_repaired(context, [candidate if one is None else one], asked.settings.repairs)
    return versions[0][-1] if versions else None


def best_combination(comparison: Comparison, plans: Sequence[Planned]) -> Combination | None:
    """The best of the model's plans, to be held against the single solution and the strategies."""
    metric = comparison.context.dataset.task.metric
    found = [(p, p.evaluation) for p in plans if isinstance(p.evaluation, Scored)]
    if not found:
        return None
    planned, evaluation = max(found, key=lambda f: metric.gain(f[1].score, 0.0))
    known = {m.candidate.solution.fit_id: m for m in comparison.pool}
    members = [known[s.fit_id] for s in evaluation.candidate.solution.members]
    return comparison.planned(f"model's plan {planned.number}", evaluation, members, len(found))
