"""Weighted averaging: the convex weights whose mean has the least squared error (the Brier score for classes)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.ensembles.base import GlobalWeights, Known, Strategy
from mlestar_jupyter.ensembles.source import voting


class Weighted(Strategy):
    """Convex weights by direct optimisation.

    Notes
    -----
    Breiman, "Stacked regressions", Machine Learning 24 (1996): least squares over out-of-fold predictions with
    weights that are not negative; here they also sum to 1.
    """

    name = "weighted"

    def learn(self, known: Known) -> GlobalWeights:
        """Find the weights of least squared error."""
        return GlobalWeights.of(least_squares_weights(known.told, known.y))

    def source(self, task: Task, weights: Sequence[float]) -> str:
        """Write a vote with these weights."""
        return voting(task, weights, "The members' weighted mean", "least squared error out of fold (Breiman 1996)")


def least_squares_weights(told: np.ndarray, y: np.ndarray, counts: np.ndarray | None = None) -> np.ndarray:
    """Minimise the squared error of the weighted mean over the simplex.

    Parameters
    ----------
    told : ndarray of shape (n_members, n_rows) or (n_members, n_rows, n_classes)
    y : ndarray of shape (n_rows,)
    counts : ndarray of shape (n_rows,), optional
        What each row counts for.

    Returns
    -------
    ndarray of shape (n_members,)
        Not negative, summing to 1.
    """
    from scipy.optimize import minimize

    truth = y if told.ndim == 2 else np.eye(told.shape[2])[y.astype(int)]  # noqa: PLR2004
    errors = told - truth  # weights sum to 1, so the error of the mean is the mean of the errors
    share = np.full(len(y), 1 / len(y)) if counts is None else counts / counts.sum()
    weighed = errors * (share if told.ndim == 2 else share[:, None])  # noqa: PLR2004
    flat = errors.reshape(len(told), -1)
    gram = weighed.reshape(len(told), -1) @ flat.T
    gram = gram / max(float(np.trace(gram)) / len(told), 1e-300)
    found = minimize(
        lambda w: w @ gram @ w,
        np.full(len(told), 1 / len(told)),
        jac=lambda w: 2 * gram @ w,
        method="SLSQP",
        bounds=[(0, 1)] * len(told),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        options={"ftol": 1e-10, "maxiter": 200},
    )
    weights = np.clip(found.x, 0, None)
    return np.asarray(weights / weights.sum())
