"""How files besides text and JSON are read: by pandas, with the arguments that were found for the table.

Runs alone, as `rows` does.
"""

import contextlib
import dataclasses
import importlib
import sqlite3
import struct
import typing
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

from mlestar_jupyter.core.containers import parts_of
from mlestar_jupyter.core.opening import RowsError, TableFile

_NEEDS = {
    "parquet": "pyarrow", "feather": "pyarrow", "arrow stream": "pyarrow", "orc": "pyarrow",
    "excel": "python_calamine", "spss": "pyreadstat", "sas transport": "pyreadstat", "duckdb": "duckdb",
}  # fmt: skip
_ERRORS = {
    "pyarrow": ("ArrowException",), "python_calamine": ("CalamineError",), "duckdb": ("Error",),
    "pyreadstat": ("ReadstatError", "PyreadstatError"),
}  # fmt: skip
AS_TYPED: dict[str, typing.Any] = {"dtype": "object", "keep_default_na": False, "na_values": [""]}  # "007" is no number
_TOP = 40
_OFTEN, _NEARLY = 0.3, 0.8


def _need(file: TableFile, name: str) -> None:
    """Refuse a file whose format needs a package that is not installed."""
    if (package := _NEEDS.get(name)) is None:
        return
    try:
        importlib.import_module(package)
    except ModuleNotFoundError as error:
        install = f"pip install {package.replace('_', '-')}"
        raise RowsError(f"Reading {file.name!r} needs the package {package!r}.", f"Run: {install}") from error


