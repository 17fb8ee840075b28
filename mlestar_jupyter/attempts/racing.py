"""Racing: all candidates run the first fold, the promising ones the others, the best first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.families.groups import family

LEAST_SKILL = 0.5
"""Share of the best solution's gain over the trivial baseline: what has less neither wins nor helps an ensemble."""
_SHARE_OF_FIRST_FOLDS = 0.4
"""Of the time left."""
_FIRST_OF_FAMILY = 2
"""So many of each family come before the third of any: an ensemble lives on different members."""
_MOST_OF_TIME_LEFT = 0.25
"""A candidate that takes more of it waits until the others are booked."""
_AMPLE = 0.75
"""Of the time left: what is booked is about what it takes, so that the order decides nothing else."""
_MARGIN = 1.1
_TOO_SLOW = "its other folds would have taken longer than the time left"
_TIME = "time was up after its first fold"


@dataclass(frozen=True)
class Race:
    """What the first folds decided.

    Parameters
    ----------
    order : list of str
        Ids of the candidates that earned the other folds, in the order in which they get them.
    dropped : dict of str to str
        Why the others did not, by id.
    failed : dict of str to list of str
        Kind, reason and traceback of those that failed in their first fold, by id.
    """

    order: list[str]
    dropped: dict[str, str]
    failed: dict[str, list[str]]


def race(
    context: Context,
    candidates: Sequence[Candidate],
    at_least: int,
    most: float = 1.0,
    beside: Sequence[Scored] = (),
) -> list[Evaluation]:
    """Score the first `at_least` candidates in every fold, and the promising ones of the rest.

    Parameters
    ----------
    most : float
        Share of the rest that may go on to the other folds.
    beside : sequence of Scored
        Scored before, the trivial baseline first: what is beside them without promise is dropped.

    Notes
    -----
    One rung of successive halving (Jamieson & Talwalkar, AISTATS 2016); with baselines among the first candidates, a
    skill above theirs must be reached as well.

    Returns
    -------
    list of Scored or Failed
        Those that were scored, then those that failed in their first fold, then those that were dropped.
    """
    head, rest = candidates[:at_least], candidates[at_least:]
    found = context.evaluator.evaluate(head, context.budget, at_least=at_least)
    if not rest:
        return found
    outcome = context.measured(Race, lambda: _first_folds(context, rest, [*beside, *scored(found)], most))
    by_id = {c.id: c for c in rest}
    missing = 1 if at_least and not scored(found) else 0
    ended = context.evaluator.evaluate([by_id[i] for i in outcome.order], context.budget, at_least=missing)
    failed = [Failed(by_id[i], *why) for i, why in outcome.failed.items()]  # type: ignore[arg-type]
    for failure in failed:
        context.evaluator.record(context.journal.add_candidate(failure.candidate), failure, 1)
    late = dict.fromkeys(outcome.order[len(ended) :], _TIME)
    dropped = [Failed(by_id[i], "dropped", why) for i, why in (late | outcome.dropped).items()]
    return [*found, *ended, *failed, *dropped]


def lacked_time(evaluation: Evaluation) -> bool:
    """Whether a candidate has no score for want of time alone."""
    if isinstance(evaluation, Scored):
        return False
    return evaluation.kind == "timeout" or evaluation.reason in (_TOO_SLOW, _TIME)


def has_skill(
    member: Scored, best: Scored, baseline: Scored | None, metric: Metric, least: float = LEAST_SKILL
) -> bool:
    """Whether a solution gains enough over the trivial baseline, beside the best one, to be of use."""
    if baseline is None or member is best:
        return True
    return metric.gain(member.score, baseline.score) > least * metric.gain(best.score, baseline.score)


def _first_folds(context: Context, candidates: Sequence[Candidate], baselines: Sequence[Scored], most: float) -> Race:
    """Run the first folds, and choose."""
    metric, allowed = context.dataset.task.metric, context.budget.evaluations_left(len(candidates))
    firsts = context.evaluator.glance(candidates[:allowed], _SHARE_OF_FIRST_FOLDS, context.budget)
    ranked = sorted(scored(firsts), key=lambda e: -metric.gain(e.score, 0.0))
    without_score = [f for f in firsts if isinstance(f, Failed)]
    failed = {f.candidate.id: [f.kind, f.reason, f.traceback] for f in without_score if f.kind != "timeout"}
    dropped = {f.candidate.id: f.reason for f in without_score if f.kind == "timeout"}
    known = [b.fold_scores[0] for b in baselines] + [e.score for e in ranked]
    best = max(known, key=lambda score: metric.gain(score, 0.0), default=0.0)
    earned: list[Scored] = []
    latency = context.latency
    is_one_fast = any(map(latency.allows, [*baselines[1:], *ranked]))
    for position, first in enumerate(ranked):
        if is_one_fast and not latency.allows(first):
            dropped[first.candidate.id] = latency.why_not(first)
        elif position >= most * len(candidates):
            dropped[first.candidate.id] = (
                f"{metric.label} {number(first.score)} in the first fold, behind {position} others"
            )
        elif baselines and metric.gain(first.score, known[0]) < LEAST_SKILL * metric.gain(best, known[0]):
            why = f"{metric.label} {number(first.score)} in the first fold, against {number(best)} of the best"
            dropped[first.candidate.id] = why
        else:
            earned.append(first)
    order = _affordable(context, list(_mixed(earned)))
    dropped |= {e.candidate.id: _TOO_SLOW for e in earned if e.candidate.id not in order}
    return Race(order, dropped, failed)


def _affordable(context: Context, earned: Sequence[Scored]) -> list[str]:
    """Book the time left: first for those that leave most of it to others, then for the slower ones.

    Where there is time for all to spare, the slowest begin: one that begins last would leave workers idle in the end.
    """
    left, workers = context.budget.seconds_left(), context.evaluator.workers
    if left is None:
        return [e.candidate.id for e in earned]
    seconds = {e.candidate.id: _MARGIN * context.evaluator.seconds_of_others(e) / workers for e in earned}
    if sum(seconds.values()) <= _AMPLE * left:
        return sorted(seconds, key=lambda identifier: -seconds[identifier])
    order: list[str] = []
    for most in (_MOST_OF_TIME_LEFT, 1.0):
        for identifier, needed in seconds.items():
            if identifier not in order and needed <= most * left:
                order.append(identifier)
                left -= needed
    return order or list(seconds)[:1]


def _mixed(ranked: Sequence[Scored]) -> Iterator[Scored]:
    """The best first, but two of each family before the third of any."""
    counts: Counter[str] = Counter()
    later: list[Scored] = []
    for evaluation in ranked:
        name = family(evaluation.candidate.solution)
        counts[name] += 1
        if counts[name] > _FIRST_OF_FAMILY:
            later.append(evaluation)
        else:
            yield evaluation
    yield from later
