"""Where a run stands: all that can be read of it, and the files that tell it. Nothing here changes the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.attempts.context import Result, State
from mlestar_jupyter.core.blocks import with_marker
from mlestar_jupyter.core.candidate import Author
from mlestar_jupyter.core.evaluation import Evaluation, Scored
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.events import Evaluated, Event, Listener, Note
from mlestar_jupyter.core.executors.base import Executor
from mlestar_jupyter.core.files import is_unedited, sealed, write_text
from mlestar_jupyter.core.journal import Journal, Link, RecordedEvaluation
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Dataset, Task
from mlestar_jupyter.data.reading import TableSource
from mlestar_jupyter.errors import OrderError, OutputError, SettingError
from mlestar_jupyter.phases.deployment.run import DeploymentResult
from mlestar_jupyter.phases.registry import JUDGING, PHASES, Phase
from mlestar_jupyter.planners.base import Attempt
from mlestar_jupyter.problems.source import preparation_code, solution_script
from mlestar_jupyter.reports.document import reported_about
from mlestar_jupyter.runs import files
from mlestar_jupyter.runs.authors import block_authors, kernel_note
from mlestar_jupyter.runs.chain import Chain
from mlestar_jupyter.runs.chat_model import ChatModel, ModelSettings
from mlestar_jupyter.runs.clock import Clock
from mlestar_jupyter.runs.final import FinalFit
from mlestar_jupyter.runs.folder import Openings, RunFolder
from mlestar_jupyter.runs.states import PhaseState, StateName

if TYPE_CHECKING:
    from mlestar_jupyter.display.view import Viewed


class Standing:
    """What there is of a run; `Workflow` adds what is done in it."""

    name: str
    began: str
    """When this session began: what was recorded before is replayed."""
    output: Path
    online: bool
    llm: ModelSettings | None
    start_arguments: dict[str, Any]
    defaults: dict[str, dict[str, Any]]
    dataset: Dataset
    journal: Journal
    evaluator: Evaluator
    _source: TableSource
    _test: float | TableSource
    _executor: Executor
    _clock: Clock
    _chain: Chain
    _folder: RunFolder
    _latest: dict[str, Result]
    _resuming: bool
    _is_replay: bool
    _restoring: bool = False
    """Whether a phase runs again since what it left on disk was replaced."""
    _state: State
    _final: FinalFit
    _openings: Openings
    _listeners: list[Listener]
    _evaluations: dict[tuple[str, str, str | None], Evaluation]
    _chat: ChatModel | None
    _authors: dict[str, dict[str, Author]]
    _told_of_kernel: frozenset[str] = frozenset()

    @property
    def task(self) -> Task:
        """The task."""
        return self.dataset.task

    @property
    def taken_up(self) -> bool:
        """Whether the folder held a run of the same task already."""
        return self._folder.is_known

    @property
    def made_by(self) -> str | None:
        """Version that made the run, where this one does not go on with it by itself."""
        return self._folder.made_by

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader should know of how the run was found."""
        return self._folder.notices

    @property
    def timeout(self) -> float | None:
        """Seconds for all phases together; None without a limit."""
        return self._clock.timeout

    @property
    def solution(self) -> Solution:
        """The best solution so far, or the one that the human chose."""
        return self._need(self._state.solution)

    @property
    def score(self) -> Scored:
        """The evaluation of `solution`."""
        return self._need(self._state.score)

    def _need(self, value: Any) -> Any:
        if value is None:
            self._check_recorded("foundation", "There is no solution yet")
            raise OrderError("There is no solution yet.", mend="Run %%mlestar foundation first.")
        return value

    @property
    def model(self) -> FittedModel:
        """The solution fitted on all development rows, or on all rows after deployment; takes raw rows."""
        deployed = self._state.results.get("deployment")
        if isinstance(deployed, DeploymentResult) and deployed.fit_id == self.solution.fit_id:
            return deployed.model
        self._tell_of_kernel()
        return self.evaluator.fit(self.solution, self._final.rows())

    @property
    def price(self) -> tuple[float, float] | None:
        """US dollars for a million tokens sent and answered; None without a chat model, or where it is not known."""
        return None if self._chat is None else self._chat.ledger.price_of(self._chat.settings.model)

    @property
    def block_authors(self) -> dict[str, Author]:
        """Who wrote each block of the solution: planner, model or human."""
        return self.authors_of(self.solution) | dict.fromkeys(self.edited_blocks, "human")

    def authors_of(self, solution: Solution) -> dict[str, Author]:
        """Who first wrote each block of a solution; without a chat model all counts as the planner's."""
        if self.llm is None:
            return dict.fromkeys(solution.blocks, "planner")
        if solution.id not in self._authors:
            self._authors[solution.id] = block_authors(solution, self.journal.candidates())
        return self._authors[solution.id]

    def _enter(self, phase: str, *, replaying: bool = False) -> None:
        """Tell the chat model's account what it is asked for from now on."""
        if self._chat is not None:
            self._chat.enter(phase, replaying=replaying)

    def _tell_of_kernel(self) -> None:
        """Say once which blocks of the chat model run from now on in this process, when somebody listens."""
        if self.llm is None or self._state.solution is None or not self._listeners:
            return
        written = frozenset(b for b, author in self.block_authors.items() if author == "model")
        if written - self._told_of_kernel:
            self._told_of_kernel |= written
            self.emit(Note("", kernel_note(sorted(written))))

    @property
    def has_solution(self) -> bool:
        """Whether there is a solution yet."""
        return self._state.solution is not None

    @property
    def workers(self) -> int:
        """Worker processes."""
        return self._executor.workers

    @property
    def results(self) -> dict[str, Result]:
        """The latest results by phase, in the order of the phases; some may be out of date (see `phase_states`)."""
        return {name: self._latest[name] for name in PHASES if name in self._latest}

    def is_current(self, name: str) -> bool:
        """Whether what a phase found is about the present solution, or about one that later phases went on from."""
        present, result = self._state.solution, self._state.results.get(name)
        if result is None or result.replaced:
            return False
        return self._chain.is_current(name, None if present is None else present.id)

    def _check_order(self, phase: Phase) -> None:
        """Refuse a phase before the one that it needs."""
        if phase.after is None or phase.after in self._state.results:
            return
        self._check_recorded(phase.after, f"{phase.name} needs {phase.after}")
        raise OrderError(
            f"{phase.name} needs {phase.after}, which has not run.", mend=f"Run %%mlestar {phase.after} first."
        )

    def _check_recorded(self, name: str, problem: str) -> None:
        """Say where a phase that is needed is on record, and was not replayed yet."""
        if self.made_by is None and self.phase_states()[name].state == "recorded":
            raise OrderError(
                f"{problem}: {name} is on record and was not replayed in this session.",
                mend=f"Run its cell, %%mlestar {name}: it replays without a fit.",
            )

    def _check_maker(self) -> None:
        """Begin no fit by itself where a run was made by another version."""
        if self.made_by is not None:
            raise OutputError(
                f"The run in {self.output} was made by version {self.made_by} with other code or libraries, which may "
                "give other figures.",
                mend="Its figures stay readable (%mlestar status, tree, show); to fit anew, add --refit to the start "
                "line, or choose another --output folder.",
            )

    def phase_states(self) -> dict[str, PhaseState]:
        """How each phase stands: to do, on record, done, not ready or out of date."""
        links = self._chain.recorded() if self.made_by is None else self.journal.links()
        recorded = {link.name: link for link in links if link.kind == "phase"}
        return {name: self._phase_state(name, recorded.get(name)) for name in PHASES}

    def _phase_state(self, name: str, recorded: Link | None) -> PhaseState:
        result = self._latest.get(name)
        if result is not None:
            current = self.is_current(name)
            state: StateName = "out of date" if not current else "failed" if result.failed else "done"
            return PhaseState(name, state, result.summary, result.about)
        if recorded is None:
            return PhaseState(name, "to do", PHASES[name].summary)
        made = "" if self.made_by is None else f"Made by version {self.made_by}. "
        return PhaseState(name, "recorded", made + (recorded.summary or PHASES[name].summary), recorded.about)

    @property
    def has_other_record(self) -> bool:
        """Whether all that is on record was made with other start options, such as another chat model."""
        return bool(self.journal.links()) and not self._chain.recorded()

    def recorded_next(self) -> Link | None:
        """What comes next on record; None where the record ends here."""
        return self._chain.recorded_next()

    def recorded_after(self) -> list[Link]:
        """What follows on record from the last step of this session."""
        return self._chain.recorded_after()

    def has_come_to(self, token: str) -> bool:
        """Whether the step with a token was the last one."""
        return self._chain.has_come_to(token)

    def recorded(self) -> list[Link]:
        """What was done, as far as it is on record, in an order in which it can be done again."""
        return self._chain.recorded()

    def recorded_candidates(self) -> list[RecordedEvaluation]:
        """Evaluations that are on record and were not replayed in this session, in order."""
        known = {e.candidate.id for e in self.candidates()}
        found = {e.candidate.id: e for e in reversed(self.journal.evaluations()) if e.candidate.phase != "confirmation"}
        return [e for e in reversed(found.values()) if e.candidate.id not in known]

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """Settings of each phase in `results`."""
        return {name: dict(result.asked) for name, result in self.results.items()}

    @property
    def holdout_openings(self) -> int:
        """How often the sealed rows were looked at, whatever solution was scored on them."""
        return len(self.journal.events("holdout opened"))

    @property
    def baseline(self) -> Scored | None:
        """The trivial baseline."""
        return self._state.baseline

    @property
    def seconds_spent(self) -> float:
        """Seconds that the phases took, replays counted as they were when they ran."""
        return self._clock.spent

    @property
    def seconds_ahead(self) -> dict[str, float] | None:
        """Seconds that each phase which has not run may take, were the first of them run now; None without a limit."""
        done = self._state.results
        first = next((name for name in PHASES if name not in done), None)
        return {} if first is None else self._shares(first, None)

    def _shares(self, name: str, until: str | None) -> dict[str, float] | None:
        """Share out the time left among a phase and those that follow."""
        results = self._state.results
        taken_over = {n for phase, result in results.items() if phase != name for n in result.took_over}
        return self._clock.shares(name, until, results, self._final.seconds(), taken_over)

    def candidates(self) -> list[Evaluation]:
        """All evaluations of this session, in order."""
        return list(self._evaluations.values())

    @property
    def proposals(self) -> tuple[Attempt, ...]:
        """Variants that the human asked for one by one, in order."""
        return tuple(self._state.proposals)

    @property
    def checkouts(self) -> tuple[str, ...]:
        """Ids of the candidates that the human went back to, in order."""
        return tuple(self._state.checkouts)

    def find(self, prefix: str) -> Evaluation:
        """Find an evaluation by the beginning of its candidate's id, the latest of equals.

        Raises
        ------
        SettingError
            When there is none, or more than one candidate fits.
        """
        found = [e for e in self.candidates() if e.candidate.id.startswith(prefix)]
        ids = sorted({e.candidate.id for e in found})
        if not ids:
            found, ids = self._find_recorded(prefix)
        if not ids:
            raise SettingError(f"There is no candidate {prefix!r}.", mend="%mlestar tree lists those that there are.")
        if len(ids) > 1:
            raise SettingError(f"{prefix!r} fits {len(ids)} candidates: {', '.join(ids)}.", mend="Give more of the id.")
        return found[-1]

    def _find_recorded(self, prefix: str) -> tuple[list[Evaluation], list[str]]:
        """Candidates of an earlier session, or of steps that were left since, scored from the fits on record.

        Raises
        ------
        SettingError
            When the one that fits cannot be scored without a fit.
        """
        recorded = [e.candidate for e in self.recorded_candidates() if e.candidate.id.startswith(prefix)]
        ids = sorted({c.id for c in recorded})
        if len(ids) != 1:
            return [], ids
        if recorded[0].solution.members or self.evaluator.missing_fits(recorded[0].solution):
            raise SettingError(
                f"The candidate {prefix!r} is of an earlier session, and cannot be scored from the fits on record.",
                mend="Run the cell that made it; %mlestar show shows what is on record.",
            )
        return self.evaluator.evaluate(recorded[:1], at_least=1), ids

    def diff(self, first: str, second: str) -> str:
        """Unified diff between two candidates' blocks."""
        return self.find(first).candidate.solution.diff(self.find(second).candidate.solution)

    def plan(self) -> Viewed:
        """What each phase will evaluate, and about how long it takes."""
        from mlestar_jupyter.reports.overview import plan

        return plan(self)

    def status(self) -> Viewed:
        """Where the workflow stands."""
        from mlestar_jupyter.reports.overview import status

        return status(self)

    def tree(self) -> Viewed:
        """All candidates by what they were made from."""
        from mlestar_jupyter.reports.candidates import tree

        return tree(self)

    def calls(self) -> Viewed:
        """Every call of the chat model: role, tokens, money, seconds; each unfolds to prompt and reply."""
        from mlestar_jupyter.reports.calls import calls

        return calls(self)

    def show(self, prefix: str) -> Viewed:
        """One candidate: its blocks, scores, origin."""
        from mlestar_jupyter.reports.candidates import show

        return show(self, prefix)

    @property
    def fitted_rows(self) -> int:
        """How many rows `model` is fitted on: all outside of the holdout, or as many as the time left bore."""
        return len(self._final.rows())

    @property
    def edited_blocks(self) -> frozenset[str]:
        """Blocks of the solution whose source is the human's."""
        if self._state.solution is None:
            return frozenset()
        blocks = self._state.solution.blocks
        return frozenset(b for b, source in self._chain.edits().items() if blocks.get(b) == with_marker(b, source))

    # --- what it writes -------------------------------------------------------------------------------------------

    def report(self) -> Path:
        """Write ``report.html`` and ``report.json``; returns the path of the first."""
        self.journal.check_open()
        return files.report(self)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Do again what is on record without writing a file."""
        self._resuming = True
        try:
            yield
        finally:
            self._resuming = False

    def _may_write(self, path: Path, phase: str, holds_other: Callable[[], bool]) -> bool:
        """Whether a phase is to write a file: what is done again writes one that is missing or of another solution.

        A service that the record builds again later is left to that, since a final fit stands behind it.
        """
        if self._resuming or not self._is_replay:
            return not self._resuming
        is_left = phase == "deployment" and not self._restoring and self._chain.goes_on(self._openings.token, phase)
        return not path.exists() or (not is_left and holds_other())

    def _write_files(self) -> None:
        """Write the script, and the report where there is one or a verdict; what is done again mends what is false."""
        if self._state.solution is None or self._resuming:
            return
        script, report, text = self.output / "solution.py", self.output / "report.json", self._script()
        if not self._is_replay or not script.exists() or (is_unedited(script) and script.read_text("utf-8") != text):
            write_text(script, text)
        is_judged = any(name in self._state.results for name in JUDGING)
        if self._is_replay:
            identifier, phases = reported_about(report) or ("", {})
            is_false = is_judged and (identifier != self.solution.id or not self._about().items() <= phases.items())
        else:
            is_false = is_judged or report.exists()
        if is_false:
            self.report()

    def _about(self) -> dict[str, tuple[object, object]]:
        """Which solution each result is about, and whether that is the present one."""
        return {name: (result.about, self.is_current(name)) for name, result in self.results.items()}

    def export(self, path: str | Path | None = None, format: str = "py") -> Path:  # noqa: A002 - the flag's name
        """Write the solution as a script (``py``) or the run as a notebook (``ipynb``)."""
        if path is None:
            self.journal.check_open()
        return files.export(self, path, format, self._script)

    def to_notebook(self, path: str | Path) -> Path:
        """Write the run as a notebook with its results and cells."""
        return self.export(path, "ipynb")

    def _script(self) -> str:
        preparation = preparation_code(self._source, self.task, self._test)
        return sealed(solution_script(self.solution, self.task, preparation))

    # --- events and the journal -----------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear of every event; call what is returned to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, event: Event) -> None:
        """Hand an event to all who listen."""
        if isinstance(event, Evaluated):
            candidate = event.evaluation.candidate
            if candidate.phase != "confirmation":
                self._evaluations[candidate.id, candidate.phase, candidate.parent] = event.evaluation
        for listener in list(self._listeners):
            listener(event)
