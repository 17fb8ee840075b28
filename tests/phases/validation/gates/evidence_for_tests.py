"""Evidence from arrays: the gates ask for nothing that was fitted."""

import numpy as np
import pandas as pd

from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.phases.validation.gates.base import Evidence, Sealed
from mlestar_jupyter.phases.validation.holdout import HoldoutScore
from mlestar_jupyter.phases.validation.settings import ValidationSettings
from mlestar_jupyter.problems.recognition import find_metric
from mlestar_jupyter.problems.registry import problem_named
from tests.checks.inputs_for_tests import scored

N_FOLDS = 4


def said(values, problem):
    """Probabilities of the positive class, or numbers, as predictions."""
    if problem == "binary":
        return Predictions((values > 0.5).astype(int), np.column_stack([1 - values, values]))
    return Predictions(values)


def rows_of(y, X=None, groups=None):
    """Rows with one idle column."""
    X = pd.DataFrame({"idle": np.arange(len(y)) % 7}) if X is None else X.reset_index(drop=True)
    return Rows(X, y, groups, np.arange(len(y)))


def evidence(
    metric, y, predicted, *, n_sealed=None, X=None, groups=None, time=None, train=None, with_baseline=True, **settings
):
    """Evidence where the last rows are the holdout, and every fourth of the others is in the same fold."""
    problem = "binary" if set(np.unique(y)) <= {0, 1} else "regression"
    n_sealed = len(y) // 4 if n_sealed is None else n_sealed
    n = len(y) - n_sealed
    metric = find_metric(metric, problem)
    classes = ("no", "yes") if problem == "binary" else ()
    form = problem_named(problem).form(classes)
    task = Task(
        "y", problem, form, metric, (), classes, time, None if groups is None else "g", n, n_sealed, 0, "made up"
    )
    folds = [np.flatnonzero(np.arange(n) % N_FOLDS == f) for f in range(N_FOLDS)]
    if time is not None:
        folds = [part + n // 5 for part in np.array_split(np.arange(n - n // 5), N_FOLDS)]
    ours, theirs = said(predicted, problem), said(np.full(len(y), np.mean(y[:n])), problem)

    def score(predictions):
        inside = predictions.at(np.arange(n))
        found = tuple(metric.score(y[f], inside.at(f)) for f in folds)
        return scored(inside, found, n_test=n // N_FOLDS)

    everything = rows_of(y, X, groups)
    sealed, at = None, np.arange(n, n + n_sealed)
    if n_sealed:
        value = metric.score(y[at], ours.at(at))
        sealed = Sealed(
            everything.take(at), ours.at(at), theirs.at(at) if with_baseline else None,
            HoldoutScore(value, value - 0.01, value + 0.01, train),
        )  # fmt: skip
    return Evidence(
        task, ValidationSettings(**settings), score(ours), score(theirs),
        tuple(Fold(np.setdiff1d(np.arange(n), f), f) for f in folds), everything.take(np.arange(n)), sealed,
    )  # fmt: skip


def binary(n, seed=0, strength=2.0):
    """Labels with the probabilities that they were drawn from, and the column that these come from."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    p = 1 / (1 + np.exp(-strength * x))
    return (rng.random(n) < p).astype(int), p, x


def numbers(n, seed=0, tails=np.inf):
    """Numbers with their expectations; Student's noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    noise = rng.normal(size=n) if np.isinf(tails) else rng.standard_t(tails, n)
    return x + noise, x
