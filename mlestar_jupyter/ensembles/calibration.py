"""Calibration: do probabilities come true as often as they say, and a map that mends them where it is proven to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlestar_jupyter.ensembles.base import MOST_CLASSES_OF_MATRIX, MOST_ROWS, evenly, softmax

BINS = 10
_SMALLEST = 1e-6
_KNOTS = 21
_FEWEST_FOR_MANY_NUMBERS = 1_000
_DIRICHLET_PENALTY = 10.0
"""On the squared distance from no change, against the sum of the log-losses."""


@dataclass(frozen=True)
class Sigmoid:
    """A line on the scale of log-odds (Platt 1999), for two classes."""

    method: ClassVar[str] = "sigmoid"
    slope: float
    intercept: float

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Stretch and shift the log-odds."""
        return _two(1 / (1 + np.exp(-(self.slope * _log_odds(probabilities) + self.intercept))))


@dataclass(frozen=True)
class Isotonic:
    """A rising curve through a few knots (Zadrozny & Elkan 2002), for two classes."""

    method: ClassVar[str] = "isotonic"
    knots: tuple[float, ...]
    values: tuple[float, ...]

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Read the curve, straight between its knots."""
        return _two(np.interp(probabilities[:, 1], self.knots, self.values))


@dataclass(frozen=True)
class Temperature:
    """One factor on the log-probabilities of all classes (Guo et al. 2017)."""

    method: ClassVar[str] = "temperature"
    sharpness: float

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Sharpen or soften."""
        powers = np.clip(probabilities, _SMALLEST, 1) ** self.sharpness
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Dirichlet:
    """A linear map of the log-probabilities of all classes (Kull et al. 2019): mends classes taken for each other."""

    method: ClassVar[str] = "dirichlet"
    matrix: tuple[tuple[float, ...], ...]
    offsets: tuple[float, ...]

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Weigh the log-probabilities of all classes for each class."""
        logs = np.log(np.clip(probabilities, _SMALLEST, 1))
        return softmax(logs @ np.transpose(self.matrix) + self.offsets)


Calibrator = Sigmoid | Isotonic | Temperature | Dirichlet
"""A map from probabilities to probabilities; its fields are what a block prints."""
Learner = Callable[[np.ndarray, np.ndarray], Calibrator]


def learners(n_classes: int, n_rows: int) -> dict[str, Learner]:
    """Choose the methods that fit the number of classes and rows."""
    if n_classes != 2:  # noqa: PLR2004
        is_enough = n_classes <= MOST_CLASSES_OF_MATRIX and n_rows >= _FEWEST_FOR_MANY_NUMBERS
        return {"temperature": learn_temperature} | ({"dirichlet": learn_dirichlet} if is_enough else {})
    found: dict[str, Learner] = {"sigmoid": learn_sigmoid}
    return found | ({"isotonic": learn_isotonic} if n_rows >= _FEWEST_FOR_MANY_NUMBERS else {})


def learn_sigmoid(probabilities: np.ndarray, y: np.ndarray) -> Sigmoid:
    """Fit slope and intercept by maximum likelihood."""
    from sklearn.linear_model import LogisticRegression

    rows = evenly(len(y), MOST_ROWS)
    truth = y[rows].astype(int)
    if len(np.unique(truth)) < 2:  # noqa: PLR2004
        return Sigmoid(1.0, 0.0)
    model = LogisticRegression(C=1e6).fit(_log_odds(probabilities[rows])[:, None], truth)
    return Sigmoid(_short(model.coef_[0, 0]), _short(model.intercept_[0]))


def learn_isotonic(probabilities: np.ndarray, y: np.ndarray) -> Isotonic:
    """Fit a rising curve, and keep it at a few knots, which smooths it and lets a block print it."""
    from sklearn.isotonic import IsotonicRegression

    positive = probabilities[:, 1]
    curve = IsotonicRegression(y_min=1e-3, y_max=1 - 1e-3, out_of_bounds="clip").fit(positive, y)
    quantiles = np.quantile(positive, np.linspace(0, 1, _KNOTS))
    knots = np.unique([_short(q) for q in quantiles])
    return Isotonic(tuple(map(float, knots)), tuple(_short(v) for v in curve.predict(knots)))


def learn_temperature(probabilities: np.ndarray, y: np.ndarray) -> Temperature:
    """Find the sharpness of least log-loss."""
    from scipy.optimize import minimize_scalar

    rows = evenly(len(y), MOST_ROWS)
    logs = np.log(np.clip(probabilities[rows], _SMALLEST, 1))
    truth = logs[np.arange(len(rows)), y[rows].astype(int)]

    def loss(log_sharpness: float) -> float:
        sharpness = np.exp(log_sharpness)
        return float(np.mean(np.log(np.exp(sharpness * logs).sum(axis=1)) - sharpness * truth))

    found = minimize_scalar(loss, bounds=(-2.3, 2.3), method="bounded")
    return Temperature(_short(float(np.exp(found.x))))


def learn_dirichlet(probabilities: np.ndarray, y: np.ndarray) -> Dirichlet:
    """Fit matrix and offsets by maximum likelihood, drawn towards those that change nothing.

    Notes
    -----
    Kull, Perello-Nieto, Kängsepp, Silva Filho, Song & Flach, "Beyond temperature scaling: obtaining well-calibrated
    multiclass probabilities with Dirichlet calibration", NeurIPS 2019.
    """
    from scipy.optimize import minimize

    rows = evenly(len(y), MOST_ROWS)
    logs, truth = np.log(np.clip(probabilities[rows], _SMALLEST, 1)), y[rows].astype(int)
    n_rows, n_classes = logs.shape
    happened = np.eye(n_classes)[truth]
    unchanged = np.vstack([np.eye(n_classes), np.zeros(n_classes)])  # the last row are the offsets

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        numbers = flat.reshape(unchanged.shape)
        predicted = softmax(logs @ numbers[:-1] + numbers[-1])
        moved = (numbers - unchanged) * _DIRICHLET_PENALTY / n_rows
        misses = (predicted - happened) / n_rows
        gradient = np.vstack([logs.T @ misses, misses.sum(axis=0)]) + moved
        of_truth = np.maximum(predicted[np.arange(n_rows), truth], np.finfo(float).tiny)
        return float(-np.log(of_truth).mean() + (moved * (numbers - unchanged)).sum() / 2), gradient.ravel()

    found = minimize(loss, unchanged.ravel(), jac=True, method="L-BFGS-B").x.reshape(unchanged.shape)
    matrix = tuple(tuple(_short(v) for v in row) for row in found[:-1].T)
    return Dirichlet(matrix, tuple(_short(v) for v in found[-1]))


def brier(probabilities: np.ndarray, y: np.ndarray) -> float:
    """Mean squared error of the probabilities: of the second class for two, summed over the classes for more."""
    if probabilities.shape[1] == 2:  # noqa: PLR2004
        return float(np.mean((probabilities[:, 1] - y) ** 2))
    truth = np.eye(probabilities.shape[1])[y.astype(int)]
    return float(np.mean(((probabilities - truth) ** 2).sum(axis=1)))


@dataclass(frozen=True, eq=False)
class Reliability:
    """How often what was predicted came true, by bins of equally many rows.

    Parameters
    ----------
    predicted, observed : ndarray of shape (n_bins,)
        Mean probability, and share of rows in which it came true.
    counts : ndarray of shape (n_bins,)
    """

    predicted: np.ndarray
    observed: np.ndarray
    counts: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error: the mean distance of the two (Naeini, Cooper & Hauskrecht 2015)."""
        return float(np.average(np.abs(self.predicted - self.observed), weights=self.counts))


def reliability(probabilities: np.ndarray, y: np.ndarray, bins: int = BINS) -> Reliability:
    """Compare predicted with observed: of the second class for two, of the likeliest class for more."""
    if probabilities.shape[1] == 2:  # noqa: PLR2004
        predicted, true = probabilities[:, 1], y == 1
    else:
        predicted, true = probabilities.max(axis=1), np.argmax(probabilities, axis=1) == y
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, min(bins, len(order))) if len(part)]
    return Reliability(
        np.array([predicted[p].mean() for p in parts]),
        np.array([true[p].mean() for p in parts]),
        np.array([len(p) for p in parts]),
    )


def _log_odds(probabilities: np.ndarray) -> np.ndarray:
    logs = np.log(np.clip(probabilities, _SMALLEST, 1))
    return np.asarray(logs[:, 1] - logs[:, 0])


def _two(positive: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - positive, positive])


def _short(value: float) -> float:
    """Round to what a block prints, so that what is printed was scored."""
    return float(f"{value:.5g}")
