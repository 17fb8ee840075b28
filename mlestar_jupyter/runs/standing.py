"""Where a run stands: all that can be read of it. Nothing here changes the run."""

from __future__ import annotations

from pathlib import Path

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.core.blocks import with_marker
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.candidate import Author
from mlestar_jupyter.core.evaluation import Evaluation, Scored
from mlestar_jupyter.core.journal import Journal, Link, RecordedEvaluation
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import OrderError
from mlestar_jupyter.phases.deployment.result import DeploymentResult
from mlestar_jupyter.phases.more.result import MoreResult
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.planners.base import Attempt, Planner
from mlestar_jupyter.planners.llm.settings import ModelSettings
from mlestar_jupyter.reports.states import PhaseState
from mlestar_jupyter.runs.authors import Authors
from mlestar_jupyter.runs.candidates import Candidates
from mlestar_jupyter.runs.contexts import context_of
from mlestar_jupyter.runs.run import Run
from mlestar_jupyter.runs.states import more_states, phase_states


class Standing:
    """What can be read of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._candidates = Candidates(run)
        self._authors = Authors(run)

    # --- what it began with ---------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The run's name."""
        return self._run.name

    @property
    def output(self) -> Path:
        """Folder of all that it writes."""
        return self._run.output

    @property
    def began(self) -> str:
        """When this session began: what was recorded before is replayed."""
        return self._run.began

    @property
    def task(self) -> Task:
        """The task."""
        return self._run.task

    @property
    def journal(self) -> Journal:
        """The record."""
        return self._run.journal

    @property
    def llm(self) -> ModelSettings | None:
        """The chat model, where one takes part."""
        return self._run.llm

    @property
    def price(self) -> tuple[float, float] | None:
        """US dollars for a million tokens sent and answered; None without a chat model, or where it is not known."""
        return self._run.planner.price

    @property
    def workers(self) -> int:
        """Jobs at the same time."""
        return self._run.executor.workers

    @property
    def timeout(self) -> float | None:
        """Seconds for all phases together; None without a limit."""
        return self._run.clock.timeout

    @property
    def arguments(self) -> dict[str, object]:
        """Everything that the run was started with, the table by its path: None where it was in memory."""
        return self._run.arguments

    @property
    def defaults(self) -> dict[str, dict[str, object]]:
        """Settings by phase that hold where nothing else is said."""
        return self._run.defaults

    @property
    def taken_up(self) -> bool:
        """Whether the folder held a run of the same task already."""
        return self._run.folder.is_known

    @property
    def made_by(self) -> str | None:
        """Version that made the run, where this one does not go on with it by itself."""
        return self._run.folder.made_by

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader should know of how the run was found."""
        return self._run.folder.notices

    # --- the solution ---------------------------------------------------------------------------------------------

    @property
    def has_solution(self) -> bool:
        """Whether there is a solution yet."""
        return self._run.state.solution is not None

    @property
    def solution(self) -> Solution:
        """The best solution so far, or the one that the human chose."""
        return self._present()[0]

    @property
    def score(self) -> Scored:
        """The evaluation of `solution`."""
        return self._present()[1]

    def _present(self) -> tuple[Solution, Scored]:
        if not self.has_solution:
            self.check_replayed("foundation", "There is no solution yet")
        return self._run.state.present()

    def check_replayed(self, name: str, problem: str) -> None:
        """Say where a phase that is needed is on record, and was not replayed yet.

        Raises
        ------
        OrderError
        OutputError
            When other code or libraries made the run.
        """
        if self.phase_states()[name].state == "recorded":
            self._run.folder.check_maker()
            raise OrderError(
                f"{problem}: {name} is on record and was not replayed in this session.",
                mend=f"Run its cell, %%mlestar {name}: it replays without a fit.",
            )

    @property
    def model(self) -> FittedModel:
        """The solution fitted on all development rows, or on all rows after deployment; takes raw rows."""
        deployed = self._run.state.results.get("deployment")
        if isinstance(deployed, DeploymentResult) and deployed.fit_id == self.solution.fit_id:
            return deployed.model
        self.note_code_in_kernel()
        return self._run.evaluator.fits.fit_with_out_of_fold(self.solution, self.score, self._run.final.rows())

    def note_code_in_kernel(self) -> None:
        """Say once which blocks of the chat model run from now on in this process, when somebody listens."""
        if self.llm is not None and self.has_solution:
            self._authors.note_code_in_kernel(self.block_authors)

    @property
    def fitted_rows(self) -> int:
        """How many rows `model` is fitted on: all outside of the holdout, or as many as there is time for."""
        return len(self._run.final.rows())

    @property
    def block_authors(self) -> dict[str, Author]:
        """Who wrote each block of the solution: planner, model or human."""
        return self.authors_of(self.solution) | dict.fromkeys(self.edited_blocks, "human")

    def authors_of(self, solution: Solution) -> dict[str, Author]:
        """Who first wrote each block of a solution; without a chat model all counts as the planner's."""
        return self._authors.of(solution)

    @property
    def edited_blocks(self) -> frozenset[str]:
        """Blocks of the solution whose source is the human's."""
        if self._run.state.solution is None:
            return frozenset()
        blocks = self._run.state.solution.blocks
        return frozenset(b for b, source in self._run.chain.edits().items() if blocks.get(b) == with_marker(b, source))

    # --- the phases -----------------------------------------------------------------------------------------------

    @property
    def results(self) -> dict[str, Result]:
        """The latest results by phase, in the order of the phases; some may be out of date (see `phase_states`)."""
        return {name: self._run.latest[name] for name in PHASES if name in self._run.latest}

    @property
    def settings(self) -> dict[str, dict[str, object]]:
        """Settings of each phase in `results`."""
        return {name: dict(result.asked) for name, result in self.results.items()}

    def is_current(self, name: str) -> bool:
        """Whether what a phase found is about the present solution, or about one that later phases went on from."""
        present, result = self._run.state.solution, self._run.state.results.get(name)
        if result is None or result.replaced:
            return False
        return self._run.chain.is_current(name, None if present is None else present.id)

    def phase_states(self) -> dict[str, PhaseState]:
        """How each phase stands: to do, on record, done, not ready or out of date."""
        return phase_states(self._run.latest, self._links(), self.is_current, self.made_by)

    def _links(self) -> list[Link]:
        return self.recorded() if self.made_by is None else self.journal.links()

    @property
    def more(self) -> tuple[MoreResult, ...]:
        """What came of the times that were given beyond the limit, in order."""
        return tuple(one for one in self._run.state.more if isinstance(one, MoreResult))

    def more_states(self) -> list[PhaseState]:
        """How each time that was given beyond the limit stands: done or on record."""
        return more_states(self.more, self._links())

    @property
    def seconds_limit(self) -> float | None:
        """Seconds that may pass from the beginning, what was given later included; None without a limit."""
        return self._run.clock.limit

    @property
    def seconds_spent(self) -> float:
        """Seconds that the phases took, replays counted as they were when they ran."""
        return self._run.clock.spent

    @property
    def seconds_ahead(self) -> dict[str, float] | None:
        """Seconds that each phase which has not run may take, were the first of them run now; None without a limit."""
        done = self._run.state.results
        first = next((name for name in PHASES if name not in done), None)
        return {} if first is None else self.shares(first, None)

    def shares(self, name: str, until: str | None) -> dict[str, float] | None:
        """Share out the time left among a phase and those that follow, as far as `until`."""
        results, clock = self._run.state.results, self._run.clock
        users = self._run.state.more[-1:] if name in clock.again else [r for n, r in results.items() if n != name]
        taken_over = {n for result in users for n in result.took_over}
        reserved = self._run.final.seconds(clock.following(name, until, results)[1:])
        return clock.shares(name, until, results, reserved, taken_over)

    @property
    def planner(self) -> Planner:
        """Who proposes."""
        return self._run.planner

    def context_ahead(self, name: str, evaluations: int | None) -> Context:
        """What an estimate of a phase works with: as the phase will have it, but nothing is asked or put on record."""
        run, ahead = self._run, self.seconds_ahead or {}
        seconds = ahead[name] if name in ahead else (self.shares(name, None) or {}).get(name)
        return context_of(run, run.planner.without_asking(), Budget(seconds, evaluations), "")

    @property
    def has_other_record(self) -> bool:
        """Whether all that is on record was made with other start options, such as another chat model."""
        return bool(self.journal.links()) and not self.recorded()

    def recorded(self) -> list[Link]:
        """What was done, as far as it is on record, in an order in which it can be done again."""
        return self._run.chain.recorded()

    def on_record(self, kind: str, name: str) -> bool:
        """Whether a decision was made before: a notebook that is run again decides the same again."""
        return any((link.kind, link.name) == (kind, name) for link in self.journal.links())

    @property
    def holdout_openings(self) -> int:
        """How often the sealed rows were looked at, whatever solution was scored on them."""
        return len(self.journal.events("holdout opened"))

    def candidates(self) -> list[Evaluation]:
        """All evaluations of this session, in order."""
        return self._candidates.of_this_session()

    @property
    def proposals(self) -> tuple[Attempt, ...]:
        """Variants that the human asked for one by one, in order."""
        return tuple(self._run.state.proposals)

    @property
    def checkouts(self) -> tuple[str, ...]:
        """Ids of the candidates that the human went back to, in order."""
        return tuple(self._run.state.checkouts)

    def recorded_candidates(self) -> list[RecordedEvaluation]:
        """Evaluations that are on record and were not replayed in this session, in order."""
        return self._candidates.recorded()

    def find(self, prefix: str) -> Evaluation:
        """Find an evaluation by the beginning of its candidate's id, the latest of equals.

        Raises
        ------
        SettingError
            When there is none, or more than one candidate fits.
        """
        return self._candidates.find(prefix)
