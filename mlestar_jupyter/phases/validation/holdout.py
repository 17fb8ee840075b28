"""The holdout's score: the solution fitted on the development rows, with its interval over the sealed ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.conformal import conformity_of
from mlestar_jupyter.core.executor import Fitted
from mlestar_jupyter.core.files import write_text
from mlestar_jupyter.core.fits import not_fitted
from mlestar_jupyter.core.intervals import Answered, interval_of_rows
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.core.threshold import as_answered, with_threshold

PREDICTIONS = "holdout_predictions.csv"
COVERAGE = 0.9
"""Of the intervals and sets that are looked at."""
_COVERED = Metric("accuracy", greater_is_better=True, needs_probabilities=False)


@dataclass(frozen=True)
class HoldoutScore:
    """The score on the sealed rows with its interval, and the score on the rows fitted on.

    Parameters
    ----------
    score, low, high : float
        Bounds are NaN where they cannot be measured.
    train : float or None
    error : float
        Standard error of `score`; NaN where it cannot be measured.
    covered, covered_low, covered_high : float or None
        Share of the sealed rows inside their intervals or sets of a coverage of .9, with its interval; None where there
        are none.
    size : float or None
        Mean width of the intervals, or mean number of labels in a set.
    """

    score: float
    low: float
    high: float
    train: float | None
    error: float = float("nan")
    covered: float | None = None
    covered_low: float | None = None
    covered_high: float | None = None
    size: float | None = None


def score_holdout(context: Context, rows: Rows | None) -> tuple[HoldoutScore | None, Predictions | None]:
    """Fit on the development rows and score the holdout with its interval.

    Returns
    -------
    HoldoutScore or None
        None without a holdout, and where the metric is not defined for what was predicted.
    Predictions or None
        None without a holdout.
    """
    if rows is None:
        return None, None
    score, predictions = _scored_and_predicted(context, rows)
    return (score if np.isfinite(score.score) else None), predictions


def why_not_measured(context: Context, rows: Rows | None) -> str:
    """Say why there is no score, as the end of a sentence."""
    if rows is None:
        return "there is none"
    return (
        f"{context.dataset.task.metric.label} is not defined for its {len(rows):,} rows and what is predicted of them"
    )


def _scored_and_predicted(context: Context, rows: Rows) -> tuple[HoldoutScore, Predictions]:
    solution, _ = context.solution()
    if context.dataset.everything is not None:
        return _score_final(context, rows)
    result = context.evaluator.fits.fit_predict(solution, context.dataset.development, rows, is_last=True)
    if not isinstance(result, Fitted) or result.predictions is None:
        raise not_fitted(solution, len(context.dataset.development), result)
    return _holdout_score(context, rows, result.predictions, result.train_predictions), result.predictions


def _score_final(context: Context, rows: Rows) -> tuple[HoldoutScore, Predictions]:
    """Score the final model of a large table, which is not fitted twice; its sample serves for the train gap."""
    solution, _ = context.solution()
    model = context.evaluator.fits.fit(solution, context.final_rows())
    predictions, train = model.codes(rows.X), model.codes(context.dataset.development.X)
    return _holdout_score(context, rows, predictions, train), predictions


def _holdout_score(context: Context, rows: Rows, predictions: Predictions, train: Predictions | None) -> HoldoutScore:
    return context.measured(HoldoutScore, lambda: _measured(context, rows, predictions, train))


def _score_of(metric: Metric, y: np.ndarray, predictions: Predictions) -> float:
    """Score, or NaN where the metric is not defined for what was predicted: an error may be infinite."""
    try:
        return metric.score(y, predictions)
    except ValueError:
        return float("nan")


def _measured(context: Context, rows: Rows, predictions: Predictions, train: Predictions | None) -> HoldoutScore:
    task = context.dataset.task
    judged = Answered(np.arange(len(rows)), rows.y, predictions, rows.groups)
    found = interval_of_rows(task.metric, [judged], is_ordered=task.time is not None)
    fitted = None if train is None else _score_of(task.metric, context.dataset.development.y, train)
    fitted = None if fitted is None or np.isnan(fitted) else fitted
    score = HoldoutScore(_score_of(task.metric, rows.y, predictions), found.low, found.high, fitted, found.error)
    return _with_coverage(score, context, rows, predictions)


def _with_coverage(score: HoldoutScore, context: Context, rows: Rows, predictions: Predictions) -> HoldoutScore:
    """Look how many of the sealed rows are inside the intervals that the model offers."""
    task, development = context.dataset.task, context.dataset.development
    conformity = conformity_of(task, development.y, context.solution()[1].predictions)
    if conformity is None or (conformity.is_of_labels and predictions.columns is None):
        return score
    inside, size = conformity.covers(rows.y, predictions, COVERAGE)
    judged = Answered(np.arange(len(rows)), np.ones(len(rows), dtype=int), Predictions(inside.astype(int)), rows.groups)
    found = interval_of_rows(_COVERED, [judged], is_ordered=task.time is not None)
    if not found.is_measured:
        return score
    width = size if np.isfinite(size) else None
    return replace(score, covered=float(inside.mean()), covered_low=found.low, covered_high=found.high, size=width)


def write_predictions(context: Context, rows: Rows, predictions: Predictions) -> None:
    """Write the holdout's predictions in the target's own labels, with the rows' numbers in the table."""
    task = with_threshold(context.dataset.task, context.dataset.development.y, context.solution()[1].predictions)
    answers = as_answered(task, predictions)
    table = pd.DataFrame({"row": rows.source, "prediction": task.form.decoded(answers.values)})
    if predictions.columns is not None:
        for position, name in enumerate(task.form.names):
            table[name] = predictions.columns[:, position]
    path = context.output / PREDICTIONS
    identifier = context.solution()[0].id
    if context.may_write(path, "validation", lambda: _predicted_by(path) != identifier):
        write_text(path, table.assign(solution=identifier).to_csv(index=False))


def _predicted_by(path: Path) -> str:
    """Id of the solution in the last column."""
    rows = path.read_text(encoding="utf-8").splitlines()
    return rows[-1].rpartition(",")[2] if rows else ""
