"""How rows are to be split, as a user writes it: ``sliding, window=90d, gap=7d``. Standard library when imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

KINDS = ("auto", "expanding", "sliding", "monte carlo")
MOST_FOLDS = 50
_FEWEST_FOLDS = 2
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "min": 60, "s": 1}
_UNITS = (("D", 86_400), ("h", 3_600), ("m", 60), ("s", 1))  # as numpy names them
_LENGTH = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>s|min|h|d|w)?", re.IGNORECASE)


@dataclass(frozen=True)
class Split:
    """How development rows make folds, and what lies between the rows of both sides.

    Parameters
    ----------
    kind : {"auto", "expanding", "sliding", "monte carlo"}
        ``auto``: what the task has, time before groups before classes. ``expanding`` and ``sliding`` are of a time: a
        fold is fitted on all rows before those that it tests, or on the latest of them. ``monte carlo``: what is tested
        is drawn anew for each fold.
    folds : int or None
        How many; None for the usual number.
    gap : str
        Between the rows fitted on and those tested: a number in the unit of the time column, or of a date such as
        ``7d``, ``12h``, ``30min``; empty for none.
    window : str
        How far a sliding fold looks back, in the same units; empty for as many rows as the first fold has.
    """

    kind: str = "auto"
    folds: int | None = None
    gap: str = ""
    window: str = ""

    @property
    def needs_time(self) -> bool:
        """Whether it says nothing without a time column."""
        return self.kind in ("expanding", "sliding") or bool(self.gap or self.window)

    def __str__(self) -> str:
        """As it is read again."""
        given = [(f.name, getattr(self, f.name)) for f in fields(self) if f.name != "kind"]
        return ", ".join([self.kind, *(f"{name}={value}" for name, value in given if value)])


def read_split(given: str | Mapping[str, object]) -> Split:
    """Read what a user wrote.

    Raises
    ------
    ValueError
        With what is wrong with it.

    >>> read_split("sliding, gap=7d")
    Split(kind='sliding', folds=None, gap='7d', window='')
    """
    parts = _parts(given) if isinstance(given, str) else {str(k): str(v) for k, v in given.items()}
    names = [f.name for f in fields(Split)]
    unknown = set(parts) - set(names)
    if unknown:
        raise ValueError(f"{min(unknown)} is none of {', '.join(names)}")
    kind = " ".join(re.split(r"[\s_-]+", parts.get("kind", "auto").strip().lower()))
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
    folds = parts.get("folds", "").strip()
    if folds and not (folds.isdecimal() and _FEWEST_FOLDS <= int(folds) <= MOST_FOLDS):
        raise ValueError(f"folds={folds} is no whole number from {_FEWEST_FOLDS} to {MOST_FOLDS}")
    lengths = {name: parts.get(name, "").strip() for name in ("gap", "window")}
    for name, text in lengths.items():
        if text and not _LENGTH.fullmatch(text):
            raise ValueError(f"{name}={text} is no length such as 7d, 12h or, for a time in numbers, 30")
    if lengths["window"] and kind != "sliding":
        raise ValueError("only sliding folds have a window, so write sliding before it")
    return Split(kind, int(folds) if folds else None, **{k: "" if _is_zero(v) else v for k, v in lengths.items()})


def has_unit(length: str) -> bool:
    """Whether a length is one of dates."""
    found = _LENGTH.fullmatch(length)
    return found is not None and found["unit"] is not None


def length_of(text: str) -> np.timedelta64 | float:
    """Read a length of time: of dates where it has a unit, else a number."""
    import numpy as np

    return np.timedelta64(round(1e9 * _seconds(text)), "ns") if has_unit(text) else float(text)


def length_code(text: str) -> str:
    """Write a length of time as source that needs numpy alone; empty for none.

    >>> length_code("1w"), length_code("90min"), length_code("30")
    ('np.timedelta64(7, "D")', 'np.timedelta64(90, "m")', '30')
    """
    if not has_unit(text):
        return text
    seconds = _seconds(text)
    unit, size = next(((u, s) for u, s in _UNITS if seconds % s == 0), ("ms", 0.001))
    return f'np.timedelta64({round(seconds / size)}, "{unit}")'


def _seconds(length: str) -> float:
    found = _LENGTH.fullmatch(length)
    assert found is not None
    return float(found["number"]) * _SECONDS[found["unit"].lower()]


def _is_zero(length: str) -> bool:
    return not length.strip("0.dhwsminDHWSMIN")


def _parts(text: str) -> dict[str, str]:
    """Name the parts of a text; one without a name is the kind."""
    found: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, has_name, value = (p.strip() for p in part.partition("="))
        if has_name:
            found[name] = value
        elif "kind" in found:
            raise ValueError(f"{part!r} is a second kind")
        else:
            found["kind"] = name
    return found
