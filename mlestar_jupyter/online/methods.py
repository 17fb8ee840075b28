"""Names of models and techniques: what a reference speaks of, and what a later query asks about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.online.text import folded
from mlestar_jupyter.online.vocabulary import vocabulary, vocabulary_list

_COINED = re.compile(r"\b(?=\w{4,20}\b)[A-Z][a-z]*[A-Z]+[a-z]*\w*\b")
"""A name with capitals inside, as models have: TabICL, RealMLP."""
_TWICE = 2


def methods_of(text: str) -> list[str]:
    """Name the known methods that a text speaks of, in the order of the list."""
    line = folded(text)
    return [method for method in vocabulary_list("methods") if folded(method) in line]


def leading_methods(references: Iterable[Reference]) -> list[str]:
    """Name what the references speak of, the most named first: known methods, and coined names that two of them have.

    A word from outside becomes part of a query here: letters and digits alone, at most 20 of them.
    """
    known, coined = Counter[str](), Counter[str]()
    for reference in references:
        known.update(methods_of(reference.text))
        coined.update({name.lower() for name in _COINED.findall(reference.text)})
    for name, number in coined.items():
        if number >= _TWICE and name not in vocabulary("coined_but_no_methods") and name not in known:
            known[name] = number
    return sorted(known, key=lambda name: (-known[name], name))
