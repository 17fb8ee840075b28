"""Does the model treat groups of people alike? Rates by group, on rows that the model was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.slices import groups_of
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.resampling import standard_error
from mlestar_jupyter.core.statistics import holm
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.problems.base import Measure
from mlestar_jupyter.problems.registry import problem_of

_FEW = 30
_FEWEST_COUNTED = 10


def group_rates(task: Task, rows: Rows, predictions: Predictions, sensitive: Sequence[str]) -> pd.DataFrame:
    """Compare groups of the sensitive columns.

    Returns
    -------
    DataFrame
        One row a group of at least 30 rows: how many, and the rates by which the problem compares groups.
    """
    found = []
    predicted = np.isfinite(predictions.values)  # a time split leaves its first rows without a prediction
    for column in sensitive:
        values = groups_of(rows.X[column])
        for group in sorted(set(values)):
            chosen = (values == group) & predicted
            if chosen.sum() >= _FEW:
                found.append(
                    {"column": column, "group": group, "rows": int(chosen.sum())}
                    | problem_of(task).rates(rows.y[chosen], predictions.values[chosen])
                )
    return pd.DataFrame(found)


def small_groups(rows: Rows, predictions: Predictions, sensitive: Sequence[str]) -> list[str]:
    """Name the groups under 30 predicted rows, which `group_rates` leaves out."""
    predicted = np.isfinite(predictions.values)
    found = []
    for column in sensitive:
        counts = pd.Series(groups_of(rows.X[column])[predicted]).value_counts()
        found += [f"{column} = {group} ({counts[group]})" for group in sorted(counts.index) if counts[group] < _FEW]
    return found


@dataclass(frozen=True)
class Disparity:
    """How far apart two groups are by one measure.

    Parameters
    ----------
    column, measure, lower, higher : str
        The groups are those with the lower and the higher figure.
    low_rate, high_rate : float
    is_ratio : bool
        Whether the limit is one of ratios.
    scale : float
        What `difference` was divided by.
    difference, low, high : float
        Higher minus lower, with an interval that allows for all pairs and measures (Bonferroni).
    p_value : float
        That the groups are alike, two-sided, adjusted for all pairs and measures (Holm 1979).
    """

    column: str
    measure: str
    lower: str
    higher: str
    low_rate: float
    high_rate: float
    is_ratio: bool
    scale: float
    difference: float
    low: float
    high: float
    p_value: float

    @property
    def ratio(self) -> float:
        """Lower divided by higher."""
        return self.low_rate / self.high_rate if self.high_rate else 1.0


def disparities(
    task: Task, rows: Rows, predictions: Predictions, sensitive: Sequence[str], units: np.ndarray, level: float
) -> list[Disparity]:
    """Compare every pair of groups of each sensitive column, by each measure of the problem.

    Parameters
    ----------
    task : Task
    rows : Rows
    predictions : Predictions
    sensitive : sequence of str
    units : ndarray of int, shape (n_rows,)
        Rows with the same number are not independent.
    level : float
        Of the interval, two-sided.

    Notes
    -----
    Rates as fairlearn defines them (``MetricFrame.difference`` and ``ratio`` are those of the extreme pair). Standard
    errors over units; those of shares at least as large as Agresti & Caffo's (2000), so that a group
    that is always right or wrong has one.
    """
    from scipy import stats

    known = np.flatnonzero(np.isfinite(predictions.values))
    measures = problem_of(task).measures(rows.y[known], predictions.values[known])
    pairs = []
    for column in sensitive:
        groups = groups_of(rows.X[column].iloc[known])
        names = [g for g in sorted(set(groups)) if (groups == g).sum() >= _FEW]
        for measure in measures:
            found = [(g, *_mean(measure, groups == g, units[known])) for g in names]
            counted = sorted((f for f in found if np.isfinite(f[2])), key=lambda f: (f[1], f[0]))
            pairs += [(column, measure, *pair) for pair in combinations(counted, 2)]
    errors = [float(np.hypot(lower[2], higher[2])) for _, _, lower, higher in pairs]
    raw = [
        float(2 * stats.norm.sf((higher[1] - lower[1]) / e)) if e else float(higher[1] == lower[1])
        for (_, _, lower, higher), e in zip(pairs, errors, strict=True)
    ]
    width = float(stats.norm.ppf(1 - level / 2 / max(1, len(pairs))))
    return [
        Disparity(
            column, m.name, str(lower[0]), str(higher[0]), lower[1], higher[1], m.is_ratio, m.scale,
            (higher[1] - lower[1]) / m.scale, (higher[1] - lower[1] - width * e) / m.scale,
            (higher[1] - lower[1] + width * e) / m.scale, p,
        )
        for (column, m, lower, higher), e, p in zip(pairs, errors, holm(raw), strict=True)
    ]  # fmt: skip


def _mean(measure: Measure, chosen: np.ndarray, units: np.ndarray) -> tuple[float, float]:
    """Mean of a group with its standard error; NaN where too few rows count, or all are of one unit."""
    at = np.flatnonzero(chosen if measure.within is None else chosen & measure.within)
    if len(at) < _FEWEST_COUNTED:
        return float("nan"), float("nan")
    values, n = measure.values[at], len(at)
    error = standard_error(values, units[at])
    if np.isin(values, (0.0, 1.0)).all():
        share = (values.sum() + 1) / (n + 2)
        error = max(error, float(np.sqrt(share * (1 - share) / (n + 2))))
    return float(values.mean()), error
