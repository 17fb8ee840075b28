"""Formats that one call of pandas reads: the file says names and types itself."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Sequence
from typing import ClassVar

import pandas as pd

from mlestar_jupyter.core.opening import RowsError, TableFile
from mlestar_jupyter.core.readers import READERS
from mlestar_jupyter.data.formats.base import Format, Table, TableSource, finished, opens, unreadable
from mlestar_jupyter.environment import require

_READING = (ValueError, TypeError, OSError, EOFError, KeyError, IndexError, ImportError, sqlite3.Error, struct.error)


class PlainFormat(Format):
    """A format that one call reads.

    Attributes
    ----------
    function : str
        The pandas function.
    package : str
        The package that it needs; empty where none.
    errors : tuple of str
        Names of errors of that package by which it says that a file is broken.
    """

    function: str
    package: str = ""
    errors: ClassVar[tuple[str, ...]] = ()

    def read(self, file: TableFile, given: str) -> Table:
        """Read the file."""
        package = require(self.package, extra=self.extra, purpose=f"Reading {file.name!r}") if self.package else None
        more = tuple(getattr(package, name) for name in self.errors)
        try:
            frame, source, notices = self.found(file, TableSource(file.name, given, self.function, (), opens(file)))
        except RowsError:
            raise
        except (*_READING, *more) as error:
            raise unreadable(file, error) from error
        return finished(frame, source, tuple(notices), what=f"The file {file.name!r}")

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table; with the call that does so, and what there is to say."""
        return READERS[self.name](file, ()), source, ()
