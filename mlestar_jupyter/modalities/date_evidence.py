"""What the texts of a column say of dates: which of them are dates, read in which order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from mlestar_jupyter.core.column import Column
from mlestar_jupyter.core.date_texts import PIVOT, date_of, numbers_of, says_zone
from mlestar_jupyter.core.dates import read_text_dates
from mlestar_jupyter.core.texts import as_text

SHARE = 0.95
"""Nearly all: so many of the values must be dates."""
_MOST_STRANGERS, _STRANGE_SHARE = 5, 0.5
_SAMPLE, _LIKELY = 300, 0.3
_LONGER = 20  # years by which another century must shorten the span
_LAST_DAY = 31
_MONTHS_A_YEAR = 12
_MANY_DAYS, _MONTH_SPAN = 40, 26  # so many days reach as far, from the first ones of a month to the last


@dataclass(frozen=True, eq=False)
class DateTexts:
    """The texts of a column that may be dates.

    Parameters
    ----------
    texts : Series
        Each distinct one once, without blanks around it.
    codes : ndarray
        The position of each row's text, in the order of the table.
    missing : collection of str
        Texts that say "missing".
    """

    texts: pd.Series
    codes: np.ndarray
    missing: Collection[str] = ()

    @cached_property
    def absent(self) -> np.ndarray:
        """Which texts say "missing"."""
        return self.texts.str.casefold().isin(list(self.missing)).to_numpy()

    @cached_property
    def counts(self) -> np.ndarray:
        """How many rows have each text."""
        return np.bincount(self.codes, minlength=len(self.texts))

    @cached_property
    def plain(self) -> pd.Series:
        """The dates that need no order; missing for others."""
        return read_text_dates(self.texts, Column("", "date"))

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """First, second and third number, by position in `texts`, where their order is to be found."""
        left = self.texts[self.plain.isna()]
        found = {position: parts for position, text in left.items() if (parts := numbers_of(text)) is not None}
        return pd.DataFrame.from_dict(found, orient="index", columns=["first", "second", "third"], dtype=object)

    @cached_property
    def days(self) -> Mapping[str, pd.Series]:
        """The dates by the order in which they are read, by position in `texts`; missing where there is no such day."""
        if self.numbers.empty:
            return {}
        texts = self.texts[self.numbers.index]
        return {order: read_text_dates(texts, Column("", "date", order=order)) for order in self._candidates}

    @cached_property
    def short(self) -> pd.DataFrame:
        """The numbers of each day once, whatever its times; empty unless all three have two digits at the most."""
        found = self.numbers.drop_duplicates()
        is_short = (found["first"].str.len() + found["third"].str.len() == 4).all()
        return found.astype(int) if is_short else found.iloc[:0].astype(int)

    @property
    def _candidates(self) -> Sequence[str]:
        """Orders to try: the year is first only where it has two digits and varies less than what is last."""
        first, third = self.short["first"], self.short["third"]
        if self.short.empty:
            return ("day", "month")
        are_few = len(first) < _MANY_DAYS
        are_days = 2 * np.ptp(first) < np.ptp(third) if are_few else np.ptp(first) < _MONTH_SPAN <= np.ptp(third)
        are_years = (first > _LAST_DAY).mean() > 1 - SHARE or bool(are_days)
        may_lead = bool(are_years) and (third <= _LAST_DAY).mean() >= SHARE
        return ("day", "month", "year") if may_lead else ("day", "month")

    @property
    def year_is_open(self) -> bool:
        """Whether the last number is taken for the year, though the first varies no more and both may be days."""
        if self.short.empty or "year" in self.days:
            return False
        first, third = self.short["first"], self.short["third"]
        is_month = self.short["second"].between(1, _MONTHS_A_YEAR).all()
        if not is_month or third.max() > _LAST_DAY or first.max() > _LAST_DAY or min(third.min(), first.min()) < 1:
            return False
        return bool(np.ptp(first) <= np.ptp(third)) and bool(np.ptp(first) < _MONTH_SPAN)

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """In how many rows there is such a day, by the order."""
        return {order: int(self.counts[days.index[days.notna()]].sum()) for order, days in self.days.items()}

    def only(self, order: str, other: str) -> tuple[int, str]:
        """In how many rows one order is possible and another is not, and an example."""
        chosen = self.days[order].notna() & self.days[other].isna()
        positions = chosen.index[chosen]
        return int(self.counts[positions].sum()), str(self.texts[positions[0]]) if len(positions) else ""

    @property
    def example(self) -> str:
        """A date that can be read in several ways; empty where there is none."""
        if not self.days:
            return ""
        both = self.days["day"].notna() & self.days["month"].notna() & (self.days["day"] != self.days["month"])
        return str(self.texts[both.index[both][0]]) if both.any() else ""

    def shows(self, order: str) -> str:
        """A date that shows the order in which the column is read, or else the first one; empty where there is none."""
        if order in self.days:
            other = "month" if order == "day" else "day"
            if shown := self.only(order, other)[1]:
                return shown
        read = self.read(Column("", "date", order=order))
        return str(self.texts[read.notna()].iloc[0]) if read.notna().any() else ""

    def by_rows(self, order: str) -> np.ndarray:
        """The dates of the rows that have one, in the order of the table."""
        read = self.plain.copy()
        read[self.days[order].index] = self.days[order]
        values = read.to_numpy()[self.codes]
        return np.asarray(values[~np.isnat(values)])

    @cached_property
    def pivot(self) -> int:
        """The first two-digit year of the 20th century: so that the years lie close together."""
        short = self.texts[~self.texts.str.contains(r"\d{4}")]
        order = max(self.rows, key=lambda each: self.rows[each]) if self.rows else ""
        old, new = ([date_of(text, order, pivot) for text in short] for pivot in (0, 100))
        years = {a.year - 1900 for a, b in zip(old, new, strict=True) if a and b and a.year < b.year}
        return _pivot(sorted(years))

    @cached_property
    def has_zones(self) -> bool:
        """Whether some say their time zone."""
        return any(map(says_zone, self.texts))

    def read(self, column: Column) -> pd.Series:
        """Read each distinct text; missing where it is no date."""
        return read_text_dates(self.texts, column)

    @property
    def have_points(self) -> bool:
        """Whether all numbers are parted by points, as in 3.9.2026."""
        return bool(self.texts[self.numbers.index].str.match(r"\D*\d{1,2}\.").all())

    def are_dates(self, *columns: Column) -> bool:
        """Whether nearly all are dates in one of some readings, or all but a few words that may stand for missing."""
        strange = ~self.absent
        for column in columns:
            strange &= self.read(column).isna().to_numpy()
        share = self.counts[strange].sum() / max(1, self.counts[~self.absent].sum())
        if share <= 1 - SHARE:
            return True
        words = self.texts[strange]
        are_words = len(words) <= _MOST_STRANGERS and not words.str.contains(r"[1-9]").any()
        return bool(are_words and share < _STRANGE_SHARE)

    def are_seasons(self) -> bool:
        """Whether they are years such as 2011/12, the second following the first: a season is no month."""
        parts = self.texts.str.extract(r"^\d\d(\d\d)[/-](\d\d)$").dropna().astype(int)
        return len(parts) > 1 and bool(((parts[0] + 1) % 100 == parts[1]).all())


def _pivot(years: list[int]) -> int:
    if not years:
        return PIVOT
    gaps = [(after - before) % 100 or 100 for before, after in zip([years[-1], *years[:-1]], years, strict=True)]
    widest = int(np.argmax(gaps))
    if _span(years, years[widest]) > _span(years, PIVOT) - _LONGER:
        return PIVOT
    return max(0, years[widest] - gaps[widest] // 2)


def _span(years: list[int], pivot: int) -> int:
    full = [year + (1900 if year >= pivot else 2000) for year in years]
    return max(full) - min(full)


def date_texts(values: pd.Series, sample: pd.Series, missing: Collection[str]) -> DateTexts | None:
    """Look at the texts of a column; None where few of a sample are dates.

    Parameters
    ----------
    values : Series
        Texts, none of which is missing, in the order of the table.
    sample : Series
        Some of them, without those that say "missing".
    missing : collection of str
        Texts that say it.
    """
    few = sample.iloc[np.unique(np.linspace(0, len(sample) - 1, _SAMPLE).astype(int))] if len(sample) else sample
    if few.empty or np.mean([may_be_date(text) for text in few]) < _LIKELY:
        return None
    return all_texts(values, missing)


def all_texts(values: pd.Series, missing: Collection[str] = ()) -> DateTexts:
    """Look at the texts of a column, whatever they are."""
    codes, given = pd.factorize(values)
    same, texts = pd.factorize(pd.Series(given, dtype=object).map(as_text).astype(object).str.strip())
    return DateTexts(pd.Series(texts, dtype=object), same[codes], missing)


def may_be_date(text: str) -> bool:
    """Whether a text is a date in some order."""
    return date_of(text, "day") is not None or (
        numbers_of(text) is not None and any(date_of(text, order) is not None for order in ("month", "year"))
    )
