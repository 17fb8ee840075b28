"""Names of the columns that recipes make: never those of the table, nor those of another recipe."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import count


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Find a name that is not taken: the wanted one, or else the first with a number behind it.

    >>> free_name("when_year", {"when"}), free_name("when_year", {"when_year"})
    ('when_year', 'when_year_2')
    """
    if wanted not in taken:
        return wanted
    return next(name for n in count(2) if (name := f"{wanted}_{n}") not in taken)


@dataclass(frozen=True)
class Pattern:
    """Names of the columns that a technique makes: a text with a place for each name that goes into it."""

    text: str
    parts: Sequence[tuple[str, ...]] = ((),)


@dataclass(frozen=True)
class Naming:
    """How a technique writes its columns' names.

    Parameters
    ----------
    mark : str
        What stands before each name.
    quotes : bool
        Whether the names of the table's columns are in quotes within the new ones, so that no two read the same.
    """

    mark: str = ""
    quotes: bool = False

    @property
    def conversion(self) -> str:
        """What follows a name within an f-string."""
        return "!r" if self.quotes else ""

    def name(self, text: str, parts: Sequence[str]) -> str:
        """Write one name."""
        return self.mark + text.format(*(repr(p) if self.quotes else p for p in parts))

    def combined(self, names: Sequence[str]) -> str:
        """Name a combination of columns, without the mark."""
        return " x ".join(repr(n) if self.quotes else n for n in names)

    def names(self, patterns: Sequence[Pattern]) -> list[str]:
        """Write all names of some patterns."""
        return [self.name(p.text, parts) for p in patterns for parts in p.parts]


def written_names(source: str) -> set[str]:
    """Names that a block may give to columns: its texts and its keywords, as in ``X.assign(cluster=1)``."""
    nodes = list(ast.walk(ast.parse(source)))
    texts = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return texts | {n.arg for n in nodes if isinstance(n, ast.keyword) and n.arg is not None}


def free_naming(patterns: Sequence[Pattern], taken: set[str]) -> Naming:
    """Choose how to write names so that each is free and none is there twice: plainly where that will do."""
    namings = (Naming("" if n == 0 else "new " if n == 1 else f"new {n} ", quotes=n > 0) for n in count())
    wanted = len({(p.text, parts) for p in patterns for parts in p.parts})
    return next(n for n in namings if len(names := set(n.names(patterns))) == wanted and names.isdisjoint(taken))


def joined(names: Sequence[str]) -> str:
    """Write the places of some names: what a combination of columns is called.

    >>> joined(["a", "b"])
    '{} x {}'
    """
    return " x ".join("{}" for _ in names)
