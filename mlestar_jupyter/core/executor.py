"""What an executor takes and gives: jobs that fit and predict, and plain arrays that come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from mlestar_jupyter.core.evaluation import FailureKind
from mlestar_jupyter.core.explanation import Answer, Question
from mlestar_jupyter.core.predictions import Form, Predictions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Limits:
    """What one job may use.

    Parameters
    ----------
    seconds : float or None
        Wall-clock.
    memory_mb : float or None
        Of the worker and its children together.
    isolated : bool
        Whether the job runs behind walls: no network, no file outside of its own folder to write, none of the user's
        to read.
    """

    seconds: float | None = None
    memory_mb: float | None = None
    isolated: bool = False


@dataclass(frozen=True, eq=False)
class FitJob:
    """Fit a solution on some rows and predict others.

    The truth of the rows to predict is not part of a job: a worker cannot score itself.

    Parameters
    ----------
    module_name, source : str
        The solution's module; its ``build()`` makes the estimator.
    train_table, test_table : str
        Names under which the inputs were shared.
    train_rows, test_rows : ndarray of int or None
        Positions in those tables; None for all rows.
    y : ndarray
        Class codes or numbers of the rows to fit on.
    form : Form
        Of the predictions.
    seed : int
    predict_train : bool
        Whether to predict the rows fitted on, too.
    model_path : str or None
        Where to leave the fitted estimator (joblib).
    question : Question or None
        What else to ask of the model on the rows to predict.
    times_row : bool
        Whether to measure what one row takes.
    is_alone : bool
        Whether no other such job may run at the same time: a library takes most of a GPU's memory for one fit.
    """

    module_name: str
    source: str
    train_table: str
    test_table: str | None
    train_rows: np.ndarray | None
    test_rows: np.ndarray | None
    y: np.ndarray
    form: Form
    seed: int
    predict_train: bool = False
    model_path: str | None = None
    question: Question | None = None
    times_row: bool = False
    is_alone: bool = False


@dataclass(frozen=True, eq=False)
class Fitted:
    """A job that went through; `row_ms` is what one row takes through the fitted pipeline, where that was measured."""

    predictions: Predictions | None
    train_predictions: Predictions | None
    fit_seconds: float
    predict_seconds: float
    peak_mb: float
    warnings: tuple[str, ...] = ()
    answer: Answer | None = None
    row_ms: float | None = None


@dataclass(frozen=True)
class FitFailed:
    """A job that did not: `reason` is one line."""

    kind: FailureKind
    reason: str
    traceback: str = ""


FitResult = Fitted | FitFailed
Watch = Callable[[Sequence[tuple[int, float]]], None]
"""Hears, while jobs run, which do: their positions, and since how many seconds."""


@runtime_checkable
class Executor(Protocol):
    """Runs jobs apart from the kernel; processes of this machine are one way, and others may run them elsewhere.

    It guarantees:

    - bytes: the same job gives the same predictions to the last bit, wherever it runs, as plain arrays;
    - order: results come in the order of the jobs;
    - capacity: never more than `workers` jobs at a time;
    - limits: a job that raises, hangs, crashes or passes a limit costs itself alone and yields `FitFailed`; an isolated
      job reaches neither network nor files of others, where `cannot_isolate` is empty;
    - files: a model that a job is to leave lies at its `model_path`, on this machine, when its result comes;
    - end: closing the iterator, or an interrupt, stops what runs; `close` leaves neither process nor file.

    ``tests/executors/contract.py`` tests it.
    """

    workers: int
    """Jobs at the same time."""

    @property
    def cannot_isolate(self) -> tuple[str, ...]:
        """What an isolated job could still reach here, a sentence each; empty where nothing is missing."""

    def warm_up(self) -> None:
        """Begin to start workers, without waiting for them; `run` does so itself where nobody has."""

    def share(self, name: str, table: pd.DataFrame) -> None:
        """Make a table readable for workers under a name; doing it again is free."""

    def run(
        self, jobs: Sequence[FitJob], limits: Limits, deadline: float | None = None, watch: Watch | None = None
    ) -> Iterator[FitResult]:
        """Yield one result a job, in order; stop early when `deadline` (`time.monotonic`) has passed."""

    def close(self) -> None:
        """Kill all workers and remove what was shared."""
