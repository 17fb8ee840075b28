"""A budget: until when, or how many evaluations. The clock is an argument."""

from __future__ import annotations

import time
from collections.abc import Callable


class Budget:
    """What a phase may spend.

    Parameters
    ----------
    seconds : float or None
        From now on; None for no time limit.
    evaluations : int or None
        Candidates; a count makes a run repeatable to the last bit, whatever the machine.
    clock : callable
        Seconds that only grow.
    """

    def __init__(
        self, seconds: float | None = None, evaluations: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._start = clock()
        self.seconds = seconds
        self.evaluations = evaluations
        self.spent = 0
        self._reserved = 0.0

    def elapsed(self) -> float:
        """Seconds since the budget began."""
        return self._clock() - self._start

    def seconds_left(self) -> float | None:
        """Seconds that remain, 0 when time is up; None without a limit."""
        return None if self.seconds is None else max(0.0, self.seconds - self._reserved - self.elapsed())

    def evaluations_left(self, wanted: int) -> int:
        """How many of the wanted evaluations the count allows."""
        return wanted if self.evaluations is None else max(0, min(wanted, self.evaluations - self.spent))

    def part(self, share: float) -> Budget:
        """Set a share of what is left apart, for a part of the work; what is spent there is to be charged here."""
        seconds = self.seconds_left()
        evaluations = None if self.evaluations is None else round(share * max(0, self.evaluations - self.spent))
        return Budget(None if seconds is None else share * seconds, evaluations, self._clock)

    def extend(self, seconds: float) -> None:
        """Take seconds over that were meant for other work."""
        if self.seconds is not None:
            self.seconds += seconds

    def reserve(self, seconds: float) -> None:
        """Set seconds aside for what must come after the phase; those set aside before are freed."""
        self._reserved = seconds

    def charge(self, evaluations: int) -> None:
        """Book evaluations that were done."""
        self.spent += evaluations

    def exhausted(self) -> bool:
        """Whether time or count is used up."""
        left = self.seconds_left()
        return (left is not None and left <= 0) or self.evaluations_left(1) == 0
