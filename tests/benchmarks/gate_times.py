"""CPU seconds of the quality gates by metric, rows and classes; what is stopped at the limit is written as more.

    python tests/benchmarks/gate_times.py [--rows 1000 5000 100000] [--classes 2 10 35] [--metrics …] [--limit 60]

Nothing is fitted: predictions are made up, as good as those of a usual model. The table has ten columns.
"""

import argparse
import signal
import time
import warnings
from dataclasses import replace
from types import FrameType

import numpy as np
import pandas as pd

from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.phases.validation.gates.base import Evidence, Sealed
from mlestar_jupyter.phases.validation.gates.robustness import subsets
from mlestar_jupyter.phases.validation.holdout import HoldoutScore
from mlestar_jupyter.phases.validation.settings import ValidationSettings
from mlestar_jupyter.problems.recognition import find_metric
from mlestar_jupyter.problems.registry import problem_named
from tests.benchmarks.gate_errors import HOLDOUT, TESTED, _folds, _scored

N_COLUMNS = 10
OF_TWO = (
    "f1",
    "precision",
    "recall",
    "jaccard",
    "neg_brier_score",
    "d2_log_loss_score",
    "neg_negative_likelihood_ratio",
)
OF_LABELS = (
    "accuracy", "balanced_accuracy", "roc_auc_ovr", "roc_auc_ovo", "neg_log_loss", "average_precision", "f1_macro",
    "f1_weighted", "precision_macro", "recall_macro", "jaccard_macro", "matthews_corrcoef", "top_k_accuracy",
    "adjusted_rand_score",
)  # fmt: skip
OF_NUMBERS = (
    "rmse", "r2", "mae", "mape", "rmsle", "explained_variance", "neg_mean_poisson_deviance", "neg_median_absolute_error",
    "neg_max_error", "d2_absolute_error_score",
)  # fmt: skip


def evidence(name: str, n_classes: int, n_rows: int, seed: int = 0) -> Evidence:
    """Make up a table with predictions; 0 classes are numbers."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n_rows, N_COLUMNS)), columns=[f"c{i}" for i in range(N_COLUMNS)])
    for i in range(N_COLUMNS // 2):
        X[f"c{i}"] = rng.choice(list("abcd"), n_rows)
    inside = np.sort(rng.permutation(n_rows)[int(HOLDOUT * n_rows) :])
    outside = np.setdiff1d(np.arange(n_rows), inside)
    y, said, constant = _labels(rng, n_classes, n_rows) if n_classes else _numbers(rng, n_rows)
    problem = "binary" if n_classes == 2 else "multiclass" if n_classes else "regression"
    metric, classes = find_metric(name, problem), tuple(map(str, range(n_classes)))
    task = Task("y", problem, problem_named(problem).form(classes), metric, (), classes, None, None, len(inside),
                len(outside), seed, "drawn")  # fmt: skip
    folds = _folds(y[inside], "binary" if n_classes else problem, rng)
    score, base = (
        _scored([_score(metric, y[inside][f], p.at(inside[f])) for f in folds], p.at(inside), len(inside))
        for p in (said, constant)
    )
    within, sealed = (Rows(X.iloc[at].reset_index(drop=True), y[at], None, at) for at in (inside, outside))
    holdout = HoldoutScore(_score(metric, sealed.y, said.at(outside)), np.nan, np.nan, score.score)
    pairs = tuple(Fold(np.setdiff1d(np.arange(len(inside)), f), f) for f in folds)
    opened = Sealed(sealed, said.at(outside), constant.at(outside), holdout)
    return Evidence(task, ValidationSettings(), score, base, pairs, within, opened)


def _labels(rng: np.random.Generator, n_classes: int, n_rows: int) -> tuple[np.ndarray, Predictions, Predictions]:
    y = rng.permutation(np.arange(n_rows) % n_classes)
    raw = rng.gamma(1.0, size=(n_rows, n_classes))
    raw[np.arange(n_rows), y] += rng.gamma(2.0, size=n_rows)
    columns = raw / raw.sum(axis=1, keepdims=True)
    equal = np.full((n_rows, n_classes), 1 / n_classes)
    return y, Predictions(columns.argmax(axis=1), columns), Predictions(np.zeros(n_rows, dtype=int), equal)


def _numbers(rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, Predictions, Predictions]:
    truth = rng.gamma(2.0, size=n_rows) + 0.1
    y = truth * rng.gamma(5.0, 0.2, size=n_rows) + 0.01
    return y, Predictions(truth), Predictions(np.full(n_rows, y.mean()))


def _score(metric: Metric, y: np.ndarray, predictions: Predictions) -> float:
    try:
        return metric.score(y, predictions)
    except ValueError:
        return float("nan")


class _TooLongError(Exception):
    pass


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _TooLongError


def seconds(found: Evidence, limit: float) -> tuple[float, str]:
    """CPU seconds of all gates that depend on noise, with the verdict of each."""
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, limit)
    start, verdicts = time.process_time(), []
    try:
        found = replace(found, subsets=subsets(found))
        for gate in TESTED:
            verdicts.append(f"{gate.__name__} {gate(found).verdict}")
    except _TooLongError:
        return limit, "stopped"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    odd = [v for v in verdicts if not v.endswith("pass")]
    return time.process_time() - start, ", ".join(odd)


def main() -> None:
    """Read the arguments, and print a row for each metric and number of classes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 5000, 100_000])
    parser.add_argument("--classes", type=int, nargs="+", default=[2, 10, 35, 0])
    parser.add_argument("--metrics", nargs="+")
    parser.add_argument("--limit", type=float, default=60.0)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"| metric | classes | {' | '.join(f'{n:,}' for n in given.rows)} | |", flush=True)
    for classes in given.classes:
        for name in (OF_LABELS + OF_TWO * (classes == 2)) if classes else OF_NUMBERS:
            if given.metrics and name not in given.metrics:
                continue
            cells, notes = [], ""
            for n_rows in given.rows:
                try:
                    took, notes = seconds(evidence(name, classes, n_rows), given.limit)
                    cells.append(f"> {took:.0f}" if notes == "stopped" else f"{took:.2f}")
                except Exception as error:  # noqa: BLE001 - a metric that does not fit is a row of its own
                    cells.append("–")
                    notes = f"{type(error).__name__}: {error}"[:80]
            print(f"| {name} | {classes or 'numbers'} | {' | '.join(cells)} | {notes} |", flush=True)


if __name__ == "__main__":
    main()
