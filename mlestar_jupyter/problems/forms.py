"""Forms of predictions: labels with their probabilities, one number, several numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np

from mlestar_jupyter.core.labels import Label
from mlestar_jupyter.core.predictions import Predictions

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.core.estimators import Classifier, Estimator

_TWO = 2


@dataclass(frozen=True)
class Labels:
    """One of several labels a row, and the probability of each where an estimator has them.

    Parameters
    ----------
    labels : tuple
        In the order of their codes; the positive one of two last.
    threshold : float or None
        Probability from which on the positive one of two is predicted; None: as the estimator says.
    """

    labels: tuple[Label, ...]
    threshold: float | None = None
    is_stratified: ClassVar[bool] = True
    has_probabilities: ClassVar[bool] = True

    @property
    def names(self) -> tuple[str, ...]:
        """A column of probabilities for each label."""
        return tuple(f"probability_{label}" for label in self.labels)

    @property
    def is_ordinal(self) -> bool:
        """Of two labels, the second is more."""
        return len(self.labels) == _TWO

    @property
    def n_models(self) -> int:
        """One for two labels, which mirror each other; else one a label."""
        return 1 if len(self.labels) == _TWO else len(self.labels)

    def predict(self, estimator: Estimator, X: pd.DataFrame) -> np.ndarray:
        """Predict the codes of labels."""
        found = None if self.threshold is None else self.columns(estimator, X)
        if found is not None:
            return self.values(found)
        return np.asarray(estimator.predict(X)).ravel()

    def columns(self, estimator: Estimator, X: pd.DataFrame) -> np.ndarray | None:
        """Predict the probabilities of all labels, also of those that an estimator was not fitted on."""
        if not hasattr(estimator, "predict_proba"):
            return None
        classifier = cast("Classifier", estimator)
        known = np.asarray(classifier.classes_).astype(int)
        probabilities = np.zeros((len(X), len(self.labels)))
        probabilities[:, known] = classifier.predict_proba(X)
        return probabilities

    def ask(self, estimator: Estimator, X: pd.DataFrame) -> Predictions:
        """Predict codes and probabilities."""
        return Predictions(self.predict(estimator, X).astype(np.int64), self.columns(estimator, X))

    def check(self, predictions: Predictions) -> None:
        """Refuse what is no code of a label."""
        values = predictions.values
        if not (values.dtype.kind == "i" and np.isin(values, np.arange(len(self.labels))).all()):
            raise ValueError("predictions that are no class codes")

    def values(self, columns: np.ndarray) -> np.ndarray:
        """Choose the likeliest label, or by the threshold."""
        if self.threshold is not None:
            return np.asarray(columns[:, 1] >= self.threshold).astype(int)
        return np.asarray(np.argmax(columns, axis=1))

    def within(self, values: np.ndarray) -> np.ndarray:
        """Take them all."""
        return values

    def decoded(self, values: np.ndarray) -> np.ndarray:
        """Give the labels themselves."""
        same = len({type(label) for label in self.labels}) == 1
        return np.asarray(np.array(self.labels, dtype=None if same else object)[values.astype(int)])

    def at_threshold(self, threshold: float) -> Labels:
        """Predict the positive one from this probability on."""
        return replace(self, threshold=threshold)


@dataclass(frozen=True)
class Number:
    """One number a row.

    Parameters
    ----------
    lowest : float or None
        No prediction is lower: what an estimator predicts below it is raised to it.
    """

    lowest: float | None = None
    names: ClassVar[tuple[str, ...]] = ()
    is_stratified: ClassVar[bool] = False
    has_probabilities: ClassVar[bool] = False
    is_ordinal: ClassVar[bool] = True
    n_models: ClassVar[int] = 1

    def predict(self, estimator: Estimator, X: pd.DataFrame) -> np.ndarray:
        """Predict numbers."""
        return self.within(np.asarray(estimator.predict(X)).ravel())

    def columns(self, estimator: Estimator, X: pd.DataFrame) -> np.ndarray | None:
        """Have none."""
        del estimator, X
        return None

    def ask(self, estimator: Estimator, X: pd.DataFrame) -> Predictions:
        """Predict numbers, in full precision."""
        return Predictions(self.predict(estimator, X).astype(np.float64))

    def check(self, predictions: Predictions) -> None:
        """Take every number."""
        del predictions

    def values(self, columns: np.ndarray) -> np.ndarray:
        """Have no columns to say anything of."""
        raise ValueError(f"predictions of one number a row, and {columns.shape[1]} columns")

    def within(self, values: np.ndarray) -> np.ndarray:
        """Raise what is too low."""
        return values if self.lowest is None else np.maximum(values, self.lowest)

    def decoded(self, values: np.ndarray) -> np.ndarray:
        """Give them as they are."""
        return values

    def at_threshold(self, threshold: float) -> Number:
        """Have none: a number is no label."""
        del threshold
        return self


@dataclass(frozen=True)
class Numbers:
    """Several numbers a row, as quantiles or horizons; what an estimator predicts has as many columns.

    Parameters
    ----------
    names : tuple of str
        Of the columns.
    value : int
        Position of the column that stands for all where one value is asked for.
    """

    names: tuple[str, ...]
    value: int = 0
    is_stratified: ClassVar[bool] = False
    has_probabilities: ClassVar[bool] = False
    is_ordinal: ClassVar[bool] = True

    @property
    def n_models(self) -> int:
        """One a column."""
        return len(self.names)

    def predict(self, estimator: Estimator, X: pd.DataFrame) -> np.ndarray:
        """Predict the one column."""
        return self.values(self.columns(estimator, X))

    def columns(self, estimator: Estimator, X: pd.DataFrame) -> np.ndarray:
        """Predict all of them."""
        return np.asarray(estimator.predict(X), dtype=np.float64)

    def ask(self, estimator: Estimator, X: pd.DataFrame) -> Predictions:
        """Predict all of them, once."""
        found = self.columns(estimator, X)
        if found.ndim == 1:
            raise ValueError(f"the model predicted one number a row, not the {len(self.names)} columns of the task")
        return Predictions(self.values(found), found)

    def check(self, predictions: Predictions) -> None:
        """Refuse predictions without columns."""
        if predictions.columns is None:
            raise ValueError("predictions without their columns")

    def values(self, columns: np.ndarray) -> np.ndarray:
        """Take the one column."""
        return np.asarray(columns[:, self.value])

    def within(self, values: np.ndarray) -> np.ndarray:
        """Take them all."""
        return values

    def decoded(self, values: np.ndarray) -> np.ndarray:
        """Give them as they are."""
        return values

    def at_threshold(self, threshold: float) -> Numbers:
        """Have none: a number is no label."""
        del threshold
        return self
