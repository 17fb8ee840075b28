"""Workflow: the seven phases over one task; nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.config import Start, read_start
from mlestar_jupyter.core.evaluation import Evaluation, Scored
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.events import Listener
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Dataset, Task
from mlestar_jupyter.decisions.proposal import ProposalResult
from mlestar_jupyter.display.view import Viewed
from mlestar_jupyter.options.start import ConfigOptions, StartOptions
from mlestar_jupyter.options.values import documented, in_python
from mlestar_jupyter.phases.settings import PhaseSettings
from mlestar_jupyter.phases.validation.verdict import Verdict
from mlestar_jupyter.reports.calls import calls
from mlestar_jupyter.reports.candidates import show, tree
from mlestar_jupyter.reports.overview import status
from mlestar_jupyter.reports.plan import plan
from mlestar_jupyter.reports.states import PhaseState
from mlestar_jupyter.reports.verdict import Findings, Gates, findings, gates, verdict
from mlestar_jupyter.runs.again import do_all_again
from mlestar_jupyter.runs.arms import study
from mlestar_jupyter.runs.decisions import Decisions
from mlestar_jupyter.runs.more import give_more
from mlestar_jupyter.runs.record import read_run
from mlestar_jupyter.runs.standing import Standing
from mlestar_jupyter.runs.starting import start_run
from mlestar_jupyter.runs.steps import Steps
from mlestar_jupyter.studies.attribution import StudyResult

if TYPE_CHECKING:
    import pandas as pd


@documented
class Workflow:
    """One run through the phases over one task.

    Parameters
    ----------
    dataset : str, Path or DataFrame
        csv, tsv, parquet, feather or jsonl (also compressed), or a table in memory.
    target : str
        Column to predict.
    {options}

    Raises
    ------
    DataError, SettingError, OutputError, MissingExtraError, ExecutionError
        In one line that says how to mend it.
    """

    def __init__(self, dataset: str | Path | pd.DataFrame, target: str, **options: Unpack[StartOptions]) -> None:
        self._run = start_run(dataset, target, options)
        self._steps = Steps(self._run)
        self._decisions = Decisions(self._steps)
        self.standing: Standing = self._steps.standing
        """All that can be read of the run, beyond what is here."""

    # --- the phases -----------------------------------------------------------------------------------------------

    def search(self, **settings: object) -> Result:
        """Find approaches that fit the task, with their evidence."""
        return self._phase("search", settings)

    def foundation(self, **settings: object) -> Result:
        """Look at the data, compare baselines, choose the first solution."""
        return self._phase("foundation", settings)

    def ablation(self, **settings: object) -> Result:
        """Measure which block matters."""
        return self._phase("ablation", settings)

    def refinement(self, **settings: object) -> Result:
        """Improve the blocks that matter."""
        return self._phase("refinement", settings)

    def ensemble(self, **settings: object) -> Result:
        """Combine the best solutions."""
        return self._phase("ensemble", settings)

    def validation(self, **settings: object) -> Result:
        """Open the holdout, run the checks, evaluate the quality gates."""
        return self._phase("validation", settings)

    def deployment(self, **settings: object) -> Result:
        """Build the service, start it, and compare its answers."""
        return self._phase("deployment", settings)

    def _phase(self, name: str, settings: dict[str, object]) -> Result:
        return self._steps.run_phase(name, self._steps.settings(name, settings))

    def run(self, until: str | None = None, *, more: str | float | None = None) -> Result:
        """Run all phases that have not run, or are out of date, up to `until`; the time limit is shared out among them.

        Decisions stay; a verdict on another solution is made again. With `more="10m"` a run that has ended goes on.
        """
        return self._steps.run_all(until) if more is None else give_more(self._steps, more, until)

    def run_phase(self, name: str, settings: PhaseSettings | None = None) -> Result:
        """Run one phase, or replay it when it is on record at this place.

        A phase that runs again begins where it began before, and what followed it is out of date; where the human has
        decided something since, it comes after that.
        """
        return self._steps.run_phase(name, settings or self._steps.settings(name, {}))

    def study(self, seeds: int = 3, fits: int = 400) -> StudyResult:
        """Spend the same fits in four ways (targeted, a random block, all blocks at once, none) and compare the gains.

        Only rows outside of the holdout take part: a quarter of them, others for each seed, is held out to judge.
        The runs stand below ``study`` in the output folder; a study that was stopped goes on.
        """
        return study(self._run, seeds, fits)

    # --- the human ------------------------------------------------------------------------------------------------

    def adopt(self, block: str, source: str) -> Evaluation:
        """Take a human's source for a block: check it, score it, and use it from then on when it can be scored.

        Raises
        ------
        BlockError
            When the source breaks the block's contract; the earlier block stays in use.
        """
        return self._decisions.adopt(block, source)

    def checkout(self, prefix: str) -> Evaluation:
        """Make an earlier candidate the solution.

        Raises
        ------
        SettingError
            When there is no such candidate, or it failed.
        """
        return self._decisions.checkout(prefix)

    def propose(self, block: str, notes: str = "") -> ProposalResult:
        """Ask the planner for one more variant of a block, and measure it; nothing is adopted.

        Raises
        ------
        SettingError
            When there is no such block to refine.
        """
        return self._decisions.propose(block, notes)

    def ask(self, block: str, words: str) -> ProposalResult:
        """Have the chat model do to a block what `words` say, and measure it; nothing is adopted.

        Raises
        ------
        SettingError
            When there is no chat model, no such block to refine, or no instruction.
        """
        return self._decisions.ask(block, words)

    def accept(self, prefix: str) -> Evaluation:
        """Use an attempt's block from now on, on top of what was kept since it was made.

        Raises
        ------
        SettingError
            When there is no such attempt, it failed, or it is no change of one block.
        """
        return self._decisions.accept(prefix)

    def reject(self, prefix: str) -> Evaluation | None:
        """Do without an attempt; where its block was in use, the one before it comes back (else None).

        Raises
        ------
        SettingError
            When there is no such attempt, or it failed.
        """
        return self._decisions.reject(prefix)

    # --- what there is --------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The run's name."""
        return self._run.name

    @property
    def output(self) -> Path:
        """Folder of all that it writes."""
        return self._run.output

    @property
    def options(self) -> StartOptions:
        """Those that it was started with, and the defaults of all others."""
        return self._run.options

    @property
    def task(self) -> Task:
        """The task."""
        return self._run.task

    @property
    def dataset(self) -> Dataset:
        """The rows, with the holdout sealed."""
        return self._run.opened.dataset

    @property
    def journal(self) -> Journal:
        """The record."""
        return self._run.journal

    @property
    def evaluator(self) -> Evaluator:
        """Scores candidates on the same folds."""
        return self._run.evaluator

    @property
    def defaults(self) -> dict[str, dict[str, object]]:
        """Settings by phase that hold where nothing else is said."""
        return self._run.defaults

    @defaults.setter
    def defaults(self, settings: Mapping[str, Mapping[str, object]]) -> None:
        self._run.defaults = {name: dict(given) for name, given in settings.items()}

    @property
    def has_solution(self) -> bool:
        """Whether there is a solution yet."""
        return self.standing.has_solution

    @property
    def solution(self) -> Solution:
        """The best solution so far, or the one that the human chose."""
        return self.standing.solution

    @property
    def score(self) -> Scored:
        """The evaluation of `solution`."""
        return self.standing.score

    @property
    def model(self) -> FittedModel:
        """The solution fitted on all development rows, or on all rows after deployment; takes raw rows."""
        return self.standing.model

    @property
    def results(self) -> dict[str, Result]:
        """The latest results by phase, in the order of the phases; some may be out of date (see `phase_states`)."""
        return self.standing.results

    def phase_states(self) -> dict[str, PhaseState]:
        """How each phase stands: to do, on record, done, not ready or out of date."""
        return self.standing.phase_states()

    @property
    def verdict(self) -> Verdict:
        """Whether the present solution is ready, and what to do: ``workflow.verdict == "ready"``."""
        return verdict(self.standing)

    @property
    def gates(self) -> Gates:
        """The quality gates of the present solution, in their order; none before validation."""
        return gates(self.standing)

    @property
    def findings(self) -> Findings:
        """What the checks of the present solution found; nothing before validation."""
        return findings(self.standing)

    def candidates(self) -> list[Evaluation]:
        """All evaluations of this session, in order."""
        return self.standing.candidates()

    def find(self, prefix: str) -> Evaluation:
        """Find an evaluation by the beginning of its candidate's id, the latest of equals; see `Standing.find`."""
        return self.standing.find(prefix)

    def diff(self, first: str, second: str) -> str:
        """Unified diff between two candidates' blocks."""
        return self.find(first).candidate.solution.diff(self.find(second).candidate.solution)

    def plan(self) -> Viewed:
        """What each phase will evaluate, and about how long it takes."""
        return plan(self.standing)

    def status(self) -> Viewed:
        """Where the workflow stands."""
        return status(self.standing)

    def tree(self) -> Viewed:
        """All candidates by what they were made from."""
        return tree(self.standing)

    def calls(self) -> Viewed:
        """Every call of the chat model: role, tokens, money, seconds; each unfolds to prompt and reply."""
        return calls(self.standing)

    def show(self, prefix: str) -> Viewed:
        """One candidate: its blocks, scores, origin."""
        return show(self.standing, prefix)

    def report(self) -> Path:
        """Write ``report.html`` and ``report.json``; returns the path of the first."""
        return self._steps.files.report()

    def export(self, path: str | Path | None = None, format: str = "py") -> Path:  # noqa: A002 - the flag's name
        """Write the solution as a script (``py``) or the run as a notebook (``ipynb``)."""
        return self._steps.files.export(path, format)

    # --- beginning and end ----------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear of every event; call what is returned to stop."""
        return self._run.listeners.listen(listener)

    @classmethod
    def resume(
        cls,
        folder: str | Path,
        dataset: str | Path | pd.DataFrame | None = None,
        **options: Unpack[StartOptions],
    ) -> Workflow:
        """Take up a run from its folder: its phases and edits are done again from the journal, without a new fit.

        Parameters
        ----------
        dataset : str, Path or DataFrame, optional
            Needed when the run began with a table in memory, or its file has moved.
        **options
            Of `Workflow`, other than on record: what was in memory, or another way to run it.

        Raises
        ------
        OutputError
            When the folder holds no run.
        """
        begun = read_run(Path(folder), dataset, options)
        workflow = cls(begun.dataset, begun.target, **begun.options)
        try:
            do_all_again(workflow._steps)
        except BaseException:
            workflow.close()
            raise
        return workflow

    @classmethod
    def from_config(cls, path: str | Path, **options: Unpack[ConfigOptions]) -> Workflow:
        """Make a workflow from a YAML or JSON configuration; options given here come before those in the file."""
        return cls.begin(read_start(path, in_python(options)))

    @classmethod
    def begin(cls, start: Start) -> Workflow:
        """Make a workflow from what a line or a configuration says."""
        workflow = cls(start.dataset, start.target, **start.options)
        workflow.defaults = start.settings
        return workflow

    def close(self) -> None:
        """Stop the workers, close the journal and let others write to the run's folder."""
        self._run.close()
