"""What a phase works with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlestar_jupyter.attempts.latency import Latency
from mlestar_jupyter.attempts.measuring import Count, M, Measurements, Slot
from mlestar_jupyter.attempts.state import State
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.candidate import Author, Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.events import Listener
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Dataset, Rows
from mlestar_jupyter.data.reading import TableSource
from mlestar_jupyter.online.providers import Online
from mlestar_jupyter.planners.base import Planner

_MARGIN = 1.2  # other blocks take longer at times, and the last fold of a candidate leaves workers idle


@dataclass(frozen=True, eq=False)
class Context:
    """What a phase works with; `state` is what earlier phases and the human left."""

    dataset: Dataset
    journal: Journal
    evaluator: Evaluator
    planner: Planner
    budget: Budget
    emit: Listener
    seed: int
    output: Path
    source: TableSource
    state: State
    token: str
    reserved_seconds: float = 0.0
    """Set aside from the budget for the final fit."""
    online: Online | None = None
    """The way out to search providers; None where the run is not online."""
    later: Mapping[str, float] = field(default_factory=dict)
    """Seconds that each phase after this one is to get; empty without a time limit."""
    final: Callable[[], Rows] | None = None
    """Says which rows the present solution is fitted on in the end, where the table is too large for all."""
    latency: Latency = field(default_factory=Latency)
    """What one row may take."""
    prefer: str = "score"
    """Whether the best expected score is used ("score"), or the simplest solution near it ("simplicity")."""
    may_write: Callable[[Path, str, Callable[[], bool]], bool] = lambda _path, _phase, _holds_other: True
    """Whether a phase is to write a file: a replay writes none that is there, unless it is of another solution."""
    measurements: Measurements | None = None
    """Made from journal and token."""

    def __post_init__(self) -> None:
        """Begin to count the places that measure, once for each link."""
        if self.measurements is None or self.measurements.token != self.token:
            object.__setattr__(self, "measurements", Measurements(self.journal, self.token))

    def final_rows(self) -> Rows:
        """Rows for the final fit of the present solution: all outside of the holdout where time allows."""
        return self.dataset.whole if self.final is None else self.final()

    def affordable(self, like: Scored, wanted: int, within: float | None = None) -> int:
        """How many of the wanted evaluations fit the time left, each taking a bit longer than a known one.

        Parameters
        ----------
        within : float, optional
            Seconds to look at in place of the time left.
        """
        left = self.budget.seconds_left() if within is None else within
        seconds = _MARGIN * (like.fit_seconds + like.predict_seconds) / self.evaluator.workers
        return wanted if left is None else min(wanted, int(left / max(seconds, 1e-3)))

    def measured(self, kind: type[M], measure: Callable[[], M]) -> M:
        """Measure, or decide by the time left: once. A replay has what was measured or decided then."""
        slot = self._slot(kind)
        return slot.keep(measure()) if slot.value is None else slot.value

    def slot(self, kind: type[M]) -> Slot[M]:
        """What is measured here, where it is known only later: ask for it before, keep it after."""
        return self._slot(kind)

    def has_time(self) -> bool:
        """Whether the budget allows what comes next: decided once, so that a replay, not timed, goes as far."""
        slot = self._slot(Count)
        return bool((slot.value or slot.keep(Count(int(not self.budget.exhausted())))).value)

    def evaluated(self, candidates: Sequence[Candidate]) -> list[Evaluation]:
        """Evaluate as many of the candidates as the budget allows; a replay evaluates as many."""
        slot = self._slot(Count)
        known = candidates if slot.value is None else candidates[: slot.value.value]
        found = self.evaluator.evaluate(known, self.budget)
        slot.keep(Count(len(found)))
        return found

    def _slot(self, kind: type[M]) -> Slot[M]:
        caller = sys._getframe(2)  # noqa: SLF001 - the place that measures is the key
        assert self.measurements is not None
        return self.measurements.slot(kind, caller)

    def record_failure(self, failed: Failed) -> Failed:
        """Put a candidate on record, and charge it, that failed before it could be evaluated."""
        self.evaluator.record(self.journal.add_candidate(failed.candidate), failed, 1)
        self.budget.charge(1)
        return failed

    def solution(self) -> tuple[Solution, Scored]:
        """The present solution with its score.

        Raises
        ------
        OrderError
            When there is none yet.
        """
        return self.state.present()

    def candidate(
        self,
        solution: Solution,
        label: str,
        reason: str,
        phase: str,
        *,
        parent: Solution | None = None,
        block: str | None = None,
        author: Author = "planner",
    ) -> Candidate:
        """Put a solution up for evaluation."""
        return Candidate(solution, label, None if parent is None else parent.id, author, reason, phase, block)
