"""Formats that one call of pandas reads: the file says names and types itself."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mlestar_jupyter.core.opening import RowsError, TableFile
from mlestar_jupyter.core.readers import READERS, errors_of
from mlestar_jupyter.data.formats.base import Format, Table, TableSource, finished, opens, unreadable
from mlestar_jupyter.environment import require


class PlainFormat(Format):
    """A format that one call reads.

    Attributes
    ----------
    function : str
        The pandas function.
    decompresses : bool
        Whether the function decompresses a file by its ending.
    package : str
        The package that it needs; empty where none.
    """

    function: str
    package: str = ""
    decompresses: bool = False

    def read(self, file: TableFile, given: str) -> Table:
        """Read the file."""
        if self.package:
            require(self.package, extra=self.extra, purpose=f"Reading {file.name!r}")
        try:
            opened = opens(file, decompressed=self.decompresses)
            source = TableSource(file.name, given, self.function, (), opened, self.name, self.keeps_types)
            frame, source, notices = self.found(file, source)
        except RowsError:
            raise
        except errors_of(self.name) as error:
            raise unreadable(file, error, "" if file.ending in self.endings else self.title) from error
        return finished(frame, source, tuple(notices), what=f"The file {file.name!r}")

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table; with the call that does so, and what there is to say."""
        return READERS[self.name](file, ()), source, ()
