"""Hold the workflow against other systems: the same tables, splits, metrics, cores and wall-clock budget.

Each system runs in a process and an environment of its own, one at a time. Results are added to a file, and what
stands there is not run again; the table of all of them is printed as Markdown, with the mean rank of each system.

Run: python tests/benchmarks/compare.py --budget 60 --data FOLDER [--systems mlestar,autogluon_best] [--tables churn]

FOLDER holds ``catalog.json``, a list of objects with name, target, task (binary, multiclass or regression), split
(strat, group or time), time, group and dates, and one ``NAME.csv.gz`` for each; ``tables.py`` builds it. Environments
are made when they are first needed, below ``--environments``: about 1 GB for each of the AutoML systems.
"""

import argparse
import csv
import json
import os
import platform
import random
import signal
import subprocess
import sys
import time
import venv
from contextlib import suppress
from pathlib import Path

import psutil

SYSTEMS = Path(__file__).with_name("compare_system.py")
TREES = ("scikit-learn", "pandas", "xgboost", "lightgbm", "catboost")
PACKAGES = {
    "trees": TREES,
    "autogluon": ("autogluon.tabular[lightgbm,catboost,xgboost]",),
    "flaml": ("flaml[automl]",),
    "mljar": ("mljar-supervised",),
    "lightautoml": ("torch==2.13.0", "lightautoml"),
    "h2o": ("h2o", "pandas", "scikit-learn"),
}
ENVIRONMENT = {
    "hgb": "trees", "lightgbm": "trees", "xgboost": "trees", "catboost": "trees", "forest": "trees",
    "autogluon": "autogluon", "autogluon_best": "autogluon", "flaml": "flaml", "mljar": "mljar",
    "lightautoml": "lightautoml", "h2o": "h2o",
}  # fmt: skip
FIELDS = ("system", "table", "budget", "score", "wall_s", "peak_mb", "us_a_row", "load", "versions", "failure")
GRACE = 90  # seconds past twice the budget after which a system is stopped
POLL = 0.25
GREATER_IS_BETTER = {"binary": True, "multiclass": False, "regression": False}
METRIC = {"binary": "ROC AUC ↑", "multiclass": "log-loss ↓", "regression": "RMSE ↓"}


def main() -> int:
    """Run what is missing, then print the table."""
    arguments = read_arguments()
    catalog = {t["name"]: t for t in json.loads((arguments.data / "catalog.json").read_text())}
    tables = arguments.tables or list(catalog)
    known = read_results(arguments.results)
    for table in tables:
        for system in arguments.systems:
            if (system, table, str(arguments.budget)) not in known:
                row = run(system, table, arguments)
                add_result(arguments.results, row)
                print(f"{system} on {table}: {row['score'] or row['failure']} in {row['wall_s']} s", flush=True)
    results = read_results(arguments.results)
    print(report({k: v for k, v in results.items() if k[2] == str(arguments.budget)}, catalog, tables))
    return 0


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    cache = Path.home() / ".cache" / "mlestar-benchmarks"
    parser.add_argument("--budget", type=int, default=60, help="seconds")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--systems", type=lambda s: s.split(","), default=["mlestar", *ENVIRONMENT])
    parser.add_argument("--tables", type=lambda s: s.split(","), default=None)
    parser.add_argument("--environments", type=Path, default=cache / "venvs")
    parser.add_argument("--results", type=Path, default=cache / "results.csv")
    return parser.parse_args()


def run(system: str, table: str, arguments: argparse.Namespace) -> dict[str, object]:
    """Run one system on one table in a process of its own, and watch its time and memory."""
    python = sys.executable if system == "mlestar" else environment(ENVIRONMENT[system], arguments.environments)
    folder = arguments.results.parent / "work" / f"{system}_{table}_{arguments.budget}_{int(time.time())}"
    folder.mkdir(parents=True)
    command = [python, SYSTEMS, system, table, str(arguments.budget), arguments.data.resolve(), folder]
    variables = os.environ | {"OMP_NUM_THREADS": "2", "PYTHONWARNINGS": "ignore", "MPLBACKEND": "Agg"}
    start = time.monotonic()
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=variables, cwd=folder)
        peak = watch(process, start + 2 * arguments.budget + GRACE)
    seconds = time.monotonic() - start
    row: dict[str, object] = dict.fromkeys(FIELDS, "")
    row |= {"system": system, "table": table, "budget": arguments.budget, "wall_s": round(seconds, 1), "peak_mb": peak}
    row["load"] = round(os.getloadavg()[0], 2)
    answer = folder / "answer.json"
    if answer.exists():
        return row | json.loads(answer.read_text())
    return row | {"failure": f"no model; see {folder / 'log.txt'}"}


