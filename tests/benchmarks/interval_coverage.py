"""How often intervals of scores hold the truth: new ones, and those of the version before.

    python tests/benchmarks/interval_coverage.py holdout [--runs 1000] [--only TEXT]
    python tests/benchmarks/interval_coverage.py folds [--runs 500] [--only TEXT]
    python tests/benchmarks/interval_coverage.py gains [--runs 2000]
    python tests/benchmarks/interval_coverage.py conformal [--runs 300]

Every run makes rows whose true score is known (of 1,600,000 rows, or of the fitted models on 200,000), and asks whether
the 95 % interval holds it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.signal import lfilter
from scipy.special import expit, ndtri

sys.path.insert(0, str(Path(__file__).parents[2]))

from mlestar_jupyter.core.conformal import conformity_of
from mlestar_jupyter.core.intervals import Answered, interval_of_rows
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.statistics import corrected_interval, t_test
from mlestar_jupyter.core.task import Task

METRICS = {
    "accuracy": Metric("accuracy", True, False),
    "AUC": Metric("roc_auc", True, True),
    "log-loss": Metric("neg_log_loss", False, True),
    "F1": Metric("f1", True, False),
    "balanced accuracy": Metric("balanced_accuracy", True, False),
    "RMSE": Metric("neg_root_mean_squared_error", False, False),
    "MAE": Metric("neg_mean_absolute_error", False, False),
    "R²": Metric("r2", True, False),
}
Rows = tuple[np.ndarray, Predictions, np.ndarray | None, bool]
Maker = Callable[[np.random.Generator, int], Rows]
LARGE = 200_000


def remembering(generator: np.random.Generator, n_rows: int, memory: float) -> np.ndarray:
    """An autoregression of variance 1."""
    shocks = generator.normal(size=n_rows + 200) * np.sqrt(1 - memory**2)
    return lfilter([1], [1, -memory], shocks)[200:]


def grouped(generator: np.random.Generator, n_rows: int, of_each: int, *, uneven: bool) -> np.ndarray:
    """Groups of about so many rows, or with a few large ones."""
    count = max(2, n_rows // of_each)
    sizes = generator.exponential(size=count) + 0.2 if uneven else np.ones(count)
    return np.sort(generator.choice(count, n_rows, p=sizes / sizes.sum()))


def shared(
    generator: np.random.Generator, n_rows: int, of_each: int, memory: float, *, uneven: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """What rows of a group, or of a time, have in common."""
    if of_each:
        groups = grouped(generator, n_rows, of_each, uneven=uneven)
        return generator.normal(size=groups.max() + 1)[groups], groups
    return (remembering(generator, n_rows, memory) if memory else np.zeros(n_rows)), None


def labels(
    shift: float, slope: float, trust: float = 1.0, *, common: float = 0, of_each: int = 0, memory: float = 0,
    uneven: bool = False,
) -> Maker:  # fmt: skip
    """Two classes with a logistic model; `trust` above 1 makes its probabilities too sure."""

    def make(generator: np.random.Generator, n_rows: int) -> Rows:
        own, groups = shared(generator, n_rows, of_each, memory, uneven=uneven)
        known = shift + slope * generator.normal(size=n_rows)
        y = (generator.random(n_rows) < expit(known + common * own)).astype(int)
        chance = expit(trust * known)
        return y, Predictions((chance > 0.5).astype(int), np.column_stack([1 - chance, chance])), groups, memory > 0

    return make


def right(share: float, *, common: float = 0, of_each: int = 0, memory: float = 0, uneven: bool = False) -> Maker:
    """Labels of which this share is right."""

    def make(generator: np.random.Generator, n_rows: int) -> Rows:
        own, groups = shared(generator, n_rows, of_each, memory, uneven=uneven)
        at = ndtri(share) * np.sqrt(1 + common**2)
        is_right = at + common * own + generator.normal(size=n_rows) > 0
        y = generator.integers(0, 2, n_rows)
        return y, Predictions(np.where(is_right, y, 1 - y)), groups, memory > 0

    return make


def numbers(
    noise: str = "normal", signal: float = 1.0, *, scale: float = 0, of_each: int = 0, memory: float = 0,
    uneven: bool = False,
) -> Maker:  # fmt: skip
    """Numbers with errors of a distribution; groups differ in the size of their errors by `scale`."""
    draw = {
        "normal": lambda g, n: g.normal(size=n),
        "t5": lambda g, n: g.standard_t(5, n),
        "t3": lambda g, n: g.standard_t(3, n),
        "lognormal": lambda g, n: np.exp(g.normal(size=n)) - np.exp(0.5),
    }[noise]

    def make(generator: np.random.Generator, n_rows: int) -> Rows:
        own, groups = shared(generator, n_rows, of_each, memory, uneven=uneven)
        if groups is not None:
            errors = np.exp(scale * own) * draw(generator, n_rows)
            errors += 0.5 * generator.normal(size=groups.max() + 1)[groups]
        elif memory:
            errors = np.exp(scale * own) * draw(generator, n_rows) if scale else own
        else:
            errors = draw(generator, n_rows)
        predicted = signal * generator.normal(size=n_rows)
        return predicted + errors, Predictions(predicted), groups, memory > 0

    return make


SETTINGS: dict[str, tuple[str, int, Maker]] = {
    "accuracy .9": ("accuracy", 200, right(0.9)),
    "accuracy .97, few rows": ("accuracy", 150, right(0.97)),
    "accuracy .85, 60 groups": ("accuracy", 900, right(0.85, common=1, of_each=15)),
    "accuracy .85, 15 uneven groups": ("accuracy", 600, right(0.85, common=0.7, of_each=40, uneven=True)),
    "accuracy .85, autocorrelation .8": ("accuracy", 800, right(0.85, common=1, memory=0.8)),
    "AUC .83": ("AUC", 400, labels(0, 1.5)),
    "AUC, 3 % positive": ("AUC", 1000, labels(-4.4, 1.5)),
    "AUC .98": ("AUC", 300, labels(0, 8)),
    "AUC, 50 groups": ("AUC", 1000, labels(0, 1.5, common=1.5, of_each=20)),
    "AUC, autocorrelation .8": ("AUC", 1000, labels(0, 1.5, common=1.5, memory=0.8)),
    "F1, 15 % positive": ("F1", 500, labels(-2.5, 2)),
    "F1, 50 groups": ("F1", 1000, labels(0, 1.5, common=1.5, of_each=20)),
    "balanced accuracy, 15 % positive": ("balanced accuracy", 500, labels(-2.5, 2)),
    "log-loss": ("log-loss", 300, labels(-1, 1.5)),
    "log-loss, far too sure": ("log-loss", 300, labels(-1, 1.5, 3)),
    "log-loss, 40 groups": ("log-loss", 800, labels(0, 1.5, common=1.5, of_each=20)),
    "log-loss, autocorrelation .9": ("log-loss", 1000, labels(0, 1.5, common=1.5, memory=0.9)),
    "RMSE, 40 rows": ("RMSE", 40, numbers()),
    "RMSE": ("RMSE", 200, numbers()),
    "RMSE, t of 5 degrees": ("RMSE", 500, numbers("t5")),
    "RMSE, t of 3 degrees": ("RMSE", 1000, numbers("t3")),
    "RMSE, lognormal": ("RMSE", 500, numbers("lognormal")),
    "RMSE, 40 groups": ("RMSE", 800, numbers(scale=0.5, of_each=20)),
    "RMSE, 15 uneven groups": ("RMSE", 600, numbers(scale=0.5, of_each=40, uneven=True)),
    "RMSE, autocorrelation .7": ("RMSE", 500, numbers(memory=0.7)),
    "RMSE, autocorrelation .95": ("RMSE", 1000, numbers(memory=0.95)),
    "RMSE, volatility .95": ("RMSE", 1000, numbers(memory=0.95, scale=0.7)),
    "MAE, lognormal": ("MAE", 200, numbers("lognormal")),
    "MAE, 12 groups": ("MAE", 600, numbers(scale=0.4, of_each=50)),
    "MAE, autocorrelation .9": ("MAE", 1000, numbers(memory=0.9)),
    "R² .8": ("R²", 200, numbers(signal=2.0)),
    "R² .08": ("R²", 300, numbers(signal=0.3)),
    "R², t of 5 degrees": ("R²", 500, numbers("t5")),
    "R², 40 groups": ("R²", 800, numbers(scale=0.5, of_each=20)),
}


def percentile(metric: Metric, y: np.ndarray, predictions: Predictions, generator: np.random.Generator) -> np.ndarray:
    """The interval of the version before: a bootstrap over single rows."""
    found = []
    for _ in range(200):
        drawn = generator.integers(0, len(y), len(y))
        try:
            found.append(metric.score(y[drawn], predictions.at(drawn)))
        except ValueError:
            continue
    return np.percentile(found, [2.5, 97.5])


def holdout(runs: int, only: str, old_runs: int) -> None:
    """Coverage where a fixed model is scored on untouched rows."""
    print("| rows | n | coverage | median width | coverage before |\n| --- | --- | --- | --- | --- |")
    for name, (metric_name, n_rows, make) in SETTINGS.items():
        if only not in name:
            continue
        metric, generator = METRICS[metric_name], np.random.default_rng(1)
        large = [make(generator, 2 * LARGE) for _ in range(4)]
        true = float(np.mean([metric.score(y, predictions) for y, predictions, _, _ in large]))
        inside, widths, before = [], [], []
        for run in range(runs):
            y, predictions, groups, is_ordered = make(generator, n_rows)
            found = interval_of_rows(
                metric, [Answered(np.arange(n_rows), y, predictions, groups)], is_ordered=is_ordered
            )
            inside.append(found.low <= true <= found.high)
            widths.append(found.high - found.low)
            if run < old_runs:
                low, high = percentile(metric, y, predictions, generator)
                before.append(low <= true <= high)
        old = f"{np.mean(before):.3f}" if before else "–"
        print(f"| {name} | {n_rows} | {np.mean(inside):.3f} | {np.nanmedian(widths):.3g} | {old} |", flush=True)


LEARNING: dict[str, tuple[str, int, int, str]] = {
    "RMSE, ridge": ("RMSE", 200, 10, "normal"),
    "RMSE, ridge, many columns": ("RMSE", 100, 30, "normal"),
    "RMSE, ridge, t of 5 degrees": ("RMSE", 500, 10, "t5"),
    "MAE, ridge, lognormal": ("MAE", 300, 10, "lognormal"),
    "R², ridge": ("R²", 300, 10, "normal"),
    "RMSE, ridge, 40 groups": ("RMSE", 800, 10, "groups"),
    "RMSE, ridge, autocorrelation .9": ("RMSE", 1000, 5, "time"),
    "RMSE, tree": ("RMSE", 300, 5, "tree"),
    "AUC, logistic regression": ("AUC", 300, 10, "labels"),
    "accuracy, logistic regression": ("accuracy", 300, 10, "labels"),
    "log-loss, logistic regression": ("log-loss", 300, 10, "labels"),
    "AUC, logistic regression, 8 % positive": ("AUC", 600, 8, "rare"),
}


def learned(kind: str, n_rows: int, n_columns: int, generator: np.random.Generator) -> tuple:
    """Rows, target and groups of a table on which a model is cross-validated."""
    X = generator.normal(size=(n_rows, n_columns))
    signal = X @ (np.ones(n_columns) / np.sqrt(n_columns))
    if kind in ("labels", "rare"):
        shift = -3.0 if kind == "rare" else 0.0
        return X, (generator.random(n_rows) < expit(1.5 * signal + shift)).astype(int), None
    of_each, memory = (20, 0.0) if kind == "groups" else (0, 0.9 if kind == "time" else 0.0)
    noise = kind if kind in ("t5", "lognormal") else "normal"
    errors, predictions, groups, _ = numbers(noise, scale=0.5 if of_each else 0, of_each=of_each, memory=memory)(
        generator, n_rows
    )
    return X, signal + errors - predictions.values, groups


def fitted(kind: str, X: np.ndarray, y: np.ndarray) -> Callable[[np.ndarray], Predictions]:
    """Fit the model of a setting."""
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.tree import DecisionTreeRegressor

    if kind in ("labels", "rare"):
        model = LogisticRegression().fit(X, y)
        return lambda new: Predictions(model.predict(new), model.predict_proba(new))
    model = DecisionTreeRegressor(max_depth=5, random_state=0) if kind == "tree" else Ridge()
    model.fit(X, y)
    return lambda new: Predictions(model.predict(new))


def folds(runs: int, only: str) -> None:
    """Coverage where a model is cross-validated: of the folds' own models, and of one fitted on all rows."""
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

    print("| rows | n | coverage | of the final model | before | of the final model, before |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, (metric_name, n_rows, n_columns, kind) in LEARNING.items():
        if only not in name:
            continue
        metric, generator = METRICS[metric_name], np.random.default_rng(2)
        far = learned(kind, 50_000 if kind == "time" else 20_000, n_columns, generator)
        hits = []
        for _ in range(runs):
            X, y, groups = learned(kind, n_rows, n_columns, generator)
            splitter = {"time": TimeSeriesSplit(5, test_size=n_rows // 10), "groups": GroupKFold(5)}.get(
                kind, (StratifiedKFold if kind in ("labels", "rare") else KFold)(5)
            )
            parts, scores, true = [], [], []
            for train, test in splitter.split(X, y, groups):
                model = fitted(kind, X[train], y[train])
                predictions = model(X[test])
                parts.append(Answered(test, y[test], predictions, None if groups is None else groups[test]))
                scores.append(metric.score(y[test], predictions))
                true.append(metric.score(far[1], model(far[0])))
            final = metric.score(far[1], fitted(kind, X, y)(far[0]))
            found = interval_of_rows(metric, parts, is_ordered=kind == "time", fitting=len(test) / len(train))
            old = corrected_interval(scores, len(train), len(test), within=metric.range)
            targets = (float(np.mean(true)), final)
            hits.append([low <= t <= high for low, high in ((found.low, found.high), old) for t in targets])
        row = " | ".join(f"{share:.3f}" for share in np.mean(hits, axis=0))
        print(f"| {name} | {n_rows} | {row} |", flush=True)


def gains(runs: int) -> None:
    """How often one of two equal solutions is called better in time, by parts of 100 rows as before, and by long stretches."""
    print("| rows tested | autocorrelation | one better, nominal 2.5 % | before |\n| --- | --- | --- | --- |")
    for n_rows in (500, 2_000, 10_000):
        for memory in (0.0, 0.5, 0.9, 0.98):
            generator, wrong = np.random.default_rng(3), []
            for _ in range(runs):
                parts = np.split(remembering(generator, n_rows, memory), 5)
                counts = [max(1, min(most, n_rows // 5 // 100)) for most in (2, 20)]
                means = [[p.mean() for part in parts for p in np.array_split(part, count)] for count in counts]
                wrong.append([t_test(m).mean > 0 and t_test(m).p_value < 0.05 for m in means])
            new, old = np.mean(wrong, axis=0)
            print(f"| {n_rows:,} | {memory} | {new:.1%} | {old:.1%} |", flush=True)


DRIFTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "none": np.ones_like,
    "spread doubles": lambda at: 1 + at,
    "spread trebles": lambda at: 1 + 2 * at,
    "spread jumps to 2 at half of the rows": lambda at: np.where(at < 0.5, 1.0, 2.0),
    "spread jumps to 2 at .65 of the rows": lambda at: np.where(at < 0.65, 1.0, 2.0),
    "spread halves": lambda at: 2 - at,
    "seasons": lambda at: 1 + 0.5 * np.sin(2 * np.pi * 6 * at),
}


def conformal(runs: int) -> None:
    """Coverage of the last fifth of 1,000 rows by errors of the later half before it, nominal 90 %."""
    print("| drift | followed | all rows alike |\n| --- | --- | --- |")
    task = make_task()
    for name, spread in [*DRIFTS.items(), ("errors grow by 2 standard deviations", None)]:
        shares = []
        for run in range(runs):
            at = np.linspace(0, 1, 1_000)
            errors = np.random.default_rng(run).normal(size=1_000)
            errors = errors + 2 * at if spread is None else errors * spread(at)
            found = [
                conformity_of(t, np.zeros(400), Predictions(errors[400:800])) for t in (replace(task, time="day"), task)
            ]
            shares.append([f.covers(np.zeros(200), Predictions(errors[800:]), 0.9)[0].mean() for f in found])
        new, old = np.mean(shares, axis=0)
        print(f"| {name} | {new:.3f} | {old:.3f} |", flush=True)


def make_task() -> Task:
    """A task of numbers."""
    from mlestar_jupyter.problems.forms import Number

    return Task("y", "regression", Number(), METRICS["RMSE"], (), (), None, None, 800, 200, 0, "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["holdout", "folds", "gains", "conformal"])
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--before", type=int, default=0, help="runs of the interval of the version before")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    match given.what:
        case "holdout":
            holdout(given.runs, given.only, given.before)
        case "folds":
            folds(given.runs, given.only)
        case "gains":
            gains(given.runs)
        case _:
            conformal(given.runs)
