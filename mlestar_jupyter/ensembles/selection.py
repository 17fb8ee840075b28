"""Greedy ensemble selection over out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions

_PATIENCE = 5
"""Rounds without a better mean after which the selection ends."""


def greedy_weights(
    members: Sequence[Predictions], y: np.ndarray, metric: Metric, rounds: int = 25
) -> tuple[float, ...]:
    """Add, again and again, the member that helps the mean most; a member's weight is how often it was added.

    Parameters
    ----------
    members : sequence of Predictions
        For the rows of `y`.
    y : ndarray of shape (n_rows,)
    metric : Metric
    rounds : int
        Additions at most; the best round counts.

    Returns
    -------
    tuple of float
        One weight a member, summing to 1.

    Notes
    -----
    Caruana, Niculescu-Mizil, Crew & Ksikes, "Ensemble selection from libraries of models", ICML 2004:
    selection with replacement.
    """
    arrays = np.stack([m.values if m.probabilities is None else m.probabilities for m in members])
    total = np.zeros_like(arrays[0], dtype=float)
    chosen: list[int] = []
    best_round, best_score = 0, None
    for size in range(1, rounds + 1):
        scores = [_score((total + array) / size, y, metric, members[0]) for array in arrays]
        pick = max(range(len(scores)), key=lambda i: metric.gain(scores[i], 0.0))
        total += arrays[pick]
        chosen.append(pick)
        if best_score is None or metric.gain(scores[pick], best_score) > 0:
            best_round, best_score = size, scores[pick]
        elif size - best_round >= _PATIENCE:
            break
    counts = np.bincount(chosen[:best_round], minlength=len(members))
    return tuple(float(c) for c in counts / counts.sum())


def _score(mean: np.ndarray, y: np.ndarray, metric: Metric, like: Predictions) -> float:
    if like.probabilities is None:
        return metric.score(y, Predictions(mean, None))
    return metric.score(y, Predictions(np.argmax(mean, axis=1), mean))
