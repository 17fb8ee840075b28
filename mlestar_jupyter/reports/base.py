"""What reports read of a run: a protocol, so that they stand below what runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.core.candidate import Author
from mlestar_jupyter.core.evaluation import Evaluation, Scored
from mlestar_jupyter.core.journal import Journal, RecordedEvaluation
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.phases.more.result import MoreResult
from mlestar_jupyter.planners.base import Planner
from mlestar_jupyter.planners.llm.settings import ModelSettings
from mlestar_jupyter.reports.states import PhaseState


class RunRecord(Protocol):
    """What can be read of a run; `runs.standing.Standing` follows it and says what each part is."""

    @property
    def name(self) -> str:
        """The run's name."""

    @property
    def output(self) -> Path:
        """Folder of all that it writes."""

    @property
    def began(self) -> str:
        """When this session began: what was recorded before is replayed."""

    @property
    def task(self) -> Task:
        """The task."""

    @property
    def journal(self) -> Journal:
        """The record."""

    @property
    def llm(self) -> ModelSettings | None:
        """The chat model, where one takes part."""

    @property
    def price(self) -> tuple[float, float] | None:
        """US dollars for a million tokens sent and answered; None without a chat model, or where it is not known."""

    @property
    def workers(self) -> int:
        """Jobs at the same time."""

    @property
    def timeout(self) -> float | None:
        """Seconds for all phases together; None without a limit."""

    @property
    def arguments(self) -> dict[str, object]:
        """Everything that the run was started with, the table by its path: None where it was in memory."""

    @property
    def defaults(self) -> Mapping[str, Mapping[str, object]]:
        """Settings by phase that hold where nothing else is said."""

    @property
    def made_by(self) -> str | None:
        """What made the run, where the present code does not go on with it by itself."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader should know of how the run was found."""

    @property
    def has_solution(self) -> bool:
        """Whether there is a solution yet."""

    @property
    def solution(self) -> Solution:
        """The best solution so far, or the one that the human chose."""

    @property
    def score(self) -> Scored:
        """The evaluation of `solution`."""

    @property
    def results(self) -> dict[str, Result]:
        """The latest results by phase, in the order of the phases; some may be out of date (see `phase_states`)."""

    @property
    def settings(self) -> dict[str, dict[str, object]]:
        """Settings of each phase in `results`."""

    @property
    def more(self) -> Sequence[MoreResult]:
        """What came of the times that were given beyond the limit, in order."""

    def more_states(self) -> list[PhaseState]:
        """How each time that was given beyond the limit stands: done or on record."""

    @property
    def seconds_ahead(self) -> dict[str, float] | None:
        """Seconds that each phase which has not run may take, were the first of them run now; None without a limit."""

    @property
    def has_other_record(self) -> bool:
        """Whether all that is on record was made with other start options, such as another chat model."""

    @property
    def holdout_openings(self) -> int:
        """How often the sealed rows were looked at, whatever solution was scored on them."""

    @property
    def checkouts(self) -> tuple[str, ...]:
        """Ids of the candidates that the human went back to, in order."""

    @property
    def planner(self) -> Planner:
        """Who proposes."""

    def context_ahead(self, name: str, evaluations: int | None) -> Context:
        """What an estimate of a phase works with: as the phase will have it, but nothing is asked or put on record."""

    def authors_of(self, solution: Solution) -> dict[str, Author]:
        """Who first wrote each block of a solution; without a chat model all counts as the planner's."""

    def phase_states(self) -> dict[str, PhaseState]:
        """How each phase stands: to do, on record, done, not ready or out of date."""

    def candidates(self) -> list[Evaluation]:
        """All evaluations of this session, in order."""

    def recorded_candidates(self) -> list[RecordedEvaluation]:
        """Evaluations that are on record and were not replayed in this session, in order."""

    def find(self, prefix: str) -> Evaluation:
        """Find an evaluation by the beginning of its candidate's id, the latest of equals."""
