"""Tables for workers: written once, mapped into memory by whoever reads them, without a copy for each."""

from __future__ import annotations

import mmap
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_ALIGNED = 64
"""Bytes: what numpy and Arrow want of the start of a buffer."""


def write_table(table: object, path: Path) -> None:
    """Write a table: its buffers (of numpy, and of Arrow where text is kept by it) as they lie in memory.

    Pickle's protocol 5 hands out the buffers, and what is no buffer, such as Python objects, stays in the pickle.
    """
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(table, protocol=5, buffer_callback=buffers.append)
    spans = []
    with path.open("wb") as file:
        for buffer in buffers:
            file.write(b"\0" * (-file.tell() % _ALIGNED))
            start = file.tell()
            file.write(buffer.raw())
            spans.append((start, file.tell()))
    with _head(path).open("wb") as file:
        pickle.dump((body, spans), file, protocol=5)


def read_table(path: Path) -> pd.DataFrame:
    """Map a table that `write_table` wrote: read-only, and its pages are shared by all that map it."""
    with _head(path).open("rb") as file:
        body, spans = pickle.load(file)
    if path.stat().st_size == 0:
        empty: pd.DataFrame = pickle.loads(body, buffers=[b"" for _ in spans])
        return empty
    with path.open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    table: pd.DataFrame = pickle.loads(body, buffers=[view[start:end] for start, end in spans])
    return table


def _head(path: Path) -> Path:
    return path.with_suffix(".head")
