"""The evaluator: owns folds, metric and scoring. Candidates are fitted elsewhere and never see a score.

Each fold's fit is looked up in the journal by content before it is run, so nothing is fitted twice.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.build import make_splitter
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, best
from mlestar_jupyter.core.events import Evaluated, Event, FoldDone, Listener, Work, Working
from mlestar_jupyter.core.executors.base import Executor, FitFailed, FitJob, FitResult, Fitted, Limits, Watch
from mlestar_jupyter.core.explanation import Question
from mlestar_jupyter.core.folds import Fold, make_folds
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.maker import fit_code, library_versions
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.predictions import Predictions, scattered
from mlestar_jupyter.core.sampling import first_look
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Dataset, Rows
from mlestar_jupyter.errors import ExecutionError

_DEVELOPMENT = "development"
_TIMES_FAIR, _SHORTEST_FAIR, _MANY_COLUMNS = 3.0, 5.0, 1_000
_KEPT_MODELS = 3
_SLACK = 1.5  # a call into a library cannot be ended from within


def _age(path: Path) -> float:
    """Smallest for the file that was written last."""
    return -path.stat().st_mtime


def _ignore(event: Event) -> None:
    """Listen to nothing."""
    del event


@dataclass(frozen=True, eq=False)
class _Plan:
    """One candidate's fits: its folds, and what is known of each."""

    candidate: Candidate
    number: int
    folds: tuple[Fold, ...]
    keys: tuple[str, ...]


_Conclude = Callable[[_Plan, list[FitResult], bool], Evaluation]
"""What is made of a candidate's fits; the last argument says whether all came from the journal."""


