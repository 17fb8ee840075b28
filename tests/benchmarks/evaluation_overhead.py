"""Time what a fit in a worker costs beyond the fit itself: starting, sending, reading back.

The job is one fit and one prediction of the examples' churn table, again and again, in one worker. The overhead is the
wall clock of a job less the seconds of fit and prediction that the worker reports. Exit code 1 when over budget.

Run: python tests/benchmarks/evaluation_overhead.py
"""

import statistics
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from mlestar_jupyter.core.executor import FitFailed, FitJob, Limits
from mlestar_jupyter.executors.local.executor import LocalExecutor
from mlestar_jupyter.problems.forms import Labels

JOBS = 20
FORM = Labels(("No", "Yes"))
BUDGET = 0.25
CHURN = Path(__file__).parents[2] / "examples" / "data" / "telco_churn.csv.gz"
SOURCE = """
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.linear_model import LogisticRegression
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline


def build():
    numbers = ColumnTransformer([("numbers", SimpleImputer(), make_column_selector(dtype_include="number"))])
    return make_pipeline(numbers, LogisticRegression(max_iter=1000))
"""


def main() -> int:
    """Measure, print a line for the first job and one for the others, and tell whether they are within budget."""
    table = pd.read_csv(CHURN)
    y = (table.pop("Churn") == "Yes").to_numpy(int)
    half = len(table) // 2
    positions = np.arange(len(table))
    job = FitJob("overhead", SOURCE, "churn", "churn", positions[:half], positions[half:], y[:half], FORM, 0)
    executor = LocalExecutor(1)
    try:
        executor.share("churn", table)
        overheads = [overhead(executor, job) for _ in range(JOBS + 1)]
    finally:
        executor.close()
    median = statistics.median(overheads[1:])
    print(f"first fit, the worker's imports included: {overheads[0]:.3f} s beyond the fit")
    print(
        f"a fit: median {median:.3f} s of {JOBS} beyond the fit, highest {max(overheads[1:]):.3f} s, "
        f"budget {BUDGET} s: {'pass' if median < BUDGET else 'fail'}"
    )
    return 0 if median < BUDGET else 1


def overhead(executor: LocalExecutor, job: FitJob) -> float:
    """Seconds of one job that are neither fit nor prediction."""
    start = time.perf_counter()
    (result,) = executor.run([job], Limits())
    passed = time.perf_counter() - start
    if isinstance(result, FitFailed):
        sys.exit(f"The fit failed: {result.reason}")
    return passed - result.fit_seconds - result.predict_seconds


if __name__ == "__main__":
    sys.exit(main())
