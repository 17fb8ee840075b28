"""What we call of scikit-learn's objects and of those that blocks make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class Estimator(Protocol):
    """A fitted estimator; one of labels also has ``classes_`` and ``predict_proba``."""

    def predict(self, X: pd.DataFrame, /) -> np.ndarray:
        """Predict rows."""


class Classifier(Estimator, Protocol):
    """A fitted estimator that gives probabilities."""

    classes_: np.ndarray

    def predict_proba(self, X: pd.DataFrame, /) -> np.ndarray:
        """Predict the probabilities of ``classes_``."""


class Transformer(Protocol):
    """A fitted transformer of tables."""

    def transform(self, X: pd.DataFrame | None, /) -> np.ndarray:
        """Transform rows."""


class Splitter(Protocol):
    """What a ``validation`` block makes."""

    random_state: int | None

    def split(
        self, X: pd.DataFrame, y: np.ndarray, groups: np.ndarray | None, /
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give the positions of the rows to fit on and to test on, fold by fold."""
