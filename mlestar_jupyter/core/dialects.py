"""How lines of delimited text become values: the delimiter and the quotes, found by which split all rows alike.

Runs alone, as `rows` does.
"""

import csv
import dataclasses
import io
import re
import typing
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Sequence

PADDING = "[ \\t]*"
BLANKS, WIDE_BLANKS = r"\s+", r"\s{2,}"
_DELIMITERS = (",", ";", "\t", "|")
_IN_WORDS = {
    ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank", BLANKS: "blank",
    WIDE_BLANKS: "run of two blanks or more",
}  # fmt: skip
_NO_DELIMITER = re.compile(r"[\w \t\r\n\"'.\-+()%€$£?]")
_TOKEN = re.compile(r"[^\w \t\r\n\"'.\-+()%€$£?]{2,}")
csv.field_size_limit(
    max(csv.field_size_limit(), 2**31 - 1)
)  # pandas has no limit, and its parser in Python has this one

COMMENTS = ("#", "%", "//", "--")
"""What a line of remarks may start with."""
_SAMPLE_ROWS = 500
_CONSISTENT = 0.95
_MOST_ABOVE = 50
_DOUBLED = 3
_RULER = re.compile(r"(:?[-=]+:?|[-+=]+)?")
_SHORTEST_RULER = 3
_PADDED = 0.95


@dataclasses.dataclass(frozen=True)
class Dialect:
    """How a line is split.

    Parameters
    ----------
    delimiter : str
        One character or several, `BLANKS` or `WIDE_BLANKS`.
    quote : str
        Stands around values that contain the delimiter; empty where nothing does.
    escape : str
        Stands before a quote within a value; empty where it is doubled.
    frame : str
        Stands at both ends of each line: a bar or a quote; empty where nothing does.
    is_padded : bool
        Whether blanks around the delimiter are no part of values.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    frame: str = ""
    is_padded: bool = False

    @property
    def pattern(self) -> str:
        """The delimiter as a regular expression, where blanks or ends of lines belong to it."""
        found = f"{PADDING}{re.escape(self.delimiter)}{PADDING}" if self.is_padded else re.escape(self.delimiter)
        return f"^{self.frame}|{self.frame}$|{found}" if self.frame == '"' else found

    @property
    def name(self) -> str:
        """The delimiter in words."""
        return _IN_WORDS.get(self.delimiter, repr(self.delimiter))

    @property
    def options(self) -> dict[str, typing.Any]:
        """Arguments of ``pandas.read_csv``, where they differ from its defaults."""
        found: dict[str, typing.Any] = {}
        if self.frame or self.is_padded:
            return {"sep": self.pattern, "engine": "python", "quoting": csv.QUOTE_NONE}
        if self.delimiter != ",":
            found["sep"] = self.delimiter
        if self.delimiter == WIDE_BLANKS:
            found["engine"] = "python"
        elif len(self.delimiter) > 1 and self.delimiter != BLANKS:
            found |= {"sep": re.escape(self.delimiter), "engine": "python"}
        if not self.quote:
            found["quoting"] = csv.QUOTE_NONE
        elif self.quote != '"':
            found["quotechar"] = self.quote
        if self.escape:
            found["escapechar"] = self.escape
        return found

    @classmethod
    def of(cls, options: typing.Mapping[str, typing.Any]) -> "typing.Self":
        """The dialect of arguments of ``pandas.read_csv``."""
        delimiter = str(options.get("sep", ","))
        if PADDING in delimiter:
            return cls(re.sub(r"\\(.)", r"\1", delimiter.replace(PADDING, "")), "", is_padded=True)
        if options.get("engine") == "python" and delimiter != WIDE_BLANKS:
            delimiter = re.sub(r"\\(.)", r"\1", delimiter)
        quote = "" if options.get("quoting") == csv.QUOTE_NONE else str(options.get("quotechar", '"'))
        return cls(delimiter, quote, str(options.get("escapechar", "")))

    def is_unclosed(self, lines: Sequence[str], width: int) -> bool:
        """Whether lines that are one row are rather several, the first of which has a quote that is not closed.

        Then its quotes are odd, the next quote stands where a value begins, and both ends are as wide as a row.
        """
        text = "".join(lines)
        if not self.quote or text.count(self.quote) % 2 == 0:
            return False
        ends = [len(next(iter(how.split([line])))) for how, line in
                ((dataclasses.replace(self, quote=""), lines[0]), (self, lines[-1]))]  # fmt: skip
        begins = re.search(rf"(?:^|{re.escape(self.delimiter)}){re.escape(self.quote)}", lines[-1])
        return ends == [width, width] and begins is not None

    def split(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Split lines into rows; a quoted value may go over several."""
        if self.delimiter == WIDE_BLANKS:
            return (re.split(r"[ \t]{2,}", line.strip(" \t\r\n")) if line.strip() else [] for line in lines)
        if self.frame or self.is_padded:
            cut, end = re.compile(self.pattern), -1 if self.frame else None
            rows = (cut.split(line.strip()) if line.strip() else [] for line in lines)
            return (row[1 if self.frame else 0 : end] if len(row) > 1 else row for row in rows)
        if len(self.delimiter) > 1 and self.delimiter != BLANKS:
            return (line.rstrip("\r\n").split(self.delimiter) if line.strip() else [] for line in lines)
        how: dict[str, typing.Any] = {"quotechar": self.quote} if self.quote else {"quoting": csv.QUOTE_NONE}
        if self.escape:
            how["escapechar"] = self.escape
        if self.delimiter == BLANKS:
            lines = (" ".join(re.split(r"[ \t\r\n]+", line)).strip(" ") for line in lines)
            return csv.reader(lines, delimiter=" ", **how)
        return csv.reader(lines, delimiter=self.delimiter, **how)


