"""Nested cross-validation of the choice among solutions: each fold judges one that was made without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.evaluation import Scored, on_same_folds
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.display.numbers import number


@dataclass(frozen=True)
class Nested:
    """The score of choosing anew for each fold.

    Parameters
    ----------
    score : float
        Mean over the folds: of each, that of the solution which is best on the others.
    chosen : float
        Cross-validated score of the best, which was chosen on all folds.
    solutions : int
        Among how many the choice was.
    """

    score: float
    chosen: float
    solutions: int

    def sentence(self, metric: Metric) -> str:
        """Say both scores."""
        return (
            f"Chosen anew for each fold by the other folds, the best of {self.solutions:,} solutions has "
            f"{metric.label} {number(self.score)}; chosen by all folds {number(self.chosen)}."
        )


def nested(present: Scored, others: Sequence[Scored], metric: Metric) -> Nested | None:
    """Choose among the present solution and others on its folds, fold by fold, by the scores on the other folds.

    It needs no fit: all were scored on the same folds. What was tried only since another had won on these folds is
    among them all the same, so that a little of the selection stays in the score; the holdout is the judge.

    Returns
    -------
    Nested or None
        None where there is a single solution, or a single fold.

    Notes
    -----
    Varma & Simon, BMC Bioinformatics 7 (2006); Tibshirani & Tibshirani, Annals of Applied Statistics 3 (2009).
    """
    known = {s.candidate.solution.fit_id: s for s in (*others, present) if on_same_folds(s, present)}
    scores = np.array([s.fold_scores for s in known.values()])
    n_solutions, n_folds = scores.shape
    if n_solutions < 2 or n_folds < 2:  # noqa: PLR2004
        return None
    sign = metric.gain(1.0, 0.0)
    on_others = sign * (scores.sum(axis=1, keepdims=True) - scores)
    best = on_others.argmax(axis=0)
    on_all = scores.mean(axis=1)
    return Nested(float(scores[best, np.arange(n_folds)].mean()), float(on_all[(sign * on_all).argmax()]), n_solutions)
