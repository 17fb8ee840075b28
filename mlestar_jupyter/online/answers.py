"""Reading answers in JSON: whatever is in them, what comes out has the type that was asked for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import TypeVar

from mlestar_jupyter.errors import ProviderError
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.online.fetch import address_of
from mlestar_jupyter.online.text import plain

T = TypeVar("T")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def items(provider: str, answer: object, *path: str) -> list[Mapping[str, object]]:
    """Find the list of results below some keys; items of another form are left out.

    Raises
    ------
    ProviderError
        When there is no list.
    """
    found: object = answer
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, list):
        raise other_form(provider)
    return [item for item in found if isinstance(item, Mapping)]


def other_form(provider: str) -> ProviderError:
    """Say that an answer is none that can be read, and what may be the reason."""
    return ProviderError(
        f"{provider}: the answer has another form than the service documents.",
        mend=f"Check {address_of(provider)}, if you have set it; "
        "a newer version of this package may know the new form.",
    )


def references(found: Iterable[T], read: Callable[[T], Reference | None], limit: int) -> list[Reference]:
    """Read results one by one, as many as are wanted; what is no reference is left out."""
    return list(islice((reference for item in found if (reference := read(item)) is not None), limit))


def count(value: object) -> int:
    """Read a number of citations, votes or downloads; 0 for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return 0
    return max(0, min(int(value), 10**12))


def date(value: object) -> str:
    """Read the day of an ISO date, or the year; "" for anything else.

    >>> date("2026-02-01T00:00:00.000Z"), date(2025), date("yesterday")
    ('2026-02-01', '2025', '')
    """
    found = _DATE.match(str(value)) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
    return found[0] if found else ""


def words(value: object, most: int) -> list[str]:
    """Read a list of short texts."""
    found = [plain(v, 60) for v in value[:200]] if isinstance(value, list) else []
    return [word for word in found if word][:most]
