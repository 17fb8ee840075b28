"""One round of refinement: variants of a block, and the test of the best of them.

The variants are compared on one set of folds; the best of them is then compared with the solution on folds that were
not used to choose it. It is used where it gains there; it is proven where that is significant at a level that accounts
for all rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlestar_jupyter.attempts.affording import AT_ONCE, FRESH_REPEATS, affordable_attempts, has_fresh_folds
from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.measuring import Count
from mlestar_jupyter.attempts.trying import paired_test, try_proposals
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.sequential import Wealth
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult, shrunken_gains
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.numbers import p_value
from mlestar_jupyter.phases.refinement.result import Confirmation
from mlestar_jupyter.planners.base import Attempt, Plan


@dataclass(frozen=True)
class Asked:
    """What a round is to do.

    Parameters
    ----------
    block : str
    attempts : int
        Variants to try, at most.
    level : float
        At which the best of them must be significant.
    floor : float
        That its gain must pass, in the metric's own unit.
    earlier : sequence of Attempt
        At this block, in rounds before.
    notes : str
    plan : Plan, optional
        The extractor's, for the model's first variant.
    repairs : int
        How often the debugger may try to mend a variant of the model that failed.
    path : int
        Which of several paths the round belongs to.
    """

    block: str
    attempts: int
    level: float
    floor: float
    earlier: Sequence[Attempt]
    notes: str
    plan: Plan | None = None
    repairs: int = 0
    path: int = 1


@dataclass(frozen=True, eq=False)
class Turn:
    """What came of a round: its attempts, the test of the best one, and the solution that was kept."""

    attempts: list[Attempt]
    confirmation: Confirmation | None = None
    kept: Scored | None = None
    slow: int = 0
    """Attempts that gain, but are too slow for one row."""

    @property
    def outcome(self) -> str:
        """What came of it, in words."""
        tried, test = len(self.attempts), self.confirmation
        if not tried:
            return "no attempt was made"
        made = counted(tried, "attempt") + (
            f" ({self.slow} with a gain, but too slow for one row)" if self.slow else ""
        )
        if test is None:
            return f"{made}, none promising"
        verb = "used" if test.kept else "proposed" if test.proposed else "not used"
        return f"{made}, {test.label} {verb}: {test.verdict} ({p_value(test.test.p_value)})"

    def spent_from(self, wealth: Wealth, limit: float) -> Wealth:
        """What the test of this round leaves for others."""
        test = self.confirmation
        return wealth if test is None else wealth.after(limit, succeeded=test.proven)


def work_on(context: Context, solution: Solution, score: Scored, asked: Asked, *, review: bool = False) -> Turn:
    """Try variants of a block, and keep the best where it wins on other folds; `review` only proposes it."""
    tried = _variants(context, solution, score, asked)
    fast = [a for a in tried if not isinstance(a.evaluation, Scored) or context.latency.allows(a.evaluation, score)]
    slow = sum((a.gain or 0.0) > 0 for a in tried if a not in fast)
    winner, confirmation = confirm(context, solution, fast, asked)
    if winner is None or confirmation is None or not confirmation.kept:
        return Turn(tried, confirmation, slow=slow)
    tried[tried.index(winner)] = replace(winner, proposed=review, kept=not review)
    if review:
        return Turn(tried, replace(confirmation, kept=False, proposed=True), slow=slow)
    assert isinstance(winner.evaluation, Scored)
    return Turn(tried, confirmation, winner.evaluation, slow)


# --- variants of it -----------------------------------------------------------------------------------------------


def _variants(context: Context, solution: Solution, score: Scored, asked: Asked) -> list[Attempt]:
    """Inner loop: variants of one block, two at a time, each proposed with knowledge of the earlier ones."""
    attempts: list[Attempt] = []
    made = context.slot(Count)
    limit = asked.attempts if made.value is None else made.value.value
    while len(attempts) < limit:
        count = min(AT_ONCE, limit - len(attempts))
        if made.value is None:
            count = 0 if context.budget.exhausted() else min(count, affordable_attempts(context, solution, score))
        earlier, plan = [*asked.earlier, *attempts], None if attempts else asked.plan
        wanted = context.planner.propose(context.dataset.task, solution, asked.block, earlier, count, asked.notes, plan)
        found = try_proposals(context, solution, score, wanted, repairs=asked.repairs)
        attempts += found
        if not found or len(found) < len(wanted):
            break
    made.keep(Count(len(attempts)))
    return attempts


# --- is it a gain -------------------------------------------------------------------------------------------------


def confirm(
    context: Context, solution: Solution, tried: Sequence[Attempt], asked: Asked
) -> tuple[Attempt | None, Confirmation | None]:
    """Test the best variant on fresh folds; without fresh folds, on the same ones at a level shared out by attempts.

    It is used where its gain is expected to last: fresh folds chose nothing, the same ones chose it among several.
    """
    promising = [a for a in tried if a.gain is not None and a.gain > 0]
    if not promising:
        return None, None
    winner = max(promising, key=lambda a: a.gain or 0.0)
    proposal = winner.proposal
    assert isinstance(winner.evaluation, Scored)
    changed, label = winner.evaluation.candidate.solution, f"{proposal.block}: {proposal.label}"
    candidate = context.candidate(
        changed, label, "confirmed on fresh folds", "confirmation", parent=solution, block=proposal.block,
        author=proposal.author,
    )  # fmt: skip
    test, limit, fresh = independent_test(context, solution, candidate, winner.evaluation, asked.level, len(tried))
    if test is None:
        return winner, None
    proven = test.mean > asked.floor and test.p_value < limit
    expected = test.mean if fresh else _after_choice(winner, tried)
    used = proven or (context.prefer == "score" and expected > max(0.0, asked.floor))
    confirmation = Confirmation(
        proposal.block, proposal.label, test, limit, used, fresh, path=asked.path, id=candidate.id, proven=proven
    )
    return winner, confirmation


def _after_choice(winner: Attempt, tried: Sequence[Attempt]) -> float:
    """The gain to expect of the best of several attempts on the folds that chose it."""
    known = [a for a in tried if a.test is not None]
    gains = shrunken_gains([a.test.mean for a in known if a.test], [a.test.error for a in known if a.test])
    return float(gains[known.index(winner)])


def independent_test(
    context: Context, solution: Solution, candidate: Candidate, known: Scored, limit: float, tried: int
) -> tuple[TestResult | None, float, bool]:
    """Test a candidate against the solution on folds that chose neither, or where there are none, on those at hand.

    Parameters
    ----------
    known : Scored
        The candidate's evaluation that chose it.
    limit : float
        The level.
    tried : int
        Of how many it was chosen: on the same folds, the level is divided by them.

    Returns
    -------
    TestResult or None
        None when the budget was too small for it.
    float
        The level that holds.
    bool
        Whether the folds were fresh.
    """
    if has_fresh_folds(context, solution):
        return _fresh_test(context, solution, candidate), limit, True
    return _paired(context, known, solution), limit / tried, False


def _fresh_test(context: Context, solution: Solution, candidate: Candidate) -> TestResult | None:
    """Test a candidate against the present solution on folds that chose neither."""
    pair = [
        candidate,
        context.candidate(solution, "the present solution", "on the same fresh folds", "confirmation"),
    ]
    found = context.evaluator.evaluate(pair, context.budget, repeats=1 + FRESH_REPEATS, skip=1)
    both = [e for e in found if isinstance(e, Scored)]
    return paired_test(both[0], both[1], context.dataset.task.metric) if len(both) == len(pair) else None


def _paired(context: Context, new: Scored, solution: Solution) -> TestResult | None:
    """Test against the present solution on the folds at hand."""
    candidate = context.candidate(solution, "the present solution", "on the same folds", "confirmation")
    found = context.evaluator.evaluate([candidate], context.budget)
    if not found or not isinstance(found[0], Scored):
        return None
    return paired_test(new, found[0], context.dataset.task.metric)
