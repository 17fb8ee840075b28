"""Diversity: members whose errors agree cannot help each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.problems.base import Problem


def error_correlation(members: Sequence[Scored], y: np.ndarray, problem: Problem) -> np.ndarray:
    """Correlate the members' errors on the rows that all of them predicted.

    Parameters
    ----------
    members : sequence of Scored
    y : ndarray of shape (n_rows,)
        Numbers, or class codes.
    problem : Problem

    Returns
    -------
    ndarray of shape (n_members, n_members)
        1 on the diagonal; NaN where a member's error is the same in all rows.
    """
    table = np.stack([problem.errors(m.predictions, y) for m in members])
    table = table[:, np.isfinite(table).all(axis=0)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.corrcoef(table))


def mean_correlation(correlations: np.ndarray) -> float:
    """Mean over the pairs of members."""
    return float(correlations[~np.eye(len(correlations), dtype=bool)].mean())
