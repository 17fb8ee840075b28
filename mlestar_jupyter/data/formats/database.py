"""Databases in one file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.readers import READERS, duckdb_query, duckdb_table, sqlite_query, sqlite_table
from mlestar_jupyter.data.formats.base import TableSource
from mlestar_jupyter.data.formats.plain import PlainFormat


class _Database(PlainFormat):
    """A database in one file.

    Attributes
    ----------
    table : callable
        Finds the table that is named, or the only one.
    query : callable
        Writes the query for it.
    call : str
        What the function reads, with QUERY for the query.
    """

    table: Callable[[TableFile], str]
    query: Callable[[str], str]
    call: str

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table that is named, or the only one."""
        table = self.table(file)
        call = self.call.replace("QUERY", literal(self.query(table)))
        notices = () if file.part else (f"The table is {table!r} of {file.name}.",)
        return READERS[self.name](file, ()), replace(source, opens=call), notices


class SQLite(_Database):
    """SQLite."""

    name, title = "sqlite", "an SQLite database"
    function = "read_sql"
    table = staticmethod(sqlite_table)
    query = staticmethod(sqlite_query)
    call = "QUERY, sqlite3.connect({})"


class DuckDB(_Database):
    """DuckDB."""

    name, title = "duckdb", "a DuckDB database"
    also = (".db",)
    function = "DataFrame"
    package = "duckdb"
    extra = "duckdb"
    table = staticmethod(duckdb_table)
    query = staticmethod(duckdb_query)
    call = "duckdb.connect({}, read_only=True).execute(QUERY).df()"
    keeps_types = True
