"""How a phase stands: to do, on record, done, or about a solution that is no longer the present one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StateName = Literal["to do", "recorded", "done", "failed", "refused", "out of date"]
WORDS: dict[StateName, str] = {
    "to do": "– to do",
    "recorded": "↻ on record",
    "done": "✓ done",
    "failed": "✗ not ready",
    "refused": "✗ refused",
    "out of date": "! out of date, run again",
}
"""A mark and a word for each state."""


@dataclass(frozen=True)
class PhaseState:
    """How one phase stands.

    Parameters
    ----------
    name : str
    state : str
        ``recorded``: it ran in an earlier session, and running its cell replays it. ``failed``: it ran, and its
        verdict is negative. ``refused``: an earlier verdict stopped it. ``out of date``: what it says is about another
        solution than the present one.
    summary : str
        What came of it; for a phase that has not run what it does.
    about : str or None
        Id of the solution that it is about; None for one that has not run, and for search.
    """

    name: str
    state: StateName
    summary: str
    about: str | None = None

    @property
    def word(self) -> str:
        """Mark and word of the state."""
        return WORDS[self.state]
