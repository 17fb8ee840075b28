"""A first short look at each family of models: what a fit costs on this table, and what the time is enough for.

Nothing is guessed from other tables: of each family one solution is fitted with a few rounds, and again with more where
that says that the whole may take long. From these follow the form of every solution (rounds), and on how many of the
folds all are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.planners.forms import Rounds, rounds_of, with_rounds

_FIRST, _FEWEST, _MORE = 1 / 25, 8, 3
"""Rounds of the first look, as a share and at least, and how many times as many are looked at again."""
_SHARE_OF_LOOKS = 0.15
"""Of the time left, that looks may take."""
_USABLE = 0.8
"""Of the time left: the rest is lost where workers wait, or goes into the last fit."""
_CHEAP = 1 / 40
"""Of the usable time: a fit that takes less needs no second look."""
_CHOOSING = 16
"""Candidates at least that the time must be enough for, in every fold."""
_FOLDS = ((60, None), (30, 3), (0, 2))
"""So many fits of boosted trees must find time for so many folds; None for all that the splitter makes."""
_TESTED = 4_000
"""Rows, about, that candidates are compared on whatever the cost: fewer fits on too few rows choose by chance."""


@dataclass(frozen=True)
class Costs:
    """What was measured.

    Parameters
    ----------
    seconds : dict of str to list of float
        By family: of a fit without a round, and of each round; without those of which no look ended in time.
    left : float
        Seconds of all workers together that were left for the phase; 0 without a time limit.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    left: float = 0.0


@dataclass(frozen=True)
class Form:
    """What the time is enough for.

    Parameters
    ----------
    folds : int or None
        Of the splitter's, on which all are compared; None for all.
    rounds : dict of str to int
        The most that a solution makes, by family.
    cut : bool
        Whether the first of a family would usually make more.
    """

    folds: int | None = None
    rounds: dict[str, int] = field(default_factory=dict)
    cut: bool = False

    @property
    def is_short(self) -> bool:
        """Whether the time is not enough for the usual forms: then only the better families get more than a look."""
        return self.folds is not None or self.cut

    @property
    def sentence(self) -> str:
        """What is compared in another way than usual, for want of time; empty where nothing is."""
        if self.folds is None:
            return ""
        return f"In this time limit all are compared on {self.folds} of the folds."

    def of(self, candidate: Candidate) -> Candidate:
        """A candidate in the form that the time is enough for."""
        found = rounds_of(candidate.solution)
        most = None if found is None else self.rounds.get(found.family.name)
        if found is None or most is None or most >= found.usual:
            return candidate
        reason = f"in a form for the time limit: {most} of {found.limit} rounds; {candidate.reason}"
        return replace(candidate, solution=with_rounds(candidate.solution, most), reason=reason)


def look(context: Context, candidates: Sequence[Candidate]) -> Form:
    """Measure what fits cost, once, and choose the form; without a time limit everything has its usual form."""
    costs = context.measured(Costs, lambda: _costs(context, candidates))
    tested = [len(fold.test) for fold in context.evaluator.folds(candidates[0].solution)]
    return form_of(costs, candidates, tested)


def form_of(costs: Costs, candidates: Sequence[Candidate], tested: Sequence[int]) -> Form:
    """What follows from the costs.

    Parameters
    ----------
    costs : Costs
    candidates : sequence of Candidate
        In order; the first of each family with rounds stands for it.
    tested : sequence of int
        Rows that each fold tests.
    """
    firsts = _first_of_families(candidates)
    if not firsts or not costs.left:
        return Form()
    usable = _USABLE * costs.left
    folds = _folds(costs, firsts, usable, tested)
    dearest = usable / (_CHOOSING * (folds or len(tested)))
    most = dict[str, int]()
    for name, (_, found) in firsts.items():
        if name not in costs.seconds:
            most[name] = _look_rounds(found)  # as few as were not too long, or that there was no time to look at
            continue
        fixed, each = costs.seconds[name]
        # what a fit takes without a round is paid in any case: fewer rounds than take as long again save little
        most[name] = max(_FEWEST, int(max(dearest - fixed, fixed) / max(each, 1e-9)))
    return Form(folds, most, any(rounds < firsts[name][1].usual for name, rounds in most.items()))


def _folds(
    costs: Costs, firsts: dict[str, tuple[Candidate, Rounds]], usable: float, tested: Sequence[int]
) -> int | None:
    """On how many folds candidates are compared: as many as boosted trees find time for; None for all."""
    usual = [
        costs.seconds[name][0] + costs.seconds[name][1] * found.usual
        for name, (_, found) in firsts.items()
        if name in costs.seconds and found.family.peers == "boosting"
    ]
    fits = usable / max(median(usual), 1e-9) if usual else 0.0
    wanted = next(n for least, n in _FOLDS if fits >= least)
    enough = -(-_TESTED * len(tested) // max(1, sum(tested)))
    return None if wanted is None or max(wanted, enough) >= len(tested) else max(wanted, enough)


def _costs(context: Context, candidates: Sequence[Candidate]) -> Costs:
    """Look at each family, and again at those whose usual form may take long; nothing without a time limit."""
    seconds_left = context.budget.seconds_left()
    if seconds_left is None:
        return Costs()
    left = seconds_left * context.evaluator.workers
    firsts = _first_of_families(candidates)
    begun = {name: _look_rounds(found) for name, (_, found) in firsts.items()}
    once = _seconds(context, firsts, begun)
    dear = {n for n, s in once.items() if s * firsts[n][1].usual / begun[n] > _CHEAP * _USABLE * left}
    more = {n: min(firsts[n][1].limit, _MORE * begun[n]) for n in begun if n in dear}
    twice = _seconds(context, {n: firsts[n] for n in more}, more)
    seconds = {}
    for name, first in once.items():
        each = first / begun[name]
        if name in twice and more[name] > begun[name]:
            each = max((twice[name] - first) / (more[name] - begun[name]), 0.1 * each)
        seconds[name] = [max(0.0, first - each * begun[name]), each]
    return Costs(seconds, left)


def _first_of_families(candidates: Sequence[Candidate]) -> dict[str, tuple[Candidate, Rounds]]:
    """The first candidate of each family that makes rounds."""
    found: dict[str, tuple[Candidate, Rounds]] = {}
    for candidate in candidates:
        rounds = rounds_of(candidate.solution)
        if rounds is not None:
            found.setdefault(rounds.family.name, (candidate, rounds))
    return found


def _look_rounds(rounds: Rounds) -> int:
    return min(rounds.limit, max(_FEWEST, round(_FIRST * rounds.usual)))


def _seconds(context: Context, firsts: dict[str, tuple[Candidate, Rounds]], rounds: dict[str, int]) -> dict[str, float]:
    """Seconds of a fit of each with so many rounds on the first fold, where it ended in time."""
    if not firsts:
        return {}
    looks = [replace(c, solution=with_rounds(c.solution, rounds[n])) for n, (c, _) in firsts.items()]
    fold = context.evaluator.folds(looks[0].solution)[0]
    found = context.evaluator.evaluate_on(looks, [[fold]] * len(looks), context.budget.part(_SHARE_OF_LOOKS))
    return {n: e.fit_seconds for n, e in zip(firsts, found, strict=False) if isinstance(e, Scored)}
