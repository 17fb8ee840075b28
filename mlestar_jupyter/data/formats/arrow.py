"""Parquet, Arrow and ORC: files, and folders of parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from mlestar_jupyter.core.containers import parts_of
from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.texts import some_of
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
        parts = parts_of(file.path)
        said = [f"{file.name} is a folder: its {len(parts):,} files are one table."]
        return frame, source, [*said, *_uneven(parts, self.name, [str(name) for name in frame.columns])]


def _uneven(parts: Sequence[Path], form: str, known: Sequence[str]) -> list[str]:
    """Name the columns that only some of several files have; pandas takes no more than the first of them has."""
    from pyarrow import dataset

    counts = Counter(name for part in parts for name in dataset.dataset(part, format=form).schema.names)
    uneven = [name for name, count in counts.items() if count < len(parts)]
    used, unused = ([name for name in uneven if (name in known) is is_used] for is_used in (True, False))
    said = []
    if used:
        said.append(f"Not all of its files have {some_of(used)}: missing in their rows.")
    if unused:
        said.append(f"Not all of its files have {some_of(unused)}: not read. Write all files with the same columns.")
    return said


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
