"""How well single columns predict the target, measured on rows that were not fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.weighted import weighted_score
from mlestar_jupyter.display.numbers import number

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

_FOLDS, _LEAF = 3, 5
_BINARY = 2
_LARGEST = 1e30  # a tree takes single precision
_AUC, _OF_ALL = 0.99, 0.95
"""From which area, or share of what a column could add, it gives the target away."""


@dataclass(frozen=True)
class Alone:
    """What a column alone predicts.

    Parameters
    ----------
    gives_away : bool
        Whether nearly nothing is left to learn.
    words : str
        What it does, with the figure.
    """

    gives_away: bool
    words: str


def score_alone(values: np.ndarray, y: np.ndarray, tree: BaseEstimator, scoring: str) -> float:
    """Mean score of a tree on one column over folds; NaN where it is not defined on them.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        NaN where missing.
    y : ndarray of shape (n_rows,)
    tree : estimator
        Of scikit-learn.
    scoring : str
        Name of its scorer; 1 is perfect.
    """
    from sklearn.base import is_classifier
    from sklearn.model_selection import check_cv

    has_labels = is_classifier(tree)
    column = np.clip(np.nan_to_num(values[:, None], nan=-1e9), -_LARGEST, _LARGEST)
    y = np.unique(y, return_inverse=True)[1] if has_labels else y
    if len(np.unique(y)) < 2:  # noqa: PLR2004
        return float("nan")
    metric = Metric(scoring, greater_is_better=True, needs_probabilities=has_labels)

    def score(train: np.ndarray, test: np.ndarray) -> float:
        tree.fit(column[train], y[train])
        columns = tree.predict_proba(column[test]) if has_labels else None
        said = tree.predict(column[test]) if columns is None else columns.argmax(axis=1)
        return weighted_score(metric, y[test], Predictions(said, columns)).score

    try:
        return float(np.mean([score(*fold) for fold in check_cv(_FOLDS, y, classifier=has_labels).split(column, y)]))
    except ValueError:  # fewer rows than folds, or numbers that a tree cannot take
        return float("nan")


def in_every_fold(y: np.ndarray) -> np.ndarray:
    """Mark the rows of classes that every fold can have."""
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    return np.asarray(counts[codes] >= _FOLDS)


def alone(values: pd.Series, y: np.ndarray, *, is_classification: bool) -> Alone:
    """Predict a target from one column: two classes by their order, several by their share, numbers by their ranks."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    numbers = _codes(values)
    if not is_classification:
        order = np.random.default_rng(0).permutation(len(y))  # rows of a table stand in some order
        ranks = pd.Series(y).rank().to_numpy()[order]
        tree = DecisionTreeRegressor(min_samples_leaf=_LEAF, random_state=0)
        found = score_alone(numbers[order], ranks, tree, "r2")
        return Alone(found >= _OF_ALL, f"reaches R² {number(found, 3)} for the ranks of the target")
    kept = in_every_fold(y)
    numbers, y = numbers[kept], y[kept]
    tree = DecisionTreeClassifier(min_samples_leaf=_LEAF, random_state=0)
    if len(np.unique(y)) == _BINARY:
        found = score_alone(numbers, y, tree, "roc_auc")
        return Alone(found >= _AUC, f"reaches ROC AUC {number(found, 3)}")
    found, usual = score_alone(numbers, y, tree, "accuracy"), float(np.bincount(y.astype(int)).max() / max(1, len(y)))
    return Alone(found - usual >= _OF_ALL * (1 - usual), f"finds the class of {found:.1%} of the rows")


def _codes(values: pd.Series) -> np.ndarray:
    """Numbers as they are, others as codes; missing ones as NaN."""
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=float, na_value=np.nan)
    codes = pd.factorize(values, sort=False)[0].astype(float)
    return np.where(codes < 0, np.nan, codes)
