"""What one row may take: what is slower is not used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlestar_jupyter.core.evaluation import Scored

USUAL_MS = 100.0
"""What validation and deployment allow where nothing is said."""


@dataclass(frozen=True)
class Latency:
    """The limit for one row.

    Parameters
    ----------
    limit : float or None
        Milliseconds, as ``--max-latency`` says; None for no limit.
    reading : float
        Of them, those in which the row is read by its contract; the rest is the pipeline's.
    """

    limit: float | None = None
    reading: float = 0.0

    def allows(self, evaluation: Scored, beside: Scored | None = None) -> bool:
        """Whether a solution is fast enough, or no slower than the one beside it; what was not timed is."""
        if self.limit is None or evaluation.row_ms is None:
            return True
        slowest = beside.row_ms if beside is not None and beside.row_ms is not None else 0.0
        return evaluation.row_ms <= max(self.limit - self.reading, slowest)

    def usable(self, found: Sequence[Scored]) -> list[Scored]:
        """Those that are fast enough, in their order; where none is, the fastest alone."""
        fast = [e for e in found if self.allows(e)]
        return fast or sorted(found, key=lambda e: e.row_ms or 0.0)[:1]

    def most_members(self, pool: Sequence[Scored]) -> int | None:
        """How many members of the mean speed of a pool are fast enough together; None for no limit."""
        known = [e.row_ms for e in pool if e.row_ms is not None]
        if self.limit is None or not known:
            return None
        return int((self.limit - self.reading) * len(known) / max(sum(known), 1e-9))

    def takes(self, evaluation: Scored) -> str:
        """Say what one row takes, as it is read and predicted."""
        return f"one row takes about {self.reading + (evaluation.row_ms or 0.0):.3g} ms"

    def why_not(self, evaluation: Scored) -> str:
        """Say that a solution is too slow, as a reason."""
        return f"{self.takes(evaluation)}, more than {self.words}"

    @property
    def for_gates(self) -> float:
        """What validation and deployment allow."""
        return USUAL_MS if self.limit is None else self.limit

    @property
    def words(self) -> str:
        """The limit as it is given."""
        return f"--max-latency {self.limit:g}"
