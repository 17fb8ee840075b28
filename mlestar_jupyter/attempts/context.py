"""What a phase gets and gives back."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from types import CodeType, MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.candidate import Author, Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.events import Listener
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.journal_errors import damaged
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import corrected_interval
from mlestar_jupyter.core.task import Dataset, Rows
from mlestar_jupyter.data.reading import TableSource
from mlestar_jupyter.display.view import Viewed
from mlestar_jupyter.errors import OrderError
from mlestar_jupyter.online.providers import Online
from mlestar_jupyter.planners.base import Attempt, Planner

if TYPE_CHECKING:
    import pandas as pd
    from _typeshed import DataclassInstance

_MARGIN = 1.2  # other blocks take longer at times, and the last fold of a candidate leaves workers idle
M = TypeVar("M", bound="DataclassInstance")


class Result(Viewed):
    """What a phase found.

    A result has ``table`` (a DataFrame) and ``view()``; the rest has defaults here.
    """

    phase: ClassVar[str] = ""
    table: pd.DataFrame
    blocks: tuple[str, ...] = ()
    """Blocks of the solution that the phase made or changed."""
    about: str | None = None
    """Id of the solution that it is about; None for what is about the data alone."""
    failed: bool = False
    """Whether its verdict is negative."""
    asked: Mapping[str, Any] = MappingProxyType({})
    """Settings with which it ran."""
    replaced: bool = False
    """Whether what it left on disk has been replaced by that of another solution."""
    replayed: bool = False
    """Whether it came from the journal, without a new fit."""
    left: Scored | None = None
    """The solution with which the phase ended."""
    took_over: tuple[str, ...] = ()
    """Later phases whose time it used, as it was too short for them."""

    @property
    def summary(self) -> str:
        """One sentence: what came of it. Asked for every second while a later phase runs, so it should draw nothing."""
        return self.view().summary

    @property
    def suggested(self) -> dict[str, object]:
        """Settings to spell out in the next phase's cell."""
        return {}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        return {"phase": self.phase, "table": self.table.to_dict(orient="records")}


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

    def copy(self) -> State:
        """The same, to come back to: what a later step adds is not in it."""
        return replace(
            self, members=list(self.members), results=dict(self.results), proposals=list(self.proposals),
            checkouts=list(self.checkouts),
        )  # fmt: skip

    def become(self, other: State) -> None:
        """Take over what another state holds: who holds this one goes on with it."""
        for one in fields(State):
            setattr(self, one.name, getattr(other, one.name))


@dataclass(frozen=True)
class Count:
    """How many there was time for: a replay, which is not timed, makes as many."""

    value: int


class Measurements:
    """What is measured under a link: each place of the code that measures has its own key, none is written by hand.

    Parameters
    ----------
    journal : Journal
    token : str
        Of the link.
    """

    def __init__(self, journal: Journal, token: str) -> None:
        self._journal = journal
        self.token = token
        self._times: Counter[str] = Counter()

    def slot(self, kind: type[M], code: CodeType, line: int) -> Slot[M]:
        """What is measured next at a place: as on record, or still to be kept."""
        place = f"{Path(code.co_filename).stem}.{code.co_qualname} {line - code.co_firstlineno} {kind.__name__}"
        self._times[place] += 1
        return Slot(self._journal, self.token, f"{place} {self._times[place]}", kind)


class Slot(Generic[M]):
    """One measurement: `value` is None until it has been kept, in this run or an earlier one."""

    def __init__(self, journal: Journal, token: str, place: str, kind: type[M]) -> None:
        self._journal, self._token, self._place = journal, token, place
        known = journal.measurement(token, place)
        self.value: M | None = None
        if known is not None:
            try:
                self.value = kind(**known)
            except TypeError as error:
                raise damaged(journal.path, f"{place} is no {kind.__name__}") from error

    def keep(self, value: M) -> M:
        """Put the value on record; one that is there stays."""
        if self.value is None:
            self._journal.add_measurement(self._token, self._place, asdict(value))
            self.value = value
        return self.value


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
    """Kept apart from the budget for the final fit."""
    online: Online | None = None
    """The way out to search providers; None where the run is not online."""
    later: Mapping[str, float] = field(default_factory=dict)
    """Seconds that each phase after this one is to get; empty without a time limit."""
    final: Callable[[], Rows] | None = None
    """Says which rows the present solution is fitted on in the end, where the table is too large for all."""
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
        return self.measurements.slot(kind, caller.f_code, caller.f_lineno)

    def unfit(self, failed: Failed) -> Failed:
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
        if self.state.solution is None or self.state.score is None:
            raise OrderError("There is no solution yet.", mend="Run %%mlestar foundation first.")
        return self.state.solution, self.state.score

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


def comparison_table(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    """Compare evaluations in a table, in their order; the failed ones say why."""
    import pandas as pd

    rows = []
    for evaluation in evaluations:
        candidate = evaluation.candidate
        row: dict[str, object] = {"candidate": candidate.label, "id": candidate.id}
        if isinstance(evaluation, Failed):
            row |= {
                "score": None,
                "low": None,
                "high": None,
                "fit s": None,
                "why": f"{evaluation.verdict}: {evaluation.reason}",
            }
        else:
            low, high = corrected_interval(evaluation.fold_scores, evaluation.n_train, evaluation.n_test)
            row |= {"score": evaluation.score, "low": low, "high": high, "fit s": round(evaluation.fit_seconds, 2)}
            row["why"] = candidate.reason
        rows.append(row)
    columns = ["candidate", "id", "score", "low", "high", "fit s", "why"]
    return pd.DataFrame(rows, columns=columns).astype({"score": float, "low": float, "high": float, "fit s": float})
