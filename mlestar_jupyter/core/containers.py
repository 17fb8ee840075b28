"""Which of several files is the table: in a zip archive, and in a folder.

Runs alone, as `rows` does.
"""

import os
import pathlib
import re
import typing
from pathlib import Path

COMPRESSED = {".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ\x00", ".zst": b"\x28\xb5\x2f\xfd"}
"""Endings of compressed files, and their first bytes."""

ENDINGS: dict[str, tuple[str, ...]] = {
    "text": (".csv", ".tsv", ".txt", ".tab", ".psv", ".dat", ".data"),
    "json": (".json", ".jsonl", ".ndjson"),
    "excel": (".xlsx", ".xls", ".ods", ".xlsb", ".xlsm"),
    "parquet": (".parquet", ".pq"), "feather": (".feather", ".arrow"), "orc": (".orc",),
    "spss": (".sav", ".zsav"), "stata": (".dta",), "sas": (".sas7bdat",), "sas transport": (".xpt",),
    "sqlite": (".sqlite", ".db", ".sqlite3"), "duckdb": (".duckdb",),
}  # fmt: skip
"""By format, the endings of files that may be tables, the usual ones first."""

MOST_BELOW = 100_000
"""Files and folders below a folder up to which the parts of a table are looked for."""
_TABLE_ENDINGS = frozenset(ending for endings in ENDINGS.values() for ending in endings)
_ENDINGS_OF_PARTS = (*ENDINGS["parquet"], *ENDINGS["feather"], *ENDINGS["orc"])
_OFTEN_OTHER = (".txt", ".json", ".dat", ".db")
_SYSTEM = ("desktop.ini", "thumbs.db")
_PAPERS = ("readme", "read_me", "license", "licence", "copying", "changelog", "citation", "data_description")
_NUMBERED = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|\d+")


def inner(name: str) -> Path:
    """The name of a file without the endings of compression."""
    path = Path(name)
    while path.suffix.lower() in (*COMPRESSED, ".zip"):
        path = path.with_suffix("")
    return path


def is_table_name(name: str) -> bool:
    """Whether a file may be a table by its ending."""
    return inner(name).suffix.lower() in _TABLE_ENDINGS


def is_users(name: str) -> bool:
    """Whether a file is the user's: systems and programs add some of their own."""
    parts = pathlib.PurePosixPath(name).parts
    hidden = any(part.startswith((".", "__MACOSX", "_SUCCESS", "_metadata", "_common_metadata")) for part in parts)
    return not name.endswith("/") and not hidden and parts[-1].lower() not in _SYSTEM


def is_document(names: typing.Iterable[str]) -> bool:
    """Whether a zip archive is the document of an office program, which is one file to its user."""
    marks = ("xl/", "word/", "ppt/", "META-INF/", "Index/")
    return any(n in ("[Content_Types].xml", "mimetype") or n.startswith(marks) for n in names)


def choose(names: typing.Sequence[str]) -> list[str]:
    """Find the names that may be meant where none is given: a single one is the table; those to learn from first."""
    own = [name for name in names if not pathlib.PurePosixPath(name).name.lower().startswith(_PAPERS)] or list(names)
    tables = [name for name in own if is_table_name(name)] or own
    plain = [name for name in tables if inner(name).suffix.lower() not in _OFTEN_OTHER] or tables
    return sorted(plain, key=lambda name: "train" not in pathlib.PurePosixPath(name).name.lower())


def parts_of(folder: Path, most: int = MOST_BELOW) -> list[Path]:
    """The files that are together one table, as programs for large data write them; empty where a folder is none.

    Their names differ only in numbers, or a folder below each says the value of a column (``year=2024``).

    Raises
    ------
    OSError
        When so much lies below the folder that to look through it takes too long.
    """
    _, folders, files = next(os.walk(folder), ("", [], []))
    if not any("=" in name for name in folders) and not any(Path(n).suffix.lower() in _ENDINGS_OF_PARTS for n in files):
        return []  # what lies deeper is no part, and may be a whole disk
    found = sorted(
        p
        for p in _all_below(folder, most)
        if p.suffix.lower() in _ENDINGS_OF_PARTS and is_users(str(p.relative_to(folder)))
    )
    by_value = [p for p in found if all("=" in part for part in p.relative_to(folder).parent.parts)]
    if len({p.suffix.lower() for p in found}) != 1 or len(by_value) < len(found):
        return []
    nested = any(p.parent != folder for p in found)
    alike = are_numbered([p.name for p in found]) and (
        len(found) > 1 or _NUMBERED.search(found[0].stem) is not None or folder.suffix.lower() in _ENDINGS_OF_PARTS
    )
    return found if nested or alike else []


def _all_below(folder: Path, most: int) -> typing.Iterator[Path]:
    count = 0
    for place, folders, files in os.walk(folder):
        count += len(folders) + len(files)
        if count > most:
            raise OSError(f"more than {most:,} files and folders lie below it")
        yield from (Path(place, name) for name in files)


def are_numbered(names: typing.Sequence[str]) -> bool:
    """Whether names differ in numbers alone."""
    return len({_NUMBERED.sub("#", name) for name in names}) == 1


def versioned(folder: Path) -> str:
    """Name the kind of a folder that keeps versions of a table; empty where it is none."""
    if (folder / "_delta_log").is_dir():
        return "Delta Lake"
    return "Iceberg" if any(folder.glob("metadata/*.metadata.json")) else ""
