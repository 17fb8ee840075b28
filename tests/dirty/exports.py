"""Dirty exports of the clean tables: which ones there are, and the bytes of each."""

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import combinations

import numpy as np

from tests.dirty.locales import LOCALES, Locale
from tests.dirty.tables import TABLES, Field, make_table

FACTORS: dict[str, tuple[str, ...]] = {
    "table": TABLES,
    "locale": tuple(LOCALES),
    "numbers": ("plain", "grouped", "dressed"),
    "dates": ("iso", "usual", "short", "long"),
    "booleans": ("words", "true", "digits"),
    "missing": ("", "NA", "N/A", "-", "unknown", "NULL", "-999"),
    "quoting": ("minimal", "all", "text", "none"),
    "delimiter": (",", ";", "\t", "|"),
    "line_end": ("\n", "\r\n", "\r"),
    "encoding": ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "old", "older"),
    "fault": (
        "none", "blank names", "comments", "title", "trailing", "trailing in rows", "index", "index without a name",
        "no header", "blank lines", "footer", "sep line", "duplicated header",
    ),
}  # fmt: skip
_TRIES = 20


@dataclass(frozen=True)
class Export:
    """How one file is written; see `FACTORS`."""

    table: str
    locale: str
    numbers: str = "plain"
    dates: str = "iso"
    booleans: str = "words"
    missing: str = ""
    quoting: str = "minimal"
    delimiter: str = ","
    line_end: str = "\n"
    encoding: str = "utf-8"
    fault: str = "none"

    def __str__(self) -> str:
        return " ".join(f"{name}={value!r}" if not value.isalnum() else value for name, value in asdict(self).items())

    @property
    def country(self) -> Locale:
        """The locale itself."""
        return LOCALES[self.locale]

    @property
    def codec(self) -> str:
        """Name of the encoding, as Python has it."""
        old = {"old": self.country.encodings[0], "older": self.country.encodings[1]}
        return old.get(self.encoding, self.encoding)

    @property
    def words(self) -> tuple[str, str]:
        """What yes and no are written as."""
        return {"words": (self.country.yes, self.country.no), "true": ("TRUE", "FALSE"), "digits": ("1", "0")}[
            self.booleans
        ]

    def fields(self) -> list[Field]:
        """Give the columns as they were before they were written."""
        return make_table(self.table, self.country)

    def content(self) -> bytes:
        """Write the file."""
        return _written(self).encode(self.codec)


def exports(n: int) -> list[Export]:
    """Choose exports that cover as many pairs of levels as so few can; the same each time."""
    r = np.random.default_rng(17)
    uncovered, chosen = set(all_pairs()), []
    while len(chosen) < n:
        wanted = sorted(uncovered)
        tries = [_random(r, wanted) for _ in range(_TRIES)]
        best = possible(max(tries, key=lambda export: len(uncovered & set(pairs(export)))))
        uncovered -= set(pairs(best))
        chosen.append(best)
    return chosen


def _random(r: np.random.Generator, wanted: list) -> Export:
    """Draw an export; it has one of the pairs that are still wanted."""
    levels = {name: known[int(r.integers(len(known)))] for name, known in FACTORS.items()}
    return Export(**levels | (dict(wanted[int(r.integers(len(wanted)))]) if wanted else {}))


def all_pairs() -> Iterator[tuple]:
    """Every pair of levels of two factors."""
    for first, second in combinations(FACTORS, 2):
        for one in FACTORS[first]:
            yield from (((first, one), (second, other)) for other in FACTORS[second])


def pairs(export: Export) -> Iterator[tuple]:
    """Those that one export has."""
    yield from combinations(asdict(export).items(), 2)


def possible(export: Export) -> Export:
    """Change what no program would write: values without quotes that have the delimiter in them."""
    if export.fault == "sep line" and export.delimiter == "\t":
        export = replace(export, delimiter=";")
    if export.fault in ("title", "footer", "comments") and export.quoting == "all":
        export = replace(export, quoting="minimal")
    if export.quoting == "none" and any(_needs_quotes(cell, export) for row in _cells(export) for cell in row):
        export = replace(export, quoting="minimal")
    return export


def _needs_quotes(cell: str, export: Export) -> bool:
    return any(mark in cell for mark in (export.delimiter, '"', "\n", "\r"))


