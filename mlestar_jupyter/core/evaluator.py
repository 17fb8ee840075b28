"""The evaluator: owns folds, metric and scoring. Candidates are fitted elsewhere (`fits`) and never see a score."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.build import make_splitter
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, best
from mlestar_jupyter.core.events import Evaluated, Event, FoldDone, Listener
from mlestar_jupyter.core.executor import Executor, FitFailed, FitResult, Fitted, Limits
from mlestar_jupyter.core.fits import Fits
from mlestar_jupyter.core.folds import Fold, make_folds
from mlestar_jupyter.core.intervals import Answered, Interval, interval_of_rows
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions, scattered
from mlestar_jupyter.core.rare_classes import of_rare_classes
from mlestar_jupyter.core.sampling import first_look
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Dataset

T = TypeVar("T")
_TIMES_FAIR, _SHORTEST_FAIR = 3.0, 5.0


def _ignore(event: Event) -> None:
    """Listen to nothing."""
    del event


def _no_probabilities(metric: Metric) -> str:
    return (
        f"the model gives no probabilities, which {metric.label} needs: wrap it in CalibratedClassifierCV, "
        "or start with a metric of labels, such as accuracy"
    )


@dataclass(frozen=True, eq=False)
class _Plan:
    """One candidate's fits: its folds, and what is known of each."""

    candidate: Candidate
    number: int
    folds: tuple[Fold, ...]
    keys: tuple[str, ...]


