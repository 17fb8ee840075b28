"""How one text is read as a date: its numbers, names of months, quarters and weeks, its time and its time zone.

Runs alone, as `rows` does: the standard library.
"""

import datetime
import re
import typing
import zoneinfo

from mlestar_jupyter.core.month_names import MONTHS, WEEKDAYS, ZONES, folded

PIVOT = 69
"""Two-digit years from here on are of the 20th century, as POSIX has it."""
_PLAIN = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ([AaPp])[Mm])?)?")
"""What most texts are, to be quick."""
_NOON = 12
_FIRST_NEAR_YEAR, _LAST_NEAR_YEAR = 1500, 2500  # of a year beside nothing but a month
_LONGEST = 80
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_QUARTER = re.compile(
    r"(?P<y1>\d{4})[\s./-]*[qt](?P<q1>[1-4])|[qt](?P<q2>[1-4])[\s./-]*(?P<y2>\d{4})|(?P<q3>[1-4])q[\s./-]*(?P<y3>\d{4})"
    r"|q(?P<q4>[1-4])[\s./'-]+(?P<y4>\d{2})"
    r"|(?P<q5>[1-4])(?:[.]|st|nd|rd|th|er|e)?\s*(?:quarter|quartal|trimestre|kwartal|kvartal|kwartaal)\s*(?P<y5>\d{4})"
)
_HALF_YEAR = re.compile(r"(?P<y1>\d{4})[\s./-]*h(?P<h1>[12])|h(?P<h2>[12])[\s./-]*(?P<y2>\d{4})")
_NUMBERED_MONTH = re.compile(r"(?P<y1>\d{4})[\s./-]*m(?P<m1>\d{1,2})")
_WEEK = re.compile(
    r"(?P<y1>\d{4})[\s./-]*(?:w|kw|cw|week)[\s.-]*(?P<w1>\d{1,2})(?:-?(?P<day>[1-7]))?"
    r"|(?:w|kw|cw|week)[\s.-]*(?P<w2>\d{1,2})[\s,./-]+(?P<y2>\d{4})"
)
_ZONE = (
    r"(?P<zone>\s*[\[(]?(?:(?:z|utc|gmt)\b)?\s*[+-]\d{2}:?(?:\d{2})?(?:\s*[\[(][^\])]*[\])])?"
    rf"|\s*[\[(]?(?:{'|'.join(sorted(ZONES, key=len, reverse=True))})\b[\])]?"
    r"|\s*\[?[a-z]+/[a-z_]+(?:/[a-z_]+)?\]?)"
)
_CLOCK = {
    ":": r"(?<!\d)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,:](?P<part>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[ap])\.?\s?m\b\.?|)",
    "h": r"(?<!\d)(?P<hour>\d{1,2})\s?h\s?(?P<minute>\d{2})?(?!\d)",
    "m": r"(?<!\d)(?P<hour>\d{1,2})\s?(?P<half>[ap])\.?\s?m\b(?:\.|)",
    "t": r"(?<=\d)t(?P<hour>\d{2})(?:(?P<minute>\d{2})(?P<second>\d{2})?)?(?:[.,](?P<part>\d{1,9})|)",
    ".": r"(?<=\s)(?P<hour>\d{1,2})\.(?P<minute>\d{2})(?:\.(?P<second>\d{2}))?(?=\s*(?:uhr|$))",
    "": r"(?:(?<=^\d{8})|(?<=^\d{8}[ _-]))(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})$",
}
_TIMES = {sign: re.compile(clock + _ZONE + "?") for sign, clock in _CLOCK.items()}
"""By the sign that such times have."""
_MAY_HAVE_ZONE = re.compile(r"[A-SU-Za-su-z]|\D[Tt]|\+|:.*-")
_EXIF = re.compile(r"^(\d{4}):(\d{2}):(\d{2}) ")
_BEFORE_TIME = re.compile(
    r"(?:(?<=\d)[t:]|[\s,_-]++(?:(?:at|um|a|as|a las|alle|om|kl|ved|o|в)\b)?\.?\s*)$|^\s*+(?:kl|um|at)?\.?\s*$"
)
_AFTER_TIME = re.compile(r"^\s*(?:uhr|h|hrs)?\s*[,-]?\s*")
_DATE_TOKEN = re.compile(r"(\d+)(?:(?:st|nd|rd|th|er|re|o|a|e|eme|ste|de|го|ое)\b|°)?|([^\W\d_]+)|([\s,./()'-]+)|[^\n]")
_FILLER_WORDS = "of the de del di den der le el il la d r g o a e го е г года год"
_FILLERS = frozenset(_FILLER_WORDS.split())
_IN_NUMBERS = {"-", "/", ".", ""}
_SHORT_YEAR = re.compile(r"[^\W\d_]+(?:\.?[-/]|\.?\s?')\d{2}")


