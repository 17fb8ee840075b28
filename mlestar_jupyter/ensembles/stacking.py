"""Stacking: a meta-learner over the members' predictions of rows that they were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.ensembles.base import MOST_CLASSES_OF_MATRIX, MOST_ROWS, Known, Strategy, refused_unless_means
from mlestar_jupyter.ensembles.source import learned_in_fit

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

_MOST_ROWS_OF_MANY_CLASSES = 5_000
_SMALLEST = 1e-6


class Stacking(Strategy):
    """Members, then a linear meta-learner; where it helps, a calibration is put behind it as the third level.

    Notes
    -----
    Wolpert, "Stacked generalization", Neural Networks 5 (1992). Classes are combined on the scale of
    log-probabilities, on which a logistic regression is at home.
    """

    name = "stacking"
    learns_in_fit = True
    counts = "coefficient"

    def refusal(self, known: Known) -> str:
        """Apply where the meta-learner finds what is predicted, and few classes, of which it weighs every pair."""
        if known.problem.has_probabilities and known.stacked.shape[2] > MOST_CLASSES_OF_MATRIX:
            return f"a number for every pair of {known.stacked.shape[2]} classes is too much to learn"
        return refused_unless_means(known)

    def learn(self, known: Known) -> Stack:
        """Fit the meta-learner, as the stacking block does."""
        from sklearn.linear_model import LogisticRegression, RidgeCV
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        if not known.problem.has_probabilities:
            few = known.few()
            model = make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(-3, 3, 7)))
            return Stack(model.fit(few.stacked.T, few.y), 0)
        n_classes = known.stacked.shape[2]
        few = known.few(MOST_ROWS if n_classes == 2 else _MOST_ROWS_OF_MANY_CLASSES)  # noqa: PLR2004
        model = LogisticRegression(max_iter=1000).fit(log_probabilities(few.stacked), few.y.astype(int))
        return Stack(model, n_classes)

    def source(self, task: Task, weights: Sequence[float]) -> str:
        """Write the members and the meta-learner; the block's own folds respect time and groups."""
        del weights
        return learned_in_fit(task, "ensemble_stacking")


@dataclass(frozen=True, eq=False)
class Stack:
    """A fitted meta-learner."""

    model: Pipeline | LogisticRegression
    n_classes: int
    weights: tuple[float, ...] = ()

    def predict(self, stacked: np.ndarray, X: pd.DataFrame | None) -> np.ndarray:
        """Ask the meta-learner."""
        del X
        if not self.n_classes:
            return np.asarray(self.model.predict(stacked.T))
        probabilities = np.zeros((stacked.shape[1], self.n_classes))
        probabilities[:, self.model.classes_] = self.model.predict_proba(log_probabilities(stacked))
        return probabilities

    def gates(self, stacked: np.ndarray, X: pd.DataFrame | None) -> np.ndarray:
        """Give every row the meta-learner's coefficients; of many classes, the mean of each class's own."""
        del X
        n_members = len(stacked)
        if not self.n_classes:
            scaler, ridge = self.model[0], self.model[1]
            found = ridge.coef_ / scaler.scale_
        elif self.model.coef_.shape[0] == 1:
            found = self.model.coef_[0]
        else:
            by_member = self.model.coef_.reshape(len(self.model.classes_), n_members, self.n_classes)
            own = [by_member[i, :, c] for i, c in enumerate(self.model.classes_)]
            found = np.mean(own, axis=0)
        return np.broadcast_to(found, (stacked.shape[1], n_members))


def log_probabilities(stacked: np.ndarray) -> np.ndarray:
    """One column a member for two classes, its log-odds; else one a member and class."""
    logs = np.log(np.clip(stacked, _SMALLEST, 1))
    if stacked.shape[2] == 2:  # noqa: PLR2004
        return np.asarray((logs[:, :, 1] - logs[:, :, 0]).T)
    return np.asarray(logs.transpose(1, 0, 2).reshape(stacked.shape[1], -1))