def read_parts(file: TableFile, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read a parquet file, or a folder of its parts."""
    del known
    with file.unpacked() as source:
        return pd.read_parquet(source)


def read_arrow(file: TableFile, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read an Arrow or feather file, or a folder of them in the order of their names."""
    if file.path.is_dir():
        parts = (read_arrow(TableFile(path), known) for path in parts_of(file.path))
        return pd.concat(parts, ignore_index=True)
    if not file.start.startswith(b"\xff\xff\xff\xff"):
        with file.unpacked() as source:
            return pd.read_feather(source)
    ipc = importlib.import_module("pyarrow.ipc")
    with file.open() as opened:
        return ipc.open_stream(opened).read_pandas()


def read_orc(file: TableFile, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read an ORC file."""
    del known
    with file.unpacked() as source:
        return pd.read_orc(source)


def on_disk(file: TableFile) -> Path:
    """The path of a file that its reader must find on disk."""
    if not file.is_bare:
        raise RowsError(f"The file {file.name!r} cannot be read while it is packed.", "Unpack it and name the file.")
    return file.path


@dataclasses.dataclass(frozen=True)
class Region:
    """Where a table is in a workbook.

    Parameters
    ----------
    sheet : str
    header : int
        The row with the names.
    columns : tuple of int
    fit : int
        How much speaks for it: 0 for no table.
    others : tuple of str
        The other sheets with a table.
    """

    sheet: str
    header: int = 0
    columns: tuple[int, ...] = ()
    fit: int = 0
    others: tuple[str, ...] = ()

    @property
    def options(self) -> dict[str, typing.Any]:
        """Arguments of ``pandas.read_excel``, only where they differ from its defaults."""
        options: dict[str, typing.Any] = {"sheet_name": self.sheet}
        if self.header:
            options["header"] = self.header
        if list(self.columns) != list(range(len(self.columns))):
            options["usecols"] = list(self.columns)
        return options | AS_TYPED | {"engine": "calamine"}


def excel_region(file: TableFile, known: Sequence[str] = ()) -> Region:
    """Find the table of a workbook: on the sheet that is named, the one with most known columns, or the first table.

    Raises
    ------
    RowsError
        When there is no such sheet, or no table on any, or two columns have one name.
    """
    with file.unpacked() as source, pd.ExcelFile(source, engine="calamine") as book:
        names = [str(name) for name in book.sheet_names]
        if file.part and file.part not in names:
            raise file.absent("sheet", file.part, names)
        found = [_region(book, name, known) for name in names if file.part in ("", name)]
    tables = [region for region in found if region.fit > 0]
    if not tables:
        where = f"The sheet {file.part!r} of {file.path.name!r}" if file.part else repr(file.name)
        raise RowsError(
            f"{where} has no table: a header of two names or more with rows below it.", "Name another sheet or file."
        )
    best = max(tables, key=lambda region: region.fit) if known else tables[0]
    return dataclasses.replace(best, others=tuple(region.sheet for region in tables if region is not best))


def read_excel(file: TableFile, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read the table of a workbook; each value has the type of its cell."""
    return read_region(file, excel_region(file, known))[0]


def read_region(file: TableFile, region: Region) -> tuple[pd.DataFrame, int]:
    """Read a table of a workbook, without empty rows; also how many rows of notes below it were left out."""
    with file.unpacked() as source:
        frame = pd.read_excel(source, **region.options)
    filled = frame.notna().to_numpy().sum(axis=1)
    size = len(filled) - _notes(filled, frame.shape[1])
    kept = frame.iloc[:size].loc[filled[:size] > 0]
    return kept.infer_objects().reset_index(drop=True), int((filled[size:] > 0).sum())


def _notes(filled: np.ndarray, width: int) -> int:
    """How many rows at the end are notes: behind an empty row, and filled in few columns each."""
    empty = np.flatnonzero(filled == 0)
    if len(empty) == 0:
        return 0
    below = filled[empty[-1] :]
    return len(below) if below.max() <= max(1, width // 3) < width else 0


def _region(book: typing.Any, sheet: str, known: Sequence[str]) -> Region:
    """Find the table of a sheet: its header is the row with most of the known columns, or the first that names all.

    Lines of title above it name few columns, or others.
    """
    top = pd.read_excel(book, sheet_name=sheet, header=None, nrows=_TOP, **AS_TYPED)
    filled = top.notna().to_numpy()
    if top.empty or not filled.any():
        return Region(sheet)
    names = [[str(value) for value in row if value == value] for row in top.to_numpy()]
    if known:
        counts = [len(set(known) & set(row)) for row in names]
        header = int(np.argmax(counts))
        fit = counts[header]
    else:
        header = _header_row(filled)
        fit = int(filled[header].sum() > 1 and filled[header + 1 :].any())
    twice = [name for name in dict.fromkeys(names[header]) if names[header].count(name) > 1]
    if fit and twice and (not known or set(twice) & set(known)):
        raise RowsError(
            f"The sheet {sheet!r} has columns with the same name: {', '.join(map(repr, twice[:5]))}.",
            "Rename or drop all but one of each.",
        )
    columns = tuple(i for i in range(top.shape[1]) if filled[header:, i].any())
    return Region(sheet, header, columns, fit)


def _header_row(filled: np.ndarray) -> int:
    """The first row that names nearly all columns with values below it; the first column may be an unnamed index."""
    for row in range(len(filled)):
        below = filled[row + 1 :]
        below = below[below.any(axis=1)]
        columns = np.flatnonzero(below.mean(axis=0) > _OFTEN) if len(below) else np.flatnonzero(filled[row])
        shares = [filled[row, part].mean() for part in (columns, columns[1:]) if len(part)]
        if shares and max(shares) >= _NEARLY:
            return row
    return 0


def read_spss(file: TableFile) -> tuple[pd.DataFrame, list[str]]:
    """Read an SPSS file: labels where each value of a column has one, codes elsewhere; also the columns of these."""
    path = on_disk(file)
    return _labelled(pd.read_spss(path), lambda names: pd.read_spss(path, usecols=names, convert_categoricals=False))


def read_stata(file: TableFile) -> tuple[pd.DataFrame, list[str]]:
    """Read a Stata file: labels where each value of a column has one, codes elsewhere; also the columns of these."""

    def read(**how: typing.Any) -> pd.DataFrame:
        with file.unpacked() as source:
            return pd.read_stata(source, **how)

    try:
        frame = read()
    except ValueError as error:
        if "not unique" not in str(error):
            raise
        frame = read(convert_categoricals=False)  # two values have the same label
        return frame, list(frame.columns)
    return _labelled(frame, lambda names: read(columns=names, convert_categoricals=False))


def _labelled(frame: pd.DataFrame, codes: Callable[[list[str]], pd.DataFrame]) -> tuple[pd.DataFrame, list[str]]:
    """Put back the codes of columns whose values have labels in part: there they are marks beside numbers."""
    frame.attrs = {}
    categorical = frame.select_dtypes("category")
    partly = [str(n) for n in categorical if not all(isinstance(c, str) for c in categorical[n].cat.categories)]
    if partly:
        frame[partly] = codes(partly)[partly]
    return _without_blanks(frame), partly


def _without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """Make empty texts missing: these programs have no other mark."""
    for name in frame.select_dtypes(["object", "string"]):
        frame[name] = frame[name].mask(frame[name] == "")
    return frame


def read_sas(file: TableFile, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read a SAS table."""
    del known
    with file.unpacked() as source:
        return _without_blanks(pd.read_sas(source, format="sas7bdat", encoding="infer"))


def read_transport(file: TableFile, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read a SAS transport file: pandas makes 5e-79 of its zeros and numbers of its dates."""
    del known
    module, path = importlib.import_module("pyreadstat"), str(on_disk(file))
    try:
        found = module.read_xport(path)[0]
    except UnicodeDecodeError:  # it does not say its encoding
        found = module.read_xport(path, encoding="WINDOWS-1252")[0]
    return _without_blanks(found)


def quoted(table: str) -> str:
    """Write the name of a table in SQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))


def _sqlite(file: TableFile) -> "contextlib.closing[sqlite3.Connection]":
    """Open an SQLite database to read it only."""
    return contextlib.closing(sqlite3.connect(f"file:{quote(str(on_disk(file).resolve()))}?mode=ro", uri=True))


def sqlite_table(file: TableFile, known: Sequence[str] = ()) -> str:
    """Find the table that is named, the only one, or the only one with the known columns."""
    with _sqlite(file) as database:
        listed = database.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        names = {name: _columns(database.execute(f"SELECT * FROM {quoted(name)} LIMIT 0")) for (name,) in listed}
    return _table(file, names, known)


def read_sqlite(file: TableFile, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table of an SQLite database."""
    table = sqlite_table(file, known)
    with _sqlite(file) as database:
        return pd.read_sql_query(f"SELECT * FROM {quoted(table)}", database)


def _duckdb(file: TableFile) -> typing.Any:
    """Open a DuckDB database to read it only."""
    return contextlib.closing(importlib.import_module("duckdb").connect(str(on_disk(file)), read_only=True))


def duckdb_table(file: TableFile, known: Sequence[str] = ()) -> str:
    """Find the table that is named, the only one, or the only one with the known columns."""
    with _duckdb(file) as database:
        listed = database.execute(
            "SELECT table_schema, table_name FROM information_schema.tables ORDER BY table_schema, table_name"
        ).fetchall()
        tables = [name if schema == "main" else f"{schema}.{name}" for schema, name in listed]
        names = {name: _columns(database.execute(f"SELECT * FROM {quoted(name)} LIMIT 0")) for name in tables}
    return _table(file, names, known)


def read_duckdb(file: TableFile, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table of a DuckDB database."""
    table = duckdb_table(file, known)
    with _duckdb(file) as database:
        return database.execute(f"SELECT * FROM {quoted(table)}").df()


def _columns(found: typing.Any) -> list[str]:
    return [str(column[0]) for column in found.description]


def _table(file: TableFile, tables: typing.Mapping[str, list[str]], known: Sequence[str]) -> str:
    """Choose a table of a database."""
    if file.part:
        near = [name for name in tables if name.casefold() == file.part.casefold()]
        if not near:
            raise file.absent("table", file.part, list(tables))
        return file.part if file.part in near else near[0]
    if not tables:
        raise RowsError(f"The database {file.name!r} has no table.", "Name another file.")
    fitting = [name for name, columns in tables.items() if known and set(known) <= set(columns)]
    for names in (list(tables), fitting):
        if len(names) == 1:
            return names[0]
    raise file.several("table", list(tables))


READERS: dict[str, Callable[..., pd.DataFrame]] = {
    "parquet": read_parts, "feather": read_arrow, "arrow stream": read_arrow, "orc": read_orc, "excel": read_excel,
    "spss": lambda file, _: read_spss(file)[0],
    "stata": lambda file, _: read_stata(file)[0], "sas": read_sas,
    "sas transport": read_transport,
    "sqlite": read_sqlite, "duckdb": read_duckdb,
}  # fmt: skip
"""By the format, what reads a file; the columns that are known choose among sheets and tables."""


def read_format(file: TableFile, name: str, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read a file whose format is known.

    Raises
    ------
    RowsError
        When there is no such part, or a package is not installed.
    """
    _need(file, name)
    try:
        return READERS[name](file, known)
    except RowsError:
        raise
    except errors_of(name) as error:
        raise broken(file, error) from error


def errors_of(name: str) -> tuple[type[Exception], ...]:
    """What is raised where a file of a format is broken."""
    common = (ValueError, TypeError, LookupError, OSError, EOFError, struct.error, zlib.error, sqlite3.Error)
    package = _NEEDS.get(name, "")
    return (*common, *(getattr(importlib.import_module(package), error) for error in _ERRORS.get(package, ())))


def broken(file: TableFile, error: Exception) -> RowsError:
    """Say that a file cannot be read, in the words of its reader."""
    reason = " ".join(str(error).split())[:160].rstrip(".") or type(error).__name__
    return RowsError(f"The file {file.name!r} cannot be read: {reason}.", "Check that it is whole.")
