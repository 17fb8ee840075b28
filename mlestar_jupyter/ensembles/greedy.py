"""Greedy ensemble selection over out-of-fold predictions, on the task's own metric."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.ensembles.base import MOST_ROWS, GlobalWeights, Known, Strategy
from mlestar_jupyter.ensembles.quick_score import quick_score
from mlestar_jupyter.ensembles.source import voting

_ROUNDS = 25
_PATIENCE = 5
"""Rounds without a better mean after which the selection ends."""
_ROWS = {
    "roc_auc": MOST_ROWS,
    "neg_log_loss": MOST_ROWS,
    "accuracy": MOST_ROWS,
    "neg_root_mean_squared_error": MOST_ROWS,
    "neg_mean_squared_error": MOST_ROWS,
    "r2": MOST_ROWS,
    "neg_mean_absolute_error": MOST_ROWS,
}
"""Rows to select on, by how long the metric takes."""
_ROWS_OF_SLOW_METRICS = 5_000


class Greedy(Strategy):
    """Add, again and again, the member that helps the mean most; a member's weight is how often it was added.

    Notes
    -----
    Caruana, Niculescu-Mizil, Crew & Ksikes, "Ensemble selection from libraries of models", ICML 2004:
    selection with replacement.
    """

    name = "greedy"

    def members(self, pool: Sequence[Scored], able: Sequence[Scored], limit: int) -> Sequence[Scored]:
        """Take all of the pool: it selects for itself."""
        del able, limit
        return pool

    def learn(self, known: Known) -> GlobalWeights:
        """Select on the metric itself."""
        few = known.few(_ROWS.get(known.metric.name, _ROWS_OF_SLOW_METRICS))
        score = quick_score(few.y, few.metric, few.form)
        total = np.zeros_like(few.stacked[0], dtype=float)
        chosen: list[int] = []
        limit = known.limit or len(few.stacked)
        best_size, best_score = 0, -np.inf
        for size in range(1, _ROUNDS + 1):
            open_to = sorted(set(chosen)) if len(set(chosen)) >= limit else range(len(few.stacked))
            scores = {i: score((total + few.stacked[i]) / size) for i in open_to}
            pick = max(scores, key=lambda i: scores[i])
            total += few.stacked[pick]
            chosen.append(pick)
            if scores[pick] > best_score:
                best_size, best_score = size, scores[pick]
            elif size - best_size >= _PATIENCE:
                break
        counts = np.bincount(chosen[:best_size], minlength=len(few.stacked))
        return GlobalWeights.of(counts / counts.sum())

    def source(self, task: Task, weights: Sequence[float]) -> str:
        """Write a vote with these weights."""
        origin = "greedy selection with replacement (Caruana et al. 2004)"
        return voting(task, weights, "The members' weighted mean", origin)
