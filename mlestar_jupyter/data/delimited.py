"""Delimited text: how a file is to be read, found before pandas reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from mlestar_jupyter.core.delimited import Delimited, find_delimited, with_lines
from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.values import MISSING_IN_FILES

_DIGITS_ONLY = re.compile(r"-?[0-9]+")
_LARGEST_EXACT = 2**53
_MISSING = frozenset(MISSING_IN_FILES)
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
    return _format(file, find_delimited(file.name, file.chunks))


def with_all_lines(file: TableFile, found: Format) -> Format:
    """Go through all lines of a large file, where its start does not say what they are."""
    return _format(file, with_lines(found.found, file.chunks))


def _format(file: TableFile, found: Delimited) -> Format:
    options, notices = found.options, [*found.encoded(file.name), *found.notices]
    rows = [row for _, row in found.layout.body]
    if options.get("sep", ",") != "," and _has_decimal_commas(rows):
        options["decimal"] = ","
        notices.append("Numbers are written with a decimal comma.")
    if codes := [name for name, values in found.samples.items() if are_codes(values)]:
        options["dtype"] = dict.fromkeys(codes, "str")
    return Format(found, options, tuple(notices))


def _has_decimal_commas(rows: list[list[str]]) -> bool:
    values = [value for row in rows for value in row]
    return any(map(_DECIMAL_COMMA.match, values)) and not any(map(_DECIMAL_POINT.match, values))


def are_codes(values: Iterable[str]) -> bool:
    """Whether values in digits are codes, which numbers would spoil: with zeros in front, or too long for a float.

    >>> are_codes(["00512", "85136", ""]), are_codes(["0", "5", "NA"]), are_codes(["12345678901234567890"])
    (True, False, True)
    """
    known = set(values) - _MISSING
    if not known or not all(map(_DIGITS_ONLY.fullmatch, known)):
        return False
    return any((len(text) > 1 and text[0] == "0") or int(text) > _LARGEST_EXACT for text in known)
