"""Times of day and durations in text.

Runs alone, as `rows` does: the standard library.
"""

import re

_TIME_OF_DAY = re.compile(
    r"(\d{1,2})[:hH](\d{2})(?::(\d{2}(?:[.,]\d+)?))?\s*(?:([AaPp])\.?\s?[Mm]\.?)?(?:\s*(?:Uhr|h)|)"
)
_HOUR = re.compile(r"(\d{1,2})\s*([AaPp])\.?\s?[Mm]\.?")
_HALF_DAY, _DAY = 12, 24
_SIXTY = 60
_HOURS = re.compile(r"(-)?(?:(\d+)\s*(?:days?|d)?[,\s]\s*)?(\d+):(\d{2})(?::(\d{2}(?:[.,]\d+)?))?")
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "std"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0), **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 604800.0),
    **dict.fromkeys(("mo", "mos", "month", "months"), 2_629_746.0),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), 31_556_952.0), "ms": 1e-3,
}  # fmt: skip
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z]+)\.?,?\s*(?:and\s+)?", re.IGNORECASE)
_ISO_SPAN = re.compile(r"(-)?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?")


def hours_of_day(text: str) -> float:
    """Read a time of day as hours since midnight; NaN where a text is none.

    >>> hours_of_day("08:30"), hours_of_day("8:30 PM"), hours_of_day("25:00")
    (8.5, 20.5, nan)
    """
    text = text.strip()
    if short := _HOUR.fullmatch(text):
        text = f"{short[1]}:00 {short[2]}M"
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


def seconds_in(text: str) -> float:
    """Read a duration as seconds; NaN where a text is none. Months and years are those of the calendar's mean.

    >>> seconds_in("26:10:00"), seconds_in("2h 30m"), seconds_in("1 days 02:00:00"), seconds_in("PT1H30M")
    (94200.0, 9000.0, 93600.0, 5400.0)
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
    return _in_units(text)


def units_in(text: str) -> tuple[str, ...]:
    """Find the units of a duration that is written with them, and nothing else: those of "2h 30m" are "h" and "m"."""
    return tuple(unit.casefold() for _, unit in _PART.findall(text)) if _in_units(text) == _in_units(text) else ()


def _in_units(text: str) -> float:
    """Read "2h 30m": the larger unit first, none of them twice."""
    sign, text = (-1.0, text[1:].strip()) if text.startswith("-") else (1.0, text)
    parts: list[tuple[float, float]] = []
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None or (unit := _UNITS.get(found[2].casefold())) is None or (parts and unit >= parts[-1][1]):
            return float("nan")
        parts.append((_float(found[1]), unit))
        at = found.end()
    return sign * sum(count * unit for count, unit in parts) if parts else float("nan")


def _float(digits: str | None) -> float:
    return float(digits.replace(",", ".")) if digits else 0.0
