"""Greedy ensemble selection over out-of-fold predictions, on the task's own metric."""

from __future__ import annotations

import numpy as np

from mlestar_jupyter.ensembles.base import MOST_ROWS, GlobalWeights, Known
from mlestar_jupyter.ensembles.quick_score import quick_score

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


class Greedy:
    """Add, again and again, the member that helps the mean most; a member's weight is how often it was added.

    Parameters
    ----------
    limit : int
        Different members at most.

    Notes
    -----
    Caruana, Niculescu-Mizil, Crew & Ksikes, "Ensemble selection from libraries of models", ICML 2004:
    selection with replacement.
    """

    name = "greedy"
    learns_in_fit = False

    def __init__(self, limit: int = 5, rounds: int = 25) -> None:
        self.limit = limit
        self.rounds = rounds

    def refusal(self, known: Known) -> str:
        """Apply to everything."""
        del known
        return ""

    def learn(self, known: Known) -> GlobalWeights:
        """Select on the metric itself."""
        few = known.few(_ROWS.get(known.metric.name, _ROWS_OF_SLOW_METRICS))
        score = quick_score(few.y, few.metric, few.form)
        total = np.zeros_like(few.told[0], dtype=float)
        chosen: list[int] = []
        best_size, best_score = 0, -np.inf
        for size in range(1, self.rounds + 1):
            open_to = sorted(set(chosen)) if len(set(chosen)) >= self.limit else range(len(few.told))
            scores = {i: score((total + few.told[i]) / size) for i in open_to}
            pick = max(scores, key=lambda i: scores[i])
            total += few.told[pick]
            chosen.append(pick)
            if scores[pick] > best_score:
                best_size, best_score = size, scores[pick]
            elif size - best_size >= _PATIENCE:
                break
        counts = np.bincount(chosen[:best_size], minlength=len(few.told))
        return GlobalWeights.of(counts / counts.sum())
