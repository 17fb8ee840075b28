"""Mixture of experts: a gating model learns in which region to believe which member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.core.estimators import Transformer
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.ensembles.base import (
    Known,
    Strategy,
    gated,
    likelihoods,
    refused_unless_means,
    softmax,
    spread_of_errors,
)
from mlestar_jupyter.ensembles.regions import NO_COLUMNS, make_regions
from mlestar_jupyter.ensembles.source import learned_in_fit, region_columns

if TYPE_CHECKING:
    import pandas as pd

PENALTY = 10.0
"""On the squared gate coefficients, against the sum of the log-likelihoods: draws the gate to constant weights."""
STEPS = 100
MOST_ROWS = 10_000


class Experts(Strategy):
    """A softmax gate over the rows' columns.

    Notes
    -----
    Jacobs, Jordan, Nowlan & Hinton, "Adaptive mixtures of local experts", Neural Computation 3 (1991), with the
    experts given: the gate alone is fitted, by the likelihood of the mixture.
    """

    name = "experts"
    learns_in_fit = True

    def refusal(self, known: Known) -> str:
        """Apply where rows can be compared."""
        return refused_unless_means(known) or ("" if known.numbers or known.categories else NO_COLUMNS)

    def learn(self, known: Known) -> Gate:
        """Fit the gate, as the block does."""
        few = known.few(MOST_ROWS)
        regions = make_regions(few)
        places = with_constant(regions.fit_transform(few.X))
        scales = None if known.problem.has_probabilities else spread_of_errors(few.stacked, few.y)
        return Gate(regions, fit_gate(places, likelihoods(few.stacked, few.y, scales).T))

    def source(self, task: Task, weights: Sequence[float]) -> str | None:
        """Write the block, where the table has columns by which rows can be compared."""
        del weights
        return learned_in_fit(task, "ensemble_experts") if any(region_columns(task)) else None


def fit_gate(places: np.ndarray, likelihood: np.ndarray) -> np.ndarray:
    """Fit the coefficients of the softmax gate.

    Parameters
    ----------
    places : ndarray of shape (n_rows, n_features)
        The last column is 1.
    likelihood : ndarray of shape (n_rows, n_members)

    Returns
    -------
    ndarray of shape (n_features, n_members)
    """
    from scipy.optimize import minimize

    shape = (places.shape[1], likelihood.shape[1])

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        coefficients = flat.reshape(shape)
        gates = softmax(places @ coefficients)
        joint = gates * likelihood
        total = joint.sum(axis=1, keepdims=True)
        slopes = coefficients.copy()
        slopes[-1] = 0  # the constant is free
        value = -np.log(total).mean() + PENALTY / 2 * (slopes**2).sum() / len(places)
        gradient = places.T @ (gates - joint / total) / len(places) + PENALTY * slopes / len(places)
        return float(value), gradient.ravel()

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return np.asarray(found.x.reshape(shape))


@dataclass(frozen=True, eq=False)
class Gate:
    """A fitted gate."""

    regions: Transformer
    coefficients: np.ndarray
    weights: tuple[float, ...] = ()

    def predict(self, stacked: np.ndarray, X: pd.DataFrame | None) -> np.ndarray:
        """Mix the experts row by row."""
        return gated(stacked, self.gates(stacked, X))

    def gates(self, stacked: np.ndarray, X: pd.DataFrame | None) -> np.ndarray:
        """Give each expert's share in each row."""
        del stacked
        return softmax(with_constant(self.regions.transform(X)) @ self.coefficients)


def with_constant(places: np.ndarray) -> np.ndarray:
    """Add a column of ones."""
    return np.column_stack([places, np.ones(len(places))])
