"""Dates that are stored as text: told by their shape, parsed with plain pandas."""

from __future__ import annotations

import warnings

import pandas as pd

_SHAPE = (
    r"^\s*(?:\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?:[T ]|\s*$)"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?:[T ]|\s*$)"
    r"|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}\b|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}\b)"
)
_SAMPLE = 1000
_SHARE = 0.95


def has_dates(texts: pd.Series) -> bool:
    """Whether nearly all texts are dates; their shape is looked at first, since "May" or "Tue" parse too."""
    sample = texts.iloc[:_SAMPLE]
    if sample.str.match(_SHAPE).mean() < _SHARE:
        return False
    return bool(parse_dates(texts).notna().mean() >= _SHARE)


def parse_dates(values: pd.Series) -> pd.Series:
    """Parse dates; what is no date becomes missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pandas guesses the order of day and month aloud
        try:
            parsed = pd.to_datetime(values, errors="coerce", format="mixed", dayfirst=day_first(values))
        except ValueError:  # time zones that differ from row to row
            parsed = pd.to_datetime(values, errors="coerce", format="mixed", utc=True)
    return parsed


def day_first(values: pd.Series) -> bool:
    """Whether dates such as 31/12/2026 put the day first."""
    parts = values.dropna().astype(str).str.extract(r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.]\d{2,4}")[0].dropna()
    return bool(len(parts)) and bool((parts.astype(int) > 12).any())  # noqa: PLR2004 - months
