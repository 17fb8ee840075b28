"""Foundation: look at the data, compare baselines and approaches on the same folds, choose the first solution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from mlestar_jupyter.attempts.affording import affordable_attempts
from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.families import family
from mlestar_jupyter.attempts.racing import race
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, scored
from mlestar_jupyter.core.refit import longest_refit_seconds
from mlestar_jupyter.core.sampling import sample_sentence
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.data.profile import profile
from mlestar_jupyter.errors import ExecutionError
from mlestar_jupyter.phases.foundation.drafting import (
    candidate_of_draft,
    drafts_of_ideas,
    mend_drafts,
    merge_drafts,
    record_failures,
)
from mlestar_jupyter.phases.foundation.result import FoundationResult
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.search.ideas import find_ideas
from mlestar_jupyter.phases.search.result import SearchResult
from mlestar_jupyter.phases.search.settings import SearchSettings
from mlestar_jupyter.planners.base import Draft

if TYPE_CHECKING:
    pass

_BEFORE_THE_RACE = 2  # the trivial baseline, which every model must beat, and the linear one
_LEADERS, _OF_EACH_LEADER = 3, 4  # a batch of sampled settings, at most
_SHARE_GOING_ON = 0.5  # of a batch, beyond the first fold
_MANY = 1_000


@dataclass(frozen=True)
class _Batch:
    """Settings of each leader that the time bore, and the later phases whose time went into it and those before."""

    each: int
    took_over: list[str]


def run(context: Context, settings: FoundationSettings) -> FoundationResult:
    """Analyse the data, evaluate the drafts in order, and make the best one the solution.

    Raises
    ------
    ExecutionError
        When no draft could be scored.
    """
    analysis = profile(context.dataset)
    known = _drafts(context, settings)
    drafts = known[: max(settings.candidates, 1)]
    made = [candidate_of_draft(context, d) for d in drafts]
    candidates = list({c.id: c for c in made if isinstance(c, Candidate)}.values())
    # on a sample of a large table only the trivial one is sure to be quick
    evaluations = race(context, candidates, 1 if context.dataset.task.n_sample else _BEFORE_THE_RACE)
    evaluations += record_failures(context, made)
    evaluations += mend_drafts(context, evaluations, settings.repairs)
    evaluations += merge_drafts(context, evaluations, settings)
    took_over: tuple[str, ...] = ()
    if len(drafts) == len(known):  # who limits the list wants no longer one
        sampled, took_over = _sampled(context, settings, evaluations)
        evaluations += sampled
    found = scored(evaluations)
    winner = context.evaluator.best(evaluations)
    if winner is None:
        first = next(e for e in evaluations if isinstance(e, Failed) and e.kind != "dropped")
        raise ExecutionError(
            f"All {len(evaluations)} solutions failed; the first: {first.reason}.",
            mend="Look at the data analysis, or raise --timeout.",
        )
    state = context.state
    state.solution, state.score = winner.candidate.solution, winner
    state.baseline = found[0]
    state.members = found
    return FoundationResult(
        analysis,
        evaluations,
        winner,
        context.dataset.task.metric,
        len({*candidates, *(e.candidate for e in evaluations)}),
        _pipeline(winner.candidate.solution),
        sample_sentence(context.dataset.task),
        took_over,
    )


def _sampled(
    context: Context, settings: FoundationSettings, evaluations: Sequence[Evaluation]
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
                candidates.append(
                    context.candidate(changed, f"{label}: {proposal.label}", proposal.reason, "foundation")
                )
        if not candidates:
            break
        found += race(context, candidates, 0, most=_SHARE_GOING_ON)
    return found, took_over


def _next_batch(
    context: Context, leaders: Sequence[Scored], evaluations: Sequence[Evaluation], took_over: Sequence[str]
) -> _Batch:
    """How large a batch the time left bears: where it bears none, with the time that later phases have no use for."""
    each = _of_each(context, leaders)
    if each or took_over:
        return _Batch(each, list(took_over))
    taken = _take_over(context, evaluations)
    each = _of_each(context, leaders)
    return _Batch(each, taken if each else [])


def _of_each(context: Context, leaders: Sequence[Scored]) -> int:
    """How many settings of each leader the time left bears; 0 for no batch."""
    if context.budget.seconds_left() is None:
        return 0  # without a time limit the drafts are all
    alone = [context.affordable(e, _MANY) for e in leaders]
    if not alone or not all(alone):
        return 0
    return min(_OF_EACH_LEADER, int(1 / sum(_SHARE_GOING_ON / count for count in alone)))


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
    metric, best = context.dataset.task.metric, dict[str, Scored]()
    recipes = [e for e in scored(evaluations) if e.candidate.author == "planner"]
    for one in sorted(recipes, key=lambda e: -metric.gain(e.score, 0.0)):
        best.setdefault(family(one.candidate.solution), one)
    return list(best.values())[:_LEADERS]


def _pipeline(solution: Solution) -> tuple[str, ...]:
    return tuple(name for name in solution.blocks if name != "ensemble")


def _drafts(context: Context, settings: FoundationSettings) -> list[Draft]:
    """Baselines from trivial to strong, the chat model's, the searched approaches; the same solution counts once."""
    task, planner = context.dataset.task, context.planner
    searched = context.state.results.get("search")
    if isinstance(searched, SearchResult):
        approaches, ideas = searched.approaches, searched.ideas
    else:
        usual = SearchSettings()
        approaches = planner.approaches(task, settings.notes, usual.approaches)
        ideas = find_ideas(context, (), approaches, settings.notes, usual.models)
    baselines = planner.baselines(task)
    written = drafts_of_ideas(context, ideas, baselines[-1].solution, settings.notes)
    drafts = [*baselines, *written, *(planner.draft(task, a) for a in approaches)]
    unique = {d.solution.id: d for d in reversed(drafts) if d is not None}
    return [d for d in drafts if d is not None and unique.pop(d.solution.id, None) is not None]