def date_of(text: str, order: str, pivot: int = PIVOT) -> datetime.datetime | None:
    """Read a date, with a time or without; in UTC where it has a time zone, and None where it is none.

    Parameters
    ----------
    text : str
    order : {"day", "month", "year", ""}
        What comes first in dates such as 3/9/26; empty: such are not read.
    pivot : int
        The first two-digit year of the 20th century.

    >>> date_of("So, 3. März 2024 14h30", "day")
    datetime.datetime(2024, 3, 3, 14, 30)
    """
    if plain := _PLAIN.fullmatch(text):
        try:
            day = _day_in_order(plain.groups()[:3], order, pivot)
            hour, minute, second, half = plain.groups()[3:]
            clock = _time_of({"hour": hour, "minute": minute, "second": second, "half": half and half.lower()})
            return None if day is None else datetime.datetime.combine(day, clock)
        except ValueError:  # no such day or hour
            return None
    for rest, time, zone in _splits(text):
        try:
            day = _day_of(rest, order, pivot)
            if day is not None:
                return _in_utc(datetime.datetime.combine(day, _time_of(time)), zone)
        except (ValueError, OverflowError):  # no such day, hour or zone
            continue
    return None


def says_zone(text: str) -> bool:
    """Whether a date in text says its time zone."""
    return (
        len(text) <= _LONGEST
        and _MAY_HAVE_ZONE.search(text) is not None
        and any(zone and _day_of_any_order(rest) for rest, _, zone in _splits(text))
    )


def numbers_of(text: str) -> tuple[str, str, str] | None:
    """Give the three numbers of a date such as 31/12/2023, whose order is to be found; None for others."""
    if plain := _PLAIN.fullmatch(text):
        return plain[1], plain[2], plain[3]
    for rest, _, _ in _splits(text):
        found = _parts(rest)
        if found is not None and found.month is None and _is_ordered(found):
            first, second, third = found.numbers
            return first, second, third
    return None


def _day_of_any_order(text: str) -> bool:
    found = _parts(text)
    return found is not None or _COMPACT.fullmatch(text) is not None


def _splits(text: str) -> typing.Iterator[tuple[str, dict[str, str | None], str]]:
    """Part a text into a date, a time and a zone, in every way that may be meant."""
    if len(text) > _LONGEST or not any(map(str.isdecimal, text)):
        return
    text = _EXIF.sub(r"\1-\2-\3 ", folded(text))
    for sign, pattern in _TIMES.items():
        if sign in text and (found := pattern.search(text)):
            before = _BEFORE_TIME.sub("", text[: found.start()])
            after = _AFTER_TIME.sub("", text[found.end() :])
            yield f"{before} {after}".strip(), found.groupdict(), (found["zone"] or "").strip(" []()")
    yield text, {}, ""


def _time_of(found: dict[str, str | None]) -> datetime.time:
    hour = int(found.get("hour") or 0)
    if half := found.get("half"):
        if not 1 <= hour <= _NOON:
            raise ValueError(hour)
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    part = (found.get("part") or "").ljust(6, "0")[:6]
    return datetime.time(hour, int(found.get("minute") or 0), int(found.get("second") or 0), int(part))


def _in_utc(local: datetime.datetime, zone: str) -> datetime.datetime:
    """Turn a local time into UTC; a time without a zone stays."""
    if not zone:
        return local
    if found := re.search(r"([+-])(\d{2}):?(\d{2})?", zone):
        ahead = datetime.timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return local - ahead if found[1] == "+" else local + ahead
    if zone in ZONES:
        return local - datetime.timedelta(hours=ZONES[zone])
    name = "/".join("_".join(map(str.capitalize, part.split("_"))) for part in zone.split("/"))
    try:
        named = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError) as error:  # some names are folders
        raise ValueError(zone) from error
    return local.replace(tzinfo=named).astimezone(datetime.UTC).replace(tzinfo=None)


# --- the date without its time ------------------------------------------------------------------------------------


class _Parts(typing.NamedTuple):
    """Numbers and the name of a month, without weekdays and words such as "of"."""

    numbers: list[str]
    month: int | None
    before: int  # numbers that stand before the month
    between: set[str]  # what stands between numbers


