"""Where the table is in a file of delimited text: its names, and the lines that are no rows of it.

Runs alone, as `rows` does.
"""

import dataclasses
import io
import itertools
import re
import typing
from collections import deque
from collections.abc import Iterable, Sequence

from mlestar_jupyter.core.dialects import (
    COMMENTS,
    Dialect,
    Sample,
    find_dialect,
    is_comment,
    is_ruler,
    noted,
    says_number,
    take,
)
from mlestar_jupyter.core.headers import (
    by_column,
    clean,
    clean_text,
    count_up,
    fits,
    is_header,
    is_like,
    lacks_header,
    names_again,
)
from mlestar_jupyter.core.opening import RowsError, empty
from mlestar_jupyter.core.texts import NO_NUMBERS, counted

OF_ONE_FILE = (
    "skiprows",
    "nrows",
    "usecols",
    "on_bad_lines",
    "encoding_errors",
    "keep_default_na",
    "na_values",
    "lineterminator",
)
"""Arguments of ``pandas.read_csv`` that another file of the same kind need not have."""

_SEP_LINE = re.compile(r'"?sep=(.|\\t)"?[;,\t]*\r?\n')
_MOST_UNITS, _FEWEST_NAMES = 2, 2
_FEWEST_ROWS = 20
_ALMOST_ALL, _HALF = 0.95, 0.5
_SHOWN_LINE, _SHOWN_NAMES = 40, 3


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where the table is.

    Parameters
    ----------
    sample : Sample
    names : tuple of str
        Of the columns.
    options : dict
        Arguments of ``pandas.read_csv``, where they differ from its defaults.
    first : tuple of str
        The first row, where no line has names.
    header : tuple of str
        The names as the file has them, where a line has them.
    comment : str
        What comment lines start with, where there are some above the table.
    above : tuple of int
        Numbers of the lines that are no rows: above the names, and units below them.
    notices : tuple of str
    """

    sample: Sample
    names: tuple[str, ...]
    options: dict[str, typing.Any]
    first: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    comment: str = ""
    above: tuple[int, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def body(self) -> list[tuple[int, list[str]]]:
        """The rows of the sample below the names, with their numbers."""
        start = max(self.above, default=-1) if not self.header else self._named_at
        below = ((n, row) for n, row in self.sample.rows if n > start and n not in self.above)
        return [(number, row) for number, row in below if _kind(row, self) == "row"]

    @property
    def columns(self) -> dict[str, list[str]]:
        """The values of the sample by column, as text."""
        body = [row for _, row in self.body]
        return {name: [clean_text(row[k]) for row in body if k < len(row)] for k, name in enumerate(self.names)}

    @property
    def _named_at(self) -> int:
        return next(n for n, row in self.sample.rows if n not in self.above and clean(row) == self.header)


def find_layout(
    name: str,
    text: str,
    known: Sequence[str] = (),
    own: Dialect | None = None,
    *,
    nameless: bool = False,
    is_whole: bool = True,
) -> Layout:
    """Find names and rows in the text of a file, or its start.

    Parameters
    ----------
    name : str
        Of the file, in messages.
    text : str
    known : sequence of str
        Names that a header should have, where they are known.
    own : Dialect, optional
        Of the table that the file belongs to.
    nameless : bool
        Whether that table has no line with names.
    is_whole : bool
        Whether the text ends where the file ends.

    Raises
    ------
    RowsError
        When it is empty, has no names, or no delimiter splits it.
    """
    if not text.strip():
        raise empty(name)
    comment = _comment(text)
    declared = _SEP_LINE.match(text)
    sample = _sample(text, comment, declared, known, own, is_whole=is_whole)
    if not sample.rows:
        raise RowsError(f"The file {name!r} has no header line.", "Name the columns in the first line.")
    if _has_lines_in_quotes(sample):
        raise RowsError(f"Whole lines of {name!r} stand in quotes.", "Take away the quotes around them.")
    return _laid_out(name, text, sample, comment, known, skipped=1 if declared else 0, nameless=nameless)


def _has_lines_in_quotes(sample: Sample) -> bool:
    """Whether rows are values in quotes that are lines of several values, or begin and end with their only quotes."""
    below = [row for _, row in sample.rows[1:_FEWEST_ROWS]]
    if not below or sample.dialect.frame:
        return False
    if sample.width > 1:
        inner = [sample.dialect.delimiter.join(row).strip() for row in below]
        return all(line.count('"') == 2 and line[0] == line[-1] == '"' for line in inner)  # noqa: PLR2004 - its ends
    names = next(iter(Dialect().split(sample.rows[0][1])), [])
    return len(names) > 1 and all(len(row) == len(names) for row in Dialect().split(row[0] for row in below))


def _comment(text: str) -> str:
    """Find what comment lines at the top start with; empty where there are none."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()]
    for mark in COMMENTS:
        at_top = next((k for k, line in enumerate(lines) if not line.lstrip('"').startswith(mark)), len(lines))
        if 0 < at_top < len(lines) and not (at_top == 1 and _is_name(lines[0], mark)):
            return mark
    return ""


