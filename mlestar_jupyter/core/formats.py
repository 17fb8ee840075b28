"""Which format a file has: by its first bytes, or else by its ending.

Runs alone, as `rows` does.
"""

from mlestar_jupyter.core.containers import ENDINGS
from mlestar_jupyter.core.foreign import refuse_foreign
from mlestar_jupyter.core.opening import RowsError, TableFile, empty

_MAGIC = (
    ("parquet", 0, (b"PAR1", b"PARE")),
    ("feather", 0, (b"ARROW1", b"FEA1")),
    ("arrow stream", 0, (b"\xff\xff\xff\xff",)),
    ("orc", 0, (b"ORC",)),
    ("excel", 0, (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x09\x08\x10\x00\x00\x06\x05\x00")),
    ("sqlite", 0, (b"SQLite format 3\x00",)),
    ("duckdb", 8, (b"DUCK",)),
    ("spss", 0, (b"$FL2", b"$FL3")),
    ("sas transport", 0, (b"HEADER RECORD*******LIB",)),
    ("sas", 0, (b"\x00" * 12 + b"\xc2\xea\x81\x60",)),
    ("stata", 0, (b"<stata_dta>", *(bytes([version, order]) for version in range(104, 116) for order in (1, 2)))),
)  # fmt: skip
"""Name of a format, and the bytes at a place that mark it."""

_ALSO_TEXT = ("sas transport", "stata")
_WITH_PARTS = ("excel", "sqlite", "duckdb")
_BY_ENDING = {ending: name for name, endings in ENDINGS.items() for ending in endings} | dict.fromkeys(
    (".geojson", ".ipynb"), "json"
)


def format_of(file: TableFile) -> str:
    """Name a file's format: by its first bytes where they say it, or else by its ending; "text" is delimited text.

    Raises
    ------
    RowsError
        When it is empty, or no table, or a part is named of what has none.
    """
    name = _format_of(file)
    if file.part and name not in _WITH_PARTS:
        raise RowsError(f"{file.path.name!r} has no parts such as {file.part!r}.", "Leave out what follows '::'.")
    return name


def _format_of(file: TableFile) -> str:
    start = file.start
    if not start:
        raise empty(file.name)
    binary = b"\x00" in start
    names = (name for name, at, marks in _MAGIC if start[at:].startswith(marks) and (binary or name in _ALSO_TEXT))
    marked = next(names, None)
    if marked is None or marked == "excel":  # the container of other documents as well
        refuse_foreign(file)
    if marked is not None:
        return marked
    found = _BY_ENDING.get(file.ending, "text")
    text = start.lstrip(b"\xef\xbb\xbf \r\n\t")
    if not binary and _is_json(text):
        return "json"
    many_lines = not binary and b"\n" in start.strip()
    return "text" if found != "json" and many_lines else found


def _is_json(text: bytes) -> bool:
    inside = text[1:].lstrip()[:1]
    return (text[:1] == b"{" and inside == b'"') or (text[:1] == b"[" and inside in (b"{", b"["))
