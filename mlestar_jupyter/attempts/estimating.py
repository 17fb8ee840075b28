"""What a phase will evaluate, said before it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.build import make_splitter
from mlestar_jupyter.core.folds import has_repeats
from mlestar_jupyter.core.refit import members_of, own_refit_seconds
from mlestar_jupyter.core.solution import Solution

_STARTED = 0.5
"""Seconds of sending rows to a worker and reading back, of a fit that stands alone."""


@dataclass(frozen=True)
class Span:
    """A number that lies between two bounds.

    Parameters
    ----------
    low : int
    high : int or None
        None where it has no bound but the time.
    """

    low: int
    high: int | None

    @classmethod
    def exactly(cls, number: int) -> Span:
        """A number that is known."""
        return cls(number, number)

    @classmethod
    def over(cls, spans: Iterable[Span]) -> Span:
        """Whatever of these may come true."""
        found = list(spans)
        highs = [s.high for s in found if s.high is not None]
        return cls(min(s.low for s in found), max(highs) if len(highs) == len(found) else None)

    def within(self, limit: int | None) -> Span:
        """The same where no more than so many are allowed; None for no limit."""
        if limit is None:
            return self
        return Span(min(self.low, limit), limit if self.high is None else min(self.high, limit))

    def __contains__(self, number: int) -> bool:
        """Whether a number lies between the bounds."""
        return self.low <= number and (self.high is None or number <= self.high)

    def __str__(self) -> str:
        if self.high is None:
            return f"{self.low:,} or more"
        if self.low == self.high:
            return f"{self.low:,}"
        return f"at most {self.high:,}" if self.low == 0 else f"{self.low:,} to {self.high:,}"


@dataclass(frozen=True)
class CallsAhead:
    """Calls of a chat model by role: `usual` as things mostly go, `most` when everything fails and is mended again."""

    usual: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)


def repairs(times: int) -> Counter[str]:
    """Calls for so many repairs: each mended version is checked for leakage again."""
    return Counter({"debugger": times, "leakage": times})


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a phase will evaluate.

    Parameters
    ----------
    candidates : Span
        Different solutions that it puts on record.
    fits : int or None
        At most, less those on record; None where only the time bounds them.
    what : str
        What it evaluates.
    depends : str
        What the number depends on, as the end of a sentence; empty where it is known.
    calls : CallsAhead
        Of a chat model, where there is one.
    solutions : tuple of Solution
        With one of which, or one made from it, the phase may end, where it finds the first.
    seconds : float or None
        About how long it takes, where that is not so many fits of a fold side by side.
    """

    candidates: Span
    fits: int | None
    what: str
    depends: str = ""
    calls: CallsAhead = field(default_factory=CallsAhead)
    solutions: tuple[Solution, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, eq=False)
class Ahead:
    """What is known before a phase runs.

    Parameters
    ----------
    context : Context
        As the phase will have it, but no chat model is asked, and nothing fitted or put on record.
    has_model : bool
        Whether the planner will write code of its own, as a chat model does.
    paths : int
        How many paths the planner takes in a refinement.
    solutions : tuple of Solution
        The present solution, or without one those that an earlier phase may find.
    to_come : dict of str to object
        Settings of the phases that run before it, by name.
    """

    context: Context
    has_model: bool = False
    paths: int = 1
    solutions: tuple[Solution, ...] = ()
    to_come: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_timed(self) -> bool:
        """Whether time may end the phase early."""
        return self.context.budget.seconds is not None

    @property
    def evaluations(self) -> int | None:
        """How many the settings allow; None for no limit."""
        return self.context.budget.evaluations

    def fewer(self, fits: int, each: int, besides: int = 0) -> int:
        """Fits at most, where each evaluation that the settings allow takes so many; `besides` come on top of these."""
        return fits if self.evaluations is None else min(fits, (self.evaluations + besides) * each)

    def seconds_of_fit(self, n_rows: int) -> float | None:
        """About how long the present solution takes to fit on so many rows; None without one."""
        state = self.context.state
        if state.score is None:
            return None
        members = members_of(state.score, state.members)
        return _STARTED + own_refit_seconds(state.score, members, n_rows, self.context.evaluator.workers)

    def folds(self) -> int:
        """Folds of a candidate, the most of the solutions that may be; 0 where none is known."""
        return max(map(self.folds_of, self.solutions), default=0)

    def folds_of(self, solution: Solution, repeats: int = 1) -> int:
        """Folds of a solution, counted without making those of later repeats."""
        first = len(self.context.evaluator.folds(solution))
        return first * repeats if has_repeats(make_splitter(solution.blocks["validation"])) else first
