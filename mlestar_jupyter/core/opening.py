"""Files of rows: where they lie, decompressed, in their own encoding.

Runs alone, as `rows` does.
"""

import bz2
import contextlib
import dataclasses
import functools
import gzip
import io
import lzma
import os
import typing
import zipfile
from pathlib import Path, PurePosixPath

from mlestar_jupyter.core.containers import (
    COMPRESSED,
    are_numbered,
    choose,
    inner,
    is_document,
    is_table_name,
    is_users,
    parts_of,
    versioned,
)
from mlestar_jupyter.core.texts import some_of


class RowsError(ValueError):
    """Rows that cannot be read as the contract says: what is wrong, and what to do."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem} {mend}")
        self.problem, self.mend = problem, mend


def empty(name: str) -> RowsError:
    """Say that a file has nothing in it."""
    return RowsError(f"The file {name!r} is empty.", "Name a file with rows.")


_START = 1 << 16
_PIECE = 1 << 17  # what a cache holds: a piece of a megabyte takes twice the time to read and decode
_LONGEST_PATH = 60


@dataclasses.dataclass(frozen=True)
class TableFile:
    """A file with a table; compressed or in a zip archive too, as its first bytes say.

    Parameters
    ----------
    path : Path
        The file on disk.
    parts : tuple of str
        What the user named in it behind ``::``: a member of an archive, a sheet, a table.
    wanted : str
        A column that the table is to have, where that is known.
    """

    path: Path
    parts: tuple[str, ...] = ()
    wanted: str = ""

    @classmethod
    def at(cls, given: str | Path) -> "typing.Self":
        """Find the file of a path, which may name a part: ``train.zip::train.csv``, ``book.xlsx::Sheet2``."""
        pieces = str(given).split("::")
        for size in range(len(pieces), 0, -1):
            named = "::".join(pieces[:size])
            try:
                path = Path(expanded(named))
                if path.exists():
                    return cls._in(path, tuple(piece for piece in pieces[size:] if piece))
            except OSError as error:  # it is too long, may not be read, or is gone in the meantime
                reason = error.strerror or str(error).rstrip(".")
                raise RowsError(f"{named[:_LONGEST_PATH]!r} cannot be opened: {reason}.", "Check the path.") from error
        return cls(Path(expanded(given)))

    @classmethod
    def _in(cls, path: Path, parts: tuple[str, ...]) -> "typing.Self":
        """Find the table of a folder: its only one, or the folder itself where it has a table in parts."""
        if not path.is_dir() and not path.is_file():  # a pipe would be waited for
            raise RowsError(f"{str(path)!r} is neither a file nor a folder.", "Name a file.")
        if kind := versioned(path):
            raise RowsError(
                f"{str(path)!r} is a table of {kind}, which may keep rows that were deleted.",
                "Read it with polars and give the DataFrame.",
            )
        if not path.is_dir() or parts_of(path):
            return cls(path, parts)
        names = sorted(p.name for p in path.iterdir() if is_users(p.name) and (is_table_name(p.name) or parts_of(p)))
        found = choose(names)
        if parts and (path / parts[0]).exists():
            return cls._in(path / parts[0], parts[1:])
        if len(found) == 1:
            return cls._in(path / found[0], parts)
        if not found:
            raise RowsError(f"{str(path)!r} is a folder without a table.", "Name a file.")
        mend = f"Name one: {str(path / found[0])!r}."
        if are_numbered(found):
            mend = "If they are one table, join them with pd.concat and give the DataFrame."
        raise RowsError(f"{str(path)!r} is a folder with {len(found)} tables: {some_of(found)}.", mend)

    @property
    def name(self) -> str:
        """Its name in messages."""
        return "::".join((self.path.name or str(self.path), *self.parts))

    def named(self, part: str) -> str:
        """How the user names a part of it: a member of an archive, or of what is read a sheet or a table."""
        within = [] if part in (self.archived or ()) else [self.member]
        return "::".join(filter(None, (str(self.path), *within, part)))

    @functools.cached_property
    def archived(self) -> tuple[str, ...] | None:
        """The files in a zip archive; None for any other file, documents of office programs among them."""
        if self.path.is_dir():
            return None
        with self.path.open("rb") as file:
            if file.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
                return None
        with zipfile.ZipFile(self.path) as archive:
            names = archive.namelist()
        return None if is_document(names) else tuple(names)

    @functools.cached_property
    def member(self) -> str:
        """The file in a zip archive that holds the table; empty where this is no archive.

        Raises
        ------
        RowsError
            When it holds several, or none.
        """
        if self.archived is None:
            return ""
        names = [name for name in self.archived if is_users(name)]
        if not names:
            raise RowsError(f"The archive {self.path.name!r} has no file in it.", "Name one with a table.")
        if self.parts:
            near = [name for name in names if self.parts[0] in (name, PurePosixPath(name).name)]
            if len(near) != 1:
                raise self.absent("file", self.parts[0], names)
            return near[0]
        found = choose(names)
        if len(found) > 1:
            raise self.several("file", found)
        return found[0]

    def several(self, what: str, names: typing.Sequence[str], fitting: typing.Sequence[str] = ()) -> RowsError:
        """Say that it holds several tables, and how to name one: one that has the wanted column, where it is known."""
        shown, first = some_of(names), [*fitting, *names][0]
        why = f", which has {self.wanted!r}" if fitting else ""
        return RowsError(f"{self.name!r} has {len(names)} {what}s: {shown}.", f"Name one: {self.named(first)!r}{why}.")

    def absent(self, what: str, name: str, names: typing.Sequence[str]) -> RowsError:
        """Say that it has no part of a name, and which there are."""
        return RowsError(f"{self.path.name!r} has no {what} {name!r}.", f"Name one of these: {some_of(names)}.")

    @property
    def is_alone(self) -> bool:
        """Whether it is the only file of its archive, beside what systems add."""
        return sum(map(is_users, self.archived or ())) == 1

    @property
    def part(self) -> str:
        """What the user named within the file, or within its member: a sheet or a table; empty where nothing."""
        rest = self.parts[1:] if self.member else self.parts
        return rest[0] if rest else ""

    @property
    def ending(self) -> str:
        """The ending that names the format, without that of the compression."""
        return inner(self.member or self.path.name).suffix.lower()

    @functools.cached_property
    def start(self) -> bytes:
        """Its first bytes, decompressed."""
        if self.path.is_dir():
            return dataclasses.replace(self, path=parts_of(self.path)[0]).start
        with self.open() as file:
            return file.read(_START)

    def open(self) -> typing.IO[bytes]:
        """Open it for reading, decompressed."""
        file: typing.IO[bytes] = self._open_member() if self.member else self.path.open("rb")
        packed: typing.Any = file if self.member else self.path
        while (ending := _compression(file)) is not None:
            if packed is self.path:
                file.close()
            file = packed = _decompressed(packed, ending)
        return file

    def _open_member(self) -> typing.IO[bytes]:
        name = self.path.name
        with zipfile.ZipFile(self.path) as archive:  # an open member stays open when its archive is closed
            if archive.getinfo(self.member).flag_bits & 1:
                raise RowsError(f"The archive {name!r} is locked by a password.", "Unpack it and name the file.")
            return archive.open(self.member)

    @property
    def compression(self) -> str:
        """The module of Python that decompresses the file on disk; empty where none is needed."""
        with self.path.open("rb") as file:
            return {".gz": "gzip", ".bz2": "bz2", ".xz": "lzma", ".zst": "zstandard"}.get(_compression(file) or "", "")

    @property
    def is_bare(self) -> bool:
        """Whether it lies on disk as it is."""
        return not self.member and (self.path.is_dir() or not self.compression)

    @property
    def is_plain(self) -> bool:
        """Whether pandas opens it by its path alone."""
        if self.archived is not None:
            packed_twice = Path(self.member).suffix.lower() in COMPRESSED
            return self.path.suffix.lower() == ".zip" and len(self.archived) == 1 and not packed_twice
        if self.path.is_dir():
            return True
        with self.path.open("rb") as file:
            return _compression(file) == (found if (found := self.path.suffix.lower()) in COMPRESSED else None)

    @contextlib.contextmanager
    def source(self) -> typing.Iterator[typing.Any]:
        """What pandas reads: the path where it opens that by itself, or else the open file."""
        if self.is_plain:
            yield self.path
        else:
            with self.open() as file:
                yield file

    @contextlib.contextmanager
    def unpacked(self) -> typing.Iterator[typing.Any]:
        """What a reader that decompresses nothing reads: the path where the file lies as it is, or else its bytes."""
        if self.is_bare:
            yield self.path
        else:
            with self.open() as file:
                yield io.BytesIO(file.read())

    def chunks(self) -> typing.Iterator[bytes]:
        """Read it piece by piece, decompressed."""
        with self.open() as file:
            while chunk := file.read(_PIECE):
                yield bytes(chunk)


def expanded(given: str | Path) -> str:
    """Put the user's folder in the place of ``~``; a path stays as it is where there is none: ``~t.csv`` is a name."""
    return os.path.expanduser(given)  # noqa: PTH111 - it takes an unknown user


def _compression(file: typing.IO[bytes]) -> str | None:
    start = file.read(10)
    file.seek(0)
    found = next((ending for ending, magic in COMPRESSED.items() if start.startswith(magic)), None)
    return None if found == ".bz2" and start[4:] != b"1AY&SY" else found  # "BZh" may begin a text as well


def _decompressed(file: typing.Any, ending: str) -> typing.IO[bytes]:
    if ending == ".zst":
        from pandas.io.common import get_handle  # whichever package for zstd this pandas takes

        try:
            return get_handle(file, "rb", compression="zstd", is_text=False).handle  # type: ignore[return-value]
        except ImportError as error:
            raise RowsError(
                f"Reading a zstd file needs a package for it: {error}", "Install it, or unpack the file first."
            ) from error
    openers: dict[str, typing.Callable[[typing.Any], typing.Any]] = {
        ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open
    }  # fmt: skip
    return openers[ending](file)
