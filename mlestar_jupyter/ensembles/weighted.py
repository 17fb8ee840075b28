"""Weighted averaging: the convex weights whose mean has the least squared error (the Brier score for classes)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.ensembles.base import GlobalWeights, Known, Strategy, refused_unless_means
from mlestar_jupyter.ensembles.source import voting


class Weighted(Strategy):
    """Convex weights by direct optimisation.

    Notes
    -----
    Breiman, "Stacked regressions", Machine Learning 24 (1996): least squares over out-of-fold predictions with
    weights that are not negative; here they also sum to 1.
    """

    name = "weighted"

    def refusal(self, known: Known) -> str:
        """Apply where the least squared error finds what is predicted."""
        return refused_unless_means(known)

    def learn(self, known: Known) -> GlobalWeights:
        """Find the weights of least squared error."""
        return GlobalWeights.of(least_squares_weights(known))

    def source(self, task: Task, weights: Sequence[float]) -> str:
        """Write a vote with these weights."""
        return voting(task, weights, "The members' weighted mean", "least squared error out of fold (Breiman 1996)")


def least_squares_weights(known: Known, counts: np.ndarray | None = None) -> np.ndarray:
    """Minimise the squared error of the weighted mean over the simplex.

    Parameters
    ----------
    known : Known
    counts : ndarray of shape (n_rows,), optional
        What each row counts for.

    Returns
    -------
    ndarray of shape (n_members,)
        Not negative, summing to 1.
    """
    from scipy.optimize import minimize

    stacked, y = known.stacked, known.y
    truth = known.problem.truth(y, stacked.shape[2] if stacked.ndim == 3 else 0)  # noqa: PLR2004
    errors = stacked - truth  # weights sum to 1, so the error of the mean is the mean of the errors
    share = np.full(len(y), 1 / len(y)) if counts is None else counts / counts.sum()
    weighed = errors * (share if stacked.ndim == 2 else share[:, None])  # noqa: PLR2004
    flat = errors.reshape(len(stacked), -1)
    gram = weighed.reshape(len(stacked), -1) @ flat.T
    gram = gram / max(float(np.trace(gram)) / len(stacked), 1e-300)
    found = minimize(
        lambda w: w @ gram @ w,
        np.full(len(stacked), 1 / len(stacked)),
        jac=lambda w: 2 * gram @ w,
        method="SLSQP",
        bounds=[(0, 1)] * len(stacked),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        options={"ftol": 1e-10, "maxiter": 200},
    )
    weights = np.clip(found.x, 0, None)
    return np.asarray(weights / weights.sum())
