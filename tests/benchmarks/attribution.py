"""Does targeted refinement pay, and do its gains hold? The attribution study over several tables and seeds.

Run: python tests/benchmarks/attribution.py --data FOLDER [--rows 3000] [--seeds 5] [--fits 400] [--tables churn,…]

FOLDER is laid out as for ``compare.py``. Prints Markdown: the gain on rows held out of each way to spend the fits, the
targeted one against the others, and how much of what it claimed came true. Outcomes are kept below ``--output``: a
study that was stopped goes on.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
from compare_system import read

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.statistics import TestResult, t_test
from mlestar_jupyter.studies.attribution import ARMS, StudyResult


def main() -> None:
    """Run the studies, then print what came of them."""
    arguments = read_arguments()
    catalog = {t["name"]: t for t in json.loads((arguments.data / "catalog.json").read_text())}
    start, results = time.perf_counter(), dict[str, StudyResult]()
    for name in arguments.tables or list(catalog):
        results[name] = study(name, catalog[name], arguments)
        print(f"{name}: {results[name].summary}", flush=True)
    print(report(results))
    print(
        f"\n{arguments.seeds} seeds, {arguments.rows} rows, {arguments.fits} fits; {time.perf_counter() - start:.0f} s"
    )


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tables", type=lambda s: s.split(","), default=None)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--fits", type=int, default=400)
    parser.add_argument("--candidates", type=int, default=6, help="solutions that the foundation compares")
    parser.add_argument("--output", type=Path, default=Path.home() / ".cache" / "mlestar-benchmarks" / "attribution")
    return parser.parse_args()


def study(name: str, info: dict, arguments: argparse.Namespace) -> StudyResult:
    """Run the study on so many rows of a table: the first in time, whole groups, or drawn."""
    table = read(arguments.data / f"{name}.csv.gz", info)
    if info["group"]:
        groups = table[info["group"]].drop_duplicates().sample(frac=1, random_state=0)
        counts = table[info["group"]].value_counts()[groups].cumsum()
        table = table[table[info["group"]].isin(counts.index[counts <= arguments.rows])]
    elif not info["time"]:
        table = table.sample(min(len(table), arguments.rows), random_state=0).sort_index()
    else:
        table = table.sort_values(info["time"], kind="stable")[: arguments.rows]
    folder = arguments.output / f"{name} {arguments.rows} {arguments.candidates}"
    workflow = Workflow(
        table, info["target"], name=name, output=folder, time=info["time"], group=info["group"] or "none", test=0
    )
    workflow.defaults["foundation"] = {"candidates": arguments.candidates}
    try:
        return workflow.study(seeds=arguments.seeds, fits=arguments.fits)
    finally:
        workflow.close()


def report(results: dict[str, StudyResult]) -> str:
    """Gains in percent of the score before, pooled over tables and seeds."""
    table = pd.concat([r.table.assign(table=name) for name, r in results.items()])
    percent = (100 * table["gain"] / table["before"].abs()).to_numpy()
    table = table.assign(percent=percent)
    wide = table.pivot_table(index=["table", "seed"], columns="arm", values="percent")[list(ARMS)]
    lines = ["| table | " + " | ".join(ARMS) + " |", "|" + " --- |" * (1 + len(ARMS))]
    for name, row in wide.groupby("table").mean().iterrows():
        lines.append(f"| {name} | " + " | ".join(f"{v:+.2f} %" for v in row) + " |")
    lines.append("| all, 95 % interval | " + " | ".join(shown(t_test(wide[arm])) for arm in ARMS) + " |")
    for arm in ARMS[1:]:
        lines.append(f"- targeted against {arm}: {shown(t_test(wide['targeted'] - wide[arm]))}")
    kept = table[(table["arm"] != "off") & (table["kept"] > 0)]
    targeted = kept[kept["arm"] == "targeted"]
    for words, part in (("targeted", targeted), ("all ways", kept)):
        if len(part):
            ratio = np.mean(part["gain"] / part["claimed"])
            pooled = part["percent"].sum() / (100 * part["claimed"] / part["before"].abs()).sum()
            lines.append(
                f"- gains that held, {words}: mean of held-out gain over claimed gain {ratio:.2f}, pooled {pooled:.2f} "
                f"({len(part)} runs with a change that was kept)"
            )
    return "\n".join(lines)


def shown(test: TestResult) -> str:
    """A mean in percent with its interval."""
    return f"{test.mean:+.2f} % [{test.low:+.2f}, {test.high:+.2f}]"


if __name__ == "__main__":
    main()
