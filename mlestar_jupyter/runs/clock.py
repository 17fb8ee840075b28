"""The time limit of a run: what is used up, and what each phase gets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from time import monotonic

from mlestar_jupyter.phases.registry import PHASES, phases_from

_FIT_SHARE, _SHORTEST_FIT = 0.3, 5.0
"""Share of the time limit that a single fit may take: the last one, on all rows, must fit behind the foundation."""

_MOST_OF_LEAST = 0.15
"""Of the seconds, for what a phase needs whatever the limit."""


def longest_fit(seconds: float) -> float:
    """What a single fit may take of so many seconds."""
    return max(_SHORTEST_FIT, _FIT_SHARE * seconds)


@dataclass
class Clock:
    """Seconds of a run.

    Parameters
    ----------
    timeout : float or None
        For all phases together.
    reading : float
        What reading the table took.
    spent : float
        What the phases took, replays counted as they were when they ran.
    now : callable
        Seconds that only grow.
    """

    timeout: float | None
    reading: float = 0.0
    spent: float = 0.0
    now: Callable[[], float] = monotonic
    more: tuple[float, ...] = ()
    """Seconds that were given beyond the limit, each time from then on."""
    again: frozenset[str] = frozenset()
    """Phases that have run, and are to run again."""
    _until: float | None = None
    _running_since: float | None = None

    def begin(self) -> None:
        """All phases run in one go from now on: what lies between them counts, too."""
        self._running_since = self.now() - self.spent

    def end(self) -> None:
        """The phases run one by one again."""
        self._running_since = None

    def passed(self) -> float:
        """Seconds of the time limit that are used up, those of reading the table included."""
        since = self._running_since
        return self.reading + (self.spent if since is None else max(self.spent, self.now() - since))

    def extend(self, seconds: float) -> None:
        """Give more time, from now on."""
        self._until = self.passed() + seconds
        self.more = (*self.more, seconds)

    def become(self, other: Clock) -> None:
        """Stand as another one does."""
        for one in fields(Clock):
            setattr(self, one.name, getattr(other, one.name))

    @property
    def limit(self) -> float | None:
        """Seconds that may pass from the beginning; None for no limit."""
        return self.timeout if self._until is None else self._until

    @property
    def given(self) -> float | None:
        """Seconds of the limit, or those that were given last."""
        return self.more[-1] if self.more else self.timeout

    def left(self) -> float | None:
        """What is left of the time limit, below 0 once it has passed; None without one."""
        return None if self.limit is None else self.limit - self.passed()

    def following(self, name: str, until: str | None, done: Collection[str]) -> list[str]:
        """A phase and those that are to run behind it, as far as `until`."""
        is_to_run = self.again.__contains__ if self.again else lambda n: n not in done
        return [n for n in phases_from(name, until) if n == name or is_to_run(n)]

    def shares(
        self, name: str, until: str | None, done: Collection[str], reserved: float, taken_over: Collection[str] = ()
    ) -> dict[str, float] | None:
        """Seconds for a phase and for each that follows: what is left, but for what is reserved, shared out.

        Parameters
        ----------
        name : str
        until : str or None
            The last phase that is to run.
        done : collection of str
            Phases that get no time, as they have run.
        reserved : float
        taken_over : collection of str
            Phases whose time an earlier one has used.

        Returns
        -------
        dict of str to float or None
            None without a time limit.
        """
        left = self.left()
        if left is None:
            return None
        following = self.following(name, until, done)
        given = _shared_out(max(0.0, left - reserved), {n: PHASES[n].share for n in following if n not in taken_over})
        return {n: given.get(n, 0.0) for n in following}


def _shared_out(seconds: float, shares: Mapping[str, float]) -> dict[str, float]:
    """Share seconds out; a phase that needs more than its share gets it first, as far as `_MOST_OF_LEAST` of all."""
    whole = sum(shares.values()) or 1.0
    needs = {n: min(PHASES[n].least, _MOST_OF_LEAST * seconds) for n in shares}
    first = {n: need for n, need in needs.items() if need > seconds * shares[n] / whole}
    others = {n: share for n, share in shares.items() if n not in first}
    if not others:
        return {n: seconds * share / whole for n, share in shares.items()}
    rest = seconds - sum(first.values())
    return {n: first.get(n, rest * shares[n] / sum(others.values())) for n in shares}
