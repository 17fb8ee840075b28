"""Affine weighting: weights of least squared error that sum to 1, some of which may be negative."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.ensembles.base import GlobalWeights, Known, Strategy, refused_unless_means
from mlestar_jupyter.ensembles.source import voting

_PENALTY = 0.01
"""On the squared distance from equal weights, in units of the members' mean squared error."""
_LEAST_STEP = 1e-4
"""Share of the loss that one more member must take away."""


class Affine(Strategy):
    """Members chosen one by one, weighted without a sign: one that errs as the others do is subtracted.

    Notes
    -----
    Bates & Granger, "The combination of forecasts", Operational Research Quarterly 20 (1969), and Granger &
    Ramanathan, "Improved methods of combining forecasts", Journal of Forecasting 3 (1984): the weights of least
    variance may be negative where errors are correlated, as those of models of one table are.
    """

    name = "affine"

    def members(self, pool: Sequence[Scored], able: Sequence[Scored], limit: int) -> Sequence[Scored]:
        """Take all: one that is worse alone may have the error that is to be subtracted."""
        del pool, limit
        return able

    def refusal(self, known: Known) -> str:
        """Apply to numbers."""
        if known.problem.has_probabilities:
            return "probabilities with negative weights might be none"
        return refused_unless_means(known)

    def learn(self, known: Known) -> GlobalWeights:
        """Add the member that lowers the loss most, again and again, and weigh all anew."""
        errors = known.stacked - known.y
        products = errors @ errors.T / len(known)
        chosen: list[int] = []
        lowest = np.inf
        while len(chosen) < (known.limit or len(products)):
            losses = {i: _loss(products, [*chosen, i]) for i in range(len(products)) if i not in chosen}
            best = min(losses, key=lambda i: losses[i], default=None)
            if best is None or losses[best] > lowest * (1 - _LEAST_STEP):
                break
            chosen.append(best)
            lowest = losses[best]
        weights = np.zeros(len(products))
        weights[chosen] = affine_weights(products[np.ix_(chosen, chosen)])
        return GlobalWeights.of(weights)

    def source(self, task: Task, weights: Sequence[float]) -> str:
        """Write a vote with these weights."""
        title = "The members' weighted mean, some of them subtracted"
        return voting(task, weights, title, "least squared error, of either sign (Granger & Ramanathan 1984)")


def affine_weights(products: np.ndarray) -> np.ndarray:
    """Minimise the mean squared error of the combination, drawn towards equal weights.

    Parameters
    ----------
    products : ndarray of shape (n_members, n_members)
        Mean products of the members' errors.

    Returns
    -------
    ndarray of shape (n_members,)
        Summing to 1.
    """
    n_members = len(products)
    ridge = _PENALTY * max(float(np.trace(products)) / n_members, 1e-300)
    ones = np.ones(n_members)
    drawn, free = np.linalg.solve(products + ridge * np.eye(n_members), np.stack([ridge * ones / n_members, ones]).T).T
    return np.asarray(drawn + free * (1 - drawn.sum()) / free.sum())  # the multiplier of the sum


def _loss(products: np.ndarray, members: list[int]) -> float:
    """Mean squared error of the combination of some members."""
    among = products[np.ix_(members, members)]
    weights = affine_weights(among)
    return float(weights @ among @ weights)
