"""Delimited text: how a file is to be read, found before pandas reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mlestar_jupyter.core.delimited import Delimited, find_delimited
from mlestar_jupyter.core.opening import TableFile

_DECIMAL_COMMA = re.compile(r"^\s*[-+]?\d+,\d+\s*$")
_DECIMAL_POINT = re.compile(r"^\s*[-+]?\d*\.\d+\s*$")


@dataclass(frozen=True)
class Format:
    """How a delimited file is to be read.

    Parameters
    ----------
    found : Delimited
    options : dict
        Arguments of ``pandas.read_csv``, only where they differ from its defaults.
    notices : tuple of str
    """

    found: Delimited
    options: dict[str, object] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.found.layout.names

    @property
    def n_rows(self) -> int:
        """Rows in the sample: 0 when there are none."""
        return len(self.found.layout.body)


def find_format(file: TableFile) -> Format:
    """Work out encoding, delimiter, names and decimal mark of a text file.

    Raises
    ------
    RowsError
        When the file is empty, is no text, or no delimiter splits it into columns.
    """
    found = find_delimited(file.name, file.chunks)
    options, notices = found.options, [*found.encoded(file.name), *found.notices]
    rows = [row for _, row in found.layout.body]
    if options.get("sep", ",") != "," and _has_decimal_commas(rows):
        options["decimal"] = ","
        notices.append("Numbers are written with a decimal comma.")
    return Format(found, options, tuple(notices))


def _has_decimal_commas(rows: list[list[str]]) -> bool:
    values = [value for row in rows for value in row]
    return any(map(_DECIMAL_COMMA.match, values)) and not any(map(_DECIMAL_POINT.match, values))
