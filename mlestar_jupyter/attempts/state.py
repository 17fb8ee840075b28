"""Where a run stands, as each phase finds it and leaves it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import OrderError
from mlestar_jupyter.planners.base import Attempt


@dataclass
class State:
    """Where the workflow stands: what the next phase works with."""

    solution: Solution | None = None
    score: Scored | None = None
    baseline: Scored | None = None
    members: list[Scored] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)
    proposals: list[Attempt] = field(default_factory=list)
    """Variants that the human asked for one by one."""
    checkouts: list[str] = field(default_factory=list)
    """Ids of the candidates that the human went back to, in order."""
    more: list[Result] = field(default_factory=list)
    """What came of the times that were given beyond the first limit, in order."""
    earlier: Scored | None = None
    """What was in use when more time was given, until the ensemble has been made again: it may stay."""

    def present(self) -> tuple[Solution, Scored]:
        """The present solution with its score.

        Raises
        ------
        OrderError
            When there is none yet.
        """
        if self.solution is None or self.score is None:
            raise OrderError("There is no solution yet.", mend="Run %%mlestar foundation first.")
        return self.solution, self.score

    def copy(self) -> State:
        """The same, to come back to: what a later step adds is not in it."""
        return replace(
            self, members=list(self.members), results=dict(self.results), proposals=list(self.proposals),
            checkouts=list(self.checkouts), more=list(self.more),
        )  # fmt: skip

    def become(self, other: State) -> None:
        """Take over what another state holds: who holds this one goes on with it."""
        for one in fields(State):
            setattr(self, one.name, getattr(other, one.name))
