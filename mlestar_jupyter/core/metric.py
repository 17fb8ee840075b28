"""A metric: scikit-learn's scorers by name, in the unit and direction that people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.errors import SettingError, unknown

if TYPE_CHECKING:
    from mlestar_jupyter.core.predictions import Predictions

_ALIASES = {
    "auc": "roc_auc",
    "logloss": "neg_log_loss",
    "log_loss": "neg_log_loss",
    "rmse": "neg_root_mean_squared_error",
    "mse": "neg_mean_squared_error",
    "mae": "neg_mean_absolute_error",
    "mape": "neg_mean_absolute_percentage_error",
    "rmsle": "neg_root_mean_squared_log_error",
    "brier": "neg_brier_score",
}
_DEFAULTS = {
    "binary": "roc_auc",
    "multiclass": "neg_log_loss",
    "regression": "neg_root_mean_squared_error",
}


@dataclass(frozen=True)
class Metric:
    """A score and the direction in which it is better.

    Scores are in the metric's own unit: the log-loss of ``neg_log_loss`` is positive, and lower is better.

    Parameters
    ----------
    name : str
        Name of a scikit-learn scorer, such as ``"roc_auc"`` or ``"neg_log_loss"``.
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
        if self.name == "neg_log_loss" and predictions.probabilities is not None:
            return _log_loss(y, predictions.probabilities)
        value = scorer._sign * scorer(fixed, np.zeros((len(y), 1)), y)  # noqa: SLF001 - no public way to the sign
        if not np.isfinite(value):
            raise ValueError(f"{self.label} is not defined for these rows")
        return float(value)


def _log_loss(y: np.ndarray, probabilities: np.ndarray) -> float:
    """Log-loss that also holds where a fold lacks a class, which scikit-learn's scorer refuses."""
    clipped = np.clip(probabilities, np.finfo(float).eps, 1)
    clipped = clipped / clipped.sum(axis=1, keepdims=True)
    return float(-np.mean(np.log(clipped[np.arange(len(y)), y.astype(int)])))


def find_metric(name: str | None, problem: str) -> Metric:
    """Look up the metric of a task, or the usual one for its problem type.

    Parameters
    ----------
    name : str or None
        A scikit-learn scorer's name or a common short one (``rmse``, ``auc``, ``logloss``).
    problem : {"binary", "multiclass", "regression"}

    Raises
    ------
    SettingError
        When there is no such metric, or it does not fit the problem type.
    """
    from sklearn.metrics import get_scorer, get_scorer_names

    if name is None:
        name = _DEFAULTS[problem]
    wanted = _ALIASES.get(name.lower(), name)
    if problem == "multiclass" and wanted in ("roc_auc", "f1", "precision", "recall"):
        wanted = {"roc_auc": "roc_auc_ovr"}.get(wanted, f"{wanted}_macro")
    if wanted not in get_scorer_names():
        raise unknown("metric", name, [*get_scorer_names(), *_ALIASES])
    scorer = get_scorer(wanted)
    response = scorer._response_method  # noqa: SLF001
    metric = Metric(wanted, scorer._sign > 0, response != "predict")  # noqa: SLF001
    _check_fits(metric, problem)
    return metric


def _is_for_numbers(name: str) -> bool:
    """Whether a scorer measures distances between numbers."""
    return name.endswith(("_error", "_deviance")) or name in ("r2", "explained_variance") or name.startswith("d2_abs")


def _check_fits(metric: Metric, problem: str) -> None:
    """Try the metric on four rows: the surest way to know whether it fits the problem type."""
    from mlestar_jupyter.core.predictions import Predictions

    if problem == "regression":
        y = np.array([1.0, 2.0, 3.0, 4.0])
        tried = Predictions(y + 0.5, None)
    else:
        n_classes = 2 if problem == "binary" else 3
        y = np.arange(4) % n_classes
        tried = Predictions(y, np.full((4, n_classes), 1 / n_classes))
    try:
        if problem != "regression" and _is_for_numbers(metric.name):
            raise ValueError("a metric for numbers")  # noqa: TRY301 - scikit-learn would compute it on class codes
        metric.score(y, tried)
    except (ValueError, TypeError, AttributeError) as error:
        raise SettingError(
            f"The metric {metric.name!r} does not fit a {problem} problem.",
            mend=f"Leave --metric out for {_DEFAULTS[problem]!r}, or name one for {problem}.",
        ) from error
