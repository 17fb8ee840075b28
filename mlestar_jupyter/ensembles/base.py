"""What every strategy learns from and gives back, so that one cross-fit scores them all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Form, Predictions
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.problems.base import Problem

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20_000
"""Rows that a strategy learns from at most; its parameters are few, and more rows move them little."""
MOST_CLASSES_OF_MATRIX = 10
"""Classes of which a number is learned for each pair: more are too many to learn, and for a reader to take in."""
DIGITS = 4
"""Decimals of a printed weight: weights are rounded when they are learned, so that what is printed was scored."""
_SMALLEST = 1e-9


@dataclass(frozen=True, eq=False)
class Known:
    """What a strategy learns from: predictions by members that were not fitted on these rows, and the truth.

    Parameters
    ----------
    stacked : ndarray of shape (n_members, n_rows) or (n_members, n_rows, n_columns)
        Numbers, or the columns of the predictions, such as probabilities in the order of the class codes.
    y : ndarray of shape (n_rows,)
        Numbers, or class codes.
    metric : Metric
    problem : Problem
    form : Form
        Of the predictions.
    X : DataFrame of shape (n_rows, n_columns), optional
        The columns by which gates part the rows.
    numbers, categories : tuple of str
        Their names by kind.
    is_ordered : bool
        Whether later rows are later in time.
    limit : int, optional
        At most so many members may count; by default all.
    """

    stacked: np.ndarray
    y: np.ndarray
    metric: Metric
    problem: Problem
    form: Form
    X: pd.DataFrame | None = None
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    is_ordered: bool = False
    limit: int | None = None

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.y)

    def at(self, rows: np.ndarray) -> Known:
        """Take some rows."""
        X = None if self.X is None else self.X.iloc[rows]
        return replace(self, stacked=self.stacked[:, rows], y=self.y[rows], X=X)

    def complete(self) -> Known:
        """Take the rows that every member predicted: folds in time leave out the first ones."""
        by_row = np.isfinite(self.stacked).swapaxes(0, 1).reshape(len(self), -1)
        return self.at(np.flatnonzero(by_row.all(axis=1)))

    def few(self, most: int = MOST_ROWS) -> Known:
        """Take at most so many rows, evenly spaced: no chance, and no class or season left out."""
        return self if len(self) <= most else self.at(evenly(len(self), most))


def evenly(n_rows: int, most: int) -> np.ndarray:
    """Positions of at most so many rows, evenly spaced.

    >>> evenly(9, 3)
    array([0, 4, 8])
    """
    return np.linspace(0, n_rows - 1, min(most, n_rows)).astype(int)


class Combiner(Protocol):
    """A learned combination of members."""

    @property
    def weights(self) -> tuple[float, ...]:
        """One a member where they are the same for every row, as the block prints them; empty otherwise."""

    def predict(self, stacked: np.ndarray, X: pd.DataFrame | None) -> np.ndarray:
        """Combine the members' predictions of rows: numbers of shape (n_rows,), or (n_rows, n_columns)."""

    def gates(self, stacked: np.ndarray, X: pd.DataFrame | None) -> np.ndarray:
        """What each member counts for in each row, of shape (n_rows, n_members)."""


class Strategy(ABC):
    """A way to combine. A subclass has one instance, without state: the same rows give the same combination."""

    name: ClassVar[str]
    """As the settings write it."""
    learns_in_fit: ClassVar[bool] = False
    """Whether the block learns anew in every fit, which costs it a cross-validation of its members."""
    counts: ClassVar[Literal["weight", "coefficient"]] = "weight"
    """What `Combiner.gates` says of a member: a share of the combination, or a number of any size."""

    def members(self, pool: Sequence[Scored], able: Sequence[Scored], limit: int) -> Sequence[Scored]:
        """Choose what to combine: by default the best, as many as the settings allow.

        Parameters
        ----------
        pool : sequence of Scored
            The best, few of one family.
        able : sequence of Scored
            All that may be combined.
        limit : int
            Members that may count.
        """
        del able
        return pool[:limit]

    def refusal(self, known: Known) -> str:
        """Why it does not apply to these rows, as the end of a sentence; empty when it does."""
        del known
        return ""

    @abstractmethod
    def learn(self, known: Known) -> Combiner:
        """Learn from rows that the members were not fitted on."""

    @abstractmethod
    def source(self, task: Task, weights: Sequence[float]) -> str | None:
        """Write the ``ensemble`` block, which computes what `learn` gives; None when it does not apply to the task.

        Parameters
        ----------
        weights : sequence of float
            `Combiner.weights` of the members that count, in their order.
        """

    def alternatives(self, known: Known) -> dict[str, np.ndarray]:
        """Other weights of the members, by the heading below which they are shown beside its own."""
        del known
        return {}


