"""Find how the numbers of a column are written: a reading that nearly all of its texts agree with.

What a text says alone is read by `core.amounts`; what 1.234 is, a thousand or one and a bit, the column says together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlestar_jupyter.core.amounts import (
    Amount,
    affix,
    amount_in,
    amount_reader,
    body_pattern,
    body_value,
    is_currency,
    same_unit,
    says_missing,
    scale_in,
    with_plain_marks,
)
from mlestar_jupyter.core.clocks import COMPASS, degrees_in, hours_of_day, parts_in, seconds_in
from mlestar_jupyter.core.decimal_marks import OTHER_MARK
from mlestar_jupyter.core.quantities import NUMBER
from mlestar_jupyter.modalities.scales import against_scales, scales_of

UNITS = frozenset(
    re.findall(
        r"\S+",
        "kg g mg µg t lb lbs oz st km m cm mm µm nm mi mile ft in inch yd l ml cl dl gal pt s sec min h hr "
        "hour day week month year ms ns hz khz mhz ghz w kw mw wh kwh mwh v kv mv a ma b kb mb gb tb kib mib "
        "gib c f °c °f k km/h mph kmh m/s bar pa hpa kpa mpa psi j kj cal kcal % ‰ ppm ppb cc bhp hp ps rpm px ",
    )
)
_GLUED = UNITS - {"a", "b", "j", "st", "pt", "in"}
"""Units that need no blank: 16gb is no code; those of one letter where there are many different numbers."""
_MONEY = frozenset({"usd", "eur", "gbp", "chf", "inr", "kr"})
_MOST_TEXTS = 3000
_CODES = 12  # so few whole numbers may be codes
_AMOUNTS = 30  # so many different numbers are amounts
_FEW_TEXTS, _FEW, _VERY_FEW = 5, 0.1, 0.05
_THOUSANDS = {".": (",", " ", "'"), ",": (".", " ", "'")}
_LONG = 8
_MOST_UNITS = 50
_ENOUGH_DIGITS = 3
_HEMISPHERES = (frozenset("NS"), frozenset("EW"))
_ADDRESS = re.compile(r"(\d{1,3})(?:\.(\d{1,3})){3}")


@dataclass(frozen=True)
class Written:
    """How the amounts of a column are written.

    Parameters
    ----------
    kind : {"number", "time", "duration"}
    decimal, thousands : str
        The marks.
    affixes, scales, signs : tuple of str
        As `core.column.Column` has them.
    whole : bool
        Whether all texts are whole numbers, and none says "missing".
    example : str
        A text that shows it.
    value : float
        What that is read as.
    evidence : {".", ",", ""}
        The decimal mark that the texts themselves prove.
    unsure : bool
        Whether they could be read with the other decimal mark too.
    maybe : {"codes", "minutes", ""}
        What they could be as well: names such as 1E5, minutes and seconds.
    """

    kind: str = "number"
    decimal: str = "."
    thousands: str = ""
    affixes: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    whole: bool = False
    example: str = ""
    value: float = float("nan")
    evidence: str = ""
    unsure: bool = False
    maybe: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether Python writes numbers so, but for the decimal mark."""
        return self.kind == "number" and not (self.thousands or self.affixes or self.scales or self.signs)


@dataclass(frozen=True)
class SeveralUnits:
    """Amounts in units that cannot be compared, or with both decimal marks.

    Parameters
    ----------
    examples : tuple of str
        A text of each of two units or marks.
    what : str
        What there are several of.
    """

    examples: tuple[str, ...]
    what: str = "units"


