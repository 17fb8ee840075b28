"""The holdout's score: the solution fitted on the development rows, with a bootstrap interval over the sealed ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.executor import Fitted
from mlestar_jupyter.core.files import write_text
from mlestar_jupyter.core.fits import not_fitted
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.task import Rows

PREDICTIONS = "holdout_predictions.csv"
_RESAMPLES, _FEWEST_RESAMPLES, _RESAMPLED_ROWS = 1000, 200, 5_000_000


@dataclass(frozen=True)
class HoldoutScore:
    """The score on the sealed rows with its bootstrap interval, and the score on the rows fitted on."""

    score: float
    low: float
    high: float
    train: float | None


def score_holdout(context: Context, rows: Rows | None) -> tuple[HoldoutScore | None, Predictions | None]:
    """Fit on the development rows and score the holdout with a bootstrap interval."""
    if rows is None:
        return None, None
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


def _measured(context: Context, rows: Rows, predictions: Predictions, train: Predictions | None) -> HoldoutScore:
    metric = context.dataset.task.metric
    low, high = bootstrap(
        lambda drawn: metric.score(rows.y[drawn], predictions.at(drawn)),
        len(rows),
        child_seed(context.seed, "bootstrap"),
    )
    fitted = None if train is None else metric.score(context.dataset.development.y, train)
    return HoldoutScore(metric.score(rows.y, predictions), low, high, fitted)


def bootstrap(statistic: Callable[[np.ndarray], float], n_rows: int, seed: int) -> tuple[float, float]:
    """Percentile interval (95 %) over resampled rows; resamples in which the metric is not defined do not count.

    Parameters
    ----------
    statistic : callable
        Of the positions that were drawn; raises ValueError where it is not defined.
    n_rows, seed : int
    """
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(min(_RESAMPLES, max(_FEWEST_RESAMPLES, _RESAMPLED_ROWS // n_rows))):
        try:
            found.append(statistic(generator.integers(0, n_rows, n_rows)))
        except ValueError:
            continue
    if not found:
        return float("nan"), float("nan")
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def write_predictions(context: Context, rows: Rows, predictions: Predictions) -> None:
    """Write the holdout's predictions in the target's own labels, with the rows' numbers in the table."""
    task = context.dataset.task
    table = pd.DataFrame({"row": rows.source, "prediction": task.form.decoded(predictions.values)})
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
