"""Workflow: the seven phases over one task; nothing else."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.attempts.state import State
from mlestar_jupyter.core.budget import parse_duration
from mlestar_jupyter.core.candidate import Author
from mlestar_jupyter.core.evaluation import Evaluation, is_no_failure, is_scored
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.events import Listener
from mlestar_jupyter.core.executor import Limits
from mlestar_jupyter.core.task import Dataset
from mlestar_jupyter.decisions import adopting
from mlestar_jupyter.decisions.proposal import ProposalResult, ask, propose
from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.executors.local.executor import LocalExecutor
from mlestar_jupyter.executors.local.walls import walls
from mlestar_jupyter.phases.refinement.result import RefinementResult
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import PhaseSettings, read_settings
from mlestar_jupyter.planners.base import Planner
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.runs.again import do_all_again
from mlestar_jupyter.runs.announcing import announce, announce_dropped, announce_unchanged
from mlestar_jupyter.runs.arms import study
from mlestar_jupyter.runs.chain import Chain, Step, beginning, link_of, solution_of, undone_by_errors
from mlestar_jupyter.runs.chat_model import need_walls, open_chat, read_model
from mlestar_jupyter.runs.clock import Clock
from mlestar_jupyter.runs.final import FinalFit
from mlestar_jupyter.runs.folder import Openings, RunFolder
from mlestar_jupyter.runs.opening import open_dataset
from mlestar_jupyter.runs.record import read_run
from mlestar_jupyter.runs.steps import Steps

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.studies.attribution import StudyResult

_FIT_SHARE = 0.15
"""Share of the time limit that a single fit may take: the last one, on all rows, must fit behind the foundation."""
_MEMORY_SHARE = 0.8
_FEWEST_SAMPLED = 100


def _limits(seconds: float | None, workers: int, *, isolated: bool) -> Limits:
    """What one fit may take of the time limit and of this machine's memory."""
    memory = _MEMORY_SHARE * psutil.virtual_memory().total / 2**20 / workers
    return Limits(None if seconds is None else max(5.0, _FIT_SHARE * seconds), memory, isolated=isolated)