@dataclass(frozen=True, eq=False)
class _Texts:
    """The distinct texts of a column with their counts, those that say "missing" left out."""

    counts: Mapping[str, int]
    numbers: np.ndarray
    """Those given as numbers."""
    has_marks: bool
    is_asked: bool = False

    def weight(self, texts: Iterable[str]) -> int:
        return sum(self.counts[text] for text in texts)

    @property
    def size(self) -> int:
        return self.weight(self.counts) + len(self.numbers)

    def agree(self, values: Mapping[str, float], *, are_codes: bool = False) -> bool:
        """Whether nearly all texts are read, and what is not can be missing without loss."""
        strangers = [text for text in self.counts if text not in values]
        if not strangers or self.is_asked:
            return bool(values) or len(self.numbers) > 0
        share = self.weight(strangers) / self.size
        distinct = {*values.values(), *self.numbers[:_MOST_TEXTS].tolist()}
        if are_codes and len(distinct) <= _CODES:  # a letter among 1 to 3 is a code as well
            return share <= _VERY_FEW and all(self.counts[t] < max(2, self.size / 100) for t in strangers)
        if are_codes and any(re.search(r"\d", text) for text in strangers):
            return share <= 1 / 100
        if len(strangers) == 1 and len(distinct) > _AMOUNTS and not re.search(r"\d", strangers[0]):
            return share < 1 / 2  # one word beside amounts: it says that a value is missing
        return share <= (_FEW if len(strangers) <= _FEW_TEXTS else _VERY_FEW)


def find(
    texts: pd.Series, prefers: str = "", numbers: pd.Series | None = None, *, is_asked: bool = False
) -> Written | SeveralUnits | None:
    """Find how the amounts of a column are written; None where it holds something else.

    Parameters
    ----------
    texts : Series
        Those of the column, without blanks around them.
    prefers : {".", ",", ""}
        The decimal mark where the texts do not say it.
    numbers : Series, optional
        Values of the column that are no text.
    is_asked : bool
        Whether the user says that it holds numbers: what is none of them is missing, be it much.
    """
    known = _distinct(texts, np.array([]) if numbers is None else numbers.to_numpy(dtype=float), is_asked=is_asked)
    if known is None:
        return None
    return _clock(known, prefers) or _compass(known) or _amounts(known, prefers)


def _distinct(texts: pd.Series, numbers: np.ndarray, *, is_asked: bool) -> _Texts | None:
    """Count the distinct texts, of very many some; None where most are no amounts, or say "missing"."""
    counts = texts.value_counts(sort=False)
    if len(counts) > _MOST_TEXTS:
        counts = counts.iloc[np.linspace(0, len(counts) - 1, _MOST_TEXTS).astype(int)]
    known = {str(text): int(count) for text, count in counts.items()}
    with_digits = sum(count for text, count in known.items() if re.search(r"\d", text)) + len(numbers)
    if not is_asked and 2 * with_digits <= sum(known.values()) + len(numbers):
        return None
    marks = {text for text in known if says_missing(text)}
    n_marks = sum(known[text] for text in marks)
    if not is_asked and 2 * n_marks >= sum(known.values()) + len(numbers):
        return None
    return _Texts({t: n for t, n in known.items() if t not in marks}, numbers, bool(marks), is_asked)


# --- times, durations and degrees ---------------------------------------------------------------------------------


def _clock(known: _Texts, prefers: str) -> Written | None:
    if len(known.numbers):
        return None
    times = _read_by(hours_of_day, known.counts)
    if times and known.agree(times):
        return _timed("time", times)
    parts = {text: pairs for text in known.counts if (pairs := parts_in(with_plain_marks(text)))}
    decimal, thousands, evidence, unsure = _marks(known, _bodies(parts), prefers)
    spans = _read_by(lambda text: seconds_in(text, decimal, thousands), known.counts)
    if not spans or not known.agree(spans):
        return None
    if len(parts) == len(spans) and (_have_one_unit(parts.values()) or _may_be_no_spans(parts)):
        return None
    found = _timed("duration", spans)
    if not parts:
        return found
    example = _example(spans, dict.fromkeys(spans, "") | _bodies(parts), unsure=True)
    return replace(
        found, decimal=decimal, thousands=thousands, example=example, value=spans[example], evidence=evidence,
        unsure=unsure, maybe="",
    )  # fmt: skip


def _timed(kind: str, values: Mapping[str, float]) -> Written:
    """Show the text with the most parts: 8:30 could be minutes and seconds, 08:30 and 8:30:15 are not."""
    example = max(values, key=lambda text: (len(re.sub(r"[\d\s]", "", text)), text.startswith("0")))
    maybe = "minutes" if re.fullmatch(r"[1-9]\d{0,2}:\d\d", example) else ""
    return Written(kind, example=example, value=values[example], maybe=maybe)


def _bodies(parts: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, str]:
    """Give of each duration the number with the most marks."""
    return {text: max((b for b, _ in found), key=lambda b: len(re.sub(r"\d", "", b))) for text, found in parts.items()}


