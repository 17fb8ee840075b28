"""Workflow: the seven phases over one task; nothing else."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from mlestar_jupyter.core.blocks import block_hash, with_marker
from mlestar_jupyter.core.budget import Budget, parse_duration
from mlestar_jupyter.core.evaluation import Evaluation, Scored
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.events import Evaluated, Event, Finished, Listener, Started
from mlestar_jupyter.core.executors.base import Limits
from mlestar_jupyter.core.executors.local import LocalExecutor
from mlestar_jupyter.core.journal import Journal, PhaseRecord
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.refit import affordable_rows, refit_seconds
from mlestar_jupyter.core.sampling import comparable_rows, sample_rows, with_sample
from mlestar_jupyter.core.script import solution_script
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Dataset, Rows, Task
from mlestar_jupyter.data.dataset import NO_GROUP, make_dataset
from mlestar_jupyter.data.preparation import preparation_code
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.environment import versions
from mlestar_jupyter.errors import OrderError, OutputError, SettingError, unknown
from mlestar_jupyter.online.providers import open_online
from mlestar_jupyter.phases import decisions
from mlestar_jupyter.phases.base import Context, Result, State
from mlestar_jupyter.phases.proposal import ProposalResult, propose
from mlestar_jupyter.phases.refinement_result import RefinementResult
from mlestar_jupyter.phases.settings import PHASES, PhaseSettings, read_settings
from mlestar_jupyter.planners.recipes import RecipePlanner

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.display.view import Viewed
    from mlestar_jupyter.phases.study import StudyResult

_MEMBERS_OF_RESERVE = 5
_FIT_SHARE = 0.15
"""Share of the time limit that a single fit may take: the last one, on all rows, must fit behind the foundation."""
_MEMORY_SHARE = 0.8
_FEWEST_SAMPLED = 100
_FEWEST_SEEDS, _HELD_OUT_IN_STUDY = 2, 0.25
_MOST_RESERVED = 0.25
"""Share of the time limit that is kept for the final fit of a large table: one that takes longer gets fewer rows."""


@dataclass(frozen=True)
class _Done:
    """A phase that has run in this session, under which token, and its result."""

    token: str
    result: Result


class Workflow:
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

    Raises
    ------
    DataError, SettingError, OutputError
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
    ) -> None:
        if sample is not None and sample < _FEWEST_SAMPLED:
            raise SettingError(f"sample is {sample}.", mend=f"Give {_FEWEST_SAMPLED} rows or more, or leave it out.")
        if max_agents is not None and max_agents < 1:
            raise SettingError(f"max_agents is {max_agents}.", mend="Give 1 or more, or leave it out for all cores.")
        self.online = online
        self.timeout = None if timeout is None else parse_duration(timeout)
        start = monotonic()
        table = read_table(dataset)
        self.name = name or Path(table.source.name or "table").name.partition(".")[0]
        self.output = Path(output) if output is not None else Path("mlestar_runs") / self.name
        self.start_arguments: dict[str, Any] = {
            "dataset": table.source.path, "target": target, "name": name,
            "output": None if output is None else str(output), "metric": metric, "problem": problem, "time": time,
            "group": group, "test": test if isinstance(test, (int, float, str, Path)) else None,
            "timeout": timeout, "max_agents": max_agents, "seed": seed, "sample": sample,
            "online": online,
        }  # fmt: skip
        made = make_dataset(
            table, target, problem=problem, metric=metric, time=time, group=group, test=test, seed=seed,
            on_open=self._opened,
        )  # fmt: skip
        rows = comparable_rows(made.task, self.timeout) if sample is None else sample
        self.dataset: Dataset = with_sample(made, rows)
        self._source = table.source
        del table, made  # a large one is not held twice
        self._reading = monotonic() - start
        self._test = float(test) if isinstance(test, (int, float)) else read_table(test, "holdout").source
        self.journal = Journal(self.output)
        self._claim_output()
        self._executor = LocalExecutor(max_agents)
        self._executor.warm_up()
        fit_limit = None if self.timeout is None else max(5.0, _FIT_SHARE * self.timeout)
        memory = _MEMORY_SHARE * psutil.virtual_memory().total / 2**20 / self._executor.workers
        self.evaluator = Evaluator(
            self.dataset, self._executor, self.journal, self.output / "model", Limits(fit_limit, memory)
        )
        self.evaluator.emit = self._emit
        self._state = State()
        self._listeners: list[Listener] = []
        self._evaluations: dict[tuple[str, str, str | None], Evaluation] = {}
        self._edits: dict[str, str] = {}
        self._done: dict[str, _Done] = {}
        self._spent = 0.0
        self._replaying = False
        self._resuming = False
        self._running_since: float | None = None
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
        self._running_since = monotonic() - self._spent
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
        self._running_since = None
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
        self._replaying = replaying
        result, spent, elapsed = self._execute(name, settings, until, record, token)
        result.replayed, result.left = replaying, self._state.score
        self._done[name] = _Done(token, result)
        self._state.results[name] = result
        if not replaying:
            self.journal.add_phase(PhaseRecord(token, name, asdict(settings), spent, elapsed, complete=True))
            self._act({"phase": name, "settings": asdict(settings)})
        self._spent += record.seconds if replaying and record is not None else elapsed
        self._write_script()
        if name in ("validation", "deployment"):
            self.report()
        return result

    def _execute(
        self, name: str, settings: PhaseSettings, until: str | None, record: PhaseRecord | None, token: str
    ) -> tuple[Result, int, float]:
        """Call the phase's function under its budget; a replay is counted in evaluations, as many as on record."""
        if record is not None and record.complete:
            budget = Budget(evaluations=record.evaluations)
        else:
            budget = Budget(self._share(name, until), settings.max_evaluations)
        self.evaluator.budget = budget
        context = self._context(budget, token)
        function: Callable[[Context, PhaseSettings], Result] = import_module(f"mlestar_jupyter.phases.{name}").run
        self._emit(Started(name, 0, budget.seconds))
        complete = False
        try:
            result = function(context, settings)
            complete = True
        finally:
            self.evaluator.budget = Budget()
            self._emit(Finished(name, budget.elapsed(), complete))
        return result, budget.spent, budget.elapsed()

    def _context(self, budget: Budget, token: str) -> Context:
        return Context(
            self.dataset, self.journal, self.evaluator, RecipePlanner(), budget, self._emit,
            self.task.seed, self.output, self._source, self._state, token, self._refit_seconds(),
            final=self._final_rows, online=open_online() if self.online else None,
        )  # fmt: skip

    def _share(self, name: str, until: str | None) -> float | None:
        """Seconds for a phase: what is left of the time limit, shared out among it and those that follow."""
        if self.timeout is None:
            return None
        names = list(PHASES)
        last = names.index(until) if until is not None else len(names) - 1
        following = [n for n in names[names.index(name) : last + 1] if n not in self._done or n == name]
        left = max(0.0, self.timeout - self._seconds_passed() - self._refit_seconds())
        return left * PHASES[name].share / sum(PHASES[n].share for n in following)

    def _refit_seconds(self) -> float:
        """About how long the present solution, or an ensemble of the best, takes to fit on all development rows."""
        score, metric, n_rows = self._state.score, self.task.metric, len(self.dataset.whole)
        most = _MOST_RESERVED * self.timeout if self.timeout is not None and self.task.n_sample else None
        if score is None:
            return most or 0.0
        best = sorted(self._state.members, key=lambda m: -metric.gain(m.score, 0.0))[:_MEMBERS_OF_RESERVE]
        seconds = max(refit_seconds([score], n_rows, 1), refit_seconds(best, n_rows, self.workers))
        return seconds if most is None else min(seconds, most)

    @property
    def fitted_rows(self) -> int:
        """How many rows `model` is fitted on: all outside of the holdout, or as many as the time left bore."""
        return len(self._final_rows())

    def _final_rows(self) -> Rows:
        """Rows for the final fit of the present solution; those of a large table by the time left, decided once."""
        whole, task = self.dataset.whole, self.task
        if not task.n_sample:
            return whole
        key = f"final rows/{self.solution.fit_id}/{task.n_sample}/{self.timeout}"
        n_rows = self.journal.get(key)
        if n_rows is None:
            fitted = self.solution.members or (self.solution,)
            known = [m for m in self._state.members if m.candidate.solution.fit_id in {s.fit_id for s in fitted}]
            needed = refit_seconds(known or [self.score], len(whole), self.workers)
            left = None if self.timeout is None else self.timeout - self._seconds_passed()
            n_rows = affordable_rows(len(whole), task.n_sample, needed, left)
            self.journal.put(key, n_rows)
            self.journal.add_event("final rows", f"the final model is fitted on {n_rows:,} of {len(whole):,} rows")
        if n_rows <= task.n_sample:
            return self.dataset.development
        return whole if n_rows >= len(whole) else whole.take(sample_rows(whole, n_rows, task))

    def _seconds_passed(self) -> float:
        """Seconds of the time limit that are used up, those of reading the table included."""
        spent = self._spent if self._running_since is None else max(self._spent, monotonic() - self._running_since)
        return self._reading + spent

    def _token(self, name: str, settings: PhaseSettings) -> str:
        """Content hash of all that a phase depends on: task, settings, phases before it, the human's edits."""
        before = [self._done[n].token for n in list(PHASES)[: list(PHASES).index(name)] if n in self._done]
        edits = {} if name in ("search", "foundation") else self._edits
        parts = [self.task.id, self.task.n_sample, name, asdict(settings), before, edits, versions()]
        parts += ["online"] if self.online and name == "search" else []
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=list).encode()).hexdigest()[:32]

    # --- what there is --------------------------------------------------------------------------------------------

    @property
    def task(self) -> Task:
        """The task."""
        return self.dataset.task

    @property
    def solution(self) -> Solution:
        """The best solution so far, or the one that the human chose."""
        return self._need(self._state.solution)

    @property
    def score(self) -> Scored:
        """The evaluation of `solution`."""
        return self._need(self._state.score)

    @staticmethod
    def _need(value: Any) -> Any:
        if value is None:
            raise OrderError("There is no solution yet.", mend="Run %%mlestar foundation first.")
        return value

    @property
    def model(self) -> FittedModel:
        """The solution fitted on all development rows, or on all rows after deployment; takes raw rows."""
        deployed = self._state.results.get("deployment")
        model = getattr(deployed, "model", None)
        if isinstance(model, FittedModel) and model.solution.fit_id == self.solution.fit_id:
            return model
        return self.evaluator.fit(self.solution, self._final_rows())

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
        """Results by phase, in the order of the phases."""
        return {name: self._state.results[name] for name in PHASES if name in self._state.results}

    @property
    def baseline(self) -> Scored | None:
        """The trivial baseline."""
        return self._state.baseline

    @property
    def seconds_spent(self) -> float:
        """Seconds that the phases took, replays counted as they were when they ran."""
        return self._spent

    def candidates(self) -> list[Evaluation]:
        """All evaluations of this session, in order."""
        return list(self._evaluations.values())

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
            raise unknown("candidate", prefix, {e.candidate.id for e in self.candidates()})
        if len(ids) > 1:
            raise SettingError(f"{prefix!r} fits {len(ids)} candidates: {', '.join(ids)}.", mend="Give more of the id.")
        return found[-1]

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

    def show(self, prefix: str) -> Viewed:
        """One candidate: its blocks, scores, origin."""
        from mlestar_jupyter.reports.candidates import show

        return show(self, prefix)

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
        """Open a run of its own after a foundation that all arms of a seed share."""
        rows, task = self.dataset.development, self.task
        y = np.asarray(task.classes, dtype=object)[rows.y] if task.is_classification else rows.y
        table = rows.X.assign(**{task.target: y})
        folder = self.output / "study" / f"seed {seed}"
        stand_alone = not task.is_grouped and NO_GROUP not in table
        arguments: dict[str, Any] = {
            "metric": task.metric.name, "problem": task.problem, "time": task.time, "seed": seed,
            "group": NO_GROUP if stand_alone else task.group, "test": _HELD_OUT_IN_STUDY, "max_agents": self.workers,
        }  # fmt: skip
        own = folder / f"{arm}, {fits} fits"
        ended = own / "ended"
        if not ended.exists():
            shutil.rmtree(own, ignore_errors=True)  # one that was stopped begins again: what it fitted must count
            if not (folder / "foundation").exists():
                first = Workflow(table, task.target, output=folder / "foundation", **arguments)
                first.defaults = self.defaults
                first.foundation()
                first.close()
            shutil.copytree(folder / "foundation", own)
        workflow = Workflow(table, task.target, output=own, **arguments)
        workflow.defaults = self.defaults
        try:
            workflow.foundation()
            workflow.listen(listener)
            yield workflow._decision()
            ended.touch()
        finally:
            workflow.close()

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
        refinement = self._state.results.get("refinement")
        known = refinement.attempts if isinstance(refinement, RefinementResult) else []
        result = propose(self._decision(), block, [*known, *self._state.proposals], notes)
        if result.attempt is not None:
            self._state.proposals.append(result.attempt)
            self._act({"propose": block, "notes": notes, "source": block_hash(result.attempt.proposal.source)})
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

    @property
    def edited_blocks(self) -> frozenset[str]:
        """Blocks of the solution whose source is the human's."""
        if self._state.solution is None:
            return frozenset()
        blocks = self._state.solution.blocks
        return frozenset(b for b, h in self._edits.items() if b in blocks and block_hash(blocks[b]) == h)

    def _decision(self) -> Context:
        """What a decision between phases works with: no time limit, and no phase's token."""
        return self._context(Budget(), "decision")

    def _decided(self, action: dict[str, Any], what: str, value: str) -> None:
        """Put a decision on record: later phases depend on it."""
        self._edits[what] = value
        self._act(action)
        self._write_script()

    # --- what it writes -------------------------------------------------------------------------------------------

    def report(self) -> Path:
        """Write ``report.html`` and ``report.json``; returns the path of the first."""
        from mlestar_jupyter.reports.document import write_report

        settings = {r.name: r.settings for r in self.journal.phases()}
        return write_report(
            self.output, task=self.task, versions=versions(), settings=settings, results=self.results,
            evaluations=self.candidates(), solution=self._state.solution,
        )  # fmt: skip

    def export(self, path: str | Path | None = None, format: str = "py") -> Path:  # noqa: A002 - the flag's name
        """Write the solution as a script (``py``) or the run as a notebook (``ipynb``)."""
        if format not in ("py", "ipynb"):
            raise unknown("format", format, ("py", "ipynb"))
        target = (
            Path(path) if path is not None else self.output / ("solution.py" if format == "py" else "notebook.ipynb")
        )
        if format == "py":
            text = self._script()
        else:
            import nbformat

            from mlestar_jupyter.reports.notebook import to_notebook

            text = nbformat.writes(to_notebook(self))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{target} cannot be written ({error.strerror}).", mend="Choose another path.") from error
        return target

    def to_notebook(self, path: str | Path) -> Path:
        """Write the run as a notebook with its results and cells."""
        return self.export(path, "ipynb")

    def _script(self) -> str:
        return solution_script(self.solution, self.task, preparation_code(self._source, self.task, self._test))

    def _write_script(self) -> None:
        if self._state.solution is not None:
            (self.output / "solution.py").write_text(self._script(), encoding="utf-8")

    # --- events and the journal -----------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear of every event; call what is returned to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _emit(self, event: Event) -> None:
        if isinstance(event, Evaluated):
            candidate = event.evaluation.candidate
            if candidate.phase != "confirmation":
                self._evaluations[candidate.id, candidate.phase, candidate.parent] = event.evaluation
        for listener in list(self._listeners):
            listener(event)

    def _opened(self, reason: str) -> None:
        """Count every opening of the holdout in the journal."""
        if not self._replaying:  # the same rows for the same figures: no new look
            self.journal.add_event("holdout opened", reason)

    def _act(self, action: dict[str, Any]) -> None:
        """Put an action on record, in order: `resume` does them again."""
        if self._resuming:
            return
        self.journal.add_event("action", json.dumps(action, default=list))

    def on_record(self, action: dict[str, Any]) -> bool:
        """Whether an action was done before: a notebook that is run again decides the same again."""
        return json.dumps(action, default=list) in [detail for detail, _ in self.journal.events("action")]

    def _claim_output(self) -> None:
        """Take the output folder for this task, or say that it holds another one's run."""
        known = self.journal.get("task")
        self.taken_up = known is not None
        if known is not None and known["id"] != self.task.id:
            self.journal.close()
            raise OutputError(
                f"The folder {self.output} holds the run of another task ({known['text']}).",
                mend="Choose another --output folder, or give the same table, target, metric, split and seed.",
            )
        self.journal.put("task", {"id": self.task.id, "text": self.task.describe()})
        self.journal.put("arguments", self.start_arguments)
        self.journal.put("versions", versions())

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
        path = Path(folder)
        if not (path / "journal.sqlite").exists():
            raise OutputError(f"{path} holds no run.", mend="Give the --output folder of a run.")
        journal = Journal(path)
        arguments = journal.get("arguments") or {}
        actions = [json.loads(detail) for detail, _ in journal.events("action")]
        journal.close()
        table = dataset if dataset is not None else arguments.pop("dataset", None)
        arguments.pop("dataset", None)
        if table is None:
            raise OutputError(
                f"The run in {path} began with a table in memory.", mend="Give it: resume(folder, dataset=table)."
            )
        arguments["output"] = str(path)
        workflow = cls(table, **arguments)
        workflow._resuming = True
        for action in actions:
            workflow._again(action)
        workflow._resuming = False
        return workflow

    def _again(self, action: dict[str, Any]) -> None:
        match action:
            case {"phase": name, "settings": settings}:
                self.run_phase(name, read_settings(PHASES[name].settings, settings))
            case {"adopt": block, "source": source}:
                if block_hash(self.solution.blocks.get(block, "")) != block_hash(with_marker(block, source)):
                    self.adopt(block, source)
            case {"checkout": prefix}:
                self.checkout(prefix)
            case {"propose": block, "notes": notes}:
                known = [block_hash(a.proposal.source) for a in self._state.proposals if a.proposal.block == block]
                if action.get("source") not in known:  # a notebook that was run again asked again
                    self.propose(block, notes)
            case {"accept": prefix}:
                self.accept(prefix)
            case {"reject": prefix}:
                self.reject(prefix)

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
