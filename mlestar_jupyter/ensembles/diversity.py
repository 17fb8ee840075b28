"""Diversity: members whose errors agree cannot help each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.predictions import Predictions


def error_correlation(members: Sequence[Scored], y: np.ndarray) -> np.ndarray:
    """Correlate the members' errors on the rows that all of them predicted.

    Parameters
    ----------
    members : sequence of Scored
    y : ndarray of shape (n_rows,)
        Numbers, or class codes.

    Returns
    -------
    ndarray of shape (n_members, n_members)
        1 on the diagonal; NaN where a member's error is the same in all rows.
    """
    table = np.stack([_errors(m.predictions, y) for m in members])
    table = table[:, np.isfinite(table).all(axis=0)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.corrcoef(table)


def mean_correlation(correlations: np.ndarray) -> float:
    """Mean over the pairs of members."""
    return float(correlations[~np.eye(len(correlations), dtype=bool)].mean())


def _errors(predictions: Predictions, y: np.ndarray) -> np.ndarray:
    """Residuals, or what the probability of the true class lacks."""
    if predictions.probabilities is None:
        return predictions.values - y
    return np.asarray(1 - predictions.probabilities[np.arange(len(y)), y.astype(int)])
