"""Does the model treat groups of people alike? Rates by group, on rows that the model was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.errors import unknown
from mlestar_jupyter.problems.registry import problem_of

_FEW = 30
_MAX_VALUES, _BINS = 10, 4


def group_rates(task: Task, rows: Rows, predictions: Predictions, sensitive: Sequence[str]) -> pd.DataFrame:
    """Compare groups of the sensitive columns.

    Returns
    -------
    DataFrame
        One row a group of at least 30 rows: how many, and the rates by which the problem compares groups.

    Raises
    ------
    SettingError
        When a column is not in the table.
    """
    check_columns(rows.X, sensitive)
    found = []
    predicted = np.isfinite(predictions.values)  # a time split leaves its first rows without a prediction
    for column in sensitive:
        values = _groups(rows.X[column])
        for group in sorted(set(values)):
            chosen = (values == group) & predicted
            if chosen.sum() >= _FEW:
                found.append(
                    {"column": column, "group": group, "rows": int(chosen.sum())}
                    | problem_of(task).rates(rows.y[chosen], predictions.values[chosen])
                )
    return pd.DataFrame(found)


def check_columns(X: pd.DataFrame, sensitive: Sequence[str]) -> None:
    """See that the sensitive columns are there.

    Raises
    ------
    SettingError
        When a column is not in the table; the message names the nearest.
    """
    for column in sensitive:
        if column not in X:
            raise unknown("column", column, X.columns)


def small_groups(rows: Rows, predictions: Predictions, sensitive: Sequence[str]) -> list[str]:
    """Name the groups under 30 predicted rows, which `group_rates` leaves out."""
    predicted = np.isfinite(predictions.values)
    found = []
    for column in sensitive:
        counts = pd.Series(_groups(rows.X[column])[predicted]).value_counts()
        found += [f"{column} = {group} ({counts[group]})" for group in sorted(counts.index) if counts[group] < _FEW]
    return found


def _groups(values: pd.Series) -> np.ndarray:
    """Name the group of each row: numbers of many values in quarters, missing ones as a group of their own."""
    known = values.notna()
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > _MAX_VALUES:
        values = pd.qcut(values, _BINS, duplicates="drop")
    return values.astype(str).where(known, "missing").to_numpy(dtype=object)


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
