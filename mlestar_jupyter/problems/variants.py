"""Labels that may be one: the same word in other capitals, with blanks around it, in other characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Mapping, Sequence

from mlestar_jupyter.core.labels import without

_SHOWN = 3
_UNSEEN = "[\u00ad\u200b-\u200f\u2060\ufeff]"
_STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ('.str.normalize("NFKC")', lambda text: unicodedata.normalize("NFKC", text)),
    (
        r'.str.replace("[\u00ad\u200b-\u200f\u2060\ufeff]", "", regex=True)',
        lambda text: re.sub(_UNSEEN, "", text),
    ),
    (""".str.strip("\\"'")""", lambda text: text.strip("\"'")),
    (".str.strip()", str.strip),
    ('.str.split().str.join(" ")', lambda text: " ".join(text.split())),
    ('.str.rstrip(".")', lambda text: text.rstrip(".")),
    (".str.lower()", str.lower),
    (".str.casefold()", str.casefold),
    ('.str.removesuffix(" 00:00:00")', lambda text: text.removesuffix(" 00:00:00")),
    (r""".str.replace(r"^(-?\d+)\.0$", r"\1", regex=True)""", lambda text: re.sub(r"^(-?\d+)\.0$", r"\1", text)),
)
"""What makes such labels one, in the order of `without`, each with what it does to a text; the plainer of two first."""


def variants_notice(name: str, counts: Mapping[Hashable, int], *, has_others: bool = False) -> str:
    """Point out labels that differ in writing alone; empty where there are none.

    They are not made one: who wrote them may have meant two.

    Parameters
    ----------
    name : str
        Of the target.
    counts : mapping
        Rows of each label.
    has_others : bool
        Whether the table has numbers or booleans beside texts, of which pandas' methods for texts make nothing.
    """
    groups: dict[str, list[str]] = {}
    for label in (label for label in counts if isinstance(label, str)):
        groups.setdefault(without(label), []).append(label)
    alike = [labels for labels in groups.values() if len(labels) > 1]
    if not alike:
        return ""
    shown = "; ".join(", ".join(f"{label!r} ({counts[label]:,})" for label in labels) for labels in alike[:_SHOWN])
    more = "; …" if len(alike) > _SHOWN else ""
    how = cure([label for labels in alike for label in labels])
    text = f"table[{name!r}]" + ('.astype("string")' if has_others else "")
    mend = f"write table[{name!r}] = {text}{how}" if how else "correct the table"
    return (
        f"Labels of {name} that differ in writing alone, with their rows: {shown}{more}. Each is a class of its own; "
        f"if they mean the same, {mend}."
    )


def cure(labels: Sequence[str]) -> str:
    """Write the calls of pandas that make labels one which differ in writing alone; empty where none do."""
    fewest = len(set(map(without, labels)))
    steps = list(_STEPS)
    if _left(labels, steps) > fewest:
        return ""
    for step in reversed(_STEPS):
        others = [each for each in steps if each is not step]
        if _left(labels, others) == fewest:
            steps = others
    return "".join(code for code, _ in steps)


def _left(labels: Sequence[str], steps: Sequence[tuple[str, Callable[[str], str]]]) -> int:
    """How many labels are left after some steps."""
    found = set(labels)
    for _, step in steps:
        found = set(map(step, found))
    return len(found)
