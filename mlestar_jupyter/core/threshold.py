"""Where the costs of wrong answers put the threshold of a solution."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Task


def with_threshold(task: Task, y: np.ndarray, predictions: Predictions) -> Task:
    """The task with the threshold of a solution in its form, by its out-of-fold predictions; as it is without costs."""
    threshold = threshold_of(task, y, predictions)
    return task if threshold is None else replace(task, form=task.form.at_threshold(threshold))


def threshold_of(task: Task, y: np.ndarray, predictions: Predictions) -> float | None:
    """The threshold of a solution, by its out-of-fold predictions of the development rows; None without costs."""
    if task.costs is None or predictions.columns is None:
        return None
    rows = np.isfinite(predictions.values)
    return task.costs.threshold(y[rows], predictions.columns[rows, 1]) if rows.any() else None


def as_answered(task: Task, predictions: Predictions) -> Predictions:
    """What the model of a task answers for these: by the threshold in its form; as they are without costs.

    Rows that were not predicted stay NaN.
    """
    if task.costs is None or predictions.columns is None:
        return predictions
    values, known = predictions.values.copy(), np.isfinite(predictions.values)
    values[known] = task.form.values(predictions.columns[known])
    return Predictions(values, predictions.columns)
