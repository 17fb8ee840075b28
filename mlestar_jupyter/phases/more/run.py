"""More time: go on from what is known, with what still pays; then refinement and the ensemble run again.

What there was no time for is compared; what leads in a short form is tried in longer ones; then other settings of what
leads are drawn, as in foundation. Nothing that is on record is fitted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.racing import lacked_time, race
from mlestar_jupyter.attempts.trying import lead_member
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Scored, on_same_folds, scored
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.families.groups import family
from mlestar_jupyter.phases.foundation.batches import sampled_settings
from mlestar_jupyter.phases.foundation.leading import LEADERS, leaders
from mlestar_jupyter.phases.foundation.lengthening import Lengths, lengths
from mlestar_jupyter.phases.foundation.looking import Form
from mlestar_jupyter.phases.foundation.result import FoundationResult
from mlestar_jupyter.phases.foundation.taking_over import take_over
from mlestar_jupyter.phases.more.folds import look_again, widen
from mlestar_jupyter.phases.more.result import MoreResult
from mlestar_jupyter.planners.forms import rounds_of, with_more_rounds

_MOST_BATCHES = 1_000
_LONGER = 2
"""Leaders that are tried in a longer form."""
_OF_ALL_MODELS = ("cleaning", "features", "preprocessing", "validation")
"""Blocks of the human's that other models can have, too."""


def run(context: Context, seconds: float) -> MoreResult:
    """Go on for so many seconds, less what the phases after it need."""
    state, founded = context.state, context.state.results["foundation"]
    assert isinstance(founded, FoundationResult)
    solution, before = context.solution()
    start = lead_member(context, solution)[1] if solution.members else before
    form = look_again(context, founded.listed)
    earlier_folds = len(start.fold_scores)
    start = widen(context, form, start)
    own = _own_blocks(context, start.candidate.solution)
    known = [*_comparable(context, start), *scored(brought := _with_own(context, founded, start, own))]
    took_over = take_over(context, known)
    found = [*brought, *race(context, _missing(context, founded, form, own), 0, beside=known)]
    leading = _leading(context, start, [*known, *scored(found)], own)
    longer, form = _longer(context, form, founded.listed, leading, [*known, *scored(found)])
    found += longer
    leading = _leading(context, start, [*known, *scored(found)], own)
    done = founded.batches + sum(m.batches for m in state.more if isinstance(m, MoreResult))
    sampled, batches = sampled_settings(
        context, leading, [*known, *found], form, range(done + 1, done + 1 + _MOST_BATCHES), "more"
    )
    found += sampled
    best = context.evaluator.best([start, *found]) or start
    state.solution, state.score, state.earlier = best.candidate.solution, best, before
    state.members = [*state.members, *scored(found)]
    folds = len(start.fold_scores)
    return MoreResult(
        seconds, found, before, start, best, context.dataset.task.metric, batches,
        folds if folds > earlier_folds else 0, took_over,
    )  # fmt: skip


# --- what is known ------------------------------------------------------------------------------------------------


def _comparable(context: Context, start: Scored) -> list[Scored]:
    """What was scored on the same folds, each once, the trivial baseline first."""
    first = [context.state.baseline] if context.state.baseline is not None else []
    known = [m for m in [*first, start, *context.state.members] if not m.candidate.solution.members]
    return list({m.candidate.id: m for m in known if on_same_folds(m, start)}.values())


def _own_blocks(context: Context, solution: Solution) -> dict[str, str]:
    """The blocks of a solution that the human wrote: others are to have them, too."""
    written = {
        (m.candidate.block, m.candidate.solution.blocks[m.candidate.block])
        for m in context.state.members
        if m.candidate.author == "human" and m.candidate.block in _OF_ALL_MODELS
    }
    return {name: source for name, source in solution.blocks.items() if (name, source) in written}


def _has(solution: Solution, own: dict[str, str]) -> bool:
    return own.items() <= solution.blocks.items()


def _given(candidate: Candidate, own: dict[str, str]) -> Candidate:
    """A candidate of this step, with the human's blocks."""
    solution, reason = candidate.solution, candidate.reason
    for name, source in own.items():
        solution = solution.with_block(name, source)
    if own:
        reason = f"with your {', '.join(own)}; {reason}"
    return replace(candidate, solution=solution, reason=reason, phase="more", parent=None, block=None)


def _with_own(context: Context, founded: FoundationResult, start: Scored, own: dict[str, str]) -> list[Evaluation]:
    """The leading models with the human's blocks, where they were not scored with them."""
    if not own:
        return []
    known = _comparable(context, start)
    leading = [*leaders(context, known), *leaders(context, founded.evaluations)]
    first = {family(e.candidate.solution): e for e in reversed(leading)}
    scored_before = {e.candidate.id for e in known}
    changed = [_given(e.candidate, own) for e in first.values()]
    return race(context, [c for c in changed if c.id not in scored_before], 0, beside=known)


def _leading(context: Context, start: Scored, known: Sequence[Scored], own: dict[str, str]) -> list[Scored]:
    """The models that lead, with the human's blocks; the present one is among them where the human wrote of it."""
    baseline = known[:1]
    found = leaders(context, [*baseline, *(e for e in known[1:] if _has(e.candidate.solution, own))])
    if start.candidate.author == "human":
        name = family(start.candidate.solution)
        found = [start, *(e for e in found if family(e.candidate.solution) != name)]
    return [e for e in found if _has(e.candidate.solution, own)][:LEADERS]


# --- what is tried ------------------------------------------------------------------------------------------------


def _missing(context: Context, founded: FoundationResult, form: Form, own: dict[str, str]) -> list[Candidate]:
    """What there was no time for so far, in the form that there is time for now."""
    earlier = [m for m in context.state.more if isinstance(m, MoreResult)]
    evaluations = [*founded.evaluations, *(e for m in earlier for e in m.evaluations)]
    known = {e.candidate.label for e in evaluations if not lacked_time(e)}
    return [_given(form.of(c), own) for c in founded.listed if c.label not in known]


def _longer(
    context: Context, form: Form, listed: Sequence[Candidate], leading: Sequence[Scored], known: Sequence[Scored]
) -> tuple[list[Evaluation], Form]:
    """What leads in a form for little time, in the longest one that there is time for, and the form for what comes."""
    usual = {family(c.solution): c for c in reversed(listed) if rounds_of(c.solution) is not None}
    made = [e for e in leading if rounds_of(e.candidate.solution) is not None]
    pairs = [(e, usual[name]) for e in made if (name := family(e.candidate.solution)) in usual][:_LONGER]
    rounds = context.measured(Lengths, partial(lengths, context, pairs)).rounds
    changed = [_with_more_rounds(e.candidate, c.solution, rounds) for e, c in pairs]
    new = [c for c, (e, _) in zip(changed, pairs, strict=True) if c.id != e.candidate.id]
    return race(context, new, 0, beside=known), replace(form, rounds=form.rounds | rounds)


def _with_more_rounds(candidate: Candidate, usual: Solution, rounds: dict[str, int]) -> Candidate:
    found = rounds_of(candidate.solution)
    if found is None or found.family.name not in rounds:
        return candidate
    solution = with_more_rounds(candidate.solution, usual, rounds[found.family.name])
    reason = f"in a longer form than {found.limit} rounds; {candidate.reason}"
    return replace(candidate, solution=solution, reason=reason, phase="more")
