"""Measure the CPU seconds that reading a large csv takes, against `pandas.read_csv` and another checkout of the package.

Run: python tests/benchmarks/reading_speed.py [--rows 1000000] [--against FOLDER] [--runs 3]

Three tables of 30 columns: numbers only, numbers with missing values, and numbers with categories that have blank cells.
Exit code 1 when reading is more than 10 % slower than in the other checkout.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

MOST = 1.10
PROGRAM = """
import sys, time
{imports}
start = time.process_time()
{call}
print(time.process_time() - start)
"""
PLAIN = PROGRAM.format(imports="import pandas as pd", call="pd.read_csv(sys.argv[1])")
OURS = PROGRAM.format(imports="from mlestar_jupyter.data.reading import read_table", call="read_table(sys.argv[1])")


def tables(n_rows: int) -> dict[str, pd.DataFrame]:
    """Make the tables."""
    random = np.random.default_rng(0)
    numbers = pd.DataFrame({f"x{k}": random.normal(size=n_rows).round(4) for k in range(30)})
    missing = numbers.mask(random.random(numbers.shape) < 0.05)
    mixed = numbers.copy()
    for k in range(6):
        texts = pd.Series(random.choice(["red", "green", "blue", "grün"], n_rows))
        mixed[f"x{k}"] = texts.mask(random.random(n_rows) < 0.05)
    return {"numbers": numbers, "missing values": missing, "categories": mixed}


def seconds(program: str, file: Path, folder: Path) -> float:
    """Run a program in a fresh process that imports the package of a folder."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True, cwd=folder
    )
    return float(done.stdout)


def main() -> int:
    """Measure all ways in turn, so that a busy machine slows them alike; print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--against", type=Path, help="root of another checkout")
    given = parser.parse_args()
    here = Path(__file__).parents[2]
    ways = {"pandas": (PLAIN, here), "this": (OURS, here)}
    if given.against:
        ways["other"] = (OURS, given.against)
    within = True
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.csv"
        for name, table in tables(given.rows).items():
            table.to_csv(file, index=False)
            runs = [
                {way: seconds(program, file, root) for way, (program, root) in ways.items()} for _ in range(given.runs)
            ]
            medians = {way: statistics.median(run[way] for run in runs) for way in ways}
            shown = ", ".join(f"{way} {value:.2f} s" for way, value in medians.items())
            ratios = ", ".join(f"{medians['this'] / medians[way]:.2f} of {way}" for way in ways if way != "this")
            print(f"{name}: {shown}; {ratios}", flush=True)
            within &= not given.against or medians["this"] <= MOST * medians["other"]
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
