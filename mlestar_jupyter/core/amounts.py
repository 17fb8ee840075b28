"""How amounts are written in text: thousands, decimal marks, currencies, units, signs and bounds.

Runs alone, as `rows` does: the standard library.
"""

import functools
import re
import typing

from mlestar_jupyter.core.texts import MISSING_TEXTS

_FULL_WIDTH = {0xFF01 + k: chr(0x21 + k) for k in range(94)}
_OTHER_DIGITS = {
    first + k: str(k)
    for first in (0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0x1040, 0x17E0)
    for k in range(10)
}
"""Arabic, Indian and the like."""
_LOOKALIKES = {ord(c): plain for chars, plain in (
    ("\u2212\u2013\u2012\u2010\u2011\ufe63", "-"), ("\u00a0\u2009\u202f\u2007\u2008\u3000\t", " "),
    ("\u2019\u02bc`\u00b4\u2032", "'"), ("\u201d\u2033", '"'), ("\u066b", "."), ("\u066c", ","),
    ("\uffe5", "¥"), ("\uffe1", "£"), ("\uffe0", "¢"), ("\uffe6", "₩"), ("\u066a", "%"),
) for c in chars}  # fmt: skip
_ON_KEYBOARD = _OTHER_DIGITS | _FULL_WIDTH | _LOOKALIKES
_SCALES = {
    **dict.fromkeys(("k", "tsd", "thousand", "thousands", "tausend"), 1e3),
    **dict.fromkeys(("m", "mn", "mio", "mln", "million", "millions", "millionen"), 1e6),
    **dict.fromkeys(("b", "bn", "bln", "mrd", "mld", "billion", "billions", "milliarden"), 1e9),
    **dict.fromkeys(("t", "tn", "trillion", "trillions"), 1e12),
    **dict.fromkeys("万萬만", 1e4), **dict.fromkeys("亿億억", 1e8),
    **dict.fromkeys(("lakh", "lakhs", "lac", "lacs"), 1e5), **dict.fromkeys(("cr", "crore", "crores"), 1e7),
}  # fmt: skip
UNSURE_SCALES = frozenset("mbt")
"""Also units: metres, bytes, tonnes."""
_CODES = re.findall(
    r"\w+",
    "aed afn all amd ars aud azn bam bdt bgn bhd bob brl byn cad chf clp cny cop crc czk dkk dop dzd egp etb eur "
    "gbp gel ghs gtq hkd hnl hrk huf idr ils inr iqd irr isk jmd jod jpy kes kgs khr krw kwd kzt lak lbp lkr lyd "
    "mad mdl mga mkd mmk mnt mop mur mvr mxn myr mzn nad ngn nio nok npr nzd omr pab pen php pkr pln pyg qar ron "
    "rsd rub rwf sar sdg sek sgd syp thb tjs tmt tnd try ttd twd tzs uah ugx usd uyu uzs ves vnd xaf xof xpf yer "
    "zar zmw ",
)
_CURRENCIES = {
    **{code: code for code in _CODES},
    "$": "usd",
    "us$": "usd",
    "usd$": "usd",
    "dollar": "usd",
    "dollars": "usd",
    "€": "eur",
    "euro": "eur",
    "euros": "eur",
    "£": "gbp",
    "pounds": "gbp",
    "¥": "jpy",
    "円": "jpy",
    "yen": "jpy",
    "\\": "jpy",  # as Shift-JIS has it
    "元": "cny",
    "rmb": "cny",
    "cn¥": "cny",
    "₹": "inr",
    "rs": "inr",
    "re": "inr",
    "rupees": "inr",
    "₩": "krw",
    "원": "krw",
    "₽": "rub",
    "руб": "rub",
    "₺": "try",
    "tl": "try",
    "₴": "uah",
    "₪": "ils",
    "₫": "vnd",
    "฿": "thb",
    "₱": "php",
    "₦": "ngn",
    "r$": "brl",
    "kr": "kr",
    "kč": "czk",
    "zł": "pln",
    "ft": "ft",
    "lei": "ron",
    "лв": "bgn",
    "fr": "chf",
    "sfr": "chf",
    "a$": "aud",
    "au$": "aud",
    "c$": "cad",
    "ca$": "cad",
    "nz$": "nzd",
    "hk$": "hkd",
    "s$": "sgd",
    "mx$": "mxn",
    "nt$": "twd",
    "rp": "idr",
    "rm": "myr",
    "r": "zar",
    "₡": "crc",
    "₲": "pyg",
    "₸": "kzt",
    "￠": "¢",
    "¢": "¢",
    "cents": "¢",
    "s/": "pen",
}
_MISSING = MISSING_TEXTS | frozenset({
    *("??", "???", "---", "—", "..", "...", "…", "*", "**", "x", "xx", "xxx", "\\n", "n.a.", "n.a", "nil"),
    *("unknown", "unk"),
    *("unknwn", "undefined", "not available", "not applicable", "not known", "not specified", "not reported"),
    *("not recorded", "not provided", "not given", "no data", "nodata", "no answer", "no info", "no information"),
    *("unspecified", "unavailable", "blank", "(blank)", "empty", "(empty)", "(null)", "<na>", "<null>", "tbd"),
    *("tba", "tbc", "pending", "refused", "withheld", "suppressed", "confidential", "error", "nd", "n.d.", "n/d"),
    *("nc", "n.c.", "nr", "n/r", "k.a.", "k. a.", "void", "keine angabe", "unbekannt", "inconnu", "desconocido"),
    *("keine daten", "fehlt", "fehlend", "non renseigné", "non disponible", "non communiqué", "no disponible"),
    *("sin datos", "sin dato", "no informado", "não informado", "sem dados", "non disponibile", "geen", "niet bekend"),
    *("brak", "brak danych", "nieznane", "okänd", "saknas", "ukendt", "mangler", "ukjent", "bilinmiyor", "н/д"),
    *("нет данных", "не указано", "未知", "不详", "缺失", "不明", "未記入", "없음", "미상"),
    *("sconosciuto", "desconhecido", "onbekend", "неизвестно", "#ref!", "#value!", "#div/0!", "#name?", "#num!"),
    *("#null!", "#spill!", "#calc!", "#error!", "#getting_data"),
})  # fmt: skip
_NOT_BEFORE = frozenset({"all", "ft", "re", "tl", "fr", "cents", "try", "top"})
_ABOUT = frozenset(
    {"ca", "circa", "approx", "about", "around", "over", "under", "upto", "from", "morethan", "lessthan"}
)
_AMOUNT_PARTS = re.compile(
    r"(?P<before>\D*?)(?P<body>[.,]?\d(?:[\d.,' ]*\d)?[.,]?(?:[eE][+-]?\d+)?)(?P<behind>\D*?(?:[^\W\d_][23])?)"
)
_TYPED = re.compile(r"""="(.*)"|'([-+.\d].*)""")
"""How Excel keeps digits as text: ="159" and '159."""
_QUICK = r"(-?)([$€£¥₹]?) ?(-?)({})(?: ?([^\W\d_]+|[%‰$€£¥₹]))?"
"""What most amounts are, to be quick: the first sign or the second, a currency, digits, a unit."""
_COUNTED = re.compile(r"\)\s*+([^\W\d_]{4,})")
_UNIT = re.compile(r"[^\d\[\]{}<>|\\:;,!?=@*_#~^+()]{1,24}[23]?")
_BEFORE_SCALE = re.compile(r"([^\W\d_]+)\.?(?:\s+(.*)|([€$£¥₹].*))?")
_SCALED_CODE = re.compile(r"([kmt])\s*(" + "|".join([*_CODES, "euro"]) + ")", re.IGNORECASE)
_PLURALS = ("s", "es", "e", "n", "en", "er")


