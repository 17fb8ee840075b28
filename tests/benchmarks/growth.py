"""Measure how time and memory grow with rows and columns: a run on a synthetic table of mixed types.

Half of the columns or more are numbers, the others categories of 4 to 5,000 values and a date; a tenth of the numbers
is missing. The target hangs on a dozen of the columns. The table is read from a file, in a process of its own. Memory
is that of the process and all its workers: the sum of resident sets counts shared pages once a process (an upper
bound), the proportional sets count them once.

Run: python tests/benchmarks/growth.py --rows 1000000 --columns 30 --budget 10m --until refinement
     python tests/benchmarks/growth.py --rows 10000000 --columns 20 --budget 20m --format parquet --memory 16
     python tests/benchmarks/growth.py --rows 2000 --columns 10000 --budget 5m --numbers
"""

import argparse
import sys
import tempfile
import threading
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.options.kinds import seconds_of

VALUES = (4, 12, 60, 400, 5_000)
OVERRUN = 1.05
POLL_SECONDS = 0.5


def main() -> int:
    """Make the table, run on it, print the figures, and tell whether time and memory were within budget."""
    asked = arguments()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        path = Path(folder) / f"table.{asked.format}"
        making = get_context("spawn").Process(target=make_table, args=(path, asked.rows, asked.columns, asked.numbers))
        making.start()  # apart, so that its memory is not counted
        making.join()
        size = path.stat().st_size / 2**20
        print(f"{asked.rows:,} rows x {asked.columns:,} columns, {size:,.0f} MB of {asked.format}", flush=True)
        return run(path, Path(folder), asked)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--budget", default="2m")
    parser.add_argument("--until", default="foundation")
    parser.add_argument("--format", choices=("csv", "parquet"), default="parquet")
    parser.add_argument("--numbers", action="store_true", help="no categories and dates")
    parser.add_argument("--memory", type=float, default=8.0, help="GB that the run may use")
    parser.add_argument("--folder", help="where the table and the run are kept while it lasts")
    return parser.parse_args()


def make_table(path: Path, n_rows: int, n_columns: int, numbers_only: bool) -> None:
    """Write the table, a column at a time; the same arguments give the same table."""
    generator = np.random.default_rng(0)
    n_categories = 0 if numbers_only else n_columns * 2 // 5
    columns: dict[str, object] = {}
    signal = np.zeros(n_rows)
    for position in range(n_columns - n_categories - (not numbers_only)):
        values = generator.normal(size=n_rows)
        if position < 8:
            signal += np.sin(values) * (1 + position % 3) / 2
        if position % 5 == 1:
            values = np.exp(values).round(2)
        if position % 10 == 3:
            values[generator.random(n_rows) < 0.1] = np.nan
        columns[f"number_{position}"] = values
    for position in range(n_categories):
        count = VALUES[position % len(VALUES)]
        codes = generator.integers(0, count, n_rows)
        if position < 4:
            signal += generator.normal(size=count)[codes]
        names = np.array([f"value {code:04d}" for code in range(count)], dtype=object)
        columns[f"category_{position}"] = pd.Categorical.from_codes(codes, names).astype("str")
    if not numbers_only:
        days = generator.integers(0, 2_000, n_rows)
        columns["date"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D")
    chance = 1 / (1 + np.exp(-(signal - signal.mean())))
    columns["target"] = np.where(generator.random(n_rows) < chance, "yes", "no")
    table = pd.DataFrame(columns)
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path, index=False)


class Watch(threading.Thread):
    """Follows the memory of this process and its workers."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.resident = self.proportional = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        """Look every half second until it is asked to end."""
        while not self.ended.wait(POLL_SECONDS):
            family = [psutil.Process(), *psutil.Process().children(recursive=True)]
            self.resident = max(self.resident, sum(filter(None, (memory_of(p)[0] for p in family))))
            self.proportional = max(self.proportional, sum(filter(None, (memory_of(p)[1] for p in family))))


def memory_of(process: psutil.Process) -> tuple[float, float]:
    """Resident and proportional set of a process in GB; the second is what Linux tells, and else the first."""
    try:
        info = process.memory_full_info()
    except psutil.Error:
        return 0.0, 0.0
    return info.rss / 2**30, getattr(info, "pss", info.rss) / 2**30


def run(path: Path, folder: Path, asked: argparse.Namespace) -> int:
    """Run the phases, and print what they took."""
    watch = Watch()
    watch.start()
    start = time.monotonic()
    workflow = Workflow(path, "target", output=folder / "run", timeout=asked.budget)
    read = time.monotonic() - start
    lap = time.monotonic()
    workflow.run(until=asked.until)
    phases = time.monotonic() - lap
    model = workflow.model
    wall = time.monotonic() - start
    watch.ended.set()
    watch.join()
    report(workflow, model, watch, read, phases, wall)
    workflow.close()
    allowed = OVERRUN * seconds_of(asked.budget)
    within = wall <= allowed and watch.proportional <= asked.memory
    print(
        f"{wall:.0f} s of {allowed:.0f} s, {watch.proportional:.2f} GB of {asked.memory:g} GB: "
        f"{'pass' if within else 'fail'}"
    )
    return 0 if within else 1


def report(workflow: Workflow, model: object, watch: Watch, read: float, phases: float, wall: float) -> None:
    """Print times, memory, scores and what the candidates were compared on."""
    task, metric = workflow.task, workflow.task.metric
    scored = sum(isinstance(e, Scored) for e in workflow.candidates())
    print(f"read and split {read:.1f} s, phases and final fit {phases:.1f} s, wall clock {wall:.1f} s")
    print(f"memory: {watch.resident:.2f} GB resident, {watch.proportional:.2f} GB with shared pages counted once")
    print(f"candidates scored: {scored}; best {workflow.score.candidate.label}")
    print(
        f"compared on {task.n_compared:,} of {task.n_development:,} rows, the model fitted on {workflow.standing.fitted_rows:,}"
    )
    print(f"{metric.label} {workflow.score.score:.4f}; on 100,000 holdout rows {holdout_score(workflow, model):.4f}")
    table = workflow.results["foundation"].table
    print(table[["candidate", "score", "fit s", "why"]].to_string(max_colwidth=90))
    for notice in task.notices:
        print(f"- {notice:.300}")


def holdout_score(workflow: Workflow, model: object) -> float:
    """Score the final model on rows that nothing has seen."""
    metric: Metric = workflow.task.metric
    rows = workflow.dataset.holdout.open("benchmark")
    X, y = rows.X.head(100_000), rows.y[:100_000]
    probabilities = model.predict_proba(X)
    return metric.score(y, Predictions(np.argmax(probabilities, axis=1), probabilities))


if __name__ == "__main__":
    sys.exit(main())
