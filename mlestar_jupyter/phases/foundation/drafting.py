"""The first solutions of a chat model: one for each idea, the best merged with the next best, then the use of the data.

MLE-STAR, algorithm 1 (arXiv 2506.15692). Two things differ: what the model made is one candidate among the recipes',
and the choice among all is foundation's, by the score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.racing import has_skill
from mlestar_jupyter.attempts.repairing import check_leakage, evaluate_repaired, repaired
from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, scored
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.families.groups import family
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.planners.base import Draft, Idea


def drafts_of_ideas(context: Context, ideas: Sequence[Idea], start: Solution, notes: str) -> list[Draft]:
    """Let the model write a solution for each idea; `start` shows it blocks that work, and makes the folds."""
    drafts = [context.planner.draft(context.dataset.task, idea, start, notes) for idea in ideas]
    return [_on_folds_of(start, d) for d in drafts if d is not None]


def _on_folds_of(start: Solution, draft: Draft) -> Draft:
    """A model's draft as a single solution on the folds of all others: it is not asked for folds or members."""
    blocks = {name: source for name, source in draft.solution.blocks.items() if name in PIPELINE_BLOCKS}
    solution = Solution.of({**blocks, "validation": start.blocks["validation"]})
    return replace(draft, solution=solution, author="model")


def candidate_of_draft(context: Context, draft: Draft, parent: Solution | None = None) -> Candidate | Failed:
    """Put a draft up for evaluation, checked for leakage where a model wrote it; failed where a block is none."""
    candidate = context.candidate(
        draft.solution, draft.label, draft.reason, "foundation", parent=parent, author=draft.author
    )
    if draft.author != "model":
        return candidate
    try:
        draft.solution.check()
    except MLEStarError as error:
        return Failed(candidate, "error", str(error))
    return check_leakage(context, candidate)


def record_failures(context: Context, made: Sequence[Candidate | Failed]) -> list[Evaluation]:
    """Put those on record that failed before they could be evaluated."""
    return [context.record_failure(f) for f in made if isinstance(f, Failed)]


def mend_drafts(context: Context, evaluations: Sequence[Evaluation], repairs: int) -> list[Evaluation]:
    """Let the debugger mend those of the model's drafts that failed; the versions that it made, in order."""
    failed = [e for e in evaluations if isinstance(e, Failed) and e.candidate.author == "model"]
    found: list[Evaluation] = []
    for failure in failed:
        found += repaired(context, failure, repairs)
    return found


def merge_drafts(context: Context, evaluations: Sequence[Evaluation], settings: FoundationSettings) -> list[Evaluation]:
    """Merge the best solution with the next best in turn, and stop at the first merge that is worse; then use the data.

    Returns
    -------
    list of Scored or Failed
        Every version that was evaluated, in order.
    """
    best = context.evaluator.best(context.latency.usable(scored(evaluations)))
    if not context.planner.writes_code or best is None:
        return []
    found, task = list[Evaluation](), context.dataset.task
    for other in _partners(context, evaluations, best)[: settings.merges]:
        if not context.has_time():
            return found
        draft = context.planner.improve(task, best.candidate.solution, other.candidate.solution, settings.notes)
        if draft is None:
            continue
        versions = _evaluate_change(context, best, draft, settings.repairs)
        found += versions
        if not versions:
            continue  # nothing was changed; where time is up, the next one does not begin
        if not _is_as_good(context, versions[-1], best):
            break
        (best,) = scored(versions[-1:])
    if context.has_time():
        draft = context.planner.improve(task, best.candidate.solution)
        if draft is not None:
            found += _evaluate_change(context, best, draft, settings.repairs)
    return found


def _partners(context: Context, evaluations: Sequence[Evaluation], best: Scored) -> list[Scored]:
    """What the best may be merged with, the next best first: the best of each other family, and all of the model's."""
    metric, families, known = context.dataset.task.metric, {family(best.candidate.solution)}, scored(evaluations)
    found: list[Scored] = []
    for one in sorted(known, key=lambda e: -metric.gain(e.score, 0.0)):
        name = family(one.candidate.solution)
        is_able = one.candidate.id != best.candidate.id and has_skill(one, best, known[0], metric)
        if is_able and (name not in families or one.candidate.author == "model"):
            families.add(name)
            found.append(one)
    return found


def _evaluate_change(context: Context, best: Scored, draft: Draft, repairs: int) -> list[Evaluation]:
    """Evaluate what a role made of the best solution; nothing where it changed nothing."""
    parent = best.candidate.solution
    draft = _on_folds_of(parent, draft)
    if draft.solution.id == parent.id:
        return []
    versions = evaluate_repaired(context, [candidate_of_draft(context, draft, parent)], repairs)
    return versions[0] if versions else []


def _is_as_good(context: Context, evaluation: Evaluation, best: Scored) -> bool:
    """Whether a merge has a score, and one that is not worse."""
    metric = context.dataset.task.metric
    return isinstance(evaluation, Scored) and metric.gain(evaluation.score, best.score) >= 0
