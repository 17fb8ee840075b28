"""How far predictions of rows that were not fitted on were off: what intervals and sets of new rows are made of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.core.estimators import Estimator
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import SettingError

if TYPE_CHECKING:
    import pandas as pd

_HALF_LIVES = 8
"""In which the rows in time count half as much, back from the latest: ``docs/statistics.md``."""
_SHORTEST = 25
"""Rows of a half-life."""
_MOST = 2_000
"""Scores that are kept."""


@dataclass(frozen=True)
class Conformity:
    """Scores of how ill predictions fitted the truth, out of fold, and how much each counts.

    Parameters
    ----------
    scores : tuple of float
        In ascending order: of a number the distance from the truth, of a label what its probability lacks of 1.
    shares : tuple of float
        Up to each score, the share of all that it and the lower ones count for; below 1, since a new row counts too.
    is_of_labels : bool
    lowest : float or None
        No interval goes below it: that of a target without a negative value is 0.
    """

    scores: tuple[float, ...]
    shares: tuple[float, ...]
    is_of_labels: bool
    lowest: float | None = None

    def to_json(self) -> str:
        """Write it for a saved model."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Conformity:
        """Read what `to_json` wrote."""
        found = json.loads(text)
        return cls(tuple(found["scores"]), tuple(found["shares"]), found["is_of_labels"], found.get("lowest"))

    def quantile(self, coverage: float) -> float:
        """The score that a new row's does not exceed with this chance; infinite where there are too few rows.

        Raises
        ------
        SettingError
            When the coverage is not between 0 and 1.
        """
        is_number = isinstance(coverage, (int, float, np.number)) and not isinstance(coverage, bool)
        if not is_number or not 0 < coverage < 1:
            raise SettingError(
                f"A coverage of {coverage!r} is not a share of rows.", mend="Give one between 0 and 1, such as 0.9."
            )
        place = int(np.searchsorted(self.shares, coverage - 1e-12))
        return float("inf") if place == len(self.scores) else self.scores[place]

    def bounds(self, values: np.ndarray, coverage: float) -> tuple[np.ndarray, np.ndarray]:
        """Bounds around predicted numbers, each of shape (n_rows,)."""
        width = self.quantile(coverage)
        bounds = np.stack([values - width, values + width])
        low, high = bounds if self.lowest is None else np.maximum(bounds, self.lowest)
        return low, high

    def members(self, probabilities: np.ndarray, coverage: float) -> np.ndarray:
        """Which labels each row's set has, of shape (n_rows, n_labels): the likeliest always."""
        found = 1 - probabilities <= self.quantile(coverage)
        found[np.arange(len(found)), probabilities.argmax(axis=1)] = True
        return np.asarray(found)

    def covers(self, y: np.ndarray, predictions: Predictions, coverage: float) -> tuple[np.ndarray, float]:
        """Which rows' truth is inside, and the mean width or number of labels."""
        if self.is_of_labels and predictions.columns is not None:
            sets = self.members(predictions.columns, coverage)
            return sets[np.arange(len(y)), y.astype(int)], float(sets.sum(axis=1).mean())
        low, high = self.bounds(predictions.values, coverage)
        return (low <= y) & (y <= high), float(np.mean(high - low))


def conformity_of(task: Task, y: np.ndarray, predictions: Predictions) -> Conformity | None:
    """Score out-of-fold predictions of the development rows; None where a solution gives no probabilities of labels.

    In order of time later rows count more, so that intervals follow a drift: half as much for every eighth of the rows
    that they lie back.

    Parameters
    ----------
    task : Task
    y : ndarray of shape (n_rows,)
        In order of time where there is one.
    predictions : Predictions
        Of the same rows; NaN where there is none.

    Notes
    -----
    Split conformal prediction: Vovk, Gammerman & Shafer (2005); labels: Sadinle, Lei & Wasserman, JASA 114 (2019);
    weights: Barber, Candès, Ramdas & Tibshirani, "Conformal prediction beyond exchangeability", Annals of Statistics 51
    (2023).

    Examples
    --------
    >>> Conformity((1.0, 2.0, 3.0), (0.25, 0.5, 0.75), False).quantile(0.6)
    3.0
    """
    is_of_labels = task.form.has_probabilities
    if is_of_labels and predictions.columns is None:
        return None
    rows = np.flatnonzero(np.isfinite(predictions.values))
    if not len(rows):
        return None
    if is_of_labels:
        assert predictions.columns is not None
        scores = 1 - predictions.columns[rows, y[rows].astype(int)]
    else:
        scores = np.abs(y[rows] - predictions.values[rows])
    half_life = max(_SHORTEST, len(rows) / _HALF_LIVES) if task.time is not None else np.inf
    weights = np.exp2(-np.arange(len(rows))[::-1] / half_life)
    order = np.argsort(scores, kind="stable")
    shares = np.cumsum(weights[order]) / (weights.sum() + 1)
    lowest = 0.0 if not is_of_labels and y.min() >= 0 else None
    kept = np.unique(np.linspace(0, len(rows) - 1, min(_MOST, len(rows))).round().astype(int))
    return Conformity(tuple(scores[order][kept].tolist()), tuple(shares[kept].tolist()), is_of_labels, lowest)


def interval_table(
    conformity: Conformity, task: Task, estimator: Estimator, X: pd.DataFrame, coverage: float
) -> pd.DataFrame:
    """Predict rows with their bounds, as columns ``low`` and ``high``, or their sets, as tuples in ``labels``."""
    import pandas as pd

    form = task.form
    if not conformity.is_of_labels:
        values = form.predict(estimator, X) if len(X) else np.zeros(0)
        low, high = (form.within(bound) for bound in conformity.bounds(values, coverage))
        return pd.DataFrame({"low": low, "high": high})
    found = form.columns(estimator, X) if len(X) else None
    if found is None:
        return pd.DataFrame({"labels": []})
    order = np.argsort(-found, axis=1, kind="stable")
    members = conformity.members(found, coverage)
    pairs = zip(order, members, strict=True)
    return pd.DataFrame({"labels": [tuple(task.classes[i] for i in row if own[i]) for row, own in pairs]})
