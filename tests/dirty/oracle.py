"""Compare what is made of a dirty export with the clean table."""

import traceback
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from mlestar_jupyter.core.opening import RowsError
from mlestar_jupyter.data.reading import Table, read_table
from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.problems.recognition import make_dataset
from tests.dirty.exports import Export
from tests.dirty.locales import LOCALES
from tests.dirty.tables import clean_frame, make_table

_SAYS = ("missing", "read as", "are read", "left out", "cannot be read", "--role", "--decimal", "--dayfirst")


@dataclass
class Verdict:
    """What became of one file.

    Parameters
    ----------
    export : Export
    refused : str
        The line that refused it.
    differences : list of str
        What is not as in the clean table, a line each.
    notices : tuple of str
    """

    export: Export
    refused: str = ""
    differences: list[str] = field(default_factory=list)
    notices: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether all values and roles are those of the clean table."""
        return not self.refused and not self.differences

    @property
    def is_silent(self) -> bool:
        """Whether something differs that no notice names."""
        return any(not any(_names(n, d) for n in self.notices) for d in self.differences)


def _names(notice: str, difference: str) -> bool:
    """Whether a notice says of a column that something of it was read otherwise, or lost."""
    return difference.partition(":")[0] in notice and any(word in notice for word in _SAYS)


def judge(export: Export, folder: Path) -> Verdict:
    """Write an export, read it, and compare values, roles and what the other doors read; a traceback is a difference."""
    try:
        return _judged(export, folder)
    except Exception as error:  # noqa: BLE001 - whatever it is, the user would see it
        where = traceback.extract_tb(error.__traceback__)[-1]
        return Verdict(export, differences=[f"traceback: {type(error).__name__}: {error} ({where.name})"])


def _judged(export: Export, folder: Path) -> Verdict:
    path = folder / "table.csv"
    path.write_bytes(export.content())
    fields = export.fields()
    target = fields[-1].name
    try:
        table = read_table(path)
        names = [str(name) for name in table.frame.columns]
        if target not in names and export.fault in ("no header", "blank names"):
            position = len(names) - 1
            target = names[position]
        made = make_dataset(table, target, test=0, group="none")
    except MLEStarError as error:
        return Verdict(export, refused=str(error))
    verdict = Verdict(export, notices=made.task.notices)
    clean = clean_frame(fields, *export.words)
    found = made.development.X.iloc[np.argsort(made.development.source, kind="stable")]
    if len(found) != len(clean):
        verdict.differences.append(f"rows: {len(found)} rows, not {len(clean)}")
        return verdict
    names = _matched(export, list(found.columns), [f.name for f in fields[:-1]])
    roles, expected = {c.name: c for c in made.task.columns}, _clean_roles(export.table, export.locale, export.booleans)
    for each in fields[:-1]:
        if each.name not in names:
            verdict.differences.append(f"{each.name}: not a column")
            continue
        column = roles[names[each.name]]
        values = found[column.name].mask(found[column.name].isin(list(column.sentinels))).reset_index(drop=True)
        wrong = _unlike(values, clean[each.name], each, export)
        if wrong:
            verdict.differences.append(f"{each.name}: {wrong}")
        elif column.role != expected[each.name]:
            verdict.differences.append(f"{each.name}: {column.role}, not {expected[each.name]}")
    y = np.array(made.task.classes, dtype=object)[made.development.y] if made.task.classes else made.development.y
    y = pd.Series(y)[np.argsort(made.development.source, kind="stable")].reset_index(drop=True)
    if wrong := _unlike(y, clean[fields[-1].name], fields[-1], export):
        verdict.differences.append(f"{fields[-1].name}: {wrong}")
    kept = np.sort(made.development.source)
    verdict.differences += _other_doors(made.task.contract, path, table, found, kept)
    return verdict


@cache
def _clean_roles(table: str, locale: str, booleans: str) -> dict[str, str]:
    fields = make_table(table, LOCALES[locale])
    words = Export(table, locale, booleans=booleans).words
    made = make_dataset(read_table(clean_frame(fields, *words)), fields[-1].name, test=0, group="none")
    return {c.name: c.role for c in made.task.columns}


def _matched(export: Export, found: list[str], wanted: list[str]) -> dict[str, str]:
    """Find the columns by name, or by place where the file has no names."""
    if export.fault == "no header" and len(found) == len(wanted):
        return dict(zip(wanted, found, strict=True))
    return {name.strip(): name for name in found if name.strip() in wanted}


def _unlike(found: pd.Series, clean: pd.Series, kind, export: Export) -> str:
    """Say how a column differs; nothing where it does not."""
    mark = export.missing
    if kind.kind in ("text", "category", "code", "boolean") and found.dtype != np.float64:
        found = found.astype(object).map(lambda v: np.nan if isinstance(v, str) and mark and v == mark else v)
    missing = np.flatnonzero(found.isna().to_numpy() != clean.isna().to_numpy())
    if len(missing):
        place = int(missing[0])
        return f"{len(missing)} values are {found.iloc[place]!r} and not {clean.iloc[place]!r}"
    found, clean = found[clean.notna()], clean[clean.notna()]
    if kind.kind == "boolean" and export.booleans == "true" and not pd.api.types.is_numeric_dtype(found.dtype):
        wrong = (found.astype(str).str.casefold() != clean.astype(str).str.casefold()).to_numpy()
    elif clean.dtype == np.float64 or (kind.kind == "boolean" and export.booleans == "true"):
        numbers = pd.to_numeric(found.astype(object), errors="coerce").to_numpy(dtype=float)
        expected = clean.astype(float).to_numpy()
        wrong = ~np.isclose(numbers, expected, rtol=1e-9, atol=0)
        if kind.unit == "share" and wrong.any():
            wrong = wrong if (~np.isclose(numbers * 100, expected, rtol=1e-9)).any() else np.zeros_like(wrong)
    elif kind.kind in ("date", "moment"):
        if not pd.api.types.is_datetime64_any_dtype(found.dtype):
            return f"read as {found.dtype}, not as dates: {found.iloc[0]!r}"
        wrong = found.to_numpy(dtype="datetime64[s]") != clean.to_numpy(dtype="datetime64[s]")
    else:
        wrong = (found.astype(str) != clean.astype(str)).to_numpy()
    if not wrong.any():
        return ""
    place = int(np.flatnonzero(wrong)[0])
    return f"{int(wrong.sum())} values are like {found.iloc[place]!r} and not {clean.iloc[place]!r}"


def _other_doors(contract, path: Path, table: Table, found: pd.DataFrame, kept: np.ndarray) -> list[str]:
    """Read the same file as ``solution.py`` and ``predict`` do."""
    wrong = []
    try:
        again, _ = contract.read_known(contract.read_table(path))
        new, _ = contract.read(contract.read_file(path))
        frame, _ = contract.read(table.frame)
    except RowsError as error:
        return [f"another door: {error}"]
    for door, rows in (("solution.py", again), ("a file to predict", new), ("a frame to predict", frame)):
        if len(rows) != len(table.frame):
            wrong.append(f"{door}: {len(rows)} rows, not {len(table.frame)}")
            continue
        taken, first = rows.iloc[kept].reset_index(drop=True), found.reset_index(drop=True)
        names = [name for name in found.columns if not taken[name].equals(first[name])]
        wrong += [f"{door}: {name} is read otherwise" for name in names]
    return wrong