class Amount(typing.NamedTuple):
    """The parts of an amount.

    Parameters
    ----------
    body : str
        Digits with the marks among them.
    before, behind : str
        Currency or unit, as written.
    is_negative : bool
    signs : frozenset of str
        What is more than a plain sign: ``()``, ``-`` behind the number, ``<`` for a bound or "about".
    """

    body: str
    before: str
    behind: str
    is_negative: bool
    signs: frozenset[str]


def with_plain_marks(text: str) -> str:
    """Write real minus signs, narrow blanks and the digits of other scripts as a keyboard has them.

    >>> with_plain_marks("−12"), with_plain_marks("1 234")
    ('-12', '1 234')
    """
    if text[:1] in ("=", "'") and (typed := _TYPED.fullmatch(text)):
        text = typed[2] or typed[1] or ""
    return text.strip() if text.isascii() else text.translate(_ON_KEYBOARD).strip()


def amount_in(text: str) -> Amount | None:
    """Take an amount to parts; None where a text holds none, or more than one.

    >>> amount_in("-$1,234").body, amount_in("12 kg").behind, amount_in("10-20")
    ('1,234', 'kg', None)
    """
    found = _AMOUNT_PARTS.fullmatch(with_plain_marks(text))
    if found is None:
        return None
    before, body, behind = found["before"], found["body"], found["behind"].strip()
    if before[-1:].isalpha() and body[0] in ".,":  # Rs.500
        before, body = before + body[0], body[1:]
    if body[-1] in ".," and behind.startswith("-"):  # a price such as 12,- has no cents
        behind = behind.lstrip("-").strip()
    signs = {"<"} if re.search("[<>≤≥~≈±]", before) or behind.endswith("+") else set()
    if before.count("(") != behind.count(")") or before.count("(") > 1:
        return None
    minus = before.count("-")
    if behind[:1] == "-" or behind[-1:] == "-":
        signs, minus = {*signs, "-"}, minus + 1
    if "(" in before and not _counts(behind):
        signs, minus = {*signs, "()"}, minus + 1
    before, behind = re.sub(r"[<>≤≥=~≈±()+-]", "", before), behind.strip(" -+)")
    is_glued, before = before[-1:].isalpha(), before.strip()
    if affix(before) in _ABOUT and not is_glued:  # CA12 is a name
        before, signs = "", {*signs, "<"}
    is_whole_text = minus <= 1 and (not behind or _UNIT.fullmatch(behind)) and len(before) < 12  # noqa: PLR2004
    return Amount(body, before, behind, minus > 0, frozenset(signs)) if is_whole_text else None


