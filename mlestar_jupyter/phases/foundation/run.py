"""Foundation: look at the data, compare baselines and approaches on the same folds, choose the first solution."""

from __future__ import annotations

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Failed, remedy, scored
from mlestar_jupyter.core.sampling import sample_sentence
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.data.profile import profile
from mlestar_jupyter.errors import ExecutionError
from mlestar_jupyter.phases.foundation.batches import sampled_settings
from mlestar_jupyter.phases.foundation.claiming import claim
from mlestar_jupyter.phases.foundation.comparing import compare
from mlestar_jupyter.phases.foundation.drafting import (
    candidate_of_draft,
    mend_drafts,
    merge_drafts,
    record_failures,
)
from mlestar_jupyter.phases.foundation.drafts import approaches, compared_drafts, listed_drafts
from mlestar_jupyter.phases.foundation.leading import leaders
from mlestar_jupyter.phases.foundation.looking import look
from mlestar_jupyter.phases.foundation.result import FoundationResult
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.foundation.speed import fast_enough


def run(context: Context, settings: FoundationSettings) -> FoundationResult:
    """Analyse the data, evaluate the drafts in order, and make the best one the solution.

    Raises
    ------
    ExecutionError
        When no draft could be scored.
    """
    analysis = profile(context.dataset)
    searched = approaches(context, settings)
    known = listed_drafts(context, settings, searched.ranked, searched.ideas)
    drafts = compared_drafts(known, settings)
    made = [candidate_of_draft(context, d) for d in drafts]
    context.evaluator.n_folds = None
    listed = [c for c in made if isinstance(c, Candidate)]
    form = look(context, listed)
    context.evaluator.n_folds = form.folds
    compared = compare(context, form, listed)
    evaluations = compared.evaluations
    claimed = claim(context, evaluations)
    evaluations += record_failures(context, made)
    evaluations += mend_drafts(context, evaluations, settings.repairs)
    evaluations += merge_drafts(context, evaluations, settings)
    batches = 0
    if len(drafts) == len(known):  # who limits the list wants no longer one
        leading = leaders(context, evaluations)
        numbers = range(1, settings.batches + 1)
        sampled, batches = sampled_settings(context, leading, evaluations, compared.form, numbers)
        evaluations += sampled
    found = scored(evaluations)
    if not found:
        first = next(e for e in evaluations if isinstance(e, Failed) and e.kind != "dropped")
        raise ExecutionError(
            f"No solution could be scored ({counted(len(evaluations), 'attempt')}); the first: {first.reason}.",
            mend=remedy(first.kind, first.candidate.id),
        )
    winner, too_slow = fast_enough(context, found)
    state = context.state
    state.solution, state.score = winner.candidate.solution, winner
    state.baseline = found[0]
    state.members = found
    return FoundationResult(
        analysis,
        evaluations,
        winner,
        context.dataset.task.metric,
        len({*(form.of(c).id for c in listed), *(e.candidate.id for e in evaluations)}),
        _pipeline(winner.candidate.solution),
        sample_sentence(context.dataset.task),
        compared.took_over,
        form.sentence,
        too_slow,
        tuple(listed),
        batches,
        claimed,
    )


def _pipeline(solution: Solution) -> tuple[str, ...]:
    return tuple(name for name in solution.blocks if name != "ensemble")
