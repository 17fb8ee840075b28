"""Conformal prediction: intervals and sets with a stated coverage, and the coverage measured on unseen folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.ensembles.base import evenly

_MOST_WIDTHS = 2_000
_FLOOR = 0.1
Pairs = Sequence[tuple[np.ndarray, np.ndarray]]
"""For each fold, the rows whose scores set the quantile, and the rows that are then covered or not."""


@dataclass(frozen=True)
class Uncertainty:
    """Intervals or sets with stated and measured coverage.

    Parameters
    ----------
    method : str
    stated : float
        Share of rows that should be covered.
    coverage : float
        Share of rows that were, each by a quantile of the other folds.
    lowest, highest : float
        Coverage of the worst and the best fold.
    size : float
        Mean width of the intervals, or mean number of classes in a set.
    quantile : float
        Of the nonconformity scores of all rows: what makes the intervals and sets of new rows.
    uncalibrated : float or None
        Coverage that the predictive distributions had by themselves.
    """

    method: str
    stated: float
    coverage: float
    lowest: float
    highest: float
    size: float
    quantile: float
    uncalibrated: float | None = None


def conformal_quantile(scores: np.ndarray, stated: float) -> float:
    """Find the score below which a new row's falls with the stated chance, whatever the distribution.

    Notes
    -----
    The rank ``ceil((n + 1) * stated)``: Vovk, Gammerman & Shafer, "Algorithmic learning in a random world" (2005).

    Examples
    --------
    >>> conformal_quantile(np.arange(1, 10), 0.8)
    8.0
    """
    rank = int(np.ceil((len(scores) + 1) * stated))
    return np.inf if rank > len(scores) else float(np.partition(scores, rank - 1)[rank - 1])


def intervals(
    predicted: np.ndarray, stacked: np.ndarray, y: np.ndarray, pairs: Pairs, stated: float
) -> list[Uncertainty]:
    """Make intervals around predicted numbers: of one width, and of widths by the members' disagreement.

    Parameters
    ----------
    predicted : ndarray of shape (n_rows,)
        Out-of-fold, by weights that did not see the row.
    stacked : ndarray of shape (n_members, n_rows)
    y : ndarray of shape (n_rows,)
    pairs : sequence of (learn, test)
    stated : float

    Notes
    -----
    Residuals of out-of-fold predictions, as in CV+: Barber, Candès, Ramdas & Tibshirani, "Predictive inference with
    the jackknife+", Annals of Statistics 49 (2021). Normalised residuals: Papadopoulos, Vovk & Gammerman (2011).
    """
    errors = np.abs(y - predicted)
    found = [_crossed("absolute residuals", errors[:, None], errors, pairs, stated, np.ones(len(y)))]
    if len(stacked) > 1:
        disagreement = stacked.std(axis=0)
        usual = float(np.nanmean(disagreement))
        if usual > 0:
            scale = disagreement / usual + _FLOOR
            scaled = errors / scale
            found.append(_crossed("residuals by disagreement", scaled[:, None], scaled, pairs, stated, scale))
    return found


def sets(predicted: np.ndarray, y: np.ndarray, pairs: Pairs, stated: float, seed: int = 0) -> list[Uncertainty]:
    """Make sets of classes: those that are likely enough (LAC), and the likeliest until there is enough (APS).

    Parameters
    ----------
    predicted : ndarray of shape (n_rows, n_classes)
        Out-of-fold, by weights that did not see the row.

    Notes
    -----
    LAC: Sadinle, Lei & Wasserman, "Least ambiguous set-valued classifiers", JASA 114 (2019), the smallest sets.
    APS: Romano, Sesia & Candès, "Classification with valid and adaptive coverage", NeurIPS 2020, larger where rows
    are hard; randomised, so that the coverage is exact.
    """
    truth = y.astype(int)
    rows = np.arange(len(y))
    order = np.argsort(-predicted, axis=1, kind="stable")
    sorted_ = np.take_along_axis(predicted, order, axis=1)
    chance = np.random.default_rng(seed).random((len(y), 1))
    reached = np.empty_like(predicted)
    np.put_along_axis(reached, order, np.cumsum(sorted_, axis=1) - chance * sorted_, axis=1)
    return [
        _crossed(name, scores, scores[rows, truth], pairs, stated)
        for name, scores in (("LAC", 1 - predicted), ("APS", reached))
    ]


def _crossed(
    method: str,
    scores: np.ndarray,
    of_truth: np.ndarray,
    pairs: Pairs,
    stated: float,
    scale: np.ndarray | None = None,
) -> Uncertainty:
    """Measure coverage and size, each fold by the quantile of the others.

    `scores` are those of every class, of shape (n_rows, n_classes); of numbers there is the one score of the truth,
    and an interval is twice the quantile wide, times `scale`.
    """
    covered, sizes = [], []
    for learn, test in pairs:
        quantile = conformal_quantile(of_truth[learn], stated)
        covered.append(of_truth[test] <= quantile)
        sizes.append((scores[test] <= quantile).sum(axis=1) if scale is None else 2 * quantile * scale[test])
    everything = np.unique(np.concatenate([np.concatenate(pair) for pair in pairs]))
    return _summary(method, stated, covered, sizes, conformal_quantile(of_truth[everything], stated))


def _summary(
    method: str,
    stated: float,
    covered: Sequence[np.ndarray],
    sizes: Sequence[np.ndarray],
    quantile: float,
    uncalibrated: float | None = None,
) -> Uncertainty:
    by_fold = [float(c.mean()) for c in covered]
    size, coverage = float(np.concatenate(sizes).mean()), float(np.concatenate(covered).mean())
    return Uncertainty(method, stated, coverage, min(by_fold), max(by_fold), size, quantile, uncalibrated)


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of normal distributions around the members' predictions, one weight and scale a member."""

    weights: Sequence[float]
    scales: Sequence[float]

    def below(self, stacked: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Chance of a value below the given ones, of shape (n_rows,)."""
        from scipy.special import ndtr

        shares = np.asarray(self.weights) / sum(self.weights)
        return np.asarray(shares @ ndtr((values - stacked) / np.asarray(self.scales)[:, None]))

    def quantile(self, stacked: np.ndarray, share: float) -> np.ndarray:
        """Value with the given chance below it, by bisection, of shape (n_rows,)."""
        reach = 12 * max(self.scales)
        low, high = stacked.min(axis=0) - reach, stacked.max(axis=0) + reach
        for _ in range(40):
            middle = (low + high) / 2
            is_below = self.below(stacked, middle) < share
            low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
        return np.asarray((low + high) / 2)


def mixture_intervals(
    mixtures: Sequence[Mixture], stacked: np.ndarray, y: np.ndarray, pairs: Pairs, stated: float
) -> Uncertainty:
    """Make intervals from the quantiles of predictive distributions, at levels that make the coverage hold.

    Parameters
    ----------
    mixtures : sequence of Mixture
        One a pair, learned without its test rows.

    Notes
    -----
    Distributional conformal prediction: Chernozhukov, Wüthrich & Zhu, PNAS 118 (2021). A row's score is how far its
    place in its predictive distribution is from the middle.
    """
    covered, sizes, before, places = [], [], [], np.empty(0)
    for mixture, (learn, test) in zip(mixtures, pairs, strict=True):
        quantile = conformal_quantile(np.abs(mixture.below(stacked[:, learn], y[learn]) - 0.5), stated)
        from_middle = np.abs(mixture.below(stacked[:, test], y[test]) - 0.5)
        covered.append(from_middle <= quantile)
        before.append(from_middle <= stated / 2)
        places = np.concatenate([places, from_middle])
        some = stacked[:, test[evenly(len(test), _MOST_WIDTHS // len(pairs))]]
        tail = max(0.5 - min(quantile, 0.5), 1e-9)
        sizes.append(mixture.quantile(some, 1 - tail) - mixture.quantile(some, tail))
    raw = float(np.concatenate(before).mean())
    return _summary("predictive distributions", stated, covered, sizes, conformal_quantile(places, stated), raw)
