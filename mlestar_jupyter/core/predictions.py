"""What an estimator says about rows: values, and probabilities where it has them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions for some rows, in class codes or numbers.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Class codes (0 to k-1), or numbers for regression.
    probabilities : ndarray of shape (n_rows, n_classes) or None
        In the order of the class codes.
    """

    values: np.ndarray
    probabilities: np.ndarray | None

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.values)

    def at(self, rows: np.ndarray) -> Predictions:
        """Those for some rows."""
        return Predictions(self.values[rows], None if self.probabilities is None else self.probabilities[rows])

    def as_estimator(self) -> Any:
        """Wrap as a fitted estimator that answers with these, whatever it is asked: scorers want one."""
        return _fixed(self)

    @staticmethod
    def scatter(parts: list[tuple[np.ndarray, Predictions]], n_rows: int) -> Predictions:
        """Put fold predictions at their rows; repeated ones are averaged, missing ones NaN."""
        first = parts[0][1]
        shape = (n_rows,) if first.probabilities is None else (n_rows, first.probabilities.shape[1])
        total, count = np.zeros(shape), np.zeros(n_rows)
        for rows, part in parts:
            total[rows] += part.values if part.probabilities is None else part.probabilities
            count[rows] += 1
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / (count if total.ndim == 1 else count[:, None])
        if first.probabilities is not None:
            values = np.where(count > 0, np.argmax(np.nan_to_num(mean, nan=-1.0), axis=1), np.nan)
            return Predictions(values, mean)
        return Predictions(mean, None)


def _fixed(predictions: Predictions) -> Any:
    if predictions.probabilities is not None:
        return _fixed_kinds()[0](predictions.values.astype(int), predictions.probabilities)
    is_codes = np.issubdtype(predictions.values.dtype, np.integer)
    return _fixed_kinds()[1 if is_codes else 2](predictions.values)


@cache
def _fixed_kinds() -> tuple[Any, Any, Any]:
    """Estimators that are fitted from the start; made once, since scikit-learn is imported late."""
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    class FixedLabels(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        def __init__(self, values: np.ndarray) -> None:
            self.values = values
            self.classes_ = np.arange(max(2, 1 + values.max(initial=0)))  # also those that these rows lack

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, X: Any) -> np.ndarray:  # noqa: ARG002
            return self.values

    class FixedClassifier(FixedLabels):
        def __init__(self, values: np.ndarray, probabilities: np.ndarray) -> None:
            super().__init__(values)
            self.probabilities = probabilities
            self.classes_ = np.arange(probabilities.shape[1])

        def predict_proba(self, X: Any) -> np.ndarray:  # noqa: ARG002
            return self.probabilities

    class FixedRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
        def __init__(self, values: np.ndarray) -> None:
            self.values = values

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, X: Any) -> np.ndarray:  # noqa: ARG002
            return self.values

    return FixedClassifier, FixedLabels, FixedRegressor
