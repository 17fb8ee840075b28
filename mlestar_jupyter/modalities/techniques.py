"""Techniques of the ``features`` block: how one is made, and what it is once it is made for a task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.modalities.names import Naming, Pattern

Values = Mapping[str, Any]
"""What a technique's source is written from, by name."""


@dataclass(frozen=True)
class Technique:
    """A technique of the ``features`` block.

    Parameters
    ----------
    name : str
        In words, such as "group means".
    definition : str
        Source of one function or class.
    expression : str
        Makes the transformer from it.
    reason : str
        Why it may help.
    """

    name: str
    definition: str
    expression: str
    reason: str = ""


@dataclass(frozen=True)
class TechniqueKind:
    """How a technique is made.

    Parameters
    ----------
    place : float
        Among all techniques: the cheap and likely ones first.
    reason : str
        Why it may help.
    write : callable
        Writes the source of one function or class from ``naming`` and the values. It may use numpy as ``np``, pandas as
        ``pd``, and what `knowledge.features` knows how to import.
    expression : str
        Makes the transformer from it.
    values : callable
        Gives the values for a task; None where the technique does not apply.
    adds : callable
        Says how the columns are named that the technique adds.
    """

    place: float
    reason: str
    write: Callable[..., str]
    expression: str
    values: Callable[[Task], Values | None]
    adds: Callable[[Values], Sequence[Pattern]]

    def made(self, name: str, naming: Naming, values: Values) -> Technique:
        """Make the technique."""
        return Technique(name, self.write(naming=naming, **values), self.expression, self.reason)


def singly(*texts: str, of: str) -> Callable[[Values], Sequence[Pattern]]:
    """Columns made of each name that a value of the technique lists."""
    return lambda values: [Pattern(text, [(name,) for name in values[of]]) for text in texts]


def in_pairs(*texts: str) -> Callable[[Values], Sequence[Pattern]]:
    """Columns made of each pair that the technique lists."""
    return lambda values: [Pattern(text, values["pairs"]) for text in texts]


def always(*texts: str) -> Callable[[Values], Sequence[Pattern]]:
    """Columns that have their names whatever the table holds."""
    return lambda _: [Pattern(text) for text in texts]
