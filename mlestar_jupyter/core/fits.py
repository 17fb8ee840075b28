"""Fits of solutions on rows: each is looked up in the journal by its content before it is run in a worker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mlestar_jupyter.core.evaluation import Scored, remedy
from mlestar_jupyter.core.events import Listener, Work, Working
from mlestar_jupyter.core.executor import Executor, FitFailed, FitJob, FitResult, Limits, Watch
from mlestar_jupyter.core.explanation import Question
from mlestar_jupyter.core.files import make_folder
from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.maker import fit_code, library_versions
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Dataset, Rows
from mlestar_jupyter.errors import ExecutionError

_KEPT_MODELS = 3
_SLACK, _SHORTEST = 1.5, 5.0  # a call into a library cannot be ended from within


def _age(path: Path) -> float:
    """Smallest for the file that was written last."""
    return -path.stat().st_mtime


def not_fitted(solution: Solution, n_rows: int, result: FitResult) -> ExecutionError:
    """Say that a solution which was scored on folds cannot be fitted on all rows."""
    reason, kind = (result.reason, result.kind) if isinstance(result, FitFailed) else ("no predictions", "error")
    return ExecutionError(
        f"The solution {solution.id} cannot be fitted on all {n_rows:,} rows: {reason}.",
        mend=f"{remedy(kind)} Or check out another candidate with %mlestar checkout ID.",
    )


class Fits:
    """Fits solutions on rows of a table.

    Parameters
    ----------
    dataset : Dataset
    executor : Executor
    journal : Journal
    folder : Path
        Where fitted models are kept.
    limits : Limits
        For each fit.
    emit : Listener
        Hears what the workers do.
    """

    def __init__(
        self, dataset: Dataset, executor: Executor, journal: Journal, folder: Path, limits: Limits, emit: Listener
    ) -> None:
        self.dataset = dataset
        self.limits = limits
        self._executor = executor
        self._journal = journal
        self._folder = folder
        self._emit = emit
        self.is_alone: Callable[[str], bool] = lambda _: False
        """Whether a solution's module is fitted on what one fit at a time can have, such as a GPU."""
        libraries = json.dumps([library_versions(), fit_code()], sort_keys=True)
        self._versions = hashlib.sha256(libraries.encode()).hexdigest()[:16]

    @property
    def workers(self) -> int:
        """Jobs at the same time."""
        return self._executor.workers

    def key(self, solution: Solution, rows: str, y: np.ndarray, *more: str) -> str:
        """Name a fit by all that decides what comes of it: source, rows, target, seed, libraries.

        Parameters
        ----------
        rows : str
            Which rows, by `Rows.content`; those of a fold by its positions in the development rows.
        """
        digest = hashlib.sha256(np.ascontiguousarray(y).tobytes())
        task = self.dataset.task
        parts = (solution.fit_id, task.problem, repr(task.classes), rows, str(task.seed), self._versions, *more)
        digest.update("/".join(parts).encode())
        return digest.hexdigest()[:32]

    def fold_key(self, solution: Solution, fold: Fold) -> str:
        """Name a fit on a fold of the development rows."""
        rows = self.dataset.development
        return self.key(solution, f"{rows.content} {fold.id}", rows.y[fold.train])

    def known(self, key: str, limits: Limits) -> FitResult | None:
        """Look a fit up in the journal; one that failed for want of time counts under limits as short as then."""
        return self._journal.fit(key, limits.seconds)

    def on_folds(
        self,
        missing: Mapping[str, tuple[Solution, Fold]],
        limits: Limits,
        deadline: float | None,
        places: Sequence[tuple[str, int, int]],
    ) -> Iterator[tuple[str, FitResult]]:
        """Fit on folds and predict their test rows, and keep what came of it, in order; stop at the deadline.

        Parameters
        ----------
        missing : mapping
            Solution and fold by key.
        limits : Limits
        deadline : float or None
            On the clock of `time.monotonic`.
        places : sequence of (str, int, int)
            Label, number of the fold and count of folds of each.
        """
        table = self._shared(self.dataset.development)
        jobs = [
            replace(self._job(solution, fold, table), times_row=number == 1)
            for (solution, fold), (_, number, _) in zip(missing.values(), places, strict=True)
        ]
        results = self._executor.run(jobs, limits, deadline, self._watch(places))
        for (key, (solution, _)), result in zip(missing.items(), results, strict=False):
            self._journal.add_fit(key, solution.fit_id, result, limits.seconds)
            yield key, result

    def _watch(self, places: Sequence[tuple[str, int, int]]) -> Watch:
        """Report to the listeners what the workers do, given label, fold and folds of every job."""

        def watch(running: Sequence[tuple[int, float]]) -> None:
            self._emit(Working(tuple(Work(*places[position], seconds) for position, seconds in running)))

        return watch

    def _job(self, solution: Solution, fold: Fold, table: str) -> FitJob:
        task = self.dataset.task
        return FitJob(
            module_name=solution.module_name,
            source=solution.module_source(),
            is_alone=self.is_alone(solution.module_source()),
            train_table=table,
            test_table=table,
            train_rows=fold.train,
            test_rows=fold.test,
            y=self.dataset.development.y[fold.train],
            form=task.form,
            seed=task.seed,
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
        key = self.key(solution, f"{train.content}>{test.content}", target, "both")
        known = self._journal.fit(key, limits.seconds)
        if known is not None:
            return known
        job = FitJob(
            module_name=solution.module_name,
            source=solution.module_source(),
            is_alone=self.is_alone(solution.module_source()),
            train_table=self._shared(train),
            test_table=self._shared(test),
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
        """Fit on a fold's training rows and ask how much each column matters; the journal does not keep the fit.

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
            limits = replace(limits, seconds=_SLACK * min(known) + _SHORTEST)
        table = self._shared(self.dataset.development)
        job = replace(self._job(solution, fold, table), test_rows=rows, question=question)
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

        key = self.key(solution, rows.content, rows.y, "model")
        path = (self._folder / f"fitted_{key}.joblib").resolve()
        if not path.exists():
            self._journal.check_open()
            make_folder(self._folder)
            unfinished = path.with_suffix(".part")
            job = FitJob(
                module_name=solution.module_name,
                source=solution.module_source(),
                is_alone=self.is_alone(solution.module_source()),
                train_table=self._shared(rows),
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
                raise not_fitted(solution, len(rows), result)
            unfinished.replace(path)
            for old in sorted(self._folder.glob("fitted_*.joblib"), key=_age)[_KEPT_MODELS:]:
                if old.name != path.name:
                    old.unlink()
        load_module(solution.module_name, solution.module_source())
        model = FittedModel(joblib.load(path), solution, self.dataset.task)
        return model.with_needs(self.dataset.development.X)

    def fit_with_out_of_fold(self, solution: Solution, score: Scored, rows: Rows) -> FittedModel:
        """Fit a solution on rows, with the intervals and the threshold that its out-of-fold predictions say."""
        return self.fit(solution, rows).with_out_of_fold(self.dataset.development.y, score.predictions)

    def _shared(self, rows: Rows) -> str:
        """Share the rows' inputs under their content: an executor may serve several runs."""
        self._executor.share(rows.content, rows.X)
        return rows.content
