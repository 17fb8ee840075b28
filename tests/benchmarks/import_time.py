"""Time `import mlestar_jupyter` and `%load_ext mlestar` in fresh processes; exit code 1 when over budget.

Run: python tests/benchmarks/import_time.py
"""

import statistics
import subprocess
import sys

RUNS = 5
BUDGETS = {
    "import mlestar_jupyter": (
        0.3,
        "import time; t = time.perf_counter(); import mlestar_jupyter; print(time.perf_counter() - t)",
    ),
    "%load_ext mlestar": (
        0.5,
        "from IPython.core.interactiveshell import InteractiveShell; import time; "
        "shell = InteractiveShell.instance(); t = time.perf_counter(); shell.run_line_magic('load_ext', 'mlestar'); "
        "print(time.perf_counter() - t)",
    ),
}


def main() -> int:
    """Measure, print a line each, and tell whether all are within budget."""
    within = True
    for name, (budget, program) in BUDGETS.items():
        times = [
            float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)
            for _ in range(RUNS)
        ]
        median = statistics.median(times)
        within &= median < budget
        print(
            f"{name}: median {median:.3f} s of {RUNS} runs, budget {budget} s: {'pass' if median < budget else 'fail'}"
        )
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
