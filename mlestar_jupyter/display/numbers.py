"""Numbers as a reader wants them: few figures, the same ones for a value and its interval."""

from __future__ import annotations

import math

_FIGURES = 4
_WHOLE_FROM = 999.95
"""What is written with four figures as 1,000, and all above it."""
_SHORT_FROM = 1e15
"""What has more digits than anyone reads, and than a float holds."""


def number(value: float | None, figures: int = _FIGURES, *, signed: bool = False) -> str:
    """Round for reading: four figures, and whole numbers from a thousand on; what is not known is a dash.

    >>> number(0.123456), number(12345.6), number(math.nan), number(-1234.5, 2, signed=True)
    ('0.1235', '12,346', '–', '-1,200')
    >>> number(1e200, signed=True)
    '+1e+200'
    """
    if value is None or math.isnan(value):
        return "–"
    sign, rounded = "+" if signed else "", float(f"{value:.{figures}g}")
    if abs(value) >= _SHORT_FROM:
        return f"{rounded:{sign}.{figures}g}"
    if abs(rounded) < _WHOLE_FROM:
        return f"{rounded:{sign}z.{max(figures, _FIGURES)}g}"
    return f"{rounded if figures < _FIGURES else value:{sign},.0f}"


def share(value: float, decimals: int = 0, *, signed: bool = False) -> str:
    """A share in percent; one beyond all reading is a number with few figures.

    >>> share(0.0534, 1, signed=True), share(-0.0001), share(-2e22, 1)
    ('+5.3%', '0%', '-2e+24%')
    """
    if abs(value) >= _SHORT_FROM / 100:
        return f"{number(100 * value, signed=signed)}%"
    return f"{value:{'+' if signed else ''}z.{decimals}%}"


def with_spread(value: float, spread: float) -> str:
    """A value with its standard deviation, of which two figures say enough.

    >>> with_spread(4508.3, 9912.0), with_spread(0.84771, 0.02134)
    ('4,508 ± 9,900', '0.8477 ± 0.021')
    """
    return f"{number(value)} ± {number(spread, 2)}"


def with_interval(value: float, low: float, high: float, *, signed: bool = False) -> str:
    """A value with its interval, as many decimals as the interval's width tells apart; signed for a gain.

    >>> with_interval(0.84771, 0.8295, 0.8659)
    '0.8477 [0.8295, 0.8659]'
    >>> with_interval(0.0039, -0.00017, 0.008, signed=True)
    '+0.0039 [-0.0002, +0.0080]'
    """
    sign = "+" if signed else ""
    half = (high - low) / 2
    if not math.isfinite(half):
        return f"{sign if value > 0 else ''}{number(value)}"
    further = 1 if signed else 2  # scores are compared with each other, so they get one figure more
    decimals = min(6, max(0, further - math.floor(math.log10(half)))) if half > 0 else 4
    if max(abs(low), abs(high)) >= _SHORT_FROM:
        return f"{number(value, signed=signed)} [{number(low, signed=signed)}, {number(high, signed=signed)}]"
    style = f"{sign}z,.{decimals}f"
    return f"{value:{style}} [{low:{style}}, {high:{style}}]"


def speed(row_ms: float | None, rows_per_second: float) -> str:
    """How fast a model predicts: one row, and many.

    >>> speed(4.238, 51234.0), speed(None, 900.0)
    ('4.24 ms for one row, 51,200 rows/s', '900 rows/s')
    """
    many = f"{float(f'{rows_per_second:.3g}'):,.0f} rows/s"
    return many if row_ms is None else f"{row_ms:.3g} ms for one row, {many}"


def p_value(value: float) -> str:
    """A p-value with two figures; below 0.001 they say nothing more.

    >>> p_value(0.0324), p_value(7e-7)
    ('p = 0.032', 'p < 0.001')
    """
    return "p < 0.001" if value < 0.001 else f"p = {number(value, 2)}"  # noqa: PLR2004


def duration(seconds: float) -> str:
    """Write a time as people say it.

    >>> duration(600), duration(5430), duration(1.5)
    ('10 min', '1 h 30 min 30 s', '1.5 s')
    """
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    parts = ((f"{hours}", "h"), (f"{minutes}", "min"), (f"{rest:g}", "s"))
    return " ".join(f"{value} {unit}" for value, unit in parts if value != "0")