@dataclass(frozen=True, eq=False)
class GlobalWeights:
    """The same weights for every row, summing to 1."""

    weights: tuple[float, ...]
    scales: tuple[float, ...] = field(default=())
    """Standard deviation of each member's predictive distribution; only where they were part of what was learned."""

    @classmethod
    def of(cls, weights: np.ndarray, scales: np.ndarray | None = None) -> GlobalWeights:
        """Round to what the block prints, and leave out what counts for less than half a percent."""
        kept = np.where(np.abs(weights) < 0.005, 0, weights)  # noqa: PLR2004
        rounded = np.round(kept / kept.sum(), DIGITS)
        return cls(tuple(map(float, rounded)), () if scales is None else tuple(map(float, scales)))

    def predict(self, stacked: np.ndarray, X: pd.DataFrame | None) -> np.ndarray:
        """Weighted mean."""
        del X
        weights = np.asarray(self.weights)
        mean: np.ndarray = np.tensordot(weights / weights.sum(), stacked, axes=1)
        return mean

    def gates(self, stacked: np.ndarray, X: pd.DataFrame | None) -> np.ndarray:
        """Give every row the same weights."""
        del X
        return np.broadcast_to(np.asarray(self.weights), (stacked.shape[1], len(self.weights)))


def stack(members: list[Predictions] | tuple[Predictions, ...]) -> np.ndarray:
    """Put the members' predictions in one array, one layer a member."""
    return np.stack([m.whole for m in members])


def as_predictions(combined: np.ndarray, form: Form) -> Predictions:
    """Wrap combined numbers or columns."""
    return Predictions(form.within(combined)) if combined.ndim == 1 else Predictions(form.values(combined), combined)


def refused_unless_means(known: Known) -> str:
    """Why squared errors, mixtures and meta-learners do not apply: what is predicted is no expectation."""
    return "" if known.problem.predicts_means else "it finds expectations, which is not what is predicted here"


def gated(stacked: np.ndarray, gates: np.ndarray) -> np.ndarray:
    """Mean of the members' predictions, weighted row by row."""
    subscripts = "nm,mnc->nc" if stacked.ndim == 3 else "nm,mn->n"  # noqa: PLR2004
    combined: np.ndarray = np.einsum(subscripts, gates, stacked)
    return combined


def softmax(values: np.ndarray) -> np.ndarray:
    """Shares that sum to 1 in each row."""
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def of_true_class(stacked: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Each member's probability of the class that came true, of shape (n_members, n_rows)."""
    return stacked[:, np.arange(len(y)), y.astype(int)]


def spread_of_errors(stacked: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Root mean square error of each member: the scale of its predictive distribution, shape (n_members,)."""
    errors = np.sqrt(np.mean((stacked - y) ** 2, axis=1))
    return np.asarray(np.maximum(errors, max(1e-9 * float(np.std(y)), 1e-300)))


def likelihoods(stacked: np.ndarray, y: np.ndarray, scales: np.ndarray | None = None) -> np.ndarray:
    """How likely each member held what came true, row by row, as a share of the best member's.

    Parameters
    ----------
    scales : ndarray of shape (n_members,), optional
        For numbers: the normal distribution around each prediction.

    Returns
    -------
    ndarray of shape (n_members, n_rows)
        Only ratios within a row count in a mixture, so each row's highest is 1.
    """
    if scales is None:
        found = np.maximum(of_true_class(stacked, y), _SMALLEST)
        return np.asarray(found / found.max(axis=0))
    logs = -0.5 * ((stacked - y) / scales[:, None]) ** 2 - np.log(scales)[:, None]
    return np.asarray(np.exp(np.maximum(logs - logs.max(axis=0), np.log(_SMALLEST))))
