"""Texts of a delimited file such as "NA": missing, or categories."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.dialects import Dialect, all_say_numbers, says_number, take
from mlestar_jupyter.core.texts import MISSING_IN_FILES, counted
from mlestar_jupyter.data.delimited import Format, are_codes
from mlestar_jupyter.modalities.marks import Evidence, categories

_NO_TEXTS = frozenset({"true", "false", "inf", "infinity"})
"""What pandas makes booleans and numbers of, whatever sign is before it."""
_WORDS = MISSING_IN_FILES[1:]
_NO_OBJECTS = ("boolean", "empty")
_SHOWN = 3
_QUOTED = 0.9


@dataclass
class FileMarks:
    """What stands for missing in the columns of a file.

    Parameters
    ----------
    texts : list of str
        Columns that have texts, as the sample says.
    others : list of str
        All other columns.
    evidence : dict of str to Evidence
        By column of text.
    given : mapping or None
        The categories by column, where they are known from another table.
    as_text : collection of str
        Columns that stay text whatever they have.
    kept : dict
        The categories by column, as found.
    """

    texts: list[str]
    others: list[str]
    evidence: dict[str, Evidence]
    given: Mapping[str, tuple[str, ...]] | None = None
    as_text: Collection[str] = ()
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _in_numbers: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Format, given: Mapping[str, tuple[str, ...]] | None = None) -> FileMarks:
        """Look at the sample."""
        columns = found.found.samples
        seen = {name: set(values) for name, values in columns.items()}
        known = {name: values.difference(MISSING_IN_FILES) for name, values in seen.items()}
        kept = {name for name in found.texts if given is None or name in given}  # as the user asks
        codes = {name for name, values in known.items() if name in kept or are_codes(values)}
        texts = [name for name, values in known.items() if name in codes or _has_text(values)]
        numbers = [name for name, values in known.items() if name not in texts and values]
        marks = {name: tuple(m for m in MISSING_IN_FILES if m in seen[name]) for name in numbers}
        n_blank = sum("" in found for found in marks.values())
        elsewhere = {mark for found in marks.values() for mark in found if mark}
        bare, quoted = _by_quotes(found) if texts else ({}, {})
        evidence = {n: Evidence(n_blank, elsewhere, bare.get(n, ()), quoted.get(n, ())) for n in texts}
        others = [name for name in columns if name not in texts]
        return cls(texts, others, evidence, given, found.texts, _in_numbers=marks)

    def while_reading(self, *, as_sampled: bool = False) -> dict[str, Any]:
        """Arguments by which pandas leaves all texts of text columns as they are.

        Parameters
        ----------
        as_sampled : bool
            Whether numbers have no marks but those of the sample: pandas is then quicker, and makes another mark text.
        """
        quick = {name for name in self.others if as_sampled and name not in self.as_text}
        sampled = {n: ["", *filter(None, self._in_numbers.get(n, ()))] for n in quick}
        in_others = {n: sampled.get(n, MISSING_IN_FILES) for n in self.others}
        return {"keep_default_na": False, "na_values": in_others | {name: [""] for name in self.texts}}

    def has_texts(self, frame: pd.DataFrame) -> bool:
        """Whether a column turns out to be text that is none in the sample."""
        columns = (frame[name] for name in self.others if name in frame and name not in self.as_text)
        return any(
            isinstance(c.dtype, pd.StringDtype) or types.infer_dtype(c) not in _NO_OBJECTS
            for c in columns
            if not types.is_numeric_dtype(c.dtype)
        )

    def note_late(self, frame: pd.DataFrame) -> None:
        """Take note of marks that come below the sample, where numbers were read with those of the sample alone."""
        for name in self.others:
            if name in frame and not types.is_numeric_dtype(frame[name].dtype):
                known = self._in_numbers.get(name, ())
                later = {"", *known} if frame[name].isna().any() and not known else {*known}
                later.update(text for text in frame[name].unique() if isinstance(text, str) and text in _WORDS)
                self._in_numbers[name] = tuple(mark for mark in MISSING_IN_FILES if mark in later)

    def options(self, names: list[str]) -> dict[str, Any]:
        """Arguments by which pandas reads what was found: it needs them for all columns."""
        kept = {name: self.kept.get(name, ()) for name in names}
        return {
            "keep_default_na": False,
            "na_values": {name: [m for m in MISSING_IN_FILES if m not in kept[name]] for name in names},
        }

    def sorted_out(
        self, frame: pd.DataFrame, read_again: Callable[[list[str]], pd.DataFrame]
    ) -> tuple[pd.DataFrame, list[str]]:
        """Make missing what stands for it; also what there is to say."""
        late = [name for name in self.others if self._is_late(frame[name])]
        again = read_again(late) if late else frame
        columns = {name: again[name] for name in late} | {name: frame[name] for name in self.texts}
        missing: dict[str, dict[tuple[str, ...], int]] = {}
        changed: dict[str, pd.Series] = {}
        for name, values in columns.items():
            marked = values.isin(_WORDS)
            if not marked.any():
                continue
            counts = values[marked].value_counts()
            self.kept |= self._categories(name, values, counts)
            kept = self.kept.get(name, ())
            changed[name] = values.mask(marked & ~values.isin(kept) if kept else marked)
            missing[name] = {(str(m),): int(n) for m, n in counts.items() if m not in kept}
        for name, marks in self._in_numbers.items():
            if name in late:  # it is no column of numbers
                continue
            missing[name] = {marks: int(frame[name].isna().sum())} if any(marks) else {}
        return frame.assign(**changed) if changed else frame, [*self._said_missing(missing), *self._said_kept(columns)]

    def has_strangers(self, frame: pd.DataFrame) -> bool:
        """Whether a column turns out to be text where the sample has numbers only."""
        dtypes = (frame[name].dtype for name in self._in_numbers if name in frame)
        return any(isinstance(dtype, pd.StringDtype) or types.is_object_dtype(dtype) for dtype in dtypes)

    def _is_late(self, values: pd.Series) -> bool:
        """Whether a column turns out to have texts below the sample, and something missing."""
        if not isinstance(values.dtype, pd.StringDtype) or not values.isna().any():
            return False
        return _has_text(values.dropna().unique())

    def _categories(self, name: str, values: pd.Series, counts: pd.Series) -> dict[str, tuple[str, ...]]:
        if self.given is not None:
            found = tuple(m for m in self.given.get(name, ()) if m in counts.index)
        elif name in self.as_text:
            found = tuple(map(str, counts.index))
        else:
            known = self.evidence.get(name, Evidence())
            n_blank = known.n_blank + int(values.isna().sum())
            all_counts = {str(text): int(n) for text, n in values.value_counts().items()}
            found = categories(all_counts, replace(known, n_blank=n_blank))
            found = tuple(m for m in found if m in MISSING_IN_FILES)
        return {name: found} if found else {}

    def _said_missing(self, missing: Mapping[str, Mapping[tuple[str, ...], int]]) -> list[str]:
        """Count what became missing; in a column of numbers all that stands for it is counted together."""
        by_marks: dict[tuple[str, ...], dict[str, int]] = {}
        for name, found in missing.items():
            for marks, count in found.items():
                by_marks.setdefault(marks, {})[name] = count
        notices = []
        for marks, columns in by_marks.items():
            shown = ", ".join(f"{name} ({counted(count)})" for name, count in list(columns.items())[:_SHOWN])
            more = f" and {len(columns) - _SHOWN:,} more columns" if len(columns) > _SHOWN else ""
            words = [name for name in columns if name not in self._in_numbers] if self.given is None else []
            role = shlex.quote(f"{words[0]}=category") if words else ""
            mend = f"; where it is a category, add --role {role}" if role else ""
            notices.append(f"{_in_words(marks)} as missing in {shown}{more}{mend}.")
        return notices

    def _said_kept(self, columns: Mapping[str, pd.Series]) -> list[str]:
        """Say which texts are categories though files often have them for missing."""
        if self.given is not None:
            return []
        return [
            self._why_kept(name, mark, int((columns[name] == mark).sum()))
            for name, marks in self.kept.items()
            for mark in marks
        ]

    def _why_kept(self, name: str, mark: str, count: int) -> str:
        rows, mend = counted(count), "leave the cells empty where a value is missing."
        if name in self.as_text:
            return f"{name}: {mark!r} is kept in {rows}, as --role asks; {mend}"
        is_quoted = mark in self.evidence.get(name, Evidence()).quoted
        why = "it stands in quotes and what is missing does not" if is_quoted else "it occurs as the others do"
        return f"{name}: {mark!r} is taken for a category ({rows}), since {why}; {mend}"


def _in_words(marks: tuple[str, ...]) -> str:
    """Begin to say that some texts count as missing.

    >>> _in_words(("NA",)), _in_words(("", "NA", "null"))
    ("'NA' counts", "'NA', 'null' and empty cells count")
    """
    *first, last = [*(repr(mark) for mark in marks if mark), *(["empty cells"] if "" in marks else [])]
    return f"{', '.join(first)} and {last} count" if first else f"{last} counts"


def _has_text(values: Collection[str]) -> bool:
    return not all_say_numbers(values) and any(map(_is_text, values))


def _is_text(value: str) -> bool:
    return not says_number(value) and value.casefold().lstrip("+-") not in _NO_TEXTS


def _by_quotes(found: Format) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Find which marks stand without quotes in columns whose texts have them, and which have them as the texts do.

    Quotes say nothing of a mark unless the file has marks without them.
    """
    layout = found.found.layout
    dialect, width = layout.sample.dialect, layout.sample.width
    if not dialect.quote or len(dialect.delimiter) > 1 or dialect.quote not in found.found.start:
        return {}, {}
    rows = [row for _, row in take(found.found.start, Dialect(dialect.delimiter, "")).rows[1:] if len(row) == width]
    bare: dict[str, list[str]] = {}
    quoted: dict[str, list[str]] = {}
    is_bare_anywhere = False
    for k, name in enumerate(layout.names):
        cells = Counter(row[k].strip() for row in rows)
        texts = Counter(cell.startswith(dialect.quote) for cell in cells.elements() if cell not in MISSING_IN_FILES)
        without = [mark for mark in _WORDS if mark in cells]
        is_bare_anywhere |= bool(without)
        if texts[True] > _QUOTED * texts.total():
            bare[name] = [*without, *([""] if "" in cells else [])]
            within = [mark for mark in _WORDS if f"{dialect.quote}{mark}{dialect.quote}" in cells]
            quoted[name] = [mark for mark in within if mark not in without]
    return bare, quoted if is_bare_anywhere else {}
