"""Files of rows: decompressed, in their own encoding, and JSON as it is written.

Runs alone, as `rows` does.
"""

import bz2
import codecs
import gzip
import json
import lzma
import typing
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pandas as pd


class RowsError(ValueError):
    """Rows that cannot be read as the contract says: what is wrong, and what to do."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem} {mend}")
        self.problem, self.mend = problem, mend


def read_json(path: Path) -> pd.DataFrame:
    """Read one JSON object a line, or a list of them; "007" stays text and numbers stay numbers."""
    lines, how = not _is_list(path), {"orient": "records", "encoding": "utf-8-sig"}
    return pd.read_json(path, lines=lines, dtype=False, precise_float=True, **how)  # type: ignore[call-overload]


class JsonObject(dict[str, typing.Any]):
    """An object of a JSON file; ``doubled`` holds its keys as written where some come twice."""

    def __init__(self, pairs: list[tuple[str, typing.Any]]) -> None:
        super().__init__(pairs)
        self.doubled = [key for key, _ in pairs] if len(self) < len(pairs) else []


def json_rows(path: Path) -> Iterator[typing.Any]:
    """Go through the rows of a JSON file: one a line, or a list of them."""
    decoder = json.JSONDecoder(object_pairs_hook=JsonObject, strict=False)
    texts = codecs.iterdecode(_chunks(path), "utf-8-sig")
    yield from decoder.decode("".join(texts)) if _is_list(path) else map(decoder.decode, _lines(texts))


def _lines(texts: Iterable[str]) -> Iterator[str]:
    """Go through the lines of a text that comes in pieces, without the blank ones."""
    rest = ""
    for text in texts:
        *whole, rest = (rest + text).split("\n")
        yield from filter(str.strip, whole)
    if rest.strip():
        yield rest


def _is_list(path: Path) -> bool:
    start = next(_chunks(path), b"").lstrip(b"\xef\xbb\xbf \r\n\t")
    if not start:
        raise RowsError(f"The file {path.name!r} is empty.", "Give a file with one JSON object a line.")
    return start.startswith(b"[")


def _chunks(path: Path) -> Iterator[bytes]:
    """Read a file piece by piece, decompressed."""
    openers: dict[str, Callable[..., typing.Any]] = {
        ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open, ".zip": _open_zip, ".zst": _open_zst
    }  # fmt: skip
    with openers.get(path.suffix.lower(), open)(path, "rb") as file:
        while chunk := file.read(1 << 20):
            yield bytes(chunk)


def _open_zip(path: Path, mode: str) -> typing.IO[bytes]:
    del mode
    archive = zipfile.ZipFile(path)
    names = [name for name in archive.namelist() if not name.endswith("/")]
    if len(names) != 1:
        raise RowsError(f"The archive {path.name!r} holds {len(names)} files.", "Give an archive of one file.")
    return archive.open(names[0])


def _open_zst(path: Path, mode: str) -> typing.IO[bytes]:
    from pandas.io.common import get_handle

    return get_handle(path, mode, compression="zstd", is_text=False).handle  # type: ignore[return-value]


def encoding_of(path: Path, own: str) -> str:
    """Find the encoding as it was found for the table: UTF-16 by its mark, then UTF-8, then the table's own."""
    start = next(_chunks(path), b"")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8", own):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for chunk in _chunks(path):
                decoder.decode(chunk)
        except UnicodeError:
            continue
        return encoding
    return "latin-1"
