"""Several paths of refinement: each begins at a solution of another family, and has its share of the budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from mlestar_jupyter.attempts.affording import FRESH_REPEATS
from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.measuring import Count
from mlestar_jupyter.attempts.racing import has_skill
from mlestar_jupyter.attempts.trying import paired_test
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.families.groups import family
from mlestar_jupyter.phases.refinement.result import Confirmation
from mlestar_jupyter.phases.refinement.rounds import independent_test
from mlestar_jupyter.phases.refinement.settings import RefinementSettings

_FOR_THE_LAST_TEST = 0.25  # of a path's share, to compare where the paths ended


def starting_points(context: Context, settings: RefinementSettings, score: Scored) -> list[Scored]:
    """The present solution, and for each further path the best of another family that was scored on the same folds."""
    return [score, *best_of_others(context, score, _wanted(context, settings, score) - 1)]


def best_of_others(context: Context, score: Scored, most: int) -> list[Scored]:
    """The best of each other family that was scored on the same folds, the best first."""
    metric, found, families = context.dataset.task.metric, list[Scored](), {family(score.candidate.solution)}
    for member in sorted(context.state.members, key=lambda m: -metric.gain(m.score, 0.0)):
        if len(found) >= most:
            break
        name = family(member.candidate.solution)
        if (
            name not in families
            and _is_comparable(member, score)
            and context.latency.allows(member, score)
            and has_skill(member, score, context.state.baseline, metric)
        ):
            families.add(name)
            found.append(member)
    return found


def planned_paths(settings: RefinementSettings, usual: int) -> int:
    """How many paths there are at most: as the settings say, or those of the planner."""
    if settings.review:
        return 1  # what waits for the human is about the present solution
    if settings.paths is not None:
        return max(1, settings.paths)
    return usual


def _wanted(context: Context, settings: RefinementSettings, score: Scored) -> int:
    """How many paths: those planned, where the settings do not say so only if a first round of each can be paid."""
    planned = planned_paths(settings, context.planner.paths)
    if planned == 1 or settings.paths is not None:
        return planned
    needed = planned * (settings.attempts + 2 * FRESH_REPEATS)
    fitting = min(context.affordable(score, needed), context.budget.evaluations_left(needed))
    return context.measured(Count, lambda: Count(planned if fitting == needed else 1)).value


def _is_comparable(member: Scored, score: Scored) -> bool:
    ours, theirs = score.candidate.solution, member.candidate.solution
    return (
        not theirs.members
        and len(member.fold_scores) == len(score.fold_scores)
        and theirs.blocks["validation"] == ours.blocks["validation"]
    )


@contextmanager
def own_share(context: Context, number: int, paths: int) -> Iterator[Context]:
    """Give a path what it may spend, charged to the whole; a replay, which is counted, spends as many evaluations."""
    if paths == 1:
        yield context
        return
    spent = context.slot(Count)
    if spent.value is None:
        budget = context.budget.part(1 / (paths - number + 1 + _FOR_THE_LAST_TEST))
    else:
        budget = Budget(evaluations=spent.value.value)
    try:
        yield replace(context, budget=budget, planner=context.planner.within(budget))
    finally:
        context.budget.charge(budget.spent)
    spent.keep(Count(budget.spent))


def switch(
    context: Context, first: Scored, others: Mapping[str, Scored], limit: float, attempts: int
) -> tuple[Scored, Confirmation | None]:
    """Go over to the best of other solutions where it is expected to do better than the end of the first path.

    Parameters
    ----------
    others : dict of str to Scored
        By where they come from.
    limit : float
        The level of the test.
    attempts : int
        Over all paths: without fresh folds the level is divided by them.
    """
    metric = context.dataset.task.metric
    gains = {name: paired_test(other, first, metric).mean for name, other in others.items()}
    name = max(gains, key=gains.__getitem__, default="")
    if not name or gains[name] <= 0:
        return first, None
    best = others[name]
    candidate = context.candidate(
        best.candidate.solution, best.candidate.label, f"the best of other solutions: {name}", "confirmation",
        parent=first.candidate.solution, author=best.candidate.author,
    )  # fmt: skip
    test, limit, fresh = independent_test(context, first.candidate.solution, candidate, best, limit, attempts + 1)
    if test is None:
        return first, None
    proven = test.mean > 0 and test.p_value < limit
    kept = proven or (context.prefer == "score" and fresh and test.mean > 0)
    label = best.candidate.label
    confirmation = Confirmation(name, label, test, limit, kept, fresh, id=candidate.id, proven=proven)
    return (best if kept else first), confirmation
