"""What an estimator says about rows: a value for each, and columns where an answer has several numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.core.estimators import Estimator


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions for some rows.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        One answer a row: class codes (0 to k-1), or numbers.
    columns : ndarray of shape (n_rows, n_columns) or None
        All that was answered, where that is more than one number a row: a probability for each class, say.
    """

    values: np.ndarray
    columns: np.ndarray | None = None

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.values)

    def at(self, rows: np.ndarray) -> Predictions:
        """Those for some rows."""
        return Predictions(self.values[rows], None if self.columns is None else self.columns[rows])

    def equals(self, other: Predictions) -> bool:
        """Whether both say the same of every row."""
        return np.array_equal(self.values, other.values) and np.array_equal(self.whole, other.whole)

    @property
    def whole(self) -> np.ndarray:
        """All that was answered: the columns, or the values where there are none."""
        return self.values if self.columns is None else self.columns

    def as_estimator(self) -> Estimator:
        """Wrap as a fitted estimator that answers with these, whatever it is asked: scorers want one.

        Columns are taken for the probabilities of classes.
        """
        return _fixed(self)


class Form(Protocol):
    """What the predictions of a task look like, and how they are got from an estimator; it goes into the workers."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, as a table of predictions writes them; empty where an answer is one number."""

    @property
    def is_stratified(self) -> bool:
        """Whether samples and parts of the rows have the target's values in their shares."""

    @property
    def is_ordinal(self) -> bool:
        """Whether a larger value of the target is more of it, so that it can be correlated and averaged."""

    @property
    def n_models(self) -> int:
        """Models that boosting fits side by side in each round."""

    @property
    def has_probabilities(self) -> bool:
        """Whether the columns are probabilities, one for each of the target's labels."""

    def predict(self, estimator: Estimator, X: pd.DataFrame) -> np.ndarray:
        """Predict one value a row."""

    def columns(self, estimator: Estimator, X: pd.DataFrame) -> np.ndarray | None:
        """Predict the columns of the task, also those that an estimator was not fitted on; None where it has none."""

    def ask(self, estimator: Estimator, X: pd.DataFrame) -> Predictions:
        """Predict both, for scoring."""

    def check(self, predictions: Predictions) -> None:
        """Refuse values that no estimator may give, with a ValueError."""

    def values(self, columns: np.ndarray) -> np.ndarray:
        """Say in one value a row what the columns say."""

    def within(self, values: np.ndarray) -> np.ndarray:
        """Bring combined values to where predictions may be."""

    def decoded(self, values: np.ndarray) -> np.ndarray:
        """Give values in the target's own labels or unit."""

    def at_threshold(self, threshold: float) -> Form:
        """The same, but the positive one of two labels is predicted from this probability on."""


def check_shape(predictions: Predictions, form: Form, n_rows: int) -> None:
    """Check that predictions are those of a form, for so many rows.

    Raises
    ------
    ValueError
        In a line.
    """
    if len(predictions.values) != n_rows:
        raise ValueError(f"the model predicted {len(predictions.values)} values for {n_rows} rows")
    columns = predictions.columns
    if predictions.values.ndim != 1 or (columns is not None and columns.shape != (n_rows, len(form.names))):
        shape = predictions.values.shape if columns is None else columns.shape
        raise ValueError(f"the model predicted an array of shape {shape} for {n_rows} rows")
    if not all(np.isfinite(part).all() for part in (predictions.values, columns) if part is not None):
        raise ValueError("the model predicted values that are missing or infinite")
    form.check(predictions)


def scattered(parts: list[tuple[np.ndarray, Predictions]], n_rows: int, form: Form) -> Predictions:
    """Put fold predictions at their rows; repeated ones are averaged, missing ones NaN."""
    first = parts[0][1]
    total, count = np.zeros((n_rows, *first.whole.shape[1:])), np.zeros(n_rows)
    for rows, part in parts:
        total[rows] += part.whole
        count[rows] += 1
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / (count if total.ndim == 1 else count[:, None])
    if first.columns is None:
        return Predictions(mean)
    values = np.where(count > 0, form.values(np.nan_to_num(mean, nan=-1.0)), np.nan)
    return Predictions(values, mean)


def _fixed(predictions: Predictions) -> Estimator:
    estimator: Estimator
    if predictions.columns is not None:
        estimator = _fixed_kinds()[0](predictions.values.astype(int), predictions.columns)
        return estimator
    is_codes = np.issubdtype(predictions.values.dtype, np.integer)
    estimator = _fixed_kinds()[1 if is_codes else 2](predictions.values)
    return estimator


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

        def predict(self, X: object) -> np.ndarray:  # noqa: ARG002
            return self.values

    class FixedClassifier(FixedLabels):
        def __init__(self, values: np.ndarray, probabilities: np.ndarray) -> None:
            super().__init__(values)
            self.probabilities = probabilities
            self.classes_ = np.arange(probabilities.shape[1])

        def predict_proba(self, X: object) -> np.ndarray:  # noqa: ARG002
            return self.probabilities

    class FixedRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
        def __init__(self, values: np.ndarray) -> None:
            self.values = values

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, X: object) -> np.ndarray:  # noqa: ARG002
            return self.values

    return FixedClassifier, FixedLabels, FixedRegressor
