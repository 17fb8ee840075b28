"""Files of delimited text: all that is to be known before pandas reads them.

Runs alone, as `rows` does.
"""

import codecs
import dataclasses
import functools
import io
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence

from mlestar_jupyter.core.dialects import Dialect
from mlestar_jupyter.core.encodings import Encoding, NotTextError, find_encoding
from mlestar_jupyter.core.layout import OF_ONE_FILE, Layout, Lines, find_below, find_layout, read_lines, said_lines
from mlestar_jupyter.core.opening import RowsError

_FIRST_BYTES, _LAST_BYTES = 1 << 20, 1 << 16
_CALLED = {
    "latin-1": "latin-1", "cp932": "Shift-JIS (cp932)", "cp949": "EUC-KR (cp949)", "big5hkscs": "Big5",
    "mac_roman": "Mac Roman", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32",
    "gb18030": "GBK (gb18030)", "euc_jp": "EUC-JP",
}  # fmt: skip
_SHOWN_END = 40


def shared(options: typing.Mapping[str, typing.Any]) -> dict[str, typing.Any]:
    """Arguments of ``pandas.read_csv`` that other files of the same kind have too."""
    return {name: value for name, value in options.items() if name not in OF_ONE_FILE}


@dataclasses.dataclass(frozen=True)
class Delimited:
    """A file of delimited text, as it is to be read.

    Parameters
    ----------
    layout : Layout
    encoding : Encoding
    lines : Lines or None
        What its lines are; None where it is too large to go through without need.
    below : tuple of str
        The lines at its end that are no rows.
    start, end : str
        The text at its start and, of a large file, at its end.
    """

    layout: Layout
    encoding: Encoding
    lines: Lines | None
    below: tuple[str, ...] = ()
    start: str = ""
    end: str = ""

    @property
    def options(self) -> dict[str, typing.Any]:
        """Arguments of ``pandas.read_csv``, only where they differ from its defaults."""
        found = self.encoding.options | self.layout.options
        lines = self.lines or Lines()
        skipped = sorted({*self.layout.above, *lines.comments, *lines.heads, *lines.blanks})
        if skipped:
            found["skiprows"] = len(skipped) if skipped[-1] == len(skipped) - 1 else skipped
        if self.below and self.lines is not None:
            found["nrows"] = self.lines.n_rows
        if skipped and "\r" in self.start and "\n" not in self.start and "engine" not in found:
            found["lineterminator"] = "\r"  # pandas miscounts blank lines between these by itself
        return found

    @functools.cached_property
    def samples(self) -> dict[str, list[str]]:
        """Values by column, as text: from the start of the file, and from its end."""
        found, width = self.layout.columns, self.layout.sample.width
        last = [row for row in self.layout.sample.dialect.split(io.StringIO(self.end, newline="")) if len(row) == width]
        return {name: values + [row[k].strip() for row in last] for k, (name, values) in enumerate(found.items())}

    @property
    def notices(self) -> list[str]:
        """What was decided, one sentence each; of the encoding first."""
        lines, found = self.lines or Lines(), list(self.layout.notices)
        if lines.heads:
            found.append(f"The line with the names comes again ({said_lines(len(lines.heads))}): left out.")
        if lines.comments:
            few = len(lines.comments) == 1
            start = "starts like a comment" if few else "start like comments"
            found.append(f"{said_lines(len(lines.comments)).capitalize()} among the rows {start}: left out.")
        if self.below:
            count = len([line for line in self.below if line.strip()])
            shown = next(line.strip() for line in self.below if line.strip())[:_SHOWN_END]
            what = "The last line is no row" if count == 1 else f"The last {said_lines(count)} are no rows"
            found.append(f"{what} of the table ({shown!r}): left out.")
        return found

    def encoded(self, name: str) -> list[str]:
        """Say which encoding was taken, where it is not UTF-8."""
        called = _CALLED.get(self.encoding.name, self.encoding.name)
        if self.encoding.name.startswith("utf-8"):
            called = "UTF-8"
        elif self.encoding.name.startswith("utf"):
            return [f"{name} was read as {called}."]
        if self.encoding.broken:
            count = self.encoding.broken
            each = "1 character" if count == 1 else f"{count:,} characters"
            return [f"{name} is {called} but for {each}, read as '�': correct them, or save it as UTF-8 again."]
        if called == "UTF-8":
            return []
        return [f"{name} is not UTF-8: it was read as {called}; look whether accented letters are right."]


