"""Whether letters behind numbers multiply them: 1.2K beside 3M, and not CR beside DR."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import numpy as np

from mlestar_jupyter.core.amounts import UNSURE_SCALES, Amount, affix, is_currency, scale_in, scale_value

_NEXT_SCALE = 1000
_LETTERS = re.compile(r"[^\W\d_]{1,2}")


def scales_of(amounts: Collection[Amount]) -> set[str]:
    """Find what stands behind the numbers and multiplies them: M beside K, or beside a currency, and no metres."""
    found = [(scale, rest, a) for a in amounts for scale, rest in [scale_in(a.behind)] if scale]
    names = {scale for scale, _, _ in found}
    is_sure = any(s not in UNSURE_SCALES and a.behind[:2] != "CR" for s, _, a in found) or len(names) > 1
    are_millions = names == {"m"} and all(a.behind[:1] == "M" for _, _, a in found)
    return names if is_sure or are_millions or any(_has_currency(a) for _, _, a in found) else set()


def _has_currency(amount: Amount) -> bool:
    return is_currency(amount.before, before=True) or is_currency(scale_in(amount.behind)[1], before=False)


def against_scales(parts: Mapping[str, Amount], counts: Mapping[str, int], few: float) -> tuple[str, str] | None:
    """Find two texts that show letters to be no scales: CR beside DR, 20M beside 21F or 21, 1B beside 2M.

    Parameters
    ----------
    parts : mapping
        By text.
    counts : mapping of str to int
        Rows that have a text.
    few : float
        So many rows show nothing.
    """
    scaled = {text: scale for text, amount in parts.items() if (scale := scale_in(amount.behind)[0])}
    if not scaled:
        return None
    others = _with_other_letters(parts, scaled)
    against = others[0] if sum(counts[text] for text in others) > few else ""
    if not against and not any(_has_currency(parts[text]) for text in scaled):
        against = _of_their_size(parts, scaled) or _needless(parts, scaled)
    return (next(text for text in scaled if text != against), against) if against else None


def _with_other_letters(parts: Mapping[str, Amount], scaled: Mapping[str, str]) -> list[str]:
    """Find numbers with a letter or two behind that are neither a currency nor behind a scale."""
    rests = {affix(scale_in(parts[text].behind)[1]) for text in scaled}
    return [
        text
        for text, amount in parts.items()
        if text not in scaled
        and _LETTERS.fullmatch(amount.behind.rstrip("."))
        and not (affix(amount.behind) in rests or is_currency(amount.behind, before=False))
    ]


def _of_their_size(parts: Mapping[str, Amount], scaled: Mapping[str, str]) -> str:
    """Find a number without a letter where such are as large as those with one, so that no scale makes these short."""
    bare = {t: size for t, a in parts.items() if t not in scaled and not a.behind and (size := _size(a))}
    sizes = [size for text in scaled if (size := _size(parts[text]))]
    if not bare or not sizes:
        return ""
    low, high = sorted((np.median(list(bare.values())), np.median(sizes)))
    is_alike = low >= _NEXT_SCALE or (set(scaled.values()) == {"m"} and high < 10 * low)
    return next(iter(bare)) if is_alike else ""


def _needless(parts: Mapping[str, Amount], scaled: Mapping[str, str]) -> str:
    """Find a whole number with the smaller of two letters where all such are too small to need the larger one."""
    largest = max(scaled.values(), key=scale_value)
    below = [text for text, scale in scaled.items() if scale != largest]
    are_letters = all(len(parts[text].behind) == 1 and parts[text].body.isdecimal() for text in scaled)
    return below[0] if are_letters and below and max(_size(parts[t]) for t in below) < _NEXT_SCALE / 10 else ""


def _size(amount: Amount) -> float:
    """About how large a number is, whatever its marks are."""
    return float(re.sub(r"\D", "", re.sub(r"[.,](\d{1,2}|\d{4,})$", "", amount.body)) or 0)