def _deadline(budget: Budget, share: float = 1.0) -> float | None:
    """When a share of the time left will be over, on the clock of `time.monotonic`; None without a limit."""
    left = budget.seconds_left()
    return None if left is None else time.monotonic() + share * left


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
        self.emit: Listener = _ignore
        self.fits = Fits(dataset, executor, journal, folder, limits, self._tell)
        self._journal = journal
        self.n_folds: int | None = None
        """Of each repeat, on which candidates are compared; None for all: a run with little time compares on fewer."""
        self._folds: dict[tuple[str, int], tuple[Fold, ...]] = {}

    def _tell(self, event: Event) -> None:
        self.emit(event)

    def folds(self, solution: Solution, repeats: int = 1) -> tuple[Fold, ...]:
        """Make the folds that a solution's ``validation`` block asks for, or as many as are compared on.

        A time split has one repeat only, and of its folds the latest are taken.
        """
        source = solution.blocks["validation"]
        found: list[Fold] = []
        for repeat in range(repeats):
            key = (source, repeat)
            if key not in self._folds:
                rows, task = self.dataset.development, self.dataset.task
                with of_rare_classes():
                    self._folds[key] = make_folds(make_splitter(source), rows, task.seed, repeat, time=task.time)
            found.extend(self.of_fewer(self._folds[key], self.n_folds))
        return tuple(found)

    def of_fewer(self, folds: tuple[T, ...], count: int | None) -> tuple[T, ...]:
        """What belongs to the folds of a repeat that a comparison on so many of them has; None for all."""
        if count is None:
            return folds
        return folds[-count:] if self.dataset.task.time is not None else folds[:count]

    @property
    def workers(self) -> int:
        """Jobs at the same time."""
        return self.fits.workers

    def evaluate(
        self, candidates: Sequence[Candidate], budget: Budget, *, repeats: int = 1, at_least: int = 0, skip: int = 0
    ) -> list[Evaluation]:
        """Evaluate candidates in order, as many as the budget allows, and charge it.

        Parameters
        ----------
        candidates : sequence of Candidate
        budget : Budget
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
        allowed = max(budget.evaluations_left(len(candidates)), min(at_least, len(candidates)))
        found: list[Evaluation] = []
        must, rest = candidates[: min(at_least, allowed)], candidates[at_least:allowed]
        for part, deadline in ((must, None), (rest, _deadline(budget))):
            plans = [self._plan(c, repeats, skip) for c in part]

            def conclude(plan: _Plan, results: list[FitResult], cached: bool) -> Evaluation:  # noqa: FBT001
                evaluation = self._score(plan, results)
                self.record(plan.number, evaluation, repeats, cached=cached)
                return evaluation

            found.extend(self._run(plans, deadline, conclude))
            if len(found) < len(must):
                break
        budget.charge(len(found))
        return found

    def evaluate_on(
        self, candidates: Sequence[Candidate], folds: Sequence[Sequence[Fold]], budget: Budget
    ) -> list[Evaluation]:
        """Score candidates on folds of one's own, not for the record: to judge a splitter on rows that it did not see.

        Parameters
        ----------
        folds : sequence of sequences of Fold
            For each candidate.
        budget : Budget
            Its time counts; nothing is charged.

        Returns
        -------
        list of Scored or Failed
            In the order of the candidates; shorter when the time ended before the list.
        """
        plans = [
            _Plan(c, 0, tuple(own), tuple(self.fits.fold_key(c.solution, f) for f in own))
            for c, own in zip(candidates, folds, strict=True)
        ]
        return self._run(plans, _deadline(budget), lambda plan, results, _cached: self._score(plan, results))

    def glance(self, candidates: Sequence[Candidate], share: float, budget: Budget) -> list[Evaluation]:
        """Score candidates on their first fold alone: not for the record, but to choose which deserve the others.

        Of a large table's sample it is a `first_look` at a part of the fold's rows.

        Parameters
        ----------
        candidates : sequence of Candidate
        share : float
            Of the time left that this may take.
        budget : Budget
            Its time counts; nothing is charged.

        Returns
        -------
        list of Scored or Failed
            In the order of the candidates; shorter when the time ended before the list.
        """
        left = budget.seconds_left()
        deadline, limits = _deadline(budget, share), self.fits.limits
        plans = [self._plan(c, 1, 0) for c in candidates]
        total = sum(len(p.keys) for p in plans)
        firsts = [self._first(p) for p in plans]
        if left is not None:
            limits = self._fair(share * left / max(1, len(plans)))
        conclude: _Conclude = lambda plan, results, _cached: self._score(plan, results)  # noqa: E731
        return self._run(firsts, deadline, conclude, limits=limits, total=total)

    def _first(self, plan: _Plan) -> _Plan:
        """A plan's first fold, or a first look at it."""
        rows = self.dataset.development
        fold = first_look(plan.folds[0], rows, self.dataset.task)
        return replace(plan, folds=(fold,), keys=(self.fits.fold_key(plan.candidate.solution, fold),))

    def seconds_of_others(self, first: Scored) -> float:
        """About how long the folds take that a candidate has not run after its `glance`, one after another."""
        folds = self.folds(first.candidate.solution)
        share = len(folds[0].train) / first.n_train
        left = len(folds) - (share == 1)
        return left * share * (first.fit_seconds + first.predict_seconds)

    def _fair(self, seconds: float) -> Limits:
        """Limits under which no first fold keeps the others from being seen: thrice a fair share."""
        most = max(_SHORTEST_FAIR, _TIMES_FAIR * seconds * self.workers)
        limits = self.fits.limits
        return replace(limits, seconds=most if limits.seconds is None else min(most, limits.seconds))

    def missing_fits(self, solution: Solution) -> int:
        """Count the fits that an evaluation of a solution would need and the journal lacks."""
        keys = [self.fits.fold_key(solution, fold) for fold in self.folds(solution)]
        return sum(self.fits.known(key, self.fits.limits) is None for key in keys)

    def _plan(self, candidate: Candidate, repeats: int, skip: int) -> _Plan:
        number = self._journal.add_candidate(candidate)
        folds = self.folds(candidate.solution, repeats)[len(self.folds(candidate.solution, skip)) if skip else 0 :]
        if not folds:
            folds = self.folds(candidate.solution, 1)
        keys = tuple(self.fits.fold_key(candidate.solution, fold) for fold in folds)
        return _Plan(candidate, number, folds, keys)

    def _run(
        self,
        plans: Sequence[_Plan],
        deadline: float | None,
        conclude: _Conclude,
        *,
        limits: Limits | None = None,
        total: int | None = None,
    ) -> list[Evaluation]:
        """Run the fits that the journal lacks, fold by fold, and put the evaluations together in order."""
        limits = self.fits.limits if limits is None else limits
        known: dict[str, FitResult] = {}
        missing: dict[str, tuple[Solution, Fold]] = {}
        candidates: dict[str, Candidate] = {}
        places: list[tuple[str, int, int]] = []
        for plan in plans:
            for number, (key, fold) in enumerate(zip(plan.keys, plan.folds, strict=True), start=1):
                result = known.get(key) or self.fits.known(key, limits)
                if result is not None:
                    known[key] = result
                elif key not in missing:
                    missing[key], candidates[key] = (plan.candidate.solution, fold), plan.candidate
                    places.append((plan.candidate.label, number, len(plan.folds)))
        cached = {p.candidate.id for p in plans if all(k in known for k in p.keys)}
        total = sum(len(p.keys) for p in plans) if total is None else total
        found: list[Evaluation] = []

        def conclude_known() -> None:
            while len(found) < len(plans) and all(k in known for k in plans[len(found)].keys):
                plan = plans[len(found)]
                found.append(conclude(plan, [known[k] for k in plan.keys], plan.candidate.id in cached))

        conclude_known()
        for key, result in self.fits.on_folds(missing, limits, deadline, places):
            known[key] = result
            self.emit(FoldDone(candidates[key].phase, candidates[key].label, len(known), total, cached=False))
            conclude_known()
        return found

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
            if self.metric.needs_probabilities and result.predictions.columns is None:
                return Failed(plan.candidate, "score", _no_probabilities(self.metric))
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
            next((f.row_ms for f in fitted if f.row_ms is not None), None),
            self.interval(plan.folds, [predictions for _, predictions in parts]),
        )

    def interval(self, folds: Sequence[Fold], predictions: Sequence[Predictions]) -> Interval:
        """Interval of the mean score of folds, given what was predicted of the test rows of each."""
        rows = self.dataset.development
        judged = [
            Answered(f.test, rows.y[f.test], p, None if rows.groups is None else rows.groups[f.test])
            for f, p in zip(folds, predictions, strict=True)
        ]
        fitting = float(np.mean([len(f.test) / max(1, len(f.train)) for f in folds]))
        return interval_of_rows(self.metric, judged, is_ordered=self.dataset.task.time is not None, fitting=fitting)

    def best(self, evaluations: Sequence[Evaluation]) -> Scored | None:
        """Find the best scored one, the first of equals."""
        return best(evaluations, self.metric)
