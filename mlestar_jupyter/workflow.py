"""Workflow: the seven phases over one task; nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from mlestar_jupyter.core.blocks import block_hash
from mlestar_jupyter.core.budget import Budget, parse_duration
from mlestar_jupyter.core.candidate import Author
from mlestar_jupyter.core.evaluation import Evaluation, Scored
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.events import Finished, Listener, Started
from mlestar_jupyter.core.executors.base import Limits
from mlestar_jupyter.core.executors.local import LocalExecutor
from mlestar_jupyter.core.executors.walls import walls
from mlestar_jupyter.core.journal import Journal, PhaseRecord
from mlestar_jupyter.core.task import Dataset
from mlestar_jupyter.errors import OrderError, SettingError, unknown
from mlestar_jupyter.online.providers import open_online
from mlestar_jupyter.phases import decisions
from mlestar_jupyter.phases.base import Context, Result, State
from mlestar_jupyter.phases.proposal import ProposalResult, ask, propose
from mlestar_jupyter.phases.refinement_result import RefinementResult
from mlestar_jupyter.phases.settings import PHASES, PhaseSettings, read_settings
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.runs.again import do_again
from mlestar_jupyter.runs.arms import start_arm
from mlestar_jupyter.runs.chat_model import need_walls, open_chat, read_model
from mlestar_jupyter.runs.clock import Clock
from mlestar_jupyter.runs.final import FinalFit
from mlestar_jupyter.runs.opening import open_dataset
from mlestar_jupyter.runs.record import Record, phase_token, read_run
from mlestar_jupyter.runs.standing import Standing
from mlestar_jupyter.runs.states import PhaseState

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.phases.study import StudyResult

_FIT_SHARE = 0.15
"""Share of the time limit that a single fit may take: the last one, on all rows, must fit behind the foundation."""
_MEMORY_SHARE = 0.8
_FEWEST_SAMPLED = 100
_FEWEST_SEEDS = 2


@dataclass(frozen=True)
class _Done:
    """A phase that has run in this session, under which token, and its result."""

    token: str
    result: Result


class Workflow(Standing):
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
        A folder that holds a run of the same task is taken up again: nothing is fitted twice.
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
        self._executor = LocalExecutor(max_agents)
        self._executor.warm_up()  # while the table is read
        with ExitStack() as on_error:
            on_error.callback(self._executor.close)
            opened = open_dataset(
                dataset, target, test=test, timeout=seconds, sample=sample, problem=problem, metric=metric, time=time,
                group=group, seed=seed, on_open=self._opened,
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
            self.journal = Journal(self.output)
            self._record = Record(self.journal)
            self._listeners: list[Listener] = []
            self._evaluations: dict[tuple[str, str, str | None], Evaluation] = {}
            self._chat = open_chat(
                self.llm, self.journal, self.dataset, emit=self._emit, seconds_left=self._phase_seconds_left
            )
            self.taken_up = self._record.claim(self.task, self.start_arguments, self.output)
            on_error.pop_all()
        fit_limit = None if seconds is None else max(5.0, _FIT_SHARE * seconds)
        memory = _MEMORY_SHARE * psutil.virtual_memory().total / 2**20 / self._executor.workers
        self.evaluator = Evaluator(
            self.dataset, self._executor, self.journal, self.output / "model",
            Limits(fit_limit, memory, isolated=self.llm is not None),
        )  # fmt: skip
        self.evaluator.emit = self._emit
        self._state = State()
        self._final = FinalFit(self.dataset, self.journal, self._state, self._clock, self.workers)
        self._edits: dict[str, str] = {}
        self._authors: dict[str, dict[str, Author]] = {}
        self._done: dict[str, _Done] = {}
        self.defaults: dict[str, dict[str, Any]] = {}

    def _phase_seconds_left(self) -> float | None:
        return self.evaluator.budget.seconds_left()

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
        """Open the holdout, run the checks, hold the gates."""
        return self.run_phase("validation", self._settings("validation", settings))

    def deployment(self, **settings: Any) -> Result:
        """Build the service, start it, and compare its answers."""
        return self.run_phase("deployment", self._settings("deployment", settings))

    def run(self, until: str | None = None) -> Result:
        """Run all phases that have not run, up to and including `until`; the time limit is shared out among them."""
        if until is not None and until not in PHASES:
            raise unknown("phase", until, PHASES)
        result: Result | None = None
        self._clock.begin()
        for name in PHASES:
            if name in self._done:
                result = self._done[name].result
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
        """Run one phase, or replay it when nothing that it depends on has changed.

        Raises
        ------
        OrderError
            When the phase that it needs has not run.
        """
        if name not in PHASES:
            raise unknown("phase", name, PHASES)
        phase = PHASES[name]
        settings = settings or self._settings(name, {})
        if phase.after is not None and phase.after not in self._done:
            raise OrderError(
                f"{name} needs {phase.after}, which has not run.", mend=f"Run %%mlestar {phase.after} first."
            )
        token = self._token(name, settings)
        done = self._done.get(name)
        if done is not None and done.token == token:
            done.result.replayed = True
            return done.result
        record = self.journal.phase(token)
        replaying = record is not None and record.complete
        self._record.replaying = replaying
        result, spent, elapsed = self._execute(name, settings, until, record, token)
        result.replayed, result.left = replaying, self._state.score
        self._done[name] = _Done(token, result)
        self._state.results[name] = result
        if not replaying:
            self.journal.add_phase(PhaseRecord(token, name, asdict(settings), spent, elapsed, complete=True))
            self._record.add({"phase": name, "settings": asdict(settings)})
        self._clock.spent += record.seconds if replaying and record is not None else elapsed
        self._write_script()
        if name in ("validation", "deployment"):
            self.report()
        return result

    def _execute(
        self, name: str, settings: PhaseSettings, until: str | None, record: PhaseRecord | None, token: str
    ) -> tuple[Result, int, float]:
        """Call the phase's function under its budget; a replay is counted in evaluations, as many as on record."""
        later: dict[str, float] = {}
        if record is not None and record.complete:
            budget = Budget(evaluations=record.evaluations)
        else:
            if self._chat is not None:
                self._chat.check()
            later = self._shares(name, until) or {}
            budget = Budget(later.pop(name, None), settings.max_evaluations)
        self.evaluator.budget = budget
        self._enter(name, replaying=record is not None and record.complete)
        context = self._context(budget, token, later)
        function: Callable[[Context, PhaseSettings], Result] = import_module(f"mlestar_jupyter.phases.{name}").run
        self._emit(Started(name, 0, budget.seconds))
        if name in ("validation", "deployment"):
            self._tell_of_kernel()
        complete = False
        try:
            result = function(context, settings)
            complete = True
        finally:
            self.evaluator.budget = Budget()
            self._emit(Finished(name, budget.elapsed(), complete))
        return result, budget.spent, budget.elapsed()

    def _context(self, budget: Budget, token: str, later: Mapping[str, float] | None = None) -> Context:
        return Context(
            self.dataset, self.journal, self.evaluator, RecipePlanner(), budget, self._emit,
            self.task.seed, self.output, self._source, self._state, token, self._final.seconds(),
            agents=None if self._chat is None else self._chat.agents,
            online=open_online() if self.online else None, later=later or {}, final=self._final.rows,
        )  # fmt: skip

    def _token(self, name: str, settings: PhaseSettings) -> str:
        before = [self._done[n].token for n in list(PHASES)[: list(PHASES).index(name)] if n in self._done]
        ways: list[object] = ["online"] if self.online and name == "search" else []
        ways += [] if self.llm is None else [self.llm.decides]
        return phase_token(self.task, name, settings, before, self._edits, ways)

    def study(self, seeds: int = 3, fits: int = 400) -> StudyResult:
        """Spend the same fits in four ways (targeted, a random block, all blocks at once, none) and compare the gains.

        Only rows outside of the holdout take part: a quarter of them, others for each seed, is held out to judge.
        The runs stand below ``study`` in the output folder; a study that was stopped goes on.
        """
        from mlestar_jupyter.phases.study import attribution

        if seeds < _FEWEST_SEEDS:
            raise SettingError(f"seeds is {seeds}.", mend=f"Give {_FEWEST_SEEDS} or more: one run says nothing.")
        return attribution(partial(self._start_arm, fits), self.name, self.task.metric, seeds, fits)

    @contextmanager
    def _start_arm(self, fits: int, seed: int, arm: str, listener: Listener) -> Iterator[Context]:
        with start_arm(self, fits, seed, arm, listener) as workflow:
            yield Workflow._decision(workflow)

    def phase_states(self) -> dict[str, PhaseState]:
        """How each phase stands."""
        states: dict[str, PhaseState] = {}
        recorded = {record.name for record in self.journal.phases() if record.complete}
        for name, phase in PHASES.items():
            result = self.results.get(name)
            if result is None:
                states[name] = PhaseState(name, "recorded" if name in recorded else "to do", phase.summary)
                continue
            about = None if result.left is None else result.left.candidate.solution.id
            is_current = name not in ("validation", "deployment") or about == self.solution.id
            states[name] = PhaseState(name, "done" if is_current else "out of date", result.summary, about)
        return states

    # --- the human ------------------------------------------------------------------------------------------------

    def adopt(self, block: str, source: str) -> Evaluation:
        """Take a human's source for a block: check it, score it, and use it from then on when it can be scored.

        Raises
        ------
        BlockError
            When the source breaks the block's contract; the earlier block stays in use.
        """
        evaluation = decisions.adopt(self._decision(), block, source)
        if isinstance(evaluation, Scored):
            used = evaluation.candidate.solution.blocks[block]
            self._decided({"adopt": block, "source": source}, block, block_hash(used))
        return evaluation

    def checkout(self, prefix: str) -> Evaluation:
        """Make an earlier candidate the solution.

        Raises
        ------
        SettingError
            When there is no such candidate, or it failed.
        """
        evaluation = decisions.checkout(self._decision(), self.find(prefix))
        self._edits.clear()
        self._decided({"checkout": evaluation.candidate.id}, "checkout", evaluation.candidate.id)
        return evaluation

    def propose(self, block: str, notes: str = "") -> ProposalResult:
        """Ask the planner for one more variant of a block, and measure it; nothing is adopted.

        Raises
        ------
        SettingError
            When there is no such block to refine.
        """
        self._enter("propose", replaying=self._record.resuming)
        refinement = self._state.results.get("refinement")
        known = refinement.attempts if isinstance(refinement, RefinementResult) else []
        result = propose(self._decision(), block, [*known, *self._state.proposals], notes)
        if result.attempt is not None:
            self._state.proposals.append(result.attempt)
            self._record.add({"propose": block, "notes": notes, "source": block_hash(result.attempt.proposal.source)})
        return result

    def ask(self, block: str, words: str) -> ProposalResult:
        """Have the chat model do to a block what `words` say, and measure it; nothing is adopted.

        Raises
        ------
        SettingError
            When there is no chat model, no such block to refine, or no instruction.
        """
        self._enter("ask", replaying=self._record.resuming)
        result = ask(self._decision(), block, words)
        attempt = result.attempt
        if attempt is not None:
            known = {a.evaluation.candidate.id for a in self._state.proposals}
            if attempt.evaluation.candidate.id not in known:
                self._state.proposals.append(attempt)
            self._record.add({"ask": block, "words": words, "source": block_hash(attempt.proposal.source)})
        return result

    def accept(self, prefix: str) -> Evaluation:
        """Use an attempt's block from now on, on top of what was kept since it was made.

        Raises
        ------
        SettingError
            When there is no such attempt, it failed, or it is no change of one block.
        """
        found = self.find(prefix)
        evaluation = decisions.accept(self._decision(), found)
        if isinstance(evaluation, Scored):
            self._decided({"accept": found.candidate.id}, f"accept {found.candidate.block}", found.candidate.id)
        return evaluation

    def reject(self, prefix: str) -> Evaluation | None:
        """Do without an attempt; where its block was in use, the one before it comes back.

        Returns
        -------
        Evaluation or None
            Of the solution without it; None when it was not in use.

        Raises
        ------
        SettingError
            When there is no such attempt, or it failed.
        """
        found = self.find(prefix)
        back = decisions.reject(self._decision(), found)
        self._decided({"reject": found.candidate.id}, f"reject {found.candidate.block}", found.candidate.id)
        return back

    def _decision(self) -> Context:
        """What a decision between phases works with: no time limit, and no phase's token."""
        return self._context(Budget(), "decision")

    def _decided(self, action: dict[str, Any], what: str, value: str) -> None:
        """Put a decision on record: later phases depend on it."""
        self._edits[what] = value
        self._record.add(action)
        self._write_script()

    # --- the record -----------------------------------------------------------------------------------------------

    def _opened(self, reason: str) -> None:
        self._record.opened(reason)

    def on_record(self, action: dict[str, Any]) -> bool:
        """Whether an action was done before: a notebook that is run again decides the same again."""
        return self._record.has(action)

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
        table, arguments, actions = read_run(Path(folder), dataset)
        workflow = cls(table, **arguments)
        workflow._record.resuming = True
        for action in actions:
            do_again(workflow, action)
        workflow._record.resuming = False
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
        """Stop the workers and close the journal."""
        self._executor.close()
        self.journal.close()