def _parts(text: str) -> _Parts | None:
    """Part a date without its time; None where there is anything else."""
    numbers: list[str] = []
    months: list[tuple[int, int, bool]] = []
    between: list[str] = []
    known = WEEKDAYS | _FILLERS
    for found in _DATE_TOKEN.finditer(text):
        number, word, blank = found.groups()
        if number:
            numbers.append(number)
        elif word in MONTHS:
            months.append((MONTHS[word], len(numbers), word in WEEKDAYS))
        elif word not in known if word else blank is None:
            return None
        elif blank and len(numbers) > 0 and found.end() < len(text):
            between.append(blank.strip())
    if len(months) > 1 or len(numbers) == 3:  # noqa: PLR2004 - day, month and year
        weekday = next((m for m in months if m[2]), None)  # "mar." may be a Tuesday
        months = [m for m in months if m is not weekday]
    if len(months) > 1:
        return None
    month, before = (months[0][0], months[0][1]) if months else (None, 0)
    return _Parts(numbers, month, before, set(between))


def _is_ordered(parts: _Parts) -> bool:
    """Whether the numbers are a day, a month and a year in an order that is to be known."""
    sizes = [len(number) for number in parts.numbers]
    is_shaped = len(sizes) == 3 and max(sizes[:2]) <= 2 and sizes[2] in (2, 4)  # noqa: PLR2004 - digits
    return is_shaped and parts.between <= (_IN_NUMBERS if sizes[2] == 4 else _IN_NUMBERS - {""})  # noqa: PLR2004


def _day_of(text: str, order: str, pivot: int) -> datetime.date | None:
    """Read a date whose time was taken off."""
    if found := _COMPACT.fullmatch(text):
        return datetime.date(*map(int, found.groups()))
    parts = _parts(text)
    if parts is None:
        return _period_of(text, pivot)
    if parts.month is not None:
        return _day_of_month(parts, text, pivot)
    return _day_in_order(parts.numbers, order, pivot) if _is_ordered(parts) else _day_of_numbers(parts)


def _day_of_numbers(parts: _Parts) -> datetime.date | None:
    """Read numbers whose order is plain, since the year has four digits."""
    numbers = [int(number) for number in parts.numbers]
    if parts.between <= _IN_NUMBERS - {""}:
        match [len(number) for number in parts.numbers]:
            case [4, 1 | 2, 1 | 2]:
                return datetime.date(*numbers)
            case [4, 1 | 2]:
                return _first_of_month(*numbers)
            case [1 | 2, 4]:
                return _first_of_month(*reversed(numbers))
    return None


def _day_in_order(numbers: typing.Sequence[str], order: str, pivot: int) -> datetime.date | None:
    first, second, third = numbers
    if not order or (order == "year" and len(third) > 2):  # noqa: PLR2004 - digits
        return None
    if order == "year":
        return datetime.date(_year(first, pivot), int(second), int(third))
    day, month = (first, second) if order == "day" else (second, first)
    return datetime.date(_year(third, pivot), int(month), int(day))


def _day_of_month(parts: _Parts, text: str, pivot: int) -> datetime.date | None:
    """Read a date that names its month."""
    numbers, month = parts.numbers, parts.month or 0
    match (parts.before, [len(number) for number in numbers]):
        case (1, [4, 1 | 2]) | (2, [4, 1 | 2]):
            return datetime.date(int(numbers[0]), month, int(numbers[1]))
        case (0 | 1, [1 | 2, 2 | 4]):
            return datetime.date(_year(numbers[1], pivot), month, int(numbers[0]))
        case (_, [4]):
            return _first_of_month(int(numbers[0]), month)
        case (0, [2]) if _SHORT_YEAR.fullmatch(text):
            return datetime.date(_year(numbers[0], pivot), month, 1)
    return None


def _year(digits: str, pivot: int) -> int:
    year = int(digits)
    return year if len(digits) > 2 else year + (1900 if year >= pivot else 2000)  # noqa: PLR2004


def _first_of_month(year: int, month: int) -> datetime.date | None:
    return datetime.date(year, month, 1) if _FIRST_NEAR_YEAR <= year <= _LAST_NEAR_YEAR else None


def _period_of(text: str, pivot: int) -> datetime.date | None:
    """Read a quarter, half a year or a week as its first day."""
    for pattern, months in ((_QUARTER, 3), (_HALF_YEAR, 6), (_NUMBERED_MONTH, 1)):
        if found := pattern.fullmatch(text):
            values = {name[0]: value for name, value in found.groupdict().items() if value}
            number = next(int(value) for name, value in values.items() if name != "y")
            return datetime.date(_year(values["y"], pivot), (number - 1) * months + 1, 1)
    if found := _WEEK.fullmatch(text):
        year, week = found["y1"] or found["y2"], found["w1"] or found["w2"]
        return datetime.date.fromisocalendar(int(year), int(week), int(found["day"] or 1))
    return None