def _is_name(line: str, mark: str) -> bool:
    """Whether a single line such as "#id,size" is the header itself."""
    return not line.removeprefix(mark).startswith((" ", mark)) and re.search(r"[,;\t|]", line) is not None


def _sample(
    text: str,
    comment: str,
    declared: re.Match[str] | None,
    known: Sequence[str],
    own: Dialect | None,
    *,
    is_whole: bool,
) -> Sample:
    if declared:
        delimiter = declared[1].replace("\\t", "\t")
        found = take(text, Dialect(delimiter), comment, is_whole=is_whole)
        return dataclasses.replace(found, rows=found.rows[1:], first=max(found.first - 1, 0))
    found = find_dialect(text, comment, is_whole=is_whole)
    if own is None or not known or found.dialect.frame:
        return found
    likely = [take(text, own, comment, is_whole=is_whole), found]
    # of equals the first: the table's own
    return max(likely, key=lambda sample: (_most_known(sample, known)[0], sample.is_table))


def _most_known(sample: Sample, known: Sequence[str]) -> tuple[int, int]:
    """How many of the known names the best row at the top has, and which row that is."""
    names = set(known)
    counts = [len(names & set(map(clean_text, row))) for _, row in sample.rows[:60]]
    return (max(counts), counts.index(max(counts))) if counts else (0, 0)


# --- names --------------------------------------------------------------------------------------------------------


def _laid_out(
    name: str, text: str, sample: Sample, comment: str, known: Sequence[str], skipped: int, *, nameless: bool
) -> Layout:
    options, notices = dict(sample.dialect.options), []
    if sample.dialect.frame:
        options["usecols"] = list(range(1, sample.width + 1))
    if sample.dialect.is_padded:
        notices.append("Blanks around the values are left out.")
    if sample.dialect.frame == '"':
        notices.append("The quotes around whole lines are left out.")
    if sample.dialect.delimiter != ",":
        notices.append(f"Columns are separated by a {sample.dialect.name}.")
    head, found, names, noticed = _find_names(name, sample, known, nameless=nameless)
    rows = sample.rows
    is_named, commented = found.get("header", 0) is not None, _commented_names(text, sample, comment, head)
    if commented:
        is_named, names, found = False, commented, {"header": None, "names": commented}
        noticed = [f"The names are taken from the comment line {', '.join(commented)[:_SHOWN_LINE]!r}."]
    first = () if is_named or commented else clean(rows[head][1])
    above = tuple(range(rows[head][0]))
    if not any(line.strip() for line in io.StringIO(text, newline="").readlines()[: len(above)]):
        above = ()  # pandas passes over blank lines by itself
    units = _second_header(rows[head + 1 :], sample.width) if is_named else []
    noticed += _said_above(text, above[skipped : -1 if commented else None], comment)
    if units:
        noticed.append(f"The line below the names is no row ({', '.join(units[0][1])[:_SHOWN_LINE]!r}): left out.")
    return Layout(
        sample,
        tuple(names),
        options | found,
        first,
        clean(rows[head][1]) if is_named else (),
        comment,
        (*above, *(number for number, _ in units)),
        (*notices, *noticed),
    )


def _find_names(
    name: str, sample: Sample, known: Sequence[str], *, nameless: bool
) -> tuple[int, dict[str, typing.Any], list[str], list[str]]:
    """Find which row has the names, and them."""
    rows, width = sample.rows, sample.width
    count, at = _most_known(sample, known)
    if known and count and count >= min(len(known), 2) * _HALF:
        return at, *_header_names(rows[at][1], max(width, len(rows[at][1])), rows[at + 1 :])
    if sample.evenness < _ALMOST_ALL or (width == 1 and len(rows[0][1]) > 1):
        _check_even(name, sample)
    first = sample.first
    below = rows[first + 1 :]
    is_below = first > 0 and not is_header(rows[first][1], below)
    if (is_below or (first > 0 and is_like(rows[first][1], below))) and fits(rows[first - 1][1], rows[first:], width):
        return first - 1, *_header_names(rows[first - 1][1], width, rows[first:])
    if is_below and len(rows[first - 1][1]) >= max(_FEWEST_NAMES, width * _HALF):
        _check_even(name, dataclasses.replace(sample, first=first - 1))
    while _is_title(rows[first][1], rows[first + 1 : first + 2]):
        first += 1
    if nameless or lacks_header(rows[first][1], [row for _, row in rows[first + 1 :]]):
        names = [f"column_{k}" for k in range(1, width + 1)]
        line = f"Line {rows[first][0] + 1:,}" if rows[first][0] else "The first line"
        notice = (
            f"{line} of {name} looks like a row: the columns are called {_few(names)}. Put a line with names "
            "before it; if it has the names, read the file with pandas and give the DataFrame."
        )
        return first, {"header": None, "names": names}, names, [notice]
    return first, *_header_names(rows[first][1], width, rows[first + 1 :])


