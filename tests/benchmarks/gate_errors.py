"""How often do the quality gates err on models without a fault, and how often do they find a planted one?

    python tests/benchmarks/gate_errors.py errs --rows 1000 5000 --tables 200
    python tests/benchmarks/gate_errors.py finds --rows 5000 --tables 100

Nothing is fitted: out-of-fold predictions and those of the holdout are drawn from an oracle, the expectation of the
target given the inputs, so that whatever fails, fails wrongly. A planted fault changes the oracle's predictions.
"""

import argparse
import time
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, Sealed
from mlestar_jupyter.phases.validation.gates.generalisation import generalisation
from mlestar_jupyter.phases.validation.gates.improvement import improvement
from mlestar_jupyter.phases.validation.gates.original import ORIGINAL
from mlestar_jupyter.phases.validation.gates.robustness import robustness, subsets
from mlestar_jupyter.phases.validation.gates.stability import stability
from mlestar_jupyter.phases.validation.holdout import HoldoutScore
from mlestar_jupyter.phases.validation.settings import ValidationSettings
from mlestar_jupyter.problems.recognition import find_metric
from mlestar_jupyter.problems.registry import problem_named

N_FOLDS, HOLDOUT = 5, 0.2
TESTED = (improvement, generalisation, stability, robustness)
SOLUTION = Solution.of(
    {"model": "def make_model(**params):\n    return None\n", "validation": "def make_splitter():\n    return None\n"}
)


@dataclass(frozen=True)
class Setting:
    """A metric with the kind of table that it is for."""

    metric: Metric
    problem: str
    tails: float = np.inf
    """Degrees of freedom of the noise, which is Student's."""


SETTINGS = {
    "AUC": Setting(find_metric("roc_auc", "binary"), "binary"),
    "accuracy": Setting(find_metric("accuracy", "binary"), "binary"),
    "log-loss": Setting(find_metric("neg_log_loss", "binary"), "binary"),
    "RMSE, heavy tails": Setting(find_metric("rmse", "regression"), "regression", 2.5),
    "RMSE": Setting(find_metric("rmse", "regression"), "regression"),
    "R²": Setting(find_metric("r2", "regression"), "regression", 3.0),
}
FAULTS = ("unstable", "drift", "overfitting", "misleading subset", "no skill")