def _have_one_unit(durations: Collection[Sequence[tuple[str, str]]]) -> bool:
    """Whether all are such as "90 min": amounts like any other."""
    units = {tuple(unit for _, unit in parts) for parts in durations}
    first = next(iter(units), ())
    return all(len(unit) == 1 and same_unit(unit[0], first[0]) for unit in units) if first else False


def _may_be_no_spans(durations: Mapping[str, Sequence[tuple[str, str]]]) -> bool:
    """Whether all are a number and a letter that may say something else: 20 M and 21 W, 1m and 2y, which are months."""
    if any(len(found) > 1 or len(found[0][1]) > 1 for found in durations.values()):
        return False
    units = {unit for found in durations.values() for _, unit in found}
    return ("m" in units and not units & {"h", "s"}) or any(re.search("[A-Z]", text) for text in durations)


def _compass(known: _Texts) -> Written | None:
    """Recognise degrees of latitude or longitude by their letters; 60W alone is a lamp."""
    values = _read_by(degrees_in, known.counts)
    letters = {text: re.findall("[NESW]", text, re.IGNORECASE) for text in values}
    named = {text: found[0] for text, found in letters.items() if found}
    axis = frozenset(letter.upper() for letter in named.values())
    if not named or not any(axis <= both for both in _HEMISPHERES) or not known.agree({t: values[t] for t in named}):
        return None
    has_signs = known.weight(text for text in named if re.search("[°º]", text))
    digits = 1 if len(axis) > 1 else _ENOUGH_DIGITS
    is_small = len(axis) == 1 and any(letter.islower() for letter in named.values())  # 9.581s are seconds
    precise = 0 if is_small else known.weight(t for t in named if re.search(rf"[.,]\d{{{digits}}}", t))
    if 2 * max(has_signs, precise) < known.size:
        return None
    example = next((text for text, letter in named.items() if letter in "SWsw"), next(iter(named)))
    return Written(example=example, value=values[example], signs=(COMPASS,))


def _read_by(read: Callable[[str], float], texts: Iterable[str]) -> dict[str, float]:
    found = {text: read(with_plain_marks(text)) for text in texts}
    return {text: value for text, value in found.items() if value == value}


# --- amounts ------------------------------------------------------------------------------------------------------


def _amounts(known: _Texts, prefers: str) -> Written | SeveralUnits | None:
    parts = {text: amount for text in known.counts if (amount := amount_in(text)) is not None}
    doubt = against_scales(parts, known.counts, _VERY_FEW * known.size)
    scales = set() if doubt else scales_of(parts.values())
    units = {text: unit for text, amount in parts.items() if (unit := _unit(amount, scales)) is not None}
    own = _own_unit(known, units)
    kept = {text: parts[text] for text, unit in units.items() if _is_of(unit, own)}
    bodies = {text: amount.body for text, amount in kept.items()}
    if not known.is_asked and (_are_codes(known, kept) or _are_labels(known, kept)):
        return None
    decimal, thousands, evidence, unsure = _marks(known, bodies, prefers)
    values = {t: v for t, body in bodies.items() if (v := body_value(body, decimal, thousands)) == v}
    signs = {sign for text in values for sign in kept[text].signs}
    whole = all(re.fullmatch(r"\d+", body.replace(thousands, "") if thousands else body) for body in bodies.values())
    whole = whole and bool((known.numbers == known.numbers.round()).all())
    is_bare = not (own or scales or signs)
    if not known.agree(values, are_codes=is_bare and whole):
        marks = _both_marks(known, bodies, values, decimal)
        return _several(known, units) or marks or (SeveralUnits(doubt) if doubt else None)
    seen = bool(thousands) and any(thousands in bodies[text] for text in values)
    if not seen and is_bare and decimal == "." and all(map(NUMBER.fullmatch, map(with_plain_marks, values))):
        thousands = ""
    with_unit = {text: value for text, value in values.items() if units[text]}
    example = _example(with_unit or values, bodies, unsure=unsure)
    affixes = tuple(sorted({affix for text in values for affix in units[text]}))
    how = (decimal, thousands, affixes, tuple(sorted(scales)), tuple(sorted(signs)))
    return Written(
        decimal=decimal,
        thousands=thousands,
        affixes=affixes,
        scales=how[3],
        signs=how[4],
        whole=is_bare and whole and not known.has_marks and len(values) == len(known.counts),
        example=example,
        value=amount_reader(*how)(example),
        evidence=evidence,
        unsure=unsure,
        maybe="codes" if is_bare and may_be_codes(bodies.values()) else "",
    )


