"""Do the gains that refinement keeps hold on rows that it never saw?

Run: python tests/benchmarks/held_gains.py --data FOLDER [--seconds 240] [--seeds 2] [--tables churn,…]

FOLDER is laid out as for ``compare.py``. On whole tables: a foundation of a few solutions, ablation, refinement, and
validation on a quarter of the rows, which opens them once. Prints Markdown: the gain that was reported for each run
that kept a change, what it was on those rows, and the mean of the ratios.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from compare_system import read

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.statistics import t_test

CANDIDATES = 4  # a foundation that leaves something to gain


def main() -> None:
    """Run every table with every seed, then print."""
    asked = read_arguments()
    catalog = {t["name"]: t for t in json.loads((asked.data / "catalog.json").read_text())}
    rows = []
    for name in asked.tables or list(catalog):
        for seed in range(asked.seeds):
            row = run(asked.data / f"{name}.csv.gz", catalog[name], seed, asked.seconds)
            print(name, seed, row, flush=True)
            rows.append({"table": name, "seed": seed, **row})
    print(report(rows))


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tables", type=lambda s: s.split(","), default=None)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=240.0, help="the time limit of a run")
    return parser.parse_args()


def run(path: Path, info: dict, seed: int, seconds: float) -> dict:
    """Refine on three quarters of a table; return what ``report.json`` has of the gain."""
    with tempfile.TemporaryDirectory() as folder:
        workflow = Workflow(
            read(path, info), info["target"], name=path.name.partition(".")[0], output=folder, time=info["time"],
            group=info["group"] or "none", test=0.25, seed=seed, timeout=seconds,
        )  # fmt: skip
        try:
            workflow.foundation(candidates=CANDIDATES)
            workflow.ablation(repeats=1)
            refinement = workflow.refinement()
            gain = workflow.validation().to_dict()["overfitting"]["refinement"]
        finally:
            workflow.close()
    measured = sum(c.test.mean for c in refinement.kept)
    return {"attempts": len(refinement.attempts), "kept": len(refinement.kept), "measured": measured, **gain}


def report(rows: list[dict]) -> str:
    """Tabulate the runs that kept a change, and average what held."""
    lines = [
        "| table | seed | changes kept of attempts | measured | to expect | on the rows held out [95 %] | held |",
        "|" + " --- |" * 7,
    ]
    known = [r for r in rows if r["ratio"] is not None]
    for r in known:
        low, high = r["interval"]
        lines.append(
            f"| {r['table']} | {r['seed']} | {r['kept']} of {r['attempts']} | {r['measured']:.4g} | {r['reported']:.4g} | "
            f"{r['holdout']:.4g} [{low:.4g}, {high:.4g}] | {r['ratio']:.2f} |"
        )
    ratios, naive = [r["ratio"] for r in known], [r["holdout"] / r["measured"] for r in known]
    if len(known) > 1:
        test = t_test(ratios)
        lines.append(
            f"\nHeld of what was to be expected: {test.mean:.2f} [{test.low:.2f}, {test.high:.2f}] on average, of what was "
            f"measured {np.mean(naive):.2f}; {len(known)} of {len(rows)} runs kept a change."
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