def _written(export: Export) -> str:
    rows, fields = _cells(export), export.fields()
    names = [f" {f.name} " if export.fault == "blank names" else f.name for f in fields]
    texts = [f.kind in ("text", "category", "code") for f in fields]
    if export.fault.startswith("index"):
        rows = [[str(number), *row] for number, row in enumerate(rows)]
        texts = [False, *texts]
        names = names if export.fault == "index without a name" else ["", *names]
    lines = [] if export.fault == "no header" else [_line(names, [True] * len(names), export)]
    lines += [_line(row, texts, export) for row in rows]
    tail = export.delimiter
    if export.fault == "trailing":
        lines = [line + tail for line in lines]
    elif export.fault == "trailing in rows":
        lines = [lines[0], *(line + tail for line in lines[1:])]
    elif export.fault == "comments":
        lines = ["# exported 2024-02-29 17:03", "# rows: 140", *lines]
    elif export.fault == "title":
        lines = [f"Report {export.table}", "", *lines]
    elif export.fault == "blank lines":
        lines = [line for number, line in enumerate(lines) for line in ([line, ""] if number % 20 == 9 else [line])]
    elif export.fault == "footer":
        lines = [*lines, "", f"({len(rows)} rows)"]
    elif export.fault == "sep line":
        lines = [f"sep={export.delimiter}", *lines]
    elif export.fault == "duplicated header":  # as files that were put one behind another have it
        lines = [*lines[:70], lines[0], *lines[70:]]
    return export.line_end.join([*lines, ""])


def _line(cells: list[str], texts: list[bool], export: Export) -> str:
    out = io.StringIO()
    for number, (cell, is_text) in enumerate(zip(cells, texts, strict=True)):
        quoted = export.quoting == "all" or (export.quoting == "text" and is_text and cell != "")
        quoted = quoted or (export.quoting != "none" and _needs_quotes(cell, export))
        out.write(export.delimiter if number else "")
        out.write('"' + cell.replace('"', '""') + '"' if quoted else cell)
    return out.getvalue()


def _cells(export: Export) -> list[list[str]]:
    return [list(row) for row in zip(*(_column(field, export) for field in export.fields()), strict=True)]


def _column(field: Field, export: Export) -> list[str]:
    may_be_number = field.kind in ("number", "whole") and min(v for v in field.values if v is not None) > -900
    mark = "" if export.missing == "-999" and not may_be_number else export.missing
    return [mark if value is None else _cell(value, field, export) for value in field.values]


def _cell(value: object, field: Field, export: Export) -> str:
    match field.kind:
        case "number" | "whole":
            return _number(float(value), field, export)
        case "date" | "moment":
            return _date(value, export)
        case "boolean":
            return export.words[0] if value else export.words[1]
    return str(value)


def _number(value: float, field: Field, export: Export) -> str:
    locale = export.country
    text = f"{abs(value):.{field.digits}f}"
    whole, _, part = text.partition(".")
    if export.numbers != "plain":
        whole = _grouped(whole, export)
    text = whole + (locale.decimal + part if part else "")
    text = _sign(value, export) + text
    if export.numbers == "dressed" and field.unit == "money":
        money = locale.money if _can_write(locale.money, export) else locale.plain_money
        return money.format(text)
    if export.numbers == "dressed" and field.unit == "share":
        return f"{text} %" if locale.decimal == "," else f"{text}%"
    return text


def _sign(value: float, export: Export) -> str:
    if value >= 0:
        return ""
    return export.country.minus if _can_write(export.country.minus, export) else "-"


def _grouped(digits: str, export: Export) -> str:
    mark = export.country.thousands
    if not _can_write(mark, export):
        mark = "\u00a0" if _can_write("\u00a0", export) else " "
    size = 2 if export.country.indian else 3
    head, tail = digits[:-3], digits[-3:]
    parts = []
    while head:
        parts.insert(0, head[-size:])
        head = head[:-size]
    return mark.join([*parts, tail])


def _can_write(text: str, export: Export) -> bool:
    try:
        text.encode(export.codec)
    except UnicodeEncodeError:
        return False
    return True


def _date(value: dt.date, export: Export) -> str:
    locale = export.country
    if export.dates == "long":
        text = locale.long.format(d=value.day, m=locale.months.split()[value.month - 1], y=value.year)
    else:
        text = value.strftime({"iso": "%Y-%m-%d", "usual": locale.date, "short": locale.short}[export.dates])
    if isinstance(value, dt.datetime):
        text += value.strftime(" %H:%M:%S" if export.dates == "iso" else f" {locale.clock}")
    return text
