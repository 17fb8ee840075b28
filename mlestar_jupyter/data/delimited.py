"""Delimited text: its encoding, its delimiter and its header, found before pandas reads it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass, field

from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.errors import DataError

_DELIMITERS = (",", ";", "\t", "|")
_OTHER_DELIMITERS = ("^", "~", ":", "#", "!", " ")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}
_CHUNK = 1 << 20
_SAMPLE_ROWS = 200
_CONSISTENT = 0.95
_DECIMAL_COMMA = re.compile(r"^\s*[-+]?\d+,\d+\s*$")
_DECIMAL_POINT = re.compile(r"^\s*[-+]?\d*\.\d+\s*$")


@dataclass(frozen=True)
class Format:
    """How a delimited file is to be read.

    Parameters
    ----------
    options : dict
        Arguments of ``pandas.read_csv``, only where they differ from its defaults.
    header : tuple of str
        Column names as the file writes them.
    n_rows : int
        Rows in the sample below the header: 0 when there are none.
    notices : tuple of str
    """

    header: tuple[str, ...]
    n_rows: int
    options: dict[str, object] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def find_format(file: TableFile) -> Format:
    """Work out encoding, delimiter and decimal mark of a text file.

    Raises
    ------
    DataError
        When the file is empty, is no text, or no delimiter splits it into columns.
    """
    encoding = _find_encoding(file)
    with file.open() as raw:
        text = io.TextIOWrapper(raw, encoding=encoding or "utf-8-sig", newline="").read(_CHUNK)
    if not text.strip():
        raise DataError(f"The file {file.name!r} is empty.", mend="Name a file with a header line and rows.")
    options: dict[str, object] = {} if encoding is None else {"encoding": encoding}
    notices = []
    if encoding == "latin-1":
        notices.append(f"{file.name} is not UTF-8: it was read as latin-1; look whether accented letters are right.")
    delimiter, rows = _find_delimiter(file.name, text)
    if not rows:
        raise DataError(f"The file {file.name!r} has no header line.", mend="Name the columns in the first line.")
    if delimiter != ",":
        options["sep"] = delimiter
        notices.append(f"Columns are separated by a {_NAMES[delimiter]}.")
    if delimiter != "," and _has_decimal_commas(rows[1:]):
        options["decimal"] = ","
        notices.append("Numbers are written with a decimal comma.")
    return Format(tuple(rows[0]), len(rows) - 1, options, tuple(notices))


def _find_encoding(file: TableFile) -> str | None:
    """Name the encoding as pandas takes it; None for UTF-8, with a byte order mark or without."""
    is_utf8, decoder = True, codecs.getincrementaldecoder("utf-8")()
    for number, chunk in enumerate(file.chunks()):
        if number == 0 and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if b"\x00" in chunk:
            raise DataError(
                f"The file {file.name!r} is not text: it holds zero bytes.",
                mend="Name a csv, tsv or jsonl file in UTF-8, or give a parquet file its ending .parquet.",
            )
        if is_utf8:
            is_utf8 = _decodes(decoder, chunk)
    return None if is_utf8 else "latin-1"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _split(text: str, delimiter: str) -> list[list[str]]:
    """Split the first rows; blank lines are left out, as pandas does."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row and any(value.strip() for value in row):
                rows.append(row)
            if len(rows) > _SAMPLE_ROWS:
                return rows
    except csv.Error:
        return rows
    # the sample may end in the middle of a row
    return rows[:-1] if len(text) >= _CHUNK and len(rows) > 1 else rows


def _find_delimiter(name: str, text: str) -> tuple[str, list[list[str]]]:
    """Find the delimiter that gives the most columns with every row split alike; a comma for a single column."""
    split = {d: _split(text, d) for d in _DELIMITERS}
    even = [d for d, rows in split.items() if rows and len(rows[0]) > 1 and _evenness(rows) >= _CONSISTENT]
    if even:
        best = max(even, key=lambda d: (len(split[d][0]), _evenness(split[d])))
        return best, split[best]
    _check_single_column(name, text, split)
    return ",", split[","]


def _evenness(rows: list[list[str]]) -> float:
    """Share of rows with as many values as the header."""
    width = len(rows[0])
    below = rows[1:]
    return sum(len(row) == width for row in below) / len(below) if below else 1.0


def _check_single_column(name: str, text: str, split: dict[str, list[list[str]]]) -> None:
    """Refuse a header that holds a delimiter which does not split the rows alike."""
    widest = max(split, key=lambda d: len(split[d][0]) if split[d] else 0)
    rows = split[widest]
    if rows and (width := len(rows[0])) > 1:
        number, row = next((n, r) for n, r in enumerate(rows[1:], start=2) if len(r) != width)
        raise DataError(
            f"The file {name!r} cannot be split into columns: by {_NAMES[widest]} the header has {width} values "
            f"and row {number} has {len(row)}.",
            mend="Save it with one delimiter (, ; tab or |) and quotes around values that contain it.",
        )
    for delimiter in _OTHER_DELIMITERS:
        rows = _split(text, delimiter)
        if rows and len(rows[0]) > 1 and _evenness(rows) >= _CONSISTENT:
            header = text.lstrip("\n\r").splitlines()[0]
            raise DataError(
                f"The file {name!r} has one column, {header[:60]!r}: its delimiter is not one of , ; tab |.",
                mend=f"Read it with pd.read_csv({name!r}, sep={delimiter!r}) and give the DataFrame.",
            )


def _has_decimal_commas(rows: list[list[str]]) -> bool:
    values = [value for row in rows for value in row]
    return any(map(_DECIMAL_COMMA.match, values)) and not any(map(_DECIMAL_POINT.match, values))
