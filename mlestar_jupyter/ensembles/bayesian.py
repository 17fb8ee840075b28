"""Stacking of predictive distributions: the mixture under which what happened was most likely."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.ensembles.base import (
    GlobalWeights,
    Known,
    Strategy,
    likelihoods,
    of_true_class,
    refused_unless_means,
    spread_of_errors,
)
from mlestar_jupyter.ensembles.source import voting

_STEPS, _TOLERANCE = 500, 1e-6
_DRAWS = 200


class Bayesian(Strategy):
    """Weights of the highest log score.

    Notes
    -----
    Yao, Vehtari, Simpson & Gelman, "Using stacking to average Bayesian predictive distributions", Bayesian Analysis
    13 (2018). Bayesian model averaging puts all weight on one model as rows grow, and errs when none of the models
    is the true one; the paper's remedy is this. For numbers each member's distribution is normal with the spread of
    its own errors.
    """

    name = "bayesian"

    def refusal(self, known: Known) -> str:
        """Apply where a mixture is a distribution: of labels, or of one number."""
        return refused_unless_means(known)

    def learn(self, known: Known) -> GlobalWeights:
        """Find the mixture weights."""
        few = known.few()
        scales = None if known.problem.has_probabilities else spread_of_errors(few.stacked, few.y)
        return GlobalWeights.of(log_score_weights(likelihoods(few.stacked, few.y, scales)), scales)

    def source(self, task: Task, weights: Sequence[float]) -> str:
        """Write a vote with these weights."""
        title = "A mixture of the members' predictive distributions"
        return voting(task, weights, title, "highest log score out of fold (Yao et al. 2018)")

    def alternatives(self, known: Known) -> dict[str, np.ndarray]:
        """Show the weights of Bayesian model averaging as well."""
        return {"pseudo-BMA+": pseudo_bma_weights(known.complete())}


def log_score_weights(likelihood: np.ndarray) -> np.ndarray:
    """Maximise the mean log of the mixture's likelihood over the simplex.

    Parameters
    ----------
    likelihood : ndarray of shape (n_members, n_rows)
        Up to a factor a row.

    Returns
    -------
    ndarray of shape (n_members,)

    Notes
    -----
    The steps of expectation and maximisation; the problem is convex, so they lead to the one optimum.
    """
    weights = np.full(len(likelihood), 1 / len(likelihood))
    for _ in range(_STEPS):
        new = weights * (likelihood @ (1 / (weights @ likelihood))) / likelihood.shape[1]
        moved = float(np.abs(new - weights).max())
        weights = new
        if moved < _TOLERANCE:
            break
    return np.asarray(weights / weights.sum())


def pseudo_bma_weights(known: Known, seed: int = 0) -> np.ndarray:
    """Pseudo-BMA+ weights of the same paper, to be shown beside those of stacking.

    Softmax of the members' summed log scores, averaged over a Bayesian bootstrap of the rows.
    """
    few = known.few(5_000)
    if few.problem.has_probabilities:
        logs = np.log(np.maximum(of_true_class(few.stacked, few.y), 1e-9))
    else:
        scales = spread_of_errors(few.stacked, few.y)[:, None]
        logs = -0.5 * ((few.stacked - few.y) / scales) ** 2 - np.log(scales)
    shares = np.random.default_rng(seed).dirichlet(np.ones(len(few)), _DRAWS)
    sums = len(known) * logs @ shares.T
    powers = np.exp(sums - sums.max(axis=0))
    return np.asarray((powers / powers.sum(axis=0)).mean(axis=1))