def _few(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _is_title(row: list[str], below: list[tuple[int, list[str]]]) -> bool:
    """Whether one value stands alone above a full line of names, as a title in a sheet does."""
    filled = [value for value in row if value.strip()]
    return (
        bool(below)
        and len(filled) == 1 < len(row) - 1
        and all(map(clean_text, below[0][1]))
        and bool(clean_text(row[0]))
    )


def _header_names(
    header: list[str], width: int, below: Sequence[tuple[int, list[str]]]
) -> tuple[dict[str, typing.Any], list[str], list[str]]:
    """Give the names of a header line: the arguments that make pandas use them, and what is to be said."""
    names, body, notices = [clean_text(value) for value in header], [row for _, row in below], []
    options: dict[str, typing.Any] = {}
    full = [row for row in body if len(row) == width]
    is_last_empty = bool(full) and not any(clean_text(row[-1]) for row in full)
    if len(names) < width and not is_last_empty:
        names = ["Unnamed: 0", *names]
        options = {"header": 0, "names": names}
        notices.append("The header has one name less than the rows have values: the first column is 'Unnamed: 0'.")
    elif width > 1 and (len(names) > width or (is_last_empty and (len(names) < width or not names[-1]))):
        names = names[: width if len(names) > width else width - 1]
        options["usecols"] = list(range(len(names)))
        notices.append("The last column has no name and no values: left out.")
    names = [value or f"Unnamed: {k}" for k, value in enumerate(names)]
    if "names" not in options and names != [raw or f"Unnamed: {k}" for k, raw in enumerate(header[: len(names)])]:
        padded = [raw for raw, value in zip(header, names, strict=False) if raw and raw != value]
        more = f" and {len(padded) - _SHOWN_NAMES:,} more" if len(padded) > _SHOWN_NAMES else ""
        shown = ", ".join(map(repr, padded[:_SHOWN_NAMES]))
        notices.append(f"Blanks around names of columns are left out: {shown}{more}.")
        options |= {"header": 0, "names": names}
    after = [value for row in full[:200] for value in row[1:] if value.strip()]
    if after and sum(value[0] == " " for value in after) >= _ALMOST_ALL * len(after):
        options["skipinitialspace"] = True
    return options, names, notices


def _check_even(name: str, sample: Sample) -> None:
    """Refuse rows that no delimiter splits alike."""
    rows = sample.rows[sample.first :]
    width = len(rows[0][1])
    odd = next(((n, row) for n, row in rows[1:] if len(row) != width), None)
    if odd is None:
        return
    raise RowsError(
        f"The file {name!r} cannot be split into columns: by {sample.dialect.name} the header has "
        f"{counted(width, 'value')} and row {odd[0] + 1} has {len(odd[1])}.",
        "Save it with one delimiter (, ; tab or |) and quotes around values that contain it.",
    )


def _commented_names(text: str, sample: Sample, comment: str, head: int) -> list[str]:
    """Take names from the last comment line above rows that have none."""
    first, below = sample.rows[head][1], [row for _, row in sample.rows[head + 1 :]]
    if not comment or not (lacks_header(first, below) or _has_amounts(first)):
        return []
    lines = [line for line in text[:20_000].splitlines() if line.strip()]
    last = next((x for x, after in itertools.pairwise(lines) if not after.startswith(comment)), "")
    last = last.lstrip(comment + " ")
    row = next(iter(sample.dialect.split([last])), [])
    names = [clean_text(value) for value in row]
    return names if len(names) == sample.width and all(names) and not any(map(says_number, names)) else []


def _has_amounts(row: list[str]) -> bool:
    """Whether a row has numbers that are no names: names in digits are whole or count up."""
    numbers = [value for value in map(clean_text, row) if says_number(value)]
    return 0 < len(numbers) < len(row) and not count_up(numbers)


# --- lines that are no rows ---------------------------------------------------------------------------------------


def _second_header(body: Sequence[tuple[int, list[str]]], width: int) -> list[tuple[int, list[str]]]:
    """Find lines below the names that say units or descriptions: text wherever the column has numbers."""
    if len(body) < _FEWEST_ROWS:
        return []
    columns = by_column([""] * width, [row for _, row in body])
    numeric = [k for k, (_, is_numeric, _) in enumerate(columns) if is_numeric]

    def has_units(row: list[str]) -> bool:
        texts = [clean_text(row[k]) for k in numeric] if len(row) == width else []
        return len(texts) > 1 and not any(says_number(text) or text.casefold() in NO_NUMBERS for text in texts)

    return list(itertools.takewhile(lambda line: has_units(line[1]), body[:_MOST_UNITS]))


def _said_above(text: str, above: Sequence[int], comment: str) -> list[str]:
    lines = [line for line in re.split(r"\r\n|\r|\n", text[:20_000])[: len(above) + 1] if line.strip()]
    if not above or not lines:
        return []
    is_comment_block = comment and all(line.startswith(comment) for line in lines[: len(above)])
    what = f"above the table, with {comment!r} before," if is_comment_block else "above the table"
    are = "is no part" if len(above) == 1 else "are no part"
    shown = lines[0].strip()[:_SHOWN_LINE]
    return [f"{counted(len(above), 'line')} {what} {are} of it ({shown!r}): left out."]


@dataclasses.dataclass(frozen=True)
class Lines:
    """What the lines of a file are; numbers of rows count from 0, as ``skiprows`` does.

    Parameters
    ----------
    comments, heads, blanks, rulers : tuple of int
        Lines that are comments, have the names again, or hold nothing but blanks or dashes.
    n_rows : int
        How many are rows.
    short, long : tuple of (int, int)
        Of rows that have too few values or too many: the number of the line as an editor counts, and of values.
    unclosed : tuple of int
        Lines with a quote that is not closed, so that it takes the lines after it up to the next quote.
    """

    comments: tuple[int, ...] = ()
    heads: tuple[int, ...] = ()
    blanks: tuple[int, ...] = ()
    rulers: tuple[int, ...] = ()
    n_rows: int = 0
    short: tuple[tuple[int, int], ...] = ()
    long: tuple[tuple[int, int], ...] = ()
    unclosed: tuple[int, ...] = ()


def read_lines(lines: Iterable[str], layout: Layout, n_below: int = 0) -> Lines:
    """Go through all lines of a file, and say what they are; so many at its end are no rows."""
    kinds: dict[str, list[int]] = {"comment": [], "head": [], "blank": [], "ruler": []}
    uneven: list[tuple[int, int, int]] = []
    last: deque[bool] = deque(maxlen=n_below or 1)
    above, fewest, n_rows, number = set(layout.above), min(layout.sample.width, len(layout.names)), 0, -1
    unclosed: list[int] = []
    taken: list[str] = []
    reader = layout.sample.dialect.split(noted(lines, taken))
    for number, row in enumerate(reader):
        if len(taken) > 1 and layout.sample.dialect.is_unclosed(taken, layout.sample.width):
            unclosed.append(getattr(reader, "line_num", number + 1) - len(taken) + 1)
        taken.clear()
        kind = "" if number in above or not row else _kind(row, layout)
        if kind == "row":
            n_rows += 1
            if not fewest <= len(row) <= layout.sample.width:
                uneven.append((number, getattr(reader, "line_num", number + 1), len(row)))
        elif kind:
            kinds[kind].append(number)
        last.append(kind == "row")
    end = number + 1 - n_below
    odd = [(line, size) for number, line, size in uneven if number < end]
    comments, heads, blanks, rulers = (tuple(n for n in found if n < end) for found in kinds.values())
    return Lines(
        comments,
        heads[1:],
        blanks,
        rulers,
        n_rows - (sum(last) if n_below else 0),
        tuple(pair for pair in odd if pair[1] < fewest),
        tuple(pair for pair in odd if pair[1] >= fewest),
        tuple(unclosed),
    )


def _kind(row: list[str], layout: Layout) -> str:
    if is_ruler(row):
        return "ruler"
    if is_comment(row, layout.sample.width, layout.comment):
        return "comment"
    if layout.header and names_again(row, layout.header):
        return "head"
    return "blank" if len(row) < layout.sample.width and not any(map(clean_text, row)) else "row"