class Workflow(Steps):
    """One run through the phases over one task.

    Parameters
    ----------
    dataset : str, Path or DataFrame
        csv, tsv, parquet, feather or jsonl (also compressed), or a table in memory.
    target : str
        Column to predict.
    name : str, optional
        By default the file's name.
    output : str or Path, optional
        Folder of the journal, the script, reports, model and service; by default ``mlestar_runs/NAME``.
        A folder that holds a run of the same task is taken up again: nothing is fitted twice. One process at a time
        may write to it.
    metric : str, optional
        A scikit-learn scorer's name; by default ROC AUC, log-loss or RMSE.
    problem : {"auto", "binary", "multiclass", "regression"}
    time, group : str, optional
        Columns that order and group the rows: folds and holdout respect them.
    test : float, str, Path or DataFrame
        Holdout: a share of the rows, or a table of its own; 0 for none.
    timeout : str or float, optional
        For all phases together: "10m", or seconds.
    max_agents : int, optional
        Worker processes, at most and by default the cores.
    seed : int
    sample : int, optional
        Candidates are compared on at most so many rows; by default as many as the time limit bears (see
        `core.sampling.comparable_rows`). The final model is fitted on all rows, if time allows.
    online : bool
        Whether the search asks providers on the network too; see ``docs/search.md`` for what leaves the machine.
    llm : str, optional
        A chat model as a second planner beside the recipes, ``"PROVIDER:MODEL"``; see ``docs/models.md``.
    llm_url : str, optional
        Of a server of one's own.
    llm_price : str or tuple of float, optional
        US dollars for a million tokens sent and for a million answered: ``"0.25,2"``.
    max_cost : float, optional
        US dollars that the chat model may cost; after that the recipes go on alone.
    share_rows : int
        How many rows of the table the chat model is shown; by default it sees schema and statistics.
    unsandboxed : bool
        Whether to run what the chat model writes where this machine lacks walls for it; see ``docs/safety.md``.
    refit : bool
        Whether phases run anew in a folder whose run was made by another version; its record stays.

    Raises
    ------
    DataError, SettingError, OutputError, MissingExtraError, ExecutionError
        In one line that says how to mend it.
    """

    def __init__(
        self,
        dataset: str | Path | pd.DataFrame,
        target: str,
        *,
        name: str | None = None,
        output: str | Path | None = None,
        metric: str | None = None,
        problem: str = "auto",
        time: str | None = None,
        group: str | None = None,
        test: float | str | Path | pd.DataFrame = 0.2,
        timeout: str | float | None = None,
        max_agents: int | None = None,
        seed: int = 0,
        sample: int | None = None,
        online: bool = False,
        llm: str | None = None,
        llm_url: str | None = None,
        llm_price: str | tuple[float, float] | None = None,
        max_cost: float | None = None,
        share_rows: int = 0,
        unsandboxed: bool = False,
        refit: bool = False,
    ) -> None:
        if sample is not None and sample < _FEWEST_SAMPLED:
            raise SettingError(f"sample is {sample}.", mend=f"Give {_FEWEST_SAMPLED} rows or more, or leave it out.")
        if max_agents is not None and max_agents < 1:
            raise SettingError(f"max_agents is {max_agents}.", mend="Give 1 or more, or leave it out for all cores.")
        self.online = online
        self.llm = read_model(
            llm, url=llm_url, price=llm_price, max_cost=max_cost, share_rows=share_rows, unsandboxed=unsandboxed
        )
        if self.llm is not None:
            need_walls(walls(), unsandboxed=unsandboxed)
        seconds = None if timeout is None else parse_duration(timeout)
        self._openings = Openings()
        self._executor = LocalExecutor(max_agents)
        self._executor.warm_up()  # while the table is read
        with ExitStack() as on_error:
            on_error.callback(self._executor.close)
            opened = open_dataset(
                dataset, target, test=test, timeout=seconds, sample=sample, problem=problem, metric=metric, time=time,
                group=group, seed=seed, on_open=self._openings,
            )  # fmt: skip
            self.dataset: Dataset = opened.dataset
            self._source, self._test = opened.source, opened.test
            self._clock = Clock(seconds, reading=opened.seconds)
            self.name = name or Path(self._source.name or "table").name.partition(".")[0]
            self.output = Path(output) if output is not None else Path("mlestar_runs") / self.name
            self.start_arguments: dict[str, Any] = {
                "dataset": self._source.path, "target": target, "name": name,
                "output": None if output is None else str(output), "metric": metric, "problem": problem, "time": time,
                "group": group, "test": test if isinstance(test, (int, float, str, Path)) else None,
                "timeout": timeout, "max_agents": max_agents, "seed": seed, "sample": sample,
                "online": online, "llm": llm, "llm_url": llm_url, "llm_price": llm_price, "max_cost": max_cost,
                "share_rows": share_rows, "unsandboxed": unsandboxed,
            }  # fmt: skip
            self.began = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._folder = RunFolder(self.output)
            on_error.callback(self._folder.close)
            self.journal = self._openings.journal = self._folder.journal
            self._listeners: list[Listener] = []
            self._evaluations: dict[tuple[str, str, str | None], Evaluation] = {}
            self._chat = open_chat(self.llm, self.journal, self.dataset, emit=self.emit)
            self.planner: Planner = RecipePlanner() if self._chat is None else self._chat.planner
            self._folder.claim(self.task, self.start_arguments, refit=refit)
            self._chain = Chain(self.journal, beginning(self.task, [online, self.llm and self.llm.decides]))
            on_error.pop_all()
        limits = _limits(seconds, self._executor.workers, isolated=self.llm is not None)
        self.evaluator = Evaluator(self.dataset, self._executor, self.journal, self.output / "fitted", limits)
        self.evaluator.emit = self.emit
        self._state = State()
        self._final = FinalFit(self.dataset, self.journal, self._state, self._clock, self.workers)
        self._authors: dict[str, dict[str, Author]] = {}
        self._latest: dict[str, Result] = {}
        self._resuming = self._is_replay = False
        self.defaults: dict[str, dict[str, Any]] = {}

    # --- the phases -----------------------------------------------------------------------------------------------

    def search(self, **settings: Any) -> Result:
        """Find approaches that fit the task, with their evidence."""
        return self.run_phase("search", self._settings("search", settings))

    def foundation(self, **settings: Any) -> Result:
        """Look at the data, compare baselines, choose the first solution."""
        return self.run_phase("foundation", self._settings("foundation", settings))

    def ablation(self, **settings: Any) -> Result:
        """Measure which block matters."""
        return self.run_phase("ablation", self._settings("ablation", settings))

    def refinement(self, **settings: Any) -> Result:
        """Improve the blocks that matter."""
        return self.run_phase("refinement", self._settings("refinement", settings))

    def ensemble(self, **settings: Any) -> Result:
        """Combine the best solutions."""
        return self.run_phase("ensemble", self._settings("ensemble", settings))

    def validation(self, **settings: Any) -> Result:
        """Open the holdout, run the checks, evaluate the quality gates."""
        return self.run_phase("validation", self._settings("validation", settings))

    def deployment(self, **settings: Any) -> Result:
        """Build the service, start it, and compare its answers."""
        return self.run_phase("deployment", self._settings("deployment", settings))

    def run(self, until: str | None = None) -> Result:
        """Run all phases that have not run, or are out of date, up to `until`; the time limit is shared out among them.

        What the human decided after a phase stays: only a verdict or a service of another solution is made again.
        """
        if until is not None and until not in PHASES:
            raise unknown("phase", until, PHASES)
        result: Result | None = None
        self._clock.begin()
        for name in PHASES:
            known = self._state.results.get(name)
            if known is not None and (not PHASES[name].is_verdict or self.is_current(name)):
                result = known
            else:
                result = self.run_phase(name, self._settings(name, {}), until=until)
            if name == until:
                break
        assert result is not None
        if self.has_solution:
            _ = self.model
        self._clock.end()
        return result

    def _settings(self, name: str, given: dict[str, Any]) -> PhaseSettings:
        return read_settings(PHASES[name].settings, self.defaults.get(name, {}) | given)

    def run_phase(self, name: str, settings: PhaseSettings | None = None, *, until: str | None = None) -> Result:
        """Run one phase, or replay it when it is on record at this place.

        A phase that runs again begins where it began before, and what followed it is out of date; where the human has
        decided something since, it comes after that.

        Raises
        ------
        OrderError
            When the phase that it needs has not run.
        OutputError
            When the run was made by another version.
        """
        if name not in PHASES:
            raise unknown("phase", name, PHASES)
        settings = settings or self._settings(name, {})
        step = Step("phase", name, asdict(settings))
        known = self._state.results.get(name)
        self._restoring = known is not None and known.replaced
        if known is not None and self._chain.unchanged(step) and not self._restoring:
            result = known
            result.replayed = self._is_replay = True
            announce_unchanged(self, result)
            self._write_files()
            return result
        self._check_order(PHASES[name])
        self._check_maker()
        with undone_by_errors(self._chain, self._state):
            announce_dropped(self, name, self._chain.dropped_by(name))
            self._chain.rewind(name, self._state)
            earlier, token = self._state.copy(), step.after(self._chain.token)
            link = self.journal.link(token)
            self._is_replay = link is not None
            announce(self, step, link)
            result, spent, elapsed = self._execute(step, settings, until, link)
            result.replayed, result.left = self._is_replay, self._state.score
            result.about = solution_of(step, self._state)
            self._state.results[name] = result
            link = link or replace(
                link_of(step, self._chain.token, self._state, result), evaluations=spent, seconds=elapsed
            )
            self._go_on(link, earlier)
        self._latest[name], result.asked = result, link.asked
        self._clock.spent += link.seconds
        self._write_files()
        return result

    def study(self, seeds: int = 3, fits: int = 400) -> StudyResult:
        """Spend the same fits in four ways (targeted, a random block, all blocks at once, none) and compare the gains.

        Only rows outside of the holdout take part: a quarter of them, others for each seed, is held out to judge.
        The runs stand below ``study`` in the output folder; a study that was stopped goes on.
        """
        return study(self, seeds, fits)

    # --- the human ------------------------------------------------------------------------------------------------

    def adopt(self, block: str, source: str) -> Evaluation:
        """Take a human's source for a block: check it, score it, and use it from then on when it can be scored.

        Raises
        ------
        BlockError
            When the source breaks the block's contract; the earlier block stays in use.
        """
        step = Step("adopt", block, {"source": source})
        return self._decide(step, lambda context: adopting.adopt(context, block, source), is_scored)

    def checkout(self, prefix: str) -> Evaluation:
        """Make an earlier candidate the solution.

        Raises
        ------
        SettingError
            When there is no such candidate, or it failed.
        """
        found = self.find(prefix)
        step = Step("checkout", found.candidate.id)
        if self._chain.repeats(step):
            return self._as_it_is()
        return self._decide(step, lambda context: adopting.checkout(context, found), is_scored)

    def propose(self, block: str, notes: str = "") -> ProposalResult:
        """Ask the planner for one more variant of a block, and measure it; nothing is adopted.

        Raises
        ------
        SettingError
            When there is no such block to refine.
        """
        self._enter("propose", replaying=self._resuming)
        refinement = self._state.results.get("refinement")
        known = refinement.attempts if isinstance(refinement, RefinementResult) else []
        step = Step("propose", block, {"notes": notes})
        earlier = [*known, *self._state.proposals]
        return self._decide(step, lambda context: propose(context, block, earlier, notes), self._is_new)

    def ask(self, block: str, words: str) -> ProposalResult:
        """Have the chat model do to a block what `words` say, and measure it; nothing is adopted.

        Raises
        ------
        SettingError
            When there is no chat model, no such block to refine, or no instruction.
        """
        self._enter("ask", replaying=self._resuming)
        return self._decide(
            Step("ask", block, {"words": words}), lambda context: ask(context, block, words), self._is_new
        )

    def _is_new(self, result: ProposalResult) -> bool:
        """Whether something was proposed that was not proposed before; it waits for the human from then on."""
        attempt = result.attempt
        waiting = {(a.proposal.block, a.evaluation.candidate.id) for a in self._state.proposals}
        if attempt is None or (attempt.proposal.block, attempt.evaluation.candidate.id) in waiting:
            return False
        self._state.proposals.append(attempt)
        return True

    def accept(self, prefix: str) -> Evaluation:
        """Use an attempt's block from now on, on top of what was kept since it was made.

        Raises
        ------
        SettingError
            When there is no such attempt, it failed, or it is no change of one block.
        """
        found = self.find(prefix)
        step = Step("accept", found.candidate.id)
        if self._chain.repeats(step):
            return self._as_it_is()
        return self._decide(step, lambda context: adopting.accept(context, found), is_scored)

    def reject(self, prefix: str) -> Evaluation | None:
        """Do without an attempt; where its block was in use, the one before it comes back (else None).

        Raises
        ------
        SettingError
            When there is no such attempt, or it failed.
        """
        found = self.find(prefix)
        step = Step("reject", found.candidate.id)
        if self._chain.repeats(step):
            self._as_it_is()
            return None
        return self._decide(step, lambda context: adopting.reject(context, found), is_no_failure)

    # --- the record -----------------------------------------------------------------------------------------------

    def on_record(self, kind: str, name: str) -> bool:
        """Whether a decision was made before: a notebook that is run again decides the same again."""
        return any((link.kind, link.name) == (kind, name) for link in self.journal.links())

    @classmethod
    def resume(cls, folder: str | Path, dataset: str | Path | pd.DataFrame | None = None) -> Workflow:
        """Take up a run from its folder: its phases and edits are done again from the journal, without a new fit.

        Parameters
        ----------
        dataset : str, Path or DataFrame, optional
            Needed when the run began with a table in memory, or its file has moved.

        Raises
        ------
        OutputError
            When the folder holds no run.
        """
        table, arguments = read_run(Path(folder), dataset)
        workflow = cls(table, **arguments)
        try:
            do_all_again(workflow)
        except BaseException:
            workflow.close()
            raise
        return workflow

    @classmethod
    def from_config(cls, path: str | Path) -> Workflow:
        """Make a workflow from a YAML or JSON configuration; see `config.read_config`."""
        from mlestar_jupyter.config import read_config

        config = read_config(path)
        workflow = cls(**config.arguments)
        workflow.defaults = config.settings
        return workflow

    def close(self) -> None:
        """Stop the workers, close the journal and let others write to the run's folder."""
        self._executor.close()
        self._folder.close()
