"""A metric: a score by its name, in the unit and direction that people read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.core.quiet import quietly

if TYPE_CHECKING:
    from mlestar_jupyter.core.predictions import Predictions


_FROM_MINUS_ONE = ("matthews_corrcoef", "adjusted_rand_score", "adjusted_mutual_info_score")
_OF_LOSSES = {
    "r2": "neg_mean_squared_error",
    "neg_root_mean_squared_error": "neg_mean_squared_error",
    "neg_root_mean_squared_log_error": "neg_mean_squared_log_error",
}
_SHARES = ("roc_auc", "f1", "precision", "recall", "jaccard", "accuracy", "balanced_accuracy", "top_k_accuracy",
           "average_precision", "rand_score", "homogeneity_score", "completeness_score", "v_measure_score",
           "fowlkes_mallows_score", "normalized_mutual_info_score")  # fmt: skip
"""Beginnings of the names of scores from 0 to 1; those of averages, such as ``f1_macro``, are longer."""


@dataclass(frozen=True)
class Metric:
    """A score and the direction in which it is better.

    Scores are in the metric's own unit: the log-loss of ``neg_log_loss`` is positive, and lower is better.

    Parameters
    ----------
    name : str
        Name of a scikit-learn scorer, such as ``"roc_auc"`` or ``"neg_log_loss"``; a metric that scikit-learn lacks
        is a subclass with its own `score`.
    greater_is_better : bool
    needs_probabilities : bool
        Whether the score is computed from probabilities rather than from predicted labels.
    """

    name: str
    greater_is_better: bool
    needs_probabilities: bool

    @property
    def label(self) -> str:
        """The name without the sign: ``log_loss`` for ``neg_log_loss``."""
        return self.name.removeprefix("neg_")

    @property
    def direction(self) -> str:
        """In words: ``higher is better`` or ``lower is better``."""
        return "higher is better" if self.greater_is_better else "lower is better"

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest score that there can be; a metric of another package gives its own."""
        name = self.label
        if name in _FROM_MINUS_ONE:
            return -1.0, 1.0
        if self.is_share:
            return 0.0, 1.0
        if name in ("r2", "explained_variance") or name.startswith("d2_"):
            return -math.inf, 1.0
        if name.endswith(("_error", "_deviance", "_loss", "_ratio", "brier_score", "mutual_info_score")):
            return 0.0, math.inf
        return -math.inf, math.inf

    @property
    def is_mean_over_rows(self) -> bool:
        """Whether each row of labels has a score of its own, so that rows that were predicted alike can be judged."""
        return self.name in ("accuracy", "top_k_accuracy", "neg_log_loss", "neg_brier_score")

    @property
    def is_share(self) -> bool:
        """Whether it goes from 0 to 1."""
        return self.label.startswith(_SHARES)

    @property
    def of_losses(self) -> Metric:
        """The mean of losses under a root, or of R²: the way to a perfect score is the same share for both."""
        name = _OF_LOSSES.get(self.name) if type(self) is Metric else None
        return self if name is None else Metric(name, greater_is_better=False, needs_probabilities=False)

    @property
    def is_of_order(self) -> bool:
        """Whether the order of rows is scored alone: predictions that are all the same score the same on any rows."""
        return self.name.startswith("roc_auc")

    @property
    def is_root(self) -> bool:
        """Whether it is the root of a mean."""
        return self.label.startswith("root_")

    def count(self, y: np.ndarray, n_units: int) -> int:
        """How many of the independent units count: those of the rarest class, where each class has a say."""
        if not self.is_share or self.is_mean_over_rows or y.dtype.kind not in "iub":
            return n_units
        return min(n_units, int(np.unique(y, return_counts=True)[1].min()))

    @property
    def most_gain(self) -> float:
        """The largest difference that two scores can have."""
        low, high = self.range
        return high - low

    @property
    def has_best(self) -> bool:
        """Whether there is a best score."""
        return math.isfinite(self.range[1 if self.greater_is_better else 0])

    def distance_to_best(self, score: float) -> float:
        """How far a score is from the best that there can be; of a metric without a best, the score's size.

        >>> Metric("r2", True, False).distance_to_best(0.25)
        0.75
        """
        best = self.range[1 if self.greater_is_better else 0]
        return abs(best - score) if self.has_best else abs(score)

    def range_of_share(self, old: float) -> tuple[float, float]:
        """How much of the way from an old score to the best one any score goes, at least and at most.

        >>> Metric("roc_auc", True, True).range_of_share(0.5)
        (-1.0, 1.0)
        """
        way = self.distance_to_best(old)
        return 1 - self.most_gain / way, 1.0 if self.has_best else math.inf

    def gain(self, new: float, old: float) -> float:
        """How much better `new` is than `old`; negative when it is worse."""
        return new - old if self.greater_is_better else old - new

    def score(self, y: np.ndarray, predictions: Predictions) -> float:
        """Score predictions against the truth.

        Parameters
        ----------
        y : ndarray of shape (n_rows,)
            Class codes or numbers.
        predictions : Predictions
            For the same rows.

        Returns
        -------
        float
            In the metric's own unit.

        Raises
        ------
        ValueError
            When the metric is not defined for these rows, say the ROC AUC of a single class.
        """
        from sklearn.metrics import get_scorer

        scorer = get_scorer(self.name)
        fixed = predictions.as_estimator()
        if self.name == "neg_log_loss" and predictions.columns is not None:
            return _log_loss(y, predictions.columns)
        with quietly():  # of labels that these rows lack, and of scores that are not defined: the caller says so
            value = scorer._sign * scorer(fixed, np.zeros((len(y), 1)), y)  # noqa: SLF001 - no public way to the sign
        if not np.isfinite(value):
            raise ValueError(f"{self.label} is not defined for these rows")
        return float(value)


def _log_loss(y: np.ndarray, probabilities: np.ndarray) -> float:
    """Log-loss that also holds where a fold lacks a class, which scikit-learn's scorer refuses."""
    clipped = np.clip(probabilities, np.finfo(float).eps, 1)
    clipped = clipped / clipped.sum(axis=1, keepdims=True)
    return float(-np.mean(np.log(clipped[np.arange(len(y)), y.astype(int)])))
