"""Measure what a prediction takes beside the members' own pipelines: one row, 1,000 and 100,000.

Run: python tests/benchmarks/prediction_speed.py [--rows 1 1000 100000] [--runs 9] [--fitted 4000] [--columns 8]

A table of as many numbers, some missing, and categories; for two classes and for a number. A single solution and
every kind of ensemble are fitted on the same rows. Each is asked through ``model.predict``, which reads raw rows by the
contract, and held against the sum of what its members' fitted pipelines take on rows that were read. The quickest of
the runs counts, as a busy machine slows single ones.
Libraries run with one thread, as in workers. Exit code 1 when one takes more than twice as long.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before the libraries are loaded

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Dataset
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.ensembles.source import calibrated
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.problems.recognition import make_dataset

MOST = 2.0
MEMBERS = ("linear", "lightgbm small", "hist gradient boosting", "xgboost shallow")
BESIDE = ("reading", "single, rows as dicts")
"""What is shown, and not limited: dicts of Python's objects become a table first."""
SIGMOID = {"slope": 1.1, "intercept": 0.05}


def table(n_rows: int, n_columns: int, seed: int = 0) -> pd.DataFrame:
    """Make raw rows with two targets."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({f"x{k}": random.normal(size=n_rows).round(4) for k in range(n_columns)})
    frame["x6"] = frame["x6"].mask(random.random(n_rows) < 0.05)
    for k in range(8):
        frame[f"c{k}"] = random.choice([f"value {i}" for i in range(3 + k)], n_rows)
    value = frame["x0"] - frame["x1"] * (frame["c0"] == "value 1") + frame["x2"].abs() + random.normal(size=n_rows)
    return frame.assign(number=value.round(4), label=np.where(value > value.median(), "yes", "no"))


def members(dataset: Dataset) -> dict[str, Solution]:
    """Some of the recipes' solutions, by their labels."""
    planner, task = RecipePlanner(), dataset.task
    drafts = [*planner.baselines(task), *(planner.draft(task, a) for a in planner.approaches(task, "", 30))]
    found = {d.label: d.solution for d in drafts if d is not None and d.label in MEMBERS}
    return {label: found[label] for label in MEMBERS}


def ensembles(dataset: Dataset, singles: tuple[Solution, ...]) -> dict[str, Solution]:
    """One over the members by each strategy that applies, and a calibrated one."""
    task, made = dataset.task, dict[str, Solution]()
    weights = [0.4, 0.3, 0.2, 0.1]
    for name, strategy in strategies().items():
        if name == "affine" and task.form.names:
            continue  # numbers alone
        source = strategy.source(task, weights)
        if source is not None:
            made[name] = Solution.of({**singles[0].blocks, "ensemble": source}, singles)
    if task.form.names:
        source = calibrated(made["greedy"].blocks["ensemble"], "sigmoid", SIGMOID)
        made["greedy, calibrated"] = Solution.of({**singles[0].blocks, "ensemble": source}, singles)
    return made


def quickest(calls: dict[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Seconds of the quickest of so many runs of each, made in turn."""
    found = dict.fromkeys(calls, np.inf)
    for number in range(runs + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if number:  # the first is a warm-up
                found[name] = min(found[name], time.perf_counter() - start)
    return found


def compared(target: str, given: argparse.Namespace) -> pd.DataFrame:
    """Compare on one target."""
    other = "label" if target == "number" else "number"
    dataset = make_dataset(
        read_table(table(given.fitted, given.columns).drop(columns=other)), target, on_open=lambda _reason: None
    )
    rows, task = dataset.development, dataset.task
    singles = members(dataset)
    fitted = {label: solution.build().fit(rows.X, rows.y) for label, solution in singles.items()}
    models = {"single: lightgbm small": FittedModel(fitted["lightgbm small"], singles["lightgbm small"], task)}
    for name, solution in ensembles(dataset, tuple(singles.values())).items():
        models[name] = FittedModel(solution.build().fit(rows.X, rows.y), solution, task)
    table_of = []
    for n_rows in given.rows:
        raw = table(n_rows, given.columns, seed=1).drop(columns=["number", "label"])
        X, _ = task.contract.apply(raw)
        calls = {f"member {k}": partial(task.form.predict, e, X) for k, e in fitted.items()}
        calls |= {name: partial(m.predict, raw) for name, m in models.items()}
        calls |= {"single, rows as dicts": partial(models["single: lightgbm small"].predict, raw.to_dict("records"))}
        calls |= {"reading": partial(task.contract.apply, raw)}
        seconds = quickest(calls, given.runs if n_rows < 50_000 else 2)
        of_all = sum(seconds[f"member {k}"] for k in fitted)
        for name in (*BESIDE, *models):
            own = seconds["member lightgbm small"] if name.startswith("single") else of_all
            table_of.append((target, name, n_rows, 1000 * seconds[name], 1000 * own, seconds[name] / own))
    return pd.DataFrame(table_of, columns=["target", "model", "rows", "ms", "members ms", "ratio"])


def main() -> int:
    """Print a table; 1 where something takes more than twice its members' own time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 1_000, 100_000])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--fitted", type=int, default=4_000)
    parser.add_argument("--columns", type=int, default=8, help="of numbers, beside 8 of categories")
    parser.add_argument("--targets", nargs="+", default=["label", "number"])
    given = parser.parse_args()
    found = pd.concat([compared(target, given) for target in given.targets])
    print(found.round(2).to_string(index=False))
    return int((found.loc[~found["model"].isin(BESIDE), "ratio"] > MOST).any())


if __name__ == "__main__":
    raise SystemExit(main())