@dataclasses.dataclass(frozen=True)
class Sample:
    """The first rows of a file in a dialect.

    Parameters
    ----------
    dialect : Dialect
    rows : list of (int, list of str)
        The number of each row, from 0, and its values; rows without any are left out.
    width : int
        Values in most rows.
    first : int
        Which of `rows` is the first of that width.
    evenness : float
        Share of the rows from there on that have it.
    has_rulers : bool
        Whether there are lines of dashes, which are left out.
    """

    dialect: Dialect
    rows: list[tuple[int, list[str]]]
    width: int = 0
    first: int = 0
    evenness: float = 0.0
    has_rulers: bool = False

    @property
    def is_table(self) -> bool:
        """Whether the rows are split alike into several values."""
        return self.width > 1 and self.evenness >= _CONSISTENT and self.first <= _MOST_ABOVE

    @property
    def rank(self) -> tuple[float, ...]:
        """How well it fits: few lines above, many columns, all rows alike."""
        return (-self.first, self.width, self.evenness)


def find_dialect(text: str, comment: str = "", *, is_whole: bool = True) -> Sample:
    """Find the dialect that splits all rows of a text alike, and what stands around its values.

    Parameters
    ----------
    text : str
    comment : str
        What lines that are no rows start with.
    is_whole : bool
        Whether the text ends where the file ends: else its last row is left out.
    """
    found = _find_dialect(text, comment, is_whole=is_whole)
    if (bare := _unframed(found, text)) is None:
        return found
    better = take(text, bare, comment, is_whole=is_whole)
    return better if better.is_table or better.width == 1 else found


def _unframed(found: Sample, text: str) -> Dialect | None:
    """Find what stands around the values: blanks, a bar at both ends of each line, or quotes around whole lines."""
    mark = found.dialect.delimiter
    rows = [row for _, row in found.rows if len(row) == found.width]
    if mark not in (",", ";", "|") or len(rows) <= 1 or found.width == 1:
        return None
    if all(row[0].startswith('"') and row[-1].rstrip().endswith('"') for row in rows) and found.dialect.quote != '"':
        if found.first:  # one column of texts, whose name needs no quotes
            return Dialect(mark)
        is_clean = not any('"' in "".join(row).strip('" \r\n') for row in rows)
        return Dialect(mark, "", frame='"') if is_clean else None
    if '"' in text and mark != "|":
        return None
    is_framed = mark == "|" and found.width >= _DOUBLED and not any((row[0] + row[-1]).strip() for row in rows)
    before = [value for row in rows for value in (row[1:-1] if is_framed else row[:-1])]
    is_padded = sum(value.endswith(" ") for value in before) >= _PADDED * len(before)
    return Dialect(mark, "", frame="|" if is_framed else "", is_padded=True) if is_framed or is_padded else None


def _find_dialect(text: str, comment: str, *, is_whole: bool) -> Sample:
    """Find the dialect that splits all rows of a text alike; a comma where none does."""

    def best(dialects: Iterable[Dialect]) -> Sample | None:
        samples = [take(text, dialect, comment, is_whole=is_whole) for dialect in dialects]
        return max((s for s in samples if s.is_table), key=lambda s: s.rank, default=None)

    usual = [Dialect(delimiter) for delimiter in _DELIMITERS if delimiter in text] or [Dialect()]
    for dialect in usual:
        if not (bare := take(text, dialect, comment, is_whole=is_whole)).rows:
            return bare  # delimiters and nothing between them
    found = best(usual)
    if found is not None and ((found.evenness == 1 and not found.first) or not any(mark in text for mark in "\"'")):
        return _widened(found, text, comment, is_whole=is_whole)
    quoted = [Dialect(d.delimiter, *how) for d in usual for how in (('"', "\\"), ("'", ""), ("", ""))]
    better = best(quoted)
    if better is not None and (found is None or (-better.first, better.evenness) > (-found.first, found.evenness)):
        return better
    if found is None:
        found = best(_suggested(text, comment)) or best([Dialect(BLANKS)]) or best([Dialect(WIDE_BLANKS)])
    if found is not None and (found.dialect.delimiter != BLANKS or _has_numbers(found)):
        return _widened(found, text, comment, is_whole=is_whole)
    uneven = [take(text, dialect, comment, is_whole=is_whole) for dialect in usual]
    return max(uneven, key=lambda sample: len(sample.rows[0][1]) if sample.rows else 0)


