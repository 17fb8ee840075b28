"""Parquet, Arrow and ORC: files, and folders of parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from mlestar_jupyter.core.containers import parts_of
from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.data.formats.base import TableSource
from mlestar_jupyter.data.formats.plain import PlainFormat


class _ByArrow(PlainFormat):
    package = "pyarrow"
    extra = "arrow"
    keeps_types = True

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table, and say of how many files it is."""
        frame, source, _ = super().found(file, source)
        if not file.path.is_dir():
            return frame, source, ()
        return frame, source, (f"{file.name} is a folder: its {len(parts_of(file.path)):,} files are one table.",)


class Parquet(_ByArrow):
    """Parquet, and folders of it."""

    name, title = "parquet", "a parquet file"
    also = ("",)
    function = "read_parquet"


class Arrow(_ByArrow):
    """Arrow files, which are feather's second version."""

    name, title = "feather", "an Arrow file"
    also = ("",)
    function = "read_feather"

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table."""
        frame, source, notices = super().found(file, source)
        if file.path.is_dir():
            ending = parts_of(file.path)[0].suffix
            each = f"[pd.read_feather(path) for path in sorted(pathlib.Path({{}}).rglob('*{ending}'))]"
            source = replace(source, function="concat", opens=each, options=(("ignore_index", True),))
        return frame, source, notices


class ArrowStream(_ByArrow):
    """Arrow's form for sending."""

    name, title = "arrow stream", "an Arrow stream"
    also = (".arrow", "")
    function = "DataFrame"

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table."""
        frame, source, notices = super().found(file, source)
        return frame, replace(source, opens="pyarrow.ipc.open_stream({}).read_pandas()"), notices


class Orc(_ByArrow):
    """ORC."""

    name, title = "orc", "an ORC file"
    function = "read_orc"
