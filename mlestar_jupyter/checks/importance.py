"""Which raw columns a model uses: what it loses when one is shuffled, and SHAP values where it has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mlestar_jupyter.core.explanation import Answer
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions


@dataclass(frozen=True)
class Importance:
    """How much each raw column is worth to a model, on rows that it was not fitted on.

    Parameters
    ----------
    columns : list of str
        Those that were shuffled.
    losses : list of float
        Mean loss of score when the column is shuffled, in the metric's own unit; positive where the column helps.
    spreads : list of float or None
        Standard deviation of that loss over the shuffles; None for a single one.
    shap : list of float or None
        Mean absolute SHAP values in the unit of the model's raw output; None where there are none.
    shap_reason : str
        Why there are none.
    score : float or None
        On the same rows, nothing shuffled.
    n_rows, n_repeats, n_shap_rows : int
    n_left_out : int
        Columns that were not shuffled: time ended, or there are too many.
    reason : str
        Why nothing was measured; empty where it was.

    Notes
    -----
    Breiman, "Random forests", Machine Learning 45 (2001); Fisher, Rudin & Dominici, JMLR 20 (2019); Lundberg et al.,
    "From local explanations to global understanding with explainable AI for trees", Nat. Mach. Intell. 2 (2020).
    """

    columns: list[str] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    spreads: list[float | None] = field(default_factory=list)
    shap: list[float] | None = None
    shap_reason: str = ""
    score: float | None = None
    n_rows: int = 0
    n_repeats: int = 0
    n_shap_rows: int = 0
    n_left_out: int = 0
    reason: str = ""

    @property
    def table(self) -> pd.DataFrame:
        """One row a column, the largest loss first; a figure that was not measured is missing, not zero."""
        shap = [None] * len(self.columns) if self.shap is None else self.shap
        table = pd.DataFrame({"column": self.columns, "loss": self.losses, "sd": self.spreads, "mean |SHAP|": shap})
        numbers = table.astype({"loss": float, "sd": float, "mean |SHAP|": float})
        return numbers.sort_values("loss", ascending=False, kind="stable", ignore_index=True)


def measure_importance(
    columns: Sequence[str], answer: Answer, y: np.ndarray, predictions: Predictions, metric: Metric, n_left_out: int = 0
) -> Importance:
    """Score what a model said about shuffled columns.

    Parameters
    ----------
    columns : sequence of str
        Those that the model was asked about, in that order.
    answer : Answer
        For as many of them as time allowed.
    y : ndarray of shape (n_rows,)
        Truth of the rows that it was asked on.
    predictions : Predictions
        For the same rows, nothing shuffled.
    metric : Metric
    n_left_out : int
        Columns that it was not asked about.
    """
    try:
        score = metric.score(y, predictions)
        losses = [[metric.gain(score, metric.score(y, p)) for p in repeats] for repeats in answer.shuffled]
    except ValueError as error:
        return Importance(reason=f"the score is not defined on these rows: {error}")
    known = list(columns[: len(losses)])
    n_repeats = len(losses[0]) if losses else 0
    return Importance(
        columns=known,
        losses=[float(np.mean(values)) for values in losses],
        spreads=[float(np.std(values, ddof=1)) if n_repeats > 1 else None for values in losses],
        shap=None if answer.shap is None else [float(value) for value in answer.shap[: len(known)]],
        shap_reason=answer.shap_reason,
        score=score,
        n_rows=len(y),
        n_repeats=n_repeats,
        n_shap_rows=answer.shap_rows,
        n_left_out=n_left_out + len(columns) - len(known),
        reason="" if known else "the time was too short to shuffle a column",
    )
