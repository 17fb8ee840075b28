"""How the labels of another table are matched with those that are known.

Runs alone, as `rows` does: the standard library, numpy and pandas.
"""

import itertools
import typing
import unicodedata

import numpy as np
import pandas as pd

from mlestar_jupyter.core.texts import as_text, some_of, unmixed

Label = str | int | float | bool
DIFFERENCES: dict[str, typing.Callable[[str], str]] = {
    "their type": unmixed,
    "blanks": lambda text: " ".join(text.split()),
    "a full stop at the end": lambda text: text.rstrip("."),
    "quotes around them": lambda text: text.strip("\"'"),
    "capitals": str.casefold,
    "the form of characters": lambda text: "".join(
        c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf"
    ),
}
"""By what the same label may differ, in words, and how that is taken away."""
_MOST_FOR_EACH = 50
_MOST_NAMED = 3
_IN_TURN = (
    "the form of characters",
    "quotes around them",
    "blanks",
    "a full stop at the end",
    "capitals",
    "their type",
)


def without(text: str, differences: typing.Iterable[str] = tuple(DIFFERENCES)) -> str:
    """Take away what the same label may differ by.

    >>> without(" <=50K. "), without("ＹＥＳ")
    ('<=50k', 'yes')
    """
    for name in sorted(differences, key=_IN_TURN.index):
        text = DIFFERENCES[name](text)
    return text


def plain(value: typing.Any) -> Label:
    """Make a numpy scalar a Python value, for messages and for JSON."""
    item = getattr(value, "item", None)
    found = item() if callable(item) else value
    return found if isinstance(found, (str, int, float, bool)) else str(found)


def aligned(values: pd.Series, labels: typing.Sequence[typing.Any]) -> tuple[pd.Series, str]:
    """Read labels as the known ones where all differ from them in the same obvious way.

    Parameters
    ----------
    values : Series
        As `read_labels` gives them.
    labels : sequence
        Those that are known.

    Returns
    -------
    values : Series
    said : str
        What was done, as the end of a sentence; empty where they were left as they are.
    """
    found = list(values.dropna().unique())
    known = {label: label for label in labels}
    if all(value in known for value in found):
        matched = {value: known[value] for value in found}
        is_same = all(isinstance(value, (bool, np.bool_)) == isinstance(like, bool) for value, like in matched.items())
        return (values, "") if is_same else (values.map(matched), _said(matched, ("their type",)))
    if len(found) > _MOST_FOR_EACH * len(labels):
        return values, ""
    for fewest in (len(found), 2):  # all of them, or else some beside labels that are others indeed
        for chosen in _choices():
            matched = match(found, labels, chosen)
            if len(matched) >= fewest and not matched.keys() <= known.keys():
                return values.map({value: value for value in found} | matched), _said(matched, chosen)
    return values, ""


def _said(matched: dict[typing.Any, typing.Any], differences: typing.Iterable[str]) -> str:
    pairs = [f"{plain(value)!r} as {like!r}" for value, like in matched.items() if repr(plain(value)) != repr(like)]
    return (
        f"are read as those that are known: {some_of(pairs, _MOST_NAMED)}; they differ by {' and '.join(differences)}"
    )


def _choices() -> typing.Iterator[tuple[str, ...]]:
    """All sets of differences, the smallest first."""
    for size in range(1, len(DIFFERENCES) + 1):
        yield from itertools.combinations(DIFFERENCES, size)


def match(
    found: typing.Sequence[typing.Any], labels: typing.Sequence[typing.Any], differences: typing.Sequence[str]
) -> dict[typing.Any, typing.Any]:
    """Find the known labels of some others, one to one; nothing where two would be the same."""
    known = {without(as_text(label), differences): label for label in labels}
    texts = {value: without(as_text(value), differences) for value in found}
    matched = {value: known[text] for value, text in texts.items() if text in known}
    is_clear = len(known) == len(labels) and len({texts[value] for value in matched}) == len(matched)
    return matched if is_clear else {}


def nearest_label(value: typing.Any, labels: typing.Sequence[typing.Any]) -> tuple[typing.Any, str]:
    """Say which known label another one is most likely, and what it differs by; None where none is near."""
    for chosen in _choices():
        for label in labels:
            if match([value], [label], chosen):
                return label, " and ".join(chosen)
    return None, ""