class Evaluator:
    """Scores candidates on the same folds.

    Parameters
    ----------
    dataset : Dataset
    executor : Executor
    journal : Journal
    folder : Path
        Where fitted models are kept.
    limits : Limits
        For each fit.
    """

    def __init__(self, dataset: Dataset, executor: Executor, journal: Journal, folder: Path, limits: Limits) -> None:
        self.dataset = dataset
        self.metric: Metric = dataset.task.metric
        self.limits = limits
        self.budget = Budget()
        self.emit: Listener = _ignore
        self._executor = executor
        self._journal = journal
        self._folder = folder
        self._folds: dict[tuple[str, int], tuple[Fold, ...]] = {}
        libraries = json.dumps([library_versions(), fit_code()], sort_keys=True)
        self._versions = hashlib.sha256(libraries.encode()).hexdigest()[:16]
        self._shared: dict[str, Rows] = {}

    def folds(self, solution: Solution, repeats: int = 1) -> tuple[Fold, ...]:
        """Make the folds that a solution's ``validation`` block asks for; a time split has one repeat only."""
        source = solution.blocks["validation"]
        found: list[Fold] = []
        for repeat in range(repeats):
            key = (source, repeat)
            if key not in self._folds:
                rows, seed = self.dataset.development, self.dataset.task.seed
                self._folds[key] = make_folds(make_splitter(source), rows, seed, repeat)
            found.extend(self._folds[key])
        return tuple(found)

    @property
    def workers(self) -> int:
        """Jobs at the same time."""
        return self._executor.workers

    def evaluate(
        self, candidates: Sequence[Candidate], *, repeats: int = 1, at_least: int = 0, skip: int = 0
    ) -> list[Evaluation]:
        """Evaluate candidates in order, as many as the budget allows.

        Parameters
        ----------
        candidates : sequence of Candidate
        repeats : int
            How often the cross-validation is repeated, each time on new folds.
        at_least : int
            So many are evaluated even when time is up: a phase must not end with nothing.
        skip : int
            Leave out the first so many repeats: folds that were used to choose are no evidence.

        Returns
        -------
        list of Scored or Failed
            In the order of the candidates; shorter when the budget ended before the list.
        """
        allowed = max(self.budget.evaluations_left(len(candidates)), min(at_least, len(candidates)))
        found: list[Evaluation] = []
        must, rest = candidates[: min(at_least, allowed)], candidates[at_least:allowed]
        for part, deadline in ((must, None), (rest, self._deadline())):
            plans = [self._plan(c, repeats, skip) for c in part]

            def conclude(plan: _Plan, results: list[FitResult], cached: bool) -> Evaluation:  # noqa: FBT001
                evaluation = self._score(plan, results)
                self.record(plan.number, evaluation, repeats, cached=cached)
                return evaluation

            found.extend(self._run(plans, deadline, conclude))
            if len(found) < len(must):
                break
        self.budget.charge(len(found))
        return found

    def evaluate_on(self, candidates: Sequence[Candidate], folds: Sequence[Sequence[Fold]]) -> list[Evaluation]:
        """Score candidates on folds of one's own, not for the record: to judge a splitter on rows that it did not see.

        Parameters
        ----------
        folds : sequence of sequences of Fold
            For each candidate.

        Returns
        -------
        list of Scored or Failed
            In the order of the candidates; shorter when the time ended before the list.
        """
        y = self.dataset.development.y
        plans = [
            _Plan(c, 0, tuple(own), tuple(self._key(c.solution, f.id, y[f.train]) for f in own))
            for c, own in zip(candidates, folds, strict=True)
        ]
        return self._run(plans, self._deadline(), lambda plan, results, _cached: self._score(plan, results))

    def glance(self, candidates: Sequence[Candidate], share: float) -> list[Evaluation]:
        """Score candidates on their first fold alone: not for the record, but to choose which deserve the others.

        Of a large table's sample it is a `first_look` at a part of the fold's rows.

        Parameters
        ----------
        candidates : sequence of Candidate
        share : float
            Of the time left that this may take.

        Returns
        -------
        list of Scored or Failed
            In the order of the candidates; shorter when the time ended before the list.
        """
        left = self.budget.seconds_left()
        deadline = None if left is None else time.monotonic() + share * left
        plans = [self._plan(c, 1, 0) for c in candidates]
        total = sum(len(p.keys) for p in plans)
        firsts = [self._first(p) for p in plans]
        usual = self.limits
        if left is not None and (self.dataset.task.n_sample or len(self.dataset.task.columns) > _MANY_COLUMNS):
            self.limits = self._fair(share * left / max(1, len(plans)))
        try:
            return self._run(firsts, deadline, lambda plan, results, _cached: self._score(plan, results), total)
        finally:
            self.limits = usual

    def _first(self, plan: _Plan) -> _Plan:
        """A plan's first fold, or a first look at it."""
        rows = self.dataset.development
        fold = first_look(plan.folds[0], rows, self.dataset.task)
        return replace(plan, folds=(fold,), keys=(self._key(plan.candidate.solution, fold.id, rows.y[fold.train]),))

    def seconds_of_others(self, first: Scored) -> float:
        """About how long the folds take that a candidate has not run after its `glance`, one after another."""
        folds = self.folds(first.candidate.solution)
        share = len(folds[0].train) / first.n_train
        left = len(folds) - (share == 1)
        return left * share * (first.fit_seconds + first.predict_seconds)

    def _fair(self, seconds: float) -> Limits:
        """Limits under which no first fold of a large table keeps the others from being seen: thrice a fair share."""
        most = max(_SHORTEST_FAIR, _TIMES_FAIR * seconds * self.workers)
        return replace(self.limits, seconds=most if self.limits.seconds is None else min(most, self.limits.seconds))

    def _deadline(self) -> float | None:
        left = self.budget.seconds_left()
        return None if left is None else time.monotonic() + left

    def missing_fits(self, solution: Solution) -> int:
        """Count the fits that an evaluation of a solution would need and the journal lacks."""
        y = self.dataset.development.y
        keys = [self._key(solution, fold.id, y[fold.train]) for fold in self.folds(solution)]
        return sum(self._journal.fit(key, self.limits.seconds) is None for key in keys)

    def _plan(self, candidate: Candidate, repeats: int, skip: int) -> _Plan:
        number = self._journal.add_candidate(candidate)
        folds = self.folds(candidate.solution, repeats)[len(self.folds(candidate.solution, skip)) if skip else 0 :]
        if not folds:
            folds = self.folds(candidate.solution, 1)
        rows = self.dataset.development
        keys = tuple(self._key(candidate.solution, f.id, rows.y[f.train]) for f in folds)
        return _Plan(candidate, number, folds, keys)

    def _key(self, solution: Solution, rows: str, y: np.ndarray, *more: str) -> str:
        digest = hashlib.sha256(np.ascontiguousarray(y).tobytes())
        task = self.dataset.task
        sample = (str(task.n_sample),) if task.n_sample else ()
        parts = (solution.fit_id, task.data_id, rows, str(task.seed), self._versions, *more, *sample)
        digest.update("/".join(parts).encode())
        return digest.hexdigest()[:32]

    def _run(
        self, plans: Sequence[_Plan], deadline: float | None, conclude: _Conclude, total: int | None = None
    ) -> list[Evaluation]:
        """Run the fits that the journal lacks, fold by fold, and put the evaluations together in order."""
        known: dict[str, FitResult] = {}
        missing: dict[str, tuple[Candidate, FitJob]] = {}
        places: list[tuple[str, int, int]] = []
        for plan in plans:
            for number, (key, fold) in enumerate(zip(plan.keys, plan.folds, strict=True), start=1):
                result = known.get(key) or self._journal.fit(key, self.limits.seconds)
                if result is not None:
                    known[key] = result
                elif key not in missing:
                    missing[key] = (plan.candidate, self._job(plan.candidate.solution, fold))
                    places.append((plan.candidate.label, number, len(plan.folds)))
        cached = {p.candidate.id for p in plans if all(k in known for k in p.keys)}
        self._executor.share(_DEVELOPMENT, self.dataset.development.X)
        total = sum(len(p.keys) for p in plans) if total is None else total
        found: list[Evaluation] = []

        def conclude_known() -> None:
            while len(found) < len(plans) and all(k in known for k in plans[len(found)].keys):
                plan = plans[len(found)]
                found.append(conclude(plan, [known[k] for k in plan.keys], plan.candidate.id in cached))

        conclude_known()
        jobs = [job for _, job in missing.values()]
        results = self._executor.run(jobs, self.limits, deadline, self._watch(places))
        for (key, (candidate, _)), result in zip(missing.items(), results, strict=False):
            known[key] = result
            self._journal.add_fit(key, candidate.solution.fit_id, result, self.limits.seconds)
            self.emit(FoldDone(candidate.phase, candidate.label, len(known), total, cached=False))
            conclude_known()
        return found

    def _watch(self, places: Sequence[tuple[str, int, int]]) -> Watch:
        """Tell the listeners what the workers do, given label, fold and folds of every job."""

        def watch(running: Sequence[tuple[int, float]]) -> None:
            self.emit(Working(tuple(Work(*places[position], seconds) for position, seconds in running)))

        return watch

    def _job(self, solution: Solution, fold: Fold) -> FitJob:
        task = self.dataset.task
        return FitJob(
            module_name=solution.module_name,
            source=solution.module_source(),
            train_table=_DEVELOPMENT,
            test_table=_DEVELOPMENT,
            train_rows=fold.train,
            test_rows=fold.test,
            y=self.dataset.development.y[fold.train],
            form=task.form,
            seed=task.seed,
        )

    def record(self, number: int, evaluation: Evaluation, repeats: int, *, cached: bool = False) -> None:
        """Write an evaluation of candidate `number` to the journal, and tell the listeners."""
        match evaluation:
            case Scored():
                self._journal.add_evaluation(number, repeats, evaluation.score, list(evaluation.fold_scores), "")
            case Failed():
                self._journal.add_evaluation(number, repeats, None, [], evaluation.reason)
        self.emit(Evaluated(evaluation.candidate.phase, evaluation, cached))

    def _score(self, plan: _Plan, results: list[FitResult]) -> Evaluation:
        """Score the predictions that came back; a single failed fold makes the candidate a failure."""
        rows = self.dataset.development
        scores: list[float] = []
        parts: list[tuple[np.ndarray, Predictions]] = []
        fitted: list[Fitted] = []
        for position, (fold, result) in enumerate(zip(plan.folds, results, strict=True), start=1):
            where = f"in fold {position} of {len(plan.folds)}"
            if isinstance(result, FitFailed):
                return Failed(plan.candidate, result.kind, f"{result.reason} ({where})", result.traceback)
            assert result.predictions is not None
            try:
                scores.append(self.metric.score(rows.y[fold.test], result.predictions))
            except (ValueError, TypeError, AttributeError) as error:
                return Failed(plan.candidate, "score", f"{self.metric.label} cannot be computed {where}: {error}")
            parts.append((fold.test, result.predictions))
            fitted.append(result)
        return Scored(
            plan.candidate,
            tuple(scores),
            scattered(parts, len(rows), self.dataset.task.form),
            sum(f.fit_seconds for f in fitted),
            sum(f.predict_seconds for f in fitted),
            max(f.peak_mb for f in fitted),
            float(np.mean([len(f.train) for f in plan.folds])),
            float(np.mean([len(f.test) for f in plan.folds])),
            tuple(dict.fromkeys(w for f in fitted for w in f.warnings)),
        )

    @property
    def _limits_of_last(self) -> Limits:
        """No time limit and all memory: a run must end with its solution fitted, and nothing runs beside that."""
        memory = None if self.limits.memory_mb is None else self.limits.memory_mb * self.workers
        return replace(self.limits, seconds=None, memory_mb=memory)

    def fit_predict(
        self, solution: Solution, train: Rows, test: Rows, *, y: np.ndarray | None = None, is_last: bool = False
    ) -> FitResult:
        """Fit on some rows and predict others, and those fitted on; looked up in the journal first.

        Parameters
        ----------
        y : ndarray, optional
            Used in place of ``train.y``: a target shuffle.
        is_last : bool
            Whether it is the solution that a run ends with, which may take longer than a candidate.
        """
        limits = self._limits_of_last if is_last else self.limits
        target = train.y if y is None else y
        train_name, test_name = self._share(train), self._share(test)
        key = self._key(solution, f"{train_name}>{test_name}", target, "both")
        known = self._journal.fit(key, limits.seconds)
        if known is not None:
            return known
        job = FitJob(
            module_name=solution.module_name,
            source=solution.module_source(),
            train_table=train_name,
            test_table=test_name,
            train_rows=np.arange(len(train)),
            test_rows=np.arange(len(test)),
            y=target,
            form=self.dataset.task.form,
            seed=self.dataset.task.seed,
            predict_train=True,
        )
        watch = self._watch([("fit and predict", 1, 1)])
        result = next(iter(self._executor.run([job], limits, watch=watch)))
        self._journal.add_fit(key, solution.fit_id, result, limits.seconds)
        return result

    def explain(self, solution: Solution, fold: Fold, rows: np.ndarray, question: Question) -> FitResult:
        """Fit on a fold's training rows and ask what the model leans on; the journal does not keep the fit.

        Parameters
        ----------
        solution : Solution
        fold : Fold
        rows : ndarray of int
            Positions of development rows to ask on: test rows of the fold.
        question : Question
            Its time limit, or that of a fit where it is shorter, holds for fit and answers together; a worker that
            keeps silent is stopped a little later.
        """
        limits = self.limits
        known = [s for s in (question.seconds, limits.seconds) if s is not None]
        if known:
            question = replace(question, seconds=min(known))
            limits = replace(limits, seconds=_SLACK * min(known) + _SHORTEST_FAIR)
        self._executor.share(_DEVELOPMENT, self.dataset.development.X)
        job = replace(self._job(solution, fold), test_rows=rows, question=question)
        return next(iter(self._executor.run([job], limits, watch=self._watch([("columns shuffled", 1, 1)]))))

    def fit(self, solution: Solution, rows: Rows) -> FittedModel:
        """Fit a solution on rows, in a worker, for use in this process; kept on disk under its content key.

        Raises
        ------
        ExecutionError
            When the fit fails.
        """
        import joblib

        from mlestar_jupyter.core.build import load_module

        name = self._share(rows)
        key = self._key(solution, name, rows.y, "model")
        path = (self._folder / f"fitted_{key}.joblib").resolve()
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part")
            job = FitJob(
                module_name=solution.module_name,
                source=solution.module_source(),
                train_table=name,
                test_table=None,
                train_rows=None,
                test_rows=None,
                y=rows.y,
                form=self.dataset.task.form,
                seed=self.dataset.task.seed,
                model_path=str(unfinished),
            )
            watch = self._watch([("the final fit", 1, 1)])
            result = next(iter(self._executor.run([job], self._limits_of_last, watch=watch)))
            if isinstance(result, FitFailed):
                raise ExecutionError(
                    f"The solution {solution.id} cannot be fitted on all {len(rows):,} rows: {result.reason}.",
                    mend="Check out another candidate with %mlestar checkout ID, or correct the block.",
                )
            unfinished.replace(path)
            for old in sorted(self._folder.glob("fitted_*.joblib"), key=_age)[_KEPT_MODELS:]:
                if old.name != path.name:
                    old.unlink()
        load_module(solution.module_name, solution.module_source())
        model = FittedModel(joblib.load(path), solution, self.dataset.task)
        return model.with_needs(self.dataset.development.X)

    def _share(self, rows: Rows) -> str:
        """Share the rows' inputs under a name that tells which rows they are."""
        if rows is self.dataset.development:
            name = _DEVELOPMENT
        else:
            name = hashlib.sha256(np.ascontiguousarray(rows.source, dtype=np.int64).tobytes()).hexdigest()[:16]
        self._executor.share(name, rows.X)
        return name

    def best(self, evaluations: Sequence[Evaluation]) -> Scored | None:
        """Find the best scored one, the first of equals."""
        return best(evaluations, self.metric)
