"""Times of day, durations and degrees in text.

Runs alone, as `rows` does: the standard library.
"""

import re

from mlestar_jupyter.core.amounts import body_value, with_plain_marks

# Blanks are taken whole (*+): what else may take them takes longer by the square or cube of a long run of them.
_TIME_OF_DAY = re.compile(
    r"(\d{1,2})[:hH](\d{2})(?::(\d{2}(?:[.,]\d+)?))?\s*(?:([AaPp])\.?\s?[Mm]\.?)?(?:\s*(?:Uhr|h)|)"
)
_HOUR = re.compile(r"(\d{1,2})\s*([AaPp])\.?\s?[Mm]\.?")
_BEFORE_UHR = re.compile(r"(\d{1,2})(?:\.(\d{2}))?\s*+(?:Uhr|uhr)")
_HALF_DAY, _DAY = 12, 24
_SIXTY = 60
_POLE = 90
_HOURS = re.compile(r"(-)?(?:(\d+)\s*+(?:days?|d)?(?:(?<=\s)|[,\s])\s*+)?(\d+):(\d{2})(?::(\d{2}(?:[.,]\d+)?))?")
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "std"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0), **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 604800.0),
    **dict.fromkeys(("mo", "mos", "month", "months"), 2_629_746.0),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), 31_556_952.0), "ms": 1e-3,
}  # fmt: skip
_PART = re.compile(r"(\d(?:[\d.,' ]*\d)?)\s*([a-z]+)\.?,?\s*(?:and\s+)?", re.IGNORECASE)
COMPASS = "NESW"
"""Of the signs of a column: letters say on which side of zero its degrees are."""
_DEGREES = re.compile(
    r"(?P<first>[NESW])?\s*+(?P<sign>-)?(?P<degrees>\d{1,3}(?:[.,]\d+)?)\s*+[°º]?\s*+"
    r"(?:(?<=[°º\s])(?P<minutes>\d{1,2}(?:[.,]\d+)?)\s*+'\s*+"
    r"(?:(?P<seconds>\d{1,2}(?:[.,]\d+)?)\s*+(?:\"|''))?)?\s*+"
    r"(?:(?P<last>[NESW])(?:orth|outh|ast|est)?)?",
    re.IGNORECASE,
)
_ISO_SPAN = re.compile(r"(-)?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?")


def hours_of_day(text: str) -> float:
    """Read a time of day as hours since midnight; NaN where a text is none.

    >>> hours_of_day("08:30"), hours_of_day("8:30 PM"), hours_of_day("8.30 Uhr"), hours_of_day("25:00")
    (8.5, 20.5, 8.5, nan)
    """
    text = text.strip()
    if short := _HOUR.fullmatch(text):
        text = f"{short[1]}:00 {short[2]}M"
    elif german := _BEFORE_UHR.fullmatch(text):
        text = f"{german[1]}:{german[2] or '00'}"
    found = _TIME_OF_DAY.fullmatch(text)
    if found is None:
        return float("nan")
    hour, minute, second = int(found[1]), int(found[2]), _float(found[3])
    if found[4]:
        if not 1 <= hour <= _HALF_DAY:
            return float("nan")
        hour = hour % _HALF_DAY + (_HALF_DAY if found[4] in "pP" else 0)
    value = hour + minute / 60 + second / 3600
    return value if minute < _SIXTY and second < _SIXTY and value <= _DAY else float("nan")


def seconds_in(text: str, decimal: str = ".", thousands: str = "") -> float:
    """Read a duration as seconds; NaN where a text is none. Months and years are those of the calendar's mean.

    >>> seconds_in("26:10:00"), seconds_in("2h 30m"), seconds_in("1 days 02:00:00"), seconds_in("PT1H30M")
    (94200.0, 9000.0, 93600.0, 5400.0)
    >>> seconds_in("1,500 ms", ".", ","), seconds_in("1,5 h", ",", ".")
    (1.5, 5400.0)
    """
    text = text.strip()
    if found := _HOURS.fullmatch(text):
        minute, second = int(found[4]), _float(found[5])
        if minute >= _SIXTY or second >= _SIXTY:
            return float("nan")
        value = int(found[2] or 0) * 86400 + int(found[3]) * 3600 + minute * 60 + second
        return -value if found[1] else value
    if len(text) > 2 and (found := _ISO_SPAN.fullmatch(text)) and text[-1] != "T":  # noqa: PLR2004 - more than P and a sign
        parts = [_float(part) for part in found.groups()[1:]]
        value = sum(part * unit for part, unit in zip(parts, (604800, 86400, 3600, 60, 1), strict=True))
        return -value if found[1] else value
    return _in_units(text, decimal, thousands)


def degrees_in(text: str) -> float:
    """Read degrees of latitude or longitude, those in the south and west with a minus; NaN where a text has none.

    >>> degrees_in("10.5W"), degrees_in("40° 30' 36\\" N"), degrees_in("-10.5"), degrees_in("95N")
    (-10.5, 40.51, -10.5, nan)
    """
    found = _DEGREES.fullmatch(with_plain_marks(text))
    letters = (found["first"] or "") + (found["last"] or "") if found else ""
    if found is None or len(letters) > 1 or (letters and found["sign"]):
        return float("nan")
    minutes, seconds = _float(found["minutes"]), _float(found["seconds"])
    value = _float(found["degrees"]) + minutes / 60 + seconds / 3600
    limit = _POLE if letters in tuple("NSns") else 2 * _POLE
    is_negative = found["sign"] or letters in tuple("SWsw")
    is_valid = value <= limit and minutes < _SIXTY and seconds < _SIXTY
    return (-value if is_negative else value) if is_valid else float("nan")


def parts_in(text: str) -> tuple[tuple[str, str], ...]:
    """Find the numbers and units of a duration that is written with them, and nothing else.

    >>> parts_in("2h 30m"), parts_in("1,500 ms"), parts_in("26:10")
    ((('2', 'h'), ('30', 'm')), (('1,500', 'ms'),), ())
    """
    parts: list[tuple[str, str]] = []
    at, text = 0, text.removeprefix("-").strip()
    while at < len(text):
        found = _PART.match(text, at)
        if found is None or (unit := _UNITS.get(found[2].casefold())) is None:
            return ()
        if parts and unit >= _UNITS[parts[-1][1]]:  # the larger unit first, none of them twice
            return ()
        parts.append((found[1], found[2].casefold()))
        at = found.end()
    return tuple(parts)


def _in_units(text: str, decimal: str, thousands: str) -> float:
    """Read "2h 30m"."""
    parts = parts_in(text)
    value = sum(body_value(body, decimal, thousands) * _UNITS[unit] for body, unit in parts)
    return (-value if text.startswith("-") else value) if parts else float("nan")


def _float(digits: str | None) -> float:
    return float(digits.replace(",", ".")) if digits else 0.0
