"""The lists of words in ``words.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def _lists() -> dict[str, list[str]]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


def vocabulary_list(name: str) -> list[str]:
    """One of the lists, in its order."""
    return _lists()[name]


@cache
def vocabulary(name: str) -> frozenset[str]:
    """One of the lists, to look words up in."""
    return frozenset(_lists()[name])