def evidence(setting: Setting, n_rows: int, seed: int, fault: str = "", size: float = 0.0) -> Evidence:
    """Draw a table with an oracle's predictions, with a fault of a size: the share of skill that is lost by it."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n_rows, 4)), columns=list("abcd"))
    X["region"] = rng.choice(["north", "south", "east", "west"], n_rows, p=[0.4, 0.3, 0.2, 0.1])
    X["flag"] = rng.integers(0, 2, n_rows)
    X.loc[rng.random(n_rows) < 0.1, "b"] = np.nan
    signal = (X["a"] + 0.5 * X["c"] + 0.5 * (X["region"] == "north")).to_numpy()
    if fault == "no skill":
        signal = np.zeros(n_rows)
    if setting.problem == "binary":
        truth = 1 / (1 + np.exp(-(1.2 * signal - 0.7)))
        y = (rng.random(n_rows) < truth).astype(int)
    else:
        noise = rng.normal(size=n_rows) if np.isinf(setting.tails) else rng.standard_t(setting.tails, n_rows)
        truth, y = signal, signal + noise
    order = rng.permutation(n_rows)
    sealed = np.isin(np.arange(n_rows), order[: int(HOLDOUT * n_rows)])
    inside = np.flatnonzero(~sealed)
    folds = _folds(y[inside], setting.problem, rng)
    said = truth.copy()
    for hurt in _hurt(fault, X, sealed, inside, folds):
        said[hurt] = _mirrored(truth, hurt, size, rng) if "mislead" in fault else _weakened(truth, hurt, size, rng)
    if fault == "overfitting":
        at = inside[rng.random(len(inside)) < size]  # rows that the solution has by heart
        said[at] = np.where(setting.problem == "binary", np.clip(y[at], 0.02, 0.98), y[at])
    return _put_together(setting, X, y, said, sealed, folds, seed)


def _hurt(
    fault: str, X: pd.DataFrame, sealed: np.ndarray, inside: np.ndarray, folds: list[np.ndarray]
) -> list[np.ndarray]:
    """Rows, set by set, whose predictions are made worse."""
    return {
        "unstable": [inside[folds[0]], inside[folds[1]]],
        "drift": [np.flatnonzero(sealed)],
        "misleading subset": [np.flatnonzero(X["region"] == "south")],
    }.get(fault, [])


def _weakened(truth: np.ndarray, rows: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    """Predictions of which a share belongs to other rows: that share of the skill is gone, and as much again of R²."""
    said = truth[rows].copy()
    wrong = rng.random(len(rows)) < size
    said[wrong] = rng.permutation(truth)[: wrong.sum()]
    return said


def _mirrored(truth: np.ndarray, rows: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    """Predictions of which a share says the opposite."""
    bounds = (0.01, 0.99) if truth.min() >= 0 and truth.max() <= 1 else (-np.inf, np.inf)
    opposite = np.clip(2 * np.median(truth) - truth[rows], *bounds)
    return np.where(rng.random(len(rows)) < size, opposite, truth[rows])


def _folds(y: np.ndarray, problem: str, rng: np.random.Generator) -> list[np.ndarray]:
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = StratifiedKFold if problem == "binary" else KFold
    splitter = kind(N_FOLDS, shuffle=True, random_state=int(rng.integers(1 << 30)))
    return [test for _, test in splitter.split(y, y)]


def _put_together(
    setting: Setting, X: pd.DataFrame, y: np.ndarray, said: np.ndarray, sealed: np.ndarray, folds: list[np.ndarray],
    seed: int,
) -> Evidence:  # fmt: skip
    problem, metric = problem_named(setting.problem), setting.metric
    classes = ("no", "yes") if problem.has_labels else ()
    inside = ~sealed
    constant = np.full(len(y), y[inside].mean())
    everything, baseline = (_predictions(values, setting.problem) for values in (said, constant))
    task = Task("y", setting.problem, problem.form(classes), metric, (), classes, None, None, int(inside.sum()),
                int(sealed.sum()), seed, "drawn")  # fmt: skip
    within, outside = (Rows(X[at].reset_index(drop=True), y[at], None, np.flatnonzero(at)) for at in (inside, sealed))
    at = np.flatnonzero(inside)
    score, base = (
        _scored([metric.score(y[at][f], p.at(at[f])) for f in folds], p.at(at), len(at)) for p in (everything, baseline)
    )
    own, theirs = everything.at(np.flatnonzero(sealed)), baseline.at(np.flatnonzero(sealed))
    holdout = HoldoutScore(metric.score(outside.y, own), np.nan, np.nan, score.score)
    pairs = tuple(Fold(np.setdiff1d(np.arange(len(at)), f), f) for f in folds)
    return Evidence(
        task, ValidationSettings(), score, base, pairs, within, Sealed(outside, own, theirs, holdout), seed=seed
    )


def _predictions(values: np.ndarray, problem: str) -> Predictions:
    if problem == "binary":
        return Predictions((values > 0.5).astype(int), np.column_stack([1 - values, values]))
    return Predictions(values)


def _scored(scores: list[float], predictions: Predictions, n_rows: int) -> Scored:
    candidate = Candidate(SOLUTION, "oracle", None, "planner", "", "foundation")
    share = n_rows / N_FOLDS
    return Scored(candidate, tuple(scores), predictions, 1.0, 1.0, 1.0, n_rows - share, share)


def judge(found: Evidence, policy: str) -> dict[str, Gate]:
    """Ask the gates that depend on noise."""
    if policy == "tested":
        found = replace(found, subsets=subsets(found))
        return {gate.__name__: gate(found) for gate in TESTED}
    return {name: ORIGINAL[name](found) for name in ("improvement", "generalisation", "stability")}


def table(rows: list[int], tables: int, policy: str, fault: str, size: float, chosen: list[str]) -> None:
    """Print how often each gate fails, and any of them."""
    for name in chosen:
        for n_rows in rows:
            failed, advised, start = Counter(), Counter(), time.perf_counter()
            for seed in range(tables):
                found = judge(evidence(SETTINGS[name], n_rows, 1000 * n_rows + seed, fault, size), policy)
                failed.update([n for n, g in found.items() if g.verdict == "fail"])
                advised.update([n for n, g in found.items() if g.verdict == "advice"])
                failed.update(["any"] * any(g.verdict == "fail" for g in found.values()))
            names = [*found, "any"]
            cells = [
                f"{failed[n] / tables:.1%}" + (f" ({advised[n] / tables:.0%})" if advised[n] else "") for n in names
            ]
            seconds = (time.perf_counter() - start) / tables
            print(
                f"| {name} | {n_rows:,} | {policy} {fault} {size or ''} | {' | '.join(cells)} | {seconds:.2f} s",
                flush=True,
            )


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("errs", "finds"))
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--tables", type=int, default=100)
    parser.add_argument("--policy", choices=("tested", "original"), default="tested")
    parser.add_argument("--settings", nargs="+", default=list(SETTINGS))
    parser.add_argument("--faults", nargs="+", default=list(FAULTS))
    parser.add_argument("--size", type=float, default=0.5)
    given = parser.parse_args()
    gates = ("improvement", "generalisation", "stability", *(["robustness"] if given.policy == "tested" else []))
    print(f"| metric | rows | | {' | '.join(gates)} | any: fails (advice) | seconds a table |")
    for fault in [""] if given.what == "errs" else given.faults:
        table(given.rows, given.tables, given.policy, fault, given.size if fault else 0.0, given.settings)


if __name__ == "__main__":
    main()
