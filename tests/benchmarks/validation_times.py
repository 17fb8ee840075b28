"""Seconds and memory of a whole validation, step by step: full and quick, by kind of target and rows.

    python tests/benchmarks/validation_times.py --rows 5000 100000 [--columns 30] [--problems binary regression classes]

The table is that of ``growth.py``; of numbers, and of ten classes, the target is made of the same columns. Foundation
scores two candidates, and is not timed. Memory is that of the process and its workers, shared pages counted once.
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from mlestar_jupyter import Workflow
from tests.benchmarks.growth import Watch, make_table

STEPS = {
    "holdout": "score_holdout",
    "baseline": "_baseline_on",
    "checks": "findings_of",
    "final fit and cost": "_cost",
    "subsets": "subsets",
    "gates": "gates",
    "looks": "looks",
}
"""Headings and the functions behind them, as the profile names them."""


def table_of(problem: str, folder: Path, n_rows: int, n_columns: int) -> pd.DataFrame:
    """Make the table with its target."""
    make_table(folder / "table.parquet", n_rows, n_columns, numbers_only=False)
    table = pd.read_parquet(folder / "table.parquet")
    if problem == "binary":
        return table
    rng = np.random.default_rng(1)
    signal = sum(np.sin(table[f"number_{i}"].fillna(0)) for i in range(8)) + rng.normal(size=n_rows)
    target = signal if problem == "regression" else pd.qcut(signal, 10, labels=[f"class {i}" for i in range(10)])
    return table.assign(target=target if problem == "regression" else target.astype(str))


def measure(problem: str, n_rows: int, n_columns: int, metric: str | None) -> None:
    """Run, and print a row for each kind of checks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = table_of(problem, folder, n_rows, n_columns)
        workflow = Workflow(table, "target", output=folder / "run", max_agents=2, metric=metric)
        workflow.foundation(candidates=2)
        for checks in ("quick", "full"):
            watch, profile = Watch(), cProfile.Profile()
            watch.start()
            start = time.monotonic()
            profile.runcall(workflow.validation, checks=checks)
            wall = time.monotonic() - start
            watch.ended.set()
            watch.join()
            times = steps(profile)
            cells = " | ".join(f"{times.get(function, 0.0):.1f}" for function in STEPS.values())
            print(
                f"| {problem} {workflow.task.metric.label} | {n_rows:,} | {checks} | {wall:.1f} | {cells} | "
                f"{watch.proportional:.2f} |",
                flush=True,
            )
            longest(profile)
        workflow.close()


def steps(profile: cProfile.Profile) -> dict[str, float]:
    """Seconds of each function of the package, those that it called included."""
    found: dict[str, float] = {}
    for (file, _, function), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items():
        if "mlestar_jupyter" in file and ("validation" in file or "checks" in file):
            found[function] = max(found.get(function, 0.0), cumulative)
    return found


def longest(profile: cProfile.Profile) -> None:
    """Print what took a second or more, indented."""
    stats = pstats.Stats(profile).stats
    ours = [(c, f"{Path(k[0]).stem}.{k[2]}") for k, (_, _, _, c, _) in stats.items() if "mlestar_jupyter" in k[0]]
    print("  " + ", ".join(f"{name} {seconds:.1f}" for seconds, name in sorted(ours)[::-1][:30] if seconds >= 0.5))


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[5000, 100_000])
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--problems", nargs="+", default=["binary", "regression", "classes"])
    parser.add_argument("--metric")
    given = parser.parse_args()
    print(f"| target | rows | checks | seconds | {' | '.join(STEPS)} | GB |")
    for n_rows in given.rows:
        for problem in given.problems:
            measure(problem, n_rows, given.columns, given.metric)


if __name__ == "__main__":
    main()