def find_delimited(
    name: str,
    chunks: Callable[[], Iterable[bytes]],
    known: Sequence[str] = (),
    own: typing.Mapping[str, typing.Any] | None = None,
) -> Delimited:
    """Find out how a file of delimited text is to be read.

    Parameters
    ----------
    name : str
        Of the file, in messages.
    chunks : callable
        Goes through its bytes; may be called again.
    known : sequence of str
        Names that its header should have.
    own : mapping, optional
        Arguments of ``pandas.read_csv`` for the table that it belongs to.

    Raises
    ------
    RowsError
        When it is empty, no text or no table.
    """
    ends = _Ends(chunks)
    try:
        encoding = find_encoding(ends.chunks, str((own or {}).get("encoding", "")))
    except NotTextError as error:
        raise RowsError(
            f"The file {name!r} is not text: it holds zero bytes.",
            "Name a csv, tsv or jsonl file in UTF-8, or give a parquet file its ending .parquet.",
        ) from error
    start, end, is_whole = ends.texts(encoding)
    own = own or {}
    nameless = own.get("header", 0) is None
    layout = find_layout(name, start, known, Dialect.of(own), nameless=nameless, is_whole=is_whole)
    below = tuple(find_below(end, layout))
    if is_whole:
        return Delimited(layout, encoding, read_lines(io.StringIO(start, newline=""), layout, len(below)), below, start)
    found = Delimited(layout, encoding, None, below, start, end)
    is_odd = below or any(len(row) != layout.sample.width for _, row in layout.body) or layout.comment
    return with_lines(found, chunks) if is_odd else found


def with_lines(found: Delimited, chunks: Callable[[], Iterable[bytes]]) -> Delimited:
    """Go through all lines of a large file."""
    if found.lines is not None:
        return found
    lines = read_lines(_lines_of(chunks(), found.encoding), found.layout, len(found.below))
    return dataclasses.replace(found, lines=lines)


def _lines_of(chunks: Iterable[bytes], encoding: Encoding) -> Iterator[str]:
    """Go through the lines of a file, with their ends."""
    decoder = codecs.getincrementaldecoder(encoding.name)(encoding.errors)
    rest = ""
    for chunk in chunks:
        lines = list(io.StringIO(rest + decoder.decode(chunk), newline=""))
        rest = lines.pop() if lines else ""
        yield from lines
    yield from io.StringIO(rest + decoder.decode(b"", final=True), newline="")


class _Ends:
    """The first and the last bytes of a file, kept while it is gone through for another reason."""

    def __init__(self, chunks: Callable[[], Iterable[bytes]]) -> None:
        self._chunks = chunks
        self._start, self._end, self._size, self._is_complete = b"", b"", 0, False

    def chunks(self) -> Iterator[bytes]:
        """Go through all bytes."""
        start, end, size = bytearray(), b"", 0
        for chunk in self._chunks():
            if len(start) < _FIRST_BYTES:
                start += chunk[: _FIRST_BYTES - len(start)]
            end = chunk if len(chunk) >= _LAST_BYTES else (end + chunk)[-_LAST_BYTES:]
            size += len(chunk)
            self._start, self._end, self._size = bytes(start), end[-_LAST_BYTES:], size
            yield chunk
        self._is_complete = True

    def texts(self, encoding: Encoding) -> tuple[str, str, bool]:
        """The text at the start and at the end, and whether the first is all of it."""
        if not self._is_complete:
            for _ in self.chunks():
                pass
        is_whole = self._size <= _FIRST_BYTES
        start = codecs.getincrementaldecoder(encoding.name)("replace").decode(self._start, final=is_whole)
        start = start.removeprefix("\ufeff")
        if is_whole:
            return start, start[-_LAST_BYTES:], True
        end = _without_first_line(self._end, encoding)
        return start, end, False


def _without_first_line(end: bytes, encoding: Encoding) -> str:
    """Decode the end of a file from a line break on."""
    if encoding.name.startswith(("utf-16", "utf-32")):
        order = encoding.name if encoding.name[-2:] in ("le", "be") else f"{encoding.name}-le"
        width = 2 if "16" in encoding.name else 4
        return end[len(end) % width :].decode(order, "replace").partition("\n")[2]
    at = max(end.find(b"\n"), 0) or max(end.find(b"\r"), 0)
    return end[at + 1 :].decode(encoding.name, "replace")
