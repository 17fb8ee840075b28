"""What came of a candidate: fold scores and predictions, or an error. Never a made-up score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.intervals import Interval
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.statistics import corrected_interval
from mlestar_jupyter.errors import ExecutionError

FailureKind = Literal["error", "timeout", "memory", "crash", "score", "dropped"]


@dataclass(frozen=True, eq=False)
class Scored:
    """A candidate that was fitted and scored in every fold.

    Parameters
    ----------
    candidate : Candidate
    fold_scores : tuple of float
        In the metric's own unit, fold by fold, repeat by repeat.
    predictions : Predictions
        Out-of-fold, for all development rows; NaN where no fold tests a row (the first rows of a time split).
    fit_seconds, predict_seconds : float
        Sums over the folds.
    peak_mb : float
        Highest memory of a fold's worker.
    n_train, n_test : float
        Mean rows fitted on and scored on in a fold.
    warnings : tuple of str
    row_ms : float or None
        Milliseconds that one row takes through the fitted pipeline; of an ensemble, the sum of its members'.
    interval : Interval or None
        Of the score, by the rows of all folds.
    """

    candidate: Candidate
    fold_scores: tuple[float, ...]
    predictions: Predictions
    fit_seconds: float
    predict_seconds: float
    peak_mb: float
    n_train: float
    n_test: float
    warnings: tuple[str, ...] = ()
    row_ms: float | None = None
    interval: Interval | None = None

    @property
    def rows_per_second(self) -> float:
        """How many rows it predicts in a second where there are many, with the columns of its answers."""
        return self.n_test * len(self.fold_scores) / max(self.predict_seconds, 1e-9)

    @property
    def score(self) -> float:
        """Mean of the fold scores."""
        return float(np.mean(self.fold_scores))

    @property
    def spread(self) -> float:
        """Standard deviation of the fold scores."""
        return float(np.std(self.fold_scores, ddof=1)) if len(self.fold_scores) > 1 else 0.0


@dataclass(frozen=True, eq=False)
class Failed:
    """A candidate that could not be scored; it has no score to compare.

    Parameters
    ----------
    candidate : Candidate
    kind : {"error", "timeout", "memory", "crash", "score", "dropped"}
        "dropped": nothing went wrong, but its first fold promised too little to score the others.
    reason : str
        One line: the exception, or the limit that was passed, and in which fold.
    traceback : str
        Of the candidate's own code; empty where there is none.
    """

    candidate: Candidate
    kind: FailureKind
    reason: str
    traceback: str = ""

    @property
    def verdict(self) -> str:
        """Say what became of it, in a word."""
        return "dropped" if self.kind == "dropped" else "failed"


Evaluation = Scored | Failed
_REMEDIES: dict[FailureKind, str] = {
    "timeout": "Raise --timeout, or compare on fewer rows with --sample.",
    "memory": "Compare on fewer rows with --sample, or use a machine with more memory.",
    "score": "Start with another --metric, or correct the block 'validation'.",
}


def remedy(kind: FailureKind, candidate: str = "") -> str:
    """Say what to do about candidates that failed in one way; a candidate's id leads to its traceback."""
    if kind in _REMEDIES:
        return _REMEDIES[kind]
    if candidate:
        return f"See its traceback with %mlestar show {candidate}, and correct the column or the block that it names."
    return "Correct the column or the block that it names."


def score_interval(evaluation: Scored, metric: Metric) -> tuple[float, float]:
    """Interval (95 %) of a score: by its rows where they are known, else by its folds; within the metric's range."""
    if evaluation.interval is not None and evaluation.interval.is_measured:
        return evaluation.interval.low, evaluation.interval.high
    return corrected_interval(evaluation.fold_scores, evaluation.n_train, evaluation.n_test, within=metric.range)


def summed_row_ms(members: Iterable[Scored]) -> float | None:
    """What one row takes through all members, one after another; None where that of one is not known."""
    found = [m.row_ms for m in members]
    return None if None in found else sum(t for t in found if t is not None)


def scored(evaluations: Iterable[Evaluation]) -> list[Scored]:
    """Keep those that have a score, in order."""
    return [e for e in evaluations if isinstance(e, Scored)]


def need_score(evaluation: Evaluation) -> Scored:
    """Give the score of a solution that others are compared with.

    Raises
    ------
    ExecutionError
        When it has none: on more folds, say, it may fail or take too long.
    """
    if isinstance(evaluation, Failed):
        raise ExecutionError(
            f"The solution {evaluation.candidate.id} cannot be scored on these folds: {evaluation.reason}.",
            mend=f"{remedy(evaluation.kind)} Or go to another candidate with %mlestar checkout ID.",
        )
    return evaluation


def is_scored(evaluation: Evaluation) -> bool:
    """Whether it has a score."""
    return isinstance(evaluation, Scored)


def is_no_failure(evaluation: Evaluation | None) -> bool:
    """Whether nothing failed, be it that nothing was evaluated."""
    return not isinstance(evaluation, Failed)


def best(evaluations: Iterable[Evaluation], metric: Metric) -> Scored | None:
    """Find the best scored one, the first of equals; None when all have failed."""
    return max(scored(evaluations), key=lambda e: metric.gain(e.score, 0.0), default=None)


def on_same_folds(one: Scored, other: Scored) -> bool:
    """Whether two scores compare: of as many folds, made by the same ``validation`` block from as many rows."""
    return (
        len(one.fold_scores) == len(other.fold_scores)
        and (one.n_train, one.n_test) == (other.n_train, other.n_test)
        and one.candidate.solution.blocks["validation"] == other.candidate.solution.blocks["validation"]
    )


def best_beside(score: Scored, others: Iterable[Evaluation], metric: Metric) -> Scored:
    """Find the best on the folds of `score`: itself, where no other is better."""
    comparable = [other for other in scored(others) if on_same_folds(other, score)]
    return best([score, *comparable], metric) or score
