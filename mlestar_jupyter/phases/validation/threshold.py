"""What the threshold by costs is worth on the holdout, beside the usual one of a half."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlestar_jupyter.core.costs import USUAL, Costs
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.intervals import mean_interval
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.core.threshold import threshold_of
from mlestar_jupyter.display.numbers import number, with_interval
from mlestar_jupyter.display.view import Section


@dataclass(frozen=True)
class Threshold:
    """A threshold that was chosen on the folds, judged on the holdout.

    Parameters
    ----------
    threshold : float
    costs : Costs
    cost, usual_cost : float or None
        Of a row on the average, by it and by a half; None without a holdout.
    saved, low, high : float or None
        What it saves, with its interval (95 %), NaN where that cannot be measured.
    """

    threshold: float
    costs: Costs
    cost: float | None = None
    usual_cost: float | None = None
    saved: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def verdict(self) -> str:
        """Whether it costs less than the usual one."""
        if self.low is None or self.high is None or not np.isfinite([self.low, self.high]).all():
            return "not measured"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "no clear difference"

    def to_dict(self) -> dict[str, float | str | None]:
        """Plain values for ``report.json``; null is not measured."""
        bounds = [b if b is not None and np.isfinite(b) else None for b in (self.low, self.high)]
        return {
            "threshold": self.threshold, "fp": self.costs.fp, "fn": self.costs.fn, "cost": self.cost,
            "cost_at_half": self.usual_cost, "saved": self.saved, "low": bounds[0], "high": bounds[1],
            "verdict": self.verdict,
        }  # fmt: skip


def threshold_on_holdout(
    task: Task, y: np.ndarray, score: Scored, rows: Rows | None, predictions: Predictions | None
) -> Threshold | None:
    """Choose the threshold of a solution on the folds and judge it on the holdout; None without costs.

    Parameters
    ----------
    task : Task
    y : ndarray of shape (n_development,)
    score : Scored
        With out-of-fold predictions of the development rows.
    rows : Rows or None
        The holdout.
    predictions : Predictions or None
        Of the holdout, by the solution fitted on the development rows.
    """
    threshold = threshold_of(task, y, score.predictions)
    if threshold is None or task.costs is None:
        return None
    if rows is None or predictions is None or predictions.columns is None:
        return Threshold(threshold, task.costs)
    own, usual = (task.costs.of_rows(rows.y, predictions.columns[:, 1], t) for t in (threshold, USUAL))
    most = 0.0 if threshold == USUAL else max(task.costs.fp, task.costs.fn)
    found = mean_interval(usual - own, most, rows.groups, is_ordered=task.time is not None)
    return Threshold(
        threshold, task.costs, float(own.mean()), float(usual.mean()), float((usual - own).mean()), found.low,
        found.high,
    )  # fmt: skip


def threshold_sentence(found: Threshold, task: Task) -> str:
    """Say the threshold, what it comes from and how it was judged."""
    chosen = (
        f"{task.classes[-1]!r} is predicted from a probability of {number(found.threshold)} on: a false positive costs "
        f"{number(found.costs.fp)}, a false negative {number(found.costs.fn)}. Chosen on the folds"
    )
    return f"{chosen}; not measured on the holdout." if found.cost is None else f"{chosen}, judged on the holdout."


def threshold_sections(found: Threshold | None, task: Task) -> list[Section]:
    """Show threshold and costs; nothing without costs."""
    if found is None:
        return []
    text = threshold_sentence(found, task)
    if found.cost is None or found.usual_cost is None or found.saved is None:
        return [Section("Decision threshold", text)]
    low, high = (float("nan") if bound is None else bound for bound in (found.low, found.high))
    row = {
        "cost of a row": number(found.cost),
        f"at {USUAL:g}": number(found.usual_cost),
        "saved [95 %]": with_interval(found.saved, low, high, signed=True),
        "verdict": found.verdict,
    }
    return [Section("Decision threshold", text, pd.DataFrame([row]))]
