"""Databases in one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.readers import duckdb_table, quoted, read_duckdb, read_sqlite, sqlite_table
from mlestar_jupyter.data.formats.base import TableSource
from mlestar_jupyter.data.formats.plain import PlainFormat


class SQLite(PlainFormat):
    """SQLite."""

    name, title = "sqlite", "an SQLite database"
    function = "read_sql"

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table that is named, or the only one."""
        table = sqlite_table(file)
        call = f"{literal(f'SELECT * FROM {quoted(table)}')}, sqlite3.connect({{}})"
        return read_sqlite(file), replace(source, opens=call), _notice(file, table)


class DuckDB(PlainFormat):
    """DuckDB."""

    name, title = "duckdb", "a DuckDB database"
    also = (".db",)
    function = "DataFrame"
    package = "duckdb"
    extra = "duckdb"
    keeps_types = True

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table that is named, or the only one."""
        table = duckdb_table(file)
        call = f"duckdb.connect({{}}, read_only=True).sql({literal(f'SELECT * FROM {quoted(table)}')}).df()"
        return read_duckdb(file), replace(source, opens=call), _notice(file, table)


def _notice(file: TableFile, table: str) -> tuple[str, ...]:
    return () if file.part else (f"The table is {table!r} of {file.name}.",)
