"""Delimited text: how a file is to be read, found before pandas reads it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from mlestar_jupyter.core.delimited import Delimited, find_delimited, with_lines
from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.texts import MISSING_IN_FILES
from mlestar_jupyter.data.decimals import find_decimals
from mlestar_jupyter.modalities.amounts import may_be_codes

_DIGITS_ONLY = re.compile(r"-?[0-9]+")
_LARGEST_EXACT = 2**53
_MISSING = frozenset(MISSING_IN_FILES)


@dataclass(frozen=True)
class Format:
    """How a delimited file is to be read.

    Parameters
    ----------
    found : Delimited
    options : dict
        Arguments of ``pandas.read_csv``, only where they differ from its defaults.
    notices : tuple of str
    texts : collection of str
        Columns that stay text, as the user says.
    decimal : {".", ",", ""}
        The decimal mark, as the user says.
    """

    found: Delimited
    options: dict[str, object] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    texts: Collection[str] = ()
    decimal: str = ""

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.found.layout.names

    @property
    def n_rows(self) -> int:
        """Rows in the sample: 0 when there are none."""
        return len(self.found.layout.body)


def find_format(file: TableFile, texts: Collection[str] = (), decimal: str = "") -> Format:
    """Work out encoding, delimiter, names and decimal mark of a text file.

    Parameters
    ----------
    file : TableFile
    texts : collection of str
        Columns that stay text.
    decimal : {".", ",", ""}
        The decimal mark, as the user says.

    Raises
    ------
    RowsError
        When the file is empty, is no text, or no delimiter splits it into columns.
    """
    return _format(file, find_delimited(file.name, file.chunks), texts, decimal)


def with_all_lines(file: TableFile, found: Format) -> Format:
    """Go through all lines of a large file, where its start does not say what they are."""
    return _format(file, with_lines(found.found, file.chunks), found.texts, found.decimal)


def _format(file: TableFile, found: Delimited, texts: Collection[str], decimal: str) -> Format:
    options, notices = found.options, [*found.encoded(file.name), *found.notices]
    n_names = len(found.layout.names)
    rows = [row[:n_names] for _, row in found.layout.body]  # a last column without name is left out
    decimals = find_decimals(found.layout.names, rows, found.layout.sample.dialect.delimiter, decimal)
    options |= decimals.options
    codes = [name for name, values in found.samples.items() if are_codes(values) or may_be_codes({*values} - _MISSING)]
    if kept := [name for name in found.layout.names if name in texts or name in codes]:
        options["dtype"] = dict.fromkeys(kept, "str")
    return Format(found, options, (*notices, *decimals.notices), texts, decimal)


def are_codes(values: Iterable[str]) -> bool:
    """Whether values in digits are codes, which numbers would spoil: with zeros in front, or too long for a float.

    >>> are_codes(["00512", "85136", ""]), are_codes(["0", "5", "NA"]), are_codes(["12345678901234567890"])
    (True, False, True)
    """
    known = set(values) - _MISSING
    if not known or not all(map(_DIGITS_ONLY.fullmatch, known)):
        return False
    return any((len(text) > 1 and text[0] == "0") or int(text) > _LARGEST_EXACT for text in known)