def take(text: str, dialect: Dialect, comment: str = "", *, is_whole: bool = True) -> Sample:
    """Split the first rows."""
    rows: list[tuple[int, list[str]]] = []
    has_rulers = False
    for number, row in enumerate(dialect.split(io.StringIO(text, newline=""))):
        if is_ruler(row):
            has_rulers = True
        elif any(value.strip() for value in row) and not (comment and row[0].startswith(comment)):
            rows.append((number, row))
        if len(rows) > _SAMPLE_ROWS:
            break
    else:
        if not is_whole and len(rows) > 1:  # the sample may end in the middle of a row
            rows.pop()
    if not rows:
        return Sample(dialect, rows)
    widths = Counter(len(row) for _, row in rows)
    usual = widths.most_common(1)[0][0]
    head = len(rows[0][1])
    width = head if widths[head] >= _CONSISTENT * len(rows) else usual
    first = next(position for position, (_, row) in enumerate(rows) if len(row) == width)
    below = [len(row) == width for _, row in rows[first + 1 :] if not is_comment(row, width, comment)]
    return Sample(dialect, rows, width, first, sum(below) / len(below) if below else 1.0, has_rulers)


def noted(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    """Go through lines, and note each."""
    for line in lines:
        taken.append(line)
        yield line


def is_ruler(row: list[str]) -> bool:
    """Whether a line has dashes only, as below the names of a table in Markdown or of a database.

    >>> is_ruler(["", "---", ":--:", ""]), is_ruler(["+-----+----+"]), is_ruler(["--", "-"])
    (True, True, False)
    """
    filled = [value.strip() for value in row if value]
    if not filled or filled[0][:1] not in ("-", "+", "=", ":", ""):
        return False
    return all(map(_RULER.fullmatch, filled)) and any(len(value) >= _SHORTEST_RULER for value in filled)


def is_comment(row: list[str], width: int, comment: str) -> bool:
    """Whether a line is a remark: it starts like one, and has other values than a row, or the file is known for it."""
    if comment and row[0].startswith(comment):
        return True
    return len(row) != width and row[0].lstrip().startswith(COMMENTS) and not says_number(row[0])


def _widened(found: Sample, text: str, comment: str, *, is_whole: bool) -> Sample:
    """Take a delimiter of several characters where the same stands between two of it in all rows, or nothing does."""
    rows = [row for _, row in found.rows if len(row) == found.width]
    if len(rows) < _DOUBLED:
        return found
    between = {value for row in rows for value in row[1::2]}
    if found.width < _DOUBLED or found.width % 2 == 0 or len(between) != 1:
        return found
    mark = found.dialect.delimiter
    wide = take(
        text, Dialect(mark * 2 if between == {""} else f"{mark}{between.pop()}{mark}", ""), comment, is_whole=is_whole
    )
    return wide if wide.is_table else found


def _suggested(text: str, comment: str) -> list[Dialect]:
    """Delimiters of one character or several that a line at the top suggests."""
    lines = [line for line in re.split(r"[\r\n]+", text[:100_000]) if line.strip(" \t")]
    lines = [line for line in lines if not (comment and line.startswith(comment))][:5]
    tokens = dict.fromkeys(token for line in lines for token in _TOKEN.findall(line))
    single = dict.fromkeys(c for line in lines for c in line if not _NO_DELIMITER.match(c) and c not in _DELIMITERS)
    return [*(Dialect(token, "") for token in tokens), *map(Dialect, single)]


def _has_numbers(sample: Sample) -> bool:
    """Whether a column has numbers only, below its name: of words between blanks there are columns by chance."""
    below = [row for _, row in sample.rows[sample.first + 1 :] if len(row) == sample.width]
    return any(all(says_number(row[position]) for row in below) for position in range(sample.width)) and bool(below)


_DIGITS = re.compile(r"[-+−]?(\d[\d.,]*|[.,]\d+)([eE][-+]?\d+)?")


def says_number(value: str) -> bool:
    """Whether a text is a number in digits, with whichever marks.

    >>> says_number(" 1.5 "), says_number("1e3"), says_number("a1")
    (True, True, False)
    """
    return _DIGITS.fullmatch(value.strip()) is not None


def all_say_numbers(values: Collection[str]) -> bool:
    """Whether all texts are numbers; quick where they are written as Python does."""
    try:
        deque(map(float, values), maxlen=0)
    except ValueError:
        return all(map(says_number, values))
    return not any("_" in value for value in values)