def _counts(behind: str) -> bool:
    """Whether a word behind brackets says what a number counts, as in (12) reviews, so that they are no minus."""
    word = found[1].casefold() if (found := _COUNTED.match(behind)) else ""
    return bool(word) and word not in _SCALES and word not in _CURRENCIES


def says_missing(text: str) -> bool:
    """Whether a text among numbers says that there is none, with or without a unit: "null bhp", "$ -"."""
    plain = with_plain_marks(text).casefold()
    bare = plain.strip("$€£¥₹% ")
    first, _, rest = plain.partition(" ")
    return plain in _MISSING or bare in _MISSING or (first in ("null", "nan", "-") and rest.isalpha())


def affix(text: str) -> str:
    """Give the common form of a currency or unit; one currency has one, however it is written.

    >>> affix("Rs."), affix("€"), affix("km / h")
    ('inr', 'eur', 'km/h')
    """
    plain = re.sub(r"[\s.]+", "", text).casefold()
    return _CURRENCIES.get(plain, plain)


def is_currency(text: str, *, before: bool) -> bool:
    """Whether an affix is the name or sign of a currency, before or behind an amount."""
    plain = re.sub(r"[\s.]+", "", text).casefold()
    return plain in _CURRENCIES and not (before and plain in _NOT_BEFORE)


