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
        if name.startswith(_SHARES):
            return 0.0, 1.0
        if name in ("r2", "explained_variance") or name.startswith("d2_"):
            return -math.inf, 1.0
        if name.endswith(("_error", "_deviance", "_loss", "_ratio", "brier_score", "mutual_info_score")):
            return 0.0, math.inf
        return -math.inf, math.inf

    @property
    def is_of_order(self) -> bool:
        """Whether the order of rows is scored alone: predictions that are all the same score the same on any rows."""
        return self.name.startswith("roc_auc")

    @property
    def most_gain(self) -> float:
        """The largest difference that two scores can have."""
        low, high = self.range
        return high - low

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
