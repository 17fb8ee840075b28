"""Files of delimited text: all that is to be known before pandas reads them.

Runs alone, as `rows` does.
"""

import codecs
import dataclasses
import functools
import io
import itertools
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence

import pandas as pd

from mlestar_jupyter.core.below import find_below
from mlestar_jupyter.core.dialects import Dialect
from mlestar_jupyter.core.encodings import Encoding, NotTextError, find_encoding
from mlestar_jupyter.core.layout import OF_ONE_FILE, Layout, Lines, find_layout, read_lines
from mlestar_jupyter.core.opening import RowsError
from mlestar_jupyter.core.texts import and_more, counted

_FIRST_BYTES, _LAST_BYTES = 1 << 20, 1 << 16
_CALLED = {
    "latin-1": "latin-1", "cp932": "Shift-JIS (cp932)", "cp949": "EUC-KR (cp949)", "big5hkscs": "Big5",
    "mac_roman": "Mac Roman", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32",
    "gb18030": "GBK (gb18030)", "euc_jp": "EUC-JP",
}  # fmt: skip
_SHOWN_END = 40
_FEW_ZEROS = 0.05
_ENDS_OLD = re.compile(r"[^\r\n]*\r(?!\n)")
"""A first line that ends as on old Macs, whatever stands within quotes further on."""


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
    n_lines : int
        Lines of a large file.
    """

    layout: Layout
    encoding: Encoding
    lines: Lines | None
    below: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    n_lines: int = 0

    @property
    def options(self) -> dict[str, typing.Any]:
        """Arguments of ``pandas.read_csv``, only where they differ from its defaults."""
        found = self.encoding.options | self.layout.options
        lines = self.lines or Lines()
        skipped = sorted({*self.layout.above, *lines.comments, *lines.heads, *lines.blanks, *lines.rulers})
        if skipped:
            found["skiprows"] = len(skipped) if skipped[-1] == len(skipped) - 1 else skipped
        if self.below and self.lines is not None:
            found["nrows"] = self.lines.n_rows
        if skipped and _ENDS_OLD.match(self.start) and "engine" not in found:
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
            found.append(f"The line with the names comes again ({counted(len(lines.heads), 'line')}): left out.")
        if lines.rulers:
            found.append(f"{counted(len(lines.rulers), 'line')} of dashes left out.")
        if lines.comments:
            few = len(lines.comments) == 1
            start = "starts like a comment" if few else "start like comments"
            found.append(f"{counted(len(lines.comments), 'line')} among the rows {start}: left out.")
        return [*found, *self.said_below]

    @property
    def said_below(self) -> list[str]:
        """Say which lines at the end are left out."""
        filled = [line.strip() for line in self.below if line.strip()]
        if not filled:
            return []
        one = len(filled) == 1
        what = "The last line is no row" if one else f"The last {counted(len(filled), 'line')} are no rows"
        return [f"{what} of the table ({filled[0][:_SHOWN_END]!r}): left out."]

    def check_quotes(self, name: str) -> None:
        """Refuse lines that a quote makes one row of; the parsers of CSV do not tell."""
        if self.lines is None or not (found := self.lines.unclosed):
            return
        raise RowsError(
            f"Line {found[0]:,} of {name!r} has a quote that is not closed{and_more(len(found), 'line')}: the lines "
            "after it would become a part of its value.",
            "Close the quote, or remove it.",
        )

    def may_join_lines(self, frame: pd.DataFrame) -> bool:
        """Whether a large file has more lines than rows, and values with a break of lines and a quote."""
        if self.lines is not None or self.n_lines <= len(frame) + 1:
            return False
        quote = re.escape(self.layout.sample.dialect.quote or '"')
        texts = [frame[name] for name in frame if isinstance(frame[name].dtype, pd.StringDtype)]
        return any(values.str.contains(rf"[\r\n][^{quote}]*{quote}").any() for values in texts)

    def encoded(self, name: str) -> list[str]:
        """Say which encoding was taken, where it is not UTF-8."""
        called = _CALLED.get(self.encoding.name, self.encoding.name)
        if self.encoding.name.startswith("utf-8"):
            called = "UTF-8"
        elif self.encoding.name.startswith("utf"):
            return [f"{name} was read as {called}."]
        if self.encoding.broken:
            each = counted(self.encoding.broken, "character")
            return [f"{name} is {called} but for {each}, read as '�': correct them, or save it as UTF-8 again."]
        if called == "UTF-8":
            return []
        return [f"{name} is not UTF-8: it was read as {called}; check that accented letters are right."]


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
        raise _with_zeros(name, chunks) from error
    start, end, is_whole = ends.texts(encoding)
    own = own or {}
    nameless = own.get("header", 0) is None
    layout = find_layout(name, start, known, Dialect.of(own), nameless=nameless, is_whole=is_whole)
    below = tuple(find_below(start if is_whole else end, layout, is_whole=is_whole))
    if is_whole:
        return Delimited(layout, encoding, read_lines(io.StringIO(start, newline=""), layout, len(below)), below, start)
    found = Delimited(layout, encoding, None, below, start, end, ends.n_lines)
    sample = layout.sample
    is_odd = below or layout.comment or sample.has_rulers or any(len(row) != sample.width for _, row in layout.body)
    return with_lines(found, chunks) if is_odd else found


def with_lines(found: Delimited, chunks: Callable[[], Iterable[bytes]]) -> Delimited:
    """Go through all lines of a large file."""
    if found.lines is not None:
        return found
    lines = read_lines(_lines_of(chunks(), found.encoding), found.layout, len(found.below))
    return dataclasses.replace(found, lines=lines)


def _with_zeros(name: str, chunks: Callable[[], Iterable[bytes]]) -> RowsError:
    """Say where a file has zero bytes: a text with a few of them was damaged, any other file is no text."""
    count, size, line, is_binary = 0, 0, 0, False
    for chunk in chunks():
        is_binary = is_binary or re.search(rb"[\x01-\x08]", chunk) is not None
        if not count:
            line += chunk[: at if (at := chunk.find(b"\x00")) >= 0 else None].count(b"\n")
        count, size = count + chunk.count(b"\x00"), size + len(chunk)
    if count > _FEW_ZEROS * size or is_binary:
        return RowsError(f"The file {name!r} is not text: it has zero bytes.", "Save it as csv, xlsx or parquet.")
    first = f"Line {line + 1:,} of {name!r} has a zero byte{and_more(count, 'byte')}"
    return RowsError(f"{first}, which no text has.", "Remove what is not text there.")


def _lines_of(chunks: Iterable[bytes], encoding: Encoding) -> Iterator[str]:
    """Go through the lines of a file, with their ends."""
    name = "utf-8-sig" if encoding.name == "utf-8" else encoding.name  # a mark at the start is no part of the names
    decoder = codecs.getincrementaldecoder(name)(encoding.errors)
    rest: list[str] = []
    for chunk in itertools.chain(chunks, (b"",)):
        text = decoder.decode(chunk, final=not chunk)
        rest.append(text)
        if chunk and not re.search(r"[\r\n]", text):
            continue
        lines = list(io.StringIO("".join(rest), newline=""))
        rest = [lines.pop()] if chunk and lines else []
        yield from lines


class _Ends:
    """The first and the last bytes of a file, kept while it is gone through for another reason."""

    def __init__(self, chunks: Callable[[], Iterable[bytes]]) -> None:
        self._chunks = chunks
        self._start, self._end, self._size, self._is_complete = b"", b"", 0, False
        self._n_breaks = 0

    def chunks(self) -> Iterator[bytes]:
        """Go through all bytes."""
        self._start, self._end, self._size, self._n_breaks = b"", b"", 0, 0
        for chunk in self._chunks():
            if len(self._start) < _FIRST_BYTES:
                self._start += chunk[: _FIRST_BYTES - len(self._start)]
            self._end = chunk[-_LAST_BYTES:] if len(chunk) >= _LAST_BYTES else (self._end + chunk)[-_LAST_BYTES:]
            self._size += len(chunk)
            self._n_breaks += chunk.count(b"\n")
            yield chunk
        self._is_complete = True

    @property
    def n_lines(self) -> int:
        """Lines, as their breaks show; of some encodings too many."""
        return self._n_breaks + (not self._end.endswith(b"\n"))

    def texts(self, encoding: Encoding) -> tuple[str, str, bool]:
        """The text at the start and at the end, and whether the first is all of it."""
        if not self._is_complete:
            for _ in self.chunks():
                pass
        is_whole = self._size <= _FIRST_BYTES
        start = codecs.getincrementaldecoder(encoding.name)("replace").decode(self._start, final=is_whole)
        start = start.removeprefix("\ufeff")
        if is_whole:
            return start, start if len(start) <= _LAST_BYTES else _without_first_line(start[-_LAST_BYTES:]), True
        is_big = self._start.startswith((codecs.BOM_UTF32_BE, codecs.BOM_UTF16_BE))
        return start, _without_first_line(_decoded_end(self._end, encoding.name, "be" if is_big else "le")), False


def _decoded_end(end: bytes, encoding: str, order: str) -> str:
    """Decode the end of a file; the order is that of the bytes where the file begins with a mark."""
    if encoding.startswith(("utf-16", "utf-32")):
        named = encoding if encoding[-2:] in ("le", "be") else f"{encoding}-{order}"
        return end[len(end) % (2 if "16" in encoding else 4) :].decode(named, "replace")
    return end.decode(encoding, "replace")


def _without_first_line(text: str) -> str:
    """Leave out what may be a part of a line."""
    return re.split(r"\n|\r(?!\n)", text, maxsplit=1)[1] if re.search(r"[\r\n]", text) else ""