def scale_in(behind: str) -> tuple[str, str]:
    """Split what stands behind a number into a scale, such as K, and the rest.

    >>> scale_in("K"), scale_in("Mio. €"), scale_in("T€"), scale_in("kg")
    (('k', ''), ('mio', '€'), ('tsd', '€'), ('', 'kg'))
    """
    if behind[:1] in ("万", "萬", "만", "亿", "億", "억"):
        return behind[0], behind[1:].strip()
    found = _BEFORE_SCALE.fullmatch(behind)
    if found and (scale := found[1].casefold()) in _SCALES:
        rest = (found[2] or found[3] or "").strip()
        return "tsd" if scale == "t" and affix(rest) in ("eur", "chf") else scale, rest
    if found := _SCALED_CODE.fullmatch(behind):
        return {"t": "tsd"}.get(found[1].casefold(), found[1].casefold()), found[2]
    return "", behind


def scale_value(scale: str) -> float:
    """What a scale multiplies by."""
    return _SCALES[scale]


def same_unit(one: str, other: str) -> bool:
    """Whether two units differ by their number alone: year and years.

    >>> same_unit("year", "years"), same_unit("m", "ms")
    (True, False)
    """
    short, long = sorted((one, other), key=len)
    ending = long[len(short) :]
    plurals = _PLURALS if len(short) > 2 else ("s",)  # noqa: PLR2004 - mi and min
    return one == other or (len(short) > 1 and long.startswith(short) and ending in plurals)


@functools.lru_cache(maxsize=64)
def body_pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    """Match the digits of a number that is written with some marks."""
    point, mark = re.escape(decimal), re.escape(thousands)
    plain = rf"(?:\d+(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?"
    if not thousands:
        return re.compile(plain)
    grouped = rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+|[1-9]\d?(?:{mark}\d{{2}})+{mark}\d{{3}}"
    return re.compile(rf"{plain}|(?:{grouped})(?:{point}\d*)?")


def body_value(body: str, decimal: str, thousands: str) -> float:
    """Read the digits of a number; NaN where they are not written so.

    >>> body_value("1.234,5", ",", "."), body_value("12,34,567", ".", ","), body_value("1.5", ",", ".")
    (1234.5, 1234567.0, nan)
    """
    if not body_pattern(decimal, thousands).fullmatch(body):
        return float("nan")
    return float((body.replace(thousands, "") if thousands else body).replace(decimal, "."))


@functools.lru_cache(maxsize=256)
def amount_reader(
    decimal: str, thousands: str, affixes: tuple[str, ...], scales: tuple[str, ...], signs: tuple[str, ...]
) -> typing.Callable[[str], float]:
    """Give the function that reads texts which are written in one way; NaN where a text is not."""

    def read(text: str) -> float:
        amount = amount_in(text)
        if amount is None or not amount.signs.issubset(signs):
            return float("nan")
        scale, rest = scale_in(amount.behind)
        if scale not in scales:
            scale, rest = "", amount.behind
        units = [affix(part) for part in (amount.before, rest) if part]
        if not all(any(same_unit(unit, known) for known in affixes) for unit in units):
            return float("nan")
        value = body_value(amount.body, decimal, thousands) * _SCALES.get(scale, 1.0)
        return -value if amount.is_negative else value

    quick = re.compile(_QUICK.format(body_pattern(decimal, thousands).pattern))
    factors: dict[tuple[str, str], float] = {}

    def read_quickly(text: str) -> float:
        found = quick.fullmatch(text)
        if found is None or (found[1] and found[3]):
            return read(text)
        around = found[2], found[5] or ""
        factor = factors.get(around)
        if factor is None:
            factor = read(f"{around[0]}1 {around[1]}")
            if factor == factor:  # of what is no unit here there is no end
                factors[around] = factor
        body = found[4].replace(thousands, "") if thousands else found[4]
        value = float(body if decimal == "." else body.replace(decimal, ".")) * factor
        return -value if found[1] or found[3] else value

    return read_quickly
