"""How files besides text and JSON are read: by pandas, with the arguments that were found for the table.

Runs alone, as `rows` does.
"""

import contextlib
import importlib
import lzma
import sqlite3
import struct
import typing
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from mlestar_jupyter.core.containers import parts_of
from mlestar_jupyter.core.opening import RowsError, TableFile
from mlestar_jupyter.core.texts import reason_of
from mlestar_jupyter.core.workbooks import read_excel

_NEEDS = {
    "parquet": "pyarrow", "feather": "pyarrow", "arrow stream": "pyarrow", "orc": "pyarrow",
    "excel": "python_calamine", "spss": "pyreadstat", "sas transport": "pyreadstat", "duckdb": "duckdb",
}  # fmt: skip
_ERRORS = {
    "pyarrow": ("ArrowException",), "python_calamine": ("CalamineError",), "duckdb": ("Error",),
    "pyreadstat": ("ReadstatError", "PyreadstatError"),
}  # fmt: skip


BROKEN = (
    ValueError, TypeError, LookupError, OSError, EOFError, ImportError, RuntimeError, struct.error, lzma.LZMAError,
    zipfile.BadZipFile, zlib.error, sqlite3.Error,
)  # fmt: skip
"""What readers of files raise where one is not what its ending says."""


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


class Labelled(typing.NamedTuple):
    """A table with labels where each value of a column has one of its own, and codes elsewhere.

    Parameters
    ----------
    frame : DataFrame
    partly : list of str
        Columns with codes, since only some of their values have labels.
    shared : list of str
        Columns with codes, since two of their values have the same label.
    """

    frame: pd.DataFrame
    partly: list[str]
    shared: list[str]


def read_spss(file: TableFile) -> Labelled:
    """Read an SPSS file."""
    path = on_disk(file)
    frame = pd.read_spss(path)
    labels: dict[str, dict[float, str]] = frame.attrs.get("variable_value_labels", {})
    shared = [name for name, own in labels.items() if len(set(own.values())) < len(own) and name in frame]
    return _labelled(frame, shared, lambda names: pd.read_spss(path, usecols=names, convert_categoricals=False))


def read_stata(file: TableFile) -> Labelled:
    """Read a Stata file."""

    def read(names: list[str] | None = None, **how: typing.Any) -> pd.DataFrame:
        with file.unpacked() as source:
            return pd.read_stata(source, columns=names, **how)

    def sharing(names: list[str]) -> list[str]:
        """Find the columns that pandas refuses because two values have one label, half by half."""
        try:
            read(names)
        except ValueError as error:
            if "not unique" not in str(error):
                raise
            half = len(names) // 2
            return [*sharing(names[:half]), *sharing(names[half:])] if half else names
        return []

    every = list(map(str, read(convert_categoricals=False)))
    shared = sharing(every)
    labelled = [name for name in every if name not in shared]
    frame = read(labelled) if labelled else read(convert_categoricals=False)
    return _labelled(frame.reindex(columns=every), shared, lambda names: read(names, convert_categoricals=False))


def _labelled(frame: pd.DataFrame, shared: list[str], codes: Callable[[list[str]], pd.DataFrame]) -> Labelled:
    """Put back the codes of columns whose values have labels in part, where they are marks, or share some."""
    frame.attrs = {}
    categorical = frame.drop(columns=shared).select_dtypes("category")
    partly = [str(n) for n in categorical if not all(isinstance(c, str) for c in categorical[n].cat.categories)]
    if coded := [*partly, *shared]:
        frame[coded] = codes(coded)[coded]
    return Labelled(_without_blanks(frame), partly, shared)


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


def sqlite_query(table: str) -> str:
    """Write the query for all of a table of an SQLite database."""
    return f"SELECT * FROM {_quoted(table)}"


def duckdb_query(table: str) -> str:
    """Write the query for all of a table of a DuckDB database, which may have a schema before a point."""
    return f"SELECT * FROM {'.'.join(map(_quoted, table.split('.', 1)))}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sqlite(file: TableFile) -> "contextlib.closing[sqlite3.Connection]":
    """Open an SQLite database to read it only."""
    return contextlib.closing(sqlite3.connect(f"file:{quote(str(on_disk(file).resolve()))}?mode=ro", uri=True))


def sqlite_table(file: TableFile, known: Sequence[str] = ()) -> str:
    """Find the table that is named, the only one, or the only one with the known columns."""
    with _sqlite(file) as database:
        listed = database.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        names = {}
        for (name,) in listed.fetchall():
            with contextlib.suppress(sqlite3.Error):  # a view of what is gone, a table of an extension
                names[name] = _columns(database.execute(f"{sqlite_query(name)} LIMIT 0"))
    return _table(file, names, known)


def read_sqlite(file: TableFile, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table of an SQLite database."""
    table = sqlite_table(file, known)
    with _sqlite(file) as database:
        return pd.read_sql_query(sqlite_query(table), database)


def _duckdb(file: TableFile) -> typing.Any:
    """Open a DuckDB database to read it only."""
    module, path = importlib.import_module("duckdb"), str(on_disk(file))
    try:
        return contextlib.closing(module.connect(path, read_only=True))
    except module.ConnectionException:  # this process has it open to write
        return contextlib.closing(module.connect(path))


def duckdb_table(file: TableFile, known: Sequence[str] = ()) -> str:
    """Find the table that is named, the only one, or the only one with the known columns."""
    with _duckdb(file) as database:
        listed = database.execute(
            "SELECT table_schema, table_name FROM information_schema.tables ORDER BY table_schema, table_name"
        ).fetchall()
        tables = [name if schema == "main" and "." not in name else f"{schema}.{name}" for schema, name in listed]
        names = {name: _columns(database.execute(f"{duckdb_query(name)} LIMIT 0")) for name in tables}
    return _table(file, names, known)


def read_duckdb(file: TableFile, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table of a DuckDB database."""
    table = duckdb_table(file, known)
    with _duckdb(file) as database:
        return database.execute(duckdb_query(table)).df()


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
    has_wanted = [name for name, columns in tables.items() if file.wanted in columns]
    raise file.several("table", list(tables), has_wanted)


READERS: dict[str, Callable[..., pd.DataFrame]] = {
    "parquet": read_parts, "feather": read_arrow, "arrow stream": read_arrow, "orc": read_orc, "excel": read_excel,
    "spss": lambda file, _: read_spss(file).frame,
    "stata": lambda file, _: read_stata(file).frame, "sas": read_sas,
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
    package = _NEEDS.get(name, "")
    named = (getattr(importlib.import_module(package), error, None) for error in _ERRORS.get(package, ()))
    return (*BROKEN, *filter(None, named))  # older versions of a package have fewer


def broken(file: TableFile, error: Exception) -> RowsError:
    """Say that a file cannot be read, in the words of its reader."""
    return RowsError(f"The file {file.name!r} cannot be read: {reason_of(error)}.", "Check that it is whole.")