def watch(process: subprocess.Popen[bytes], deadline: float) -> int:
    """Wait for a process and those that it started; return their highest memory together, in MB."""
    peak = 0
    root = psutil.Process(process.pid)
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(psutil.Error):  # one of them may end in between
            peak = max(peak, sum(p.memory_info().rss for p in [root, *root.children(recursive=True)]))
        time.sleep(POLL)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # also what a system left running
    process.wait()
    return peak // 2**20


def environment(name: str, folder: Path) -> Path:
    """Make a system's environment if it is not there, and return its Python."""
    python = folder / name / "bin" / "python"
    if not python.exists():
        venv.create(folder / name, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES[name]], check=True)
    return python


def read_results(path: Path) -> dict[tuple[str, str, str], dict[str, str]]:
    """Read the rows by system, table and budget."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {(r["system"], r["table"], r["budget"]): r for r in csv.DictReader(file)}


def add_result(path: Path, row: dict[str, object]) -> None:
    """Add a row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def report(results: dict[tuple[str, str, str], dict[str, str]], catalog: dict[str, dict], tables: list[str]) -> str:
    """Set the scores in a Markdown table: a row a system, the best mean rank on top."""
    systems = list(dict.fromkeys(k[0] for k in results))
    scores = {t: {s: score_of(results, s, t) for s in systems} for t in tables}
    ranks = {s: [rank(scores[t], s, GREATER_IS_BETTER[catalog[t]["task"]]) for t in tables] for s in systems}
    head = [f"{t} ({METRIC[catalog[t]['task']]})" for t in tables]
    lines = ["| system | " + " | ".join(head) + " | mean rank |", "|---" * (len(tables) + 2) + "|"]
    for system in sorted(systems, key=lambda s: sum(ranks[s])):
        cells = []
        for table in tables:
            row = next((r for k, r in results.items() if k[:2] == (system, table)), None)
            score = scores[table][system]
            cells.append("no model" if score is None else f"{score:.5g} ({row['wall_s'] if row else ''} s)")
        mean = sum(ranks[system]) / len(tables)
        lines.append(f"| {system} | " + " | ".join(cells) + f" | {mean:.1f} |")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    versions = sorted({r["versions"] for r in results.values() if r["versions"]})
    return "\n".join([*lines, "", *margins(ranks), "", f"Machine: {machine}.", *(f"- {v}" for v in versions)])


def margins(ranks: dict[str, list[float]]) -> list[str]:
    """Say how far the best mean rank is from each other one, with a bootstrap over tables (95 %, 10,000 draws)."""
    first, *others = sorted(ranks, key=lambda s: sum(ranks[s]))
    n_tables, generator = len(ranks[first]), random.Random(0)
    draws = [generator.choices(range(n_tables), k=n_tables) for _ in range(10_000)]
    lines = []
    for other in others:
        differences = [theirs - ours for ours, theirs in zip(ranks[first], ranks[other], strict=True)]
        means = sorted(sum(differences[i] for i in drawn) / n_tables for drawn in draws)
        found = f"{sum(differences) / n_tables:.2f} [{means[250]:.2f}, {means[-251]:.2f}]"
        lines.append(f"- The mean rank of {first} is lower than that of {other} by {found}, over {n_tables} tables.")
    return lines


def score_of(results: dict[tuple[str, str, str], dict[str, str]], system: str, table: str) -> float | None:
    """Find a score; None where there is no model."""
    row = next((r for k, r in results.items() if k[:2] == (system, table)), None)
    return float(row["score"]) if row is not None and row["score"] else None


def rank(scores: dict[str, float | None], system: str, greater_is_better: bool) -> float:
    """Rank a system among all on a table, 1 being the best; without a model it shares the last place."""
    own = scores[system]
    sign = 1 if greater_is_better else -1
    known = [sign * s for s in scores.values() if s is not None]
    if own is None:
        return (len(known) + 1 + len(scores)) / 2
    return 1 + sum(s > sign * own for s in known) + (sum(s == sign * own for s in known) - 1) / 2


if __name__ == "__main__":
    sys.exit(main())
