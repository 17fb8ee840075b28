"""The formats of files."""

from __future__ import annotations

from mlestar_jupyter.data.formats.arrow import Arrow, ArrowStream, Orc, Parquet
from mlestar_jupyter.data.formats.base import Format
from mlestar_jupyter.data.formats.database import DuckDB, SQLite
from mlestar_jupyter.data.formats.excel import Excel
from mlestar_jupyter.data.formats.json import Json
from mlestar_jupyter.data.formats.statistics import Sas, SasTransport, Spss, Stata
from mlestar_jupyter.data.formats.text import Text

_ALL: tuple[Format, ...] = (
    Text(), Json(), Excel(), Parquet(), Arrow(), ArrowStream(), Orc(), Spss(), Stata(), Sas(),
    SasTransport(), SQLite(), DuckDB(),
)  # fmt: skip

FORMATS: dict[str, Format] = {each.name: each for each in _ALL}
"""By the name that `core.formats` finds."""