def _unit(amount: Amount, scales: Collection[str]) -> tuple[str, ...] | None:
    """Name currency and unit of an amount; None where what stands before it is no currency."""
    if amount.before and not is_currency(amount.before, before=True):
        return None
    scale, rest = scale_in(amount.behind)
    rest = rest if scale in scales else amount.behind
    return tuple(dict.fromkeys(affix(part) for part in (amount.before, rest) if part))


def _own_unit(known: _Texts, units: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Find the unit of the column: that of most amounts, or the currency that some of them have."""
    counts: Counter[tuple[str, ...]] = Counter()
    for text, unit in units.items():
        counts[unit] += known.counts[text]
    usual = [unit for unit, _ in counts.most_common(_MOST_UNITS) if unit]
    weights: Counter[tuple[str, ...]] = Counter()
    for unit, count in counts.items():
        same = next((u for u in usual if _is_of(unit, u)), unit) if unit else unit
        weights[same] += count
    named = {unit: weight for unit, weight in weights.items() if unit}
    if not named:
        return ()
    own = max(named, key=lambda unit: named[unit])
    bare = weights[()] + len(known.numbers)
    return own if any(map(_is_money, own)) or named[own] >= bare else ()


def _is_of(unit: tuple[str, ...], own: tuple[str, ...]) -> bool:
    return not unit or (len(unit) == len(own) and all(map(same_unit, unit, own)))


def _several(known: _Texts, units: Mapping[str, tuple[str, ...]]) -> SeveralUnits | None:
    """Recognise amounts that have a unit in nearly every row, and not the same."""
    named = {text: unit for text, unit in units.items() if any(u in UNITS or _is_money(u) for u in unit)}
    by_unit = {unit: text for text, unit in reversed(named.items())}
    if known.weight(named) < (1 - _FEW) * known.size or len(by_unit) < 2:
        return None
    return SeveralUnits(tuple(by_unit.values())[:2])


def _both_marks(
    known: _Texts, bodies: Mapping[str, str], values: Mapping[str, float], decimal: str
) -> SeveralUnits | None:
    """Recognise amounts of which some can be read with one decimal mark alone, and nearly all others with the other."""
    other = OTHER_MARK[decimal]
    turned = {t: v for t, b in bodies.items() if t not in values and (v := body_value(b, other, decimal)) == v}
    own = [t for t in values if decimal in bodies[t] and body_value(bodies[t], other, decimal) != values[t]]
    if not turned or not own or not known.agree({**values, **turned}):
        return None
    return SeveralUnits((own[0], next(iter(turned))), "decimal marks")


def _is_money(unit: str) -> bool:
    return is_currency(unit, before=False)


def _are_codes(known: _Texts, kept: Mapping[str, Amount]) -> bool:
    """Whether whole numbers are rather names: leading zeros, addresses of machines, telephone numbers, long ids."""
    bodies = [amount.body for amount in kept.values()]
    if not bodies:
        return False
    if any(re.fullmatch(r"0\d+", body) for body in bodies):
        return True
    if all(_ADDRESS.fullmatch(b) and max(map(int, b.split("."))) < 256 for b in bodies):
        return True
    digits = {text: len(re.sub(r"\D", "", amount.body)) for text, amount in kept.items()}
    grouped = all(" " in body for body in bodies)
    if grouped and len(set(digits.values())) == 1 and min(digits.values()) > _LONG:
        return True
    if min(digits.values()) > _LONG and known.weight(t for t in kept if t.startswith("+")) > 0.9 * known.size:
        return True
    lossy = [t for t, a in kept.items() if re.fullmatch(r"\d{16,300}", a.body) and int(float(a.body)) != int(a.body)]
    return known.weight(lossy) > known.size / 100


def _are_labels(known: _Texts, kept: Mapping[str, Amount]) -> bool:
    """Whether letters glued to whole numbers make names of them: R1 to R4, RM101, 1a to 3a."""
    glued: dict[str, Amount] = {}
    for text, amount in kept.items():
        letters = amount.before or amount.behind
        if re.fullmatch(r"\d+", amount.body) and letters.isalpha() and not amount.is_negative:
            plain = with_plain_marks(text)
            is_spaced = re.search(r"[^\W\d_][\s.]+\d|\d[\s.)]+[^\W\d_]", plain)
            if not (is_spaced or (amount.before and amount.behind)):
                glued[text] = amount
    named = [text for text, amount in kept.items() if amount.before or amount.behind]
    if not glued or known.weight(glued) < (1 - _VERY_FEW) * known.weight(named):
        return False
    affixes = {affix(amount.before or scale_in(amount.behind)[1] or amount.behind) for amount in glued.values()}
    if all(one in _GLUED and len(one) > 1 for one in affixes):
        return False
    is_amount = all(one in _GLUED or one in _MONEY or scale_in(one)[0] for one in affixes)
    return not is_amount or len({amount.body for amount in glued.values()}) <= _CODES


def may_be_codes(bodies: Collection[str]) -> bool:
    """Whether numbers without a mark or sign have exponents, as names may look.

    >>> may_be_codes(["1E5", "7", "2E3"]), may_be_codes(["1e5", "2.5e3"]), may_be_codes(["15", "7"])
    (True, False, False)
    """
    has_exponents = any("e" in body or "E" in body for body in bodies)
    return has_exponents and all(re.fullmatch(r"\d+(?:[eE]\d+)?", body) for body in bodies)


# --- decimal marks ------------------------------------------------------------------------------------------------


def _marks(known: _Texts, bodies: Mapping[str, str], prefers: str) -> tuple[str, str, str, bool]:
    """Find the marks of decimals and thousands, whether the texts prove them, and whether they could be others."""
    best = {
        decimal: max(((_matching(known, bodies, decimal, mark), mark) for mark in marks), key=lambda pair: pair[0])
        for decimal, marks in _THOUSANDS.items()
    }
    marked = {mark for mark in ".," if any(mark in body for body in bodies.values())}
    for decimal, other in OTHER_MARK.items():
        if best[decimal][0] > best[other][0]:
            return decimal, best[decimal][1], decimal if marked else "", False
    if any(mark in text for text in bodies for mark in "\u066b\u066c"):  # Arabic marks have one meaning each
        return ".", best["."][1], ".", False
    open_ = [b for b in bodies.values() if not _same(b, best["."][1], best[","][1])]
    if not open_:
        decimal = prefers or "."
        return decimal, best[decimal][1], "", False
    decimal, is_proven = _decimal_of(bodies.values(), marked, prefers)
    return decimal, best[decimal][1], decimal if is_proven else "", not is_proven


def _matching(known: _Texts, bodies: Mapping[str, str], decimal: str, thousands: str) -> int:
    pattern = body_pattern(decimal, thousands)
    return known.weight(text for text, body in bodies.items() if pattern.fullmatch(body))


def _same(body: str, with_point: str, with_comma: str) -> bool:
    point, comma = body_value(body, ".", with_point), body_value(body, ",", with_comma)
    return point == comma or point != point or comma != comma


def _decimal_of(bodies: Collection[str], marked: Collection[str], prefers: str) -> tuple[str, bool]:
    """Decide what a mark with three digits behind it means in every text; also whether that is certain."""
    mark = next(iter(marked)) if len(marked) == 1 else ""
    if mark and any(re.fullmatch(r"\d{4,}", body) for body in bodies):  # 1234 beside 1.234: thousands have no mark
        return mark, True
    if prefers:
        return prefers, False
    if mark and any(re.fullmatch(r"\d{1,3}", body) for body in bodies):  # 12 beside 1.234: decimals would be 12.000
        return OTHER_MARK[mark], False
    return ".", False


def _example(values: Mapping[str, float], bodies: Mapping[str, str], *, unsure: bool) -> str:
    """Choose a text that shows how the others are written: the first with the most marks."""

    def shows(text: str) -> tuple[bool, int]:
        return unsure and bool(re.search("[.,]", bodies[text])), len(set(re.sub(r"\d", "", text)))

    return max(values, key=shows, default="")
