"""Combine out-of-fold predictions, and score the combination on rows that its weights did not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.ensembles.selection import greedy_weights


@dataclass(frozen=True, eq=False)
class Combined:
    """A combination, scored fold by fold with weights learned on the other folds.

    Parameters
    ----------
    fold_scores : tuple of float
    predictions : Predictions
        For all development rows, each by weights that did not see it.
    weights : tuple of float
        Learned on all rows, one a member: those that the block prints. Empty for stacking.
    """

    fold_scores: tuple[float, ...]
    predictions: Predictions
    weights: tuple[float, ...]


def weighted(members: Sequence[Predictions], weights: Sequence[float]) -> Predictions:
    """Weighted mean of probabilities, or of numbers."""
    first = members[0]
    arrays = [m.values if m.probabilities is None else m.probabilities for m in members]
    mean = np.tensordot(np.asarray(weights) / np.sum(weights), np.stack(arrays), axes=1)
    if first.probabilities is None:
        return Predictions(mean, None)
    return Predictions(np.argmax(mean, axis=1), mean)


def combine(
    strategy: str, members: Sequence[Predictions], y: np.ndarray, folds: Sequence[Fold], metric: Metric
) -> Combined:
    """Combine members by a strategy ("mean", "greedy" or "stacking").

    Parameters
    ----------
    members : sequence of Predictions
        Out-of-fold, for all development rows.
    y : ndarray of shape (n_rows,)
    folds : sequence of Fold
        Those of one repeat; the test rows of one fold are scored with weights learned on all others'.
    """
    scores: list[float] = []
    parts: list[tuple[np.ndarray, Predictions]] = []
    for fold in folds:
        learn = np.concatenate([f.test for f in folds if f is not fold])
        seen, unseen = [_take(m, learn) for m in members], [_take(m, fold.test) for m in members]
        if strategy == "stacking":
            predicted = _stack(seen, y[learn], unseen)
        else:
            predicted = weighted(unseen, _weights(strategy, seen, y[learn], metric))
        scores.append(metric.score(y[fold.test], predicted))
        parts.append((fold.test, predicted))
    everything = np.concatenate([f.test for f in folds])
    whole = [_take(m, everything) for m in members]
    weights = () if strategy == "stacking" else _weights(strategy, whole, y[everything], metric)
    return Combined(tuple(scores), Predictions.scatter(parts, len(y)), weights)


def _weights(strategy: str, members: Sequence[Predictions], y: np.ndarray, metric: Metric) -> tuple[float, ...]:
    if strategy == "mean":
        return tuple(1 / len(members) for _ in members)
    return greedy_weights(members, y, metric)


def _take(predictions: Predictions, rows: np.ndarray) -> Predictions:
    probabilities = None if predictions.probabilities is None else predictions.probabilities[rows]
    values = predictions.values[rows]
    return Predictions(values if probabilities is None else values.astype(int), probabilities)


def _stack(seen: Sequence[Predictions], y: np.ndarray, unseen: Sequence[Predictions]) -> Predictions:
    """Learn a linear model over the members' predictions, as the stacking block does."""
    from sklearn.linear_model import LogisticRegression, RidgeCV

    if seen[0].probabilities is None:
        model = RidgeCV(alphas=np.logspace(-3, 3, 7)).fit(_inputs(seen), y)
        return Predictions(model.predict(_inputs(unseen)), None)
    model = LogisticRegression(max_iter=1000).fit(_inputs(seen), y.astype(int))
    probabilities = np.zeros((len(unseen[0]), seen[0].probabilities.shape[1]))
    probabilities[:, model.classes_] = model.predict_proba(_inputs(unseen))
    return Predictions(np.argmax(probabilities, axis=1), probabilities)


def _inputs(members: Sequence[Predictions]) -> np.ndarray:
    """One column a member, or one a class but the first for two classes: what scikit-learn's stacking does."""
    columns = []
    for member in members:
        if member.probabilities is None:
            columns.append(member.values[:, None])
        else:
            first = 1 if member.probabilities.shape[1] == 2 else 0  # noqa: PLR2004
            columns.append(member.probabilities[:, first:])
    return np.hstack(columns)
