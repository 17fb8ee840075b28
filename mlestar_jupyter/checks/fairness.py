"""Does the model treat groups of people alike? Rates by group, on rows that the model was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.errors import unknown

_FEW = 30


def group_rates(task: Task, rows: Rows, predictions: Predictions, sensitive: Sequence[str]) -> pd.DataFrame:
    """Compare groups of the sensitive columns.

    Returns
    -------
    DataFrame
        One row a group of at least 30 rows: how many, selection rate and true positive rate (binary), accuracy
        (classes) or mean error (numbers).

    Raises
    ------
    SettingError
        When a column is not in the table.
    """
    found = []
    for column in sensitive:
        if column not in rows.X:
            raise unknown("column", column, rows.X.columns)
        values = rows.X[column].astype(str)
        for group in sorted(values.unique()):
            chosen = (values == group).to_numpy()
            if chosen.sum() >= _FEW:
                found.append(
                    {"column": column, "group": group, "rows": int(chosen.sum())}
                    | _rates(task, rows.y[chosen], predictions.values[chosen])
                )
    return pd.DataFrame(found)


def _rates(task: Task, y: np.ndarray, values: np.ndarray) -> dict[str, float]:
    if task.problem == "binary":
        positive = y == 1
        true_rate = float(values[positive].mean()) if positive.any() else float("nan")
        return {"selection rate": float((values == 1).mean()), "true positive rate": true_rate}
    if task.problem == "multiclass":
        return {"accuracy": float((values == y).mean())}
    return {"mean error": float((values - y).mean()), "mean absolute error": float(np.abs(values - y).mean())}


def lowest_ratio(rates: pd.DataFrame) -> float | None:
    """The lowest selection rate divided by the highest, over the columns; None where there are no rates."""
    if "selection rate" not in rates:
        return None
    ratios = [
        float(part["selection rate"].min() / part["selection rate"].max())
        for _, part in rates.groupby("column")
        if len(part) > 1 and part["selection rate"].max() > 0
    ]
    return min(ratios, default=None)
