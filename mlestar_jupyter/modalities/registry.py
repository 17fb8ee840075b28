"""The modalities: those of this package, and those that others add through ``mlestar_jupyter.modalities``."""

from __future__ import annotations

from collections.abc import Iterator

from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.errors import unknown
from mlestar_jupyter.modalities.base import Modality
from mlestar_jupyter.modalities.category import Category
from mlestar_jupyter.modalities.constant import Constant
from mlestar_jupyter.modalities.coordinates import Coordinates
from mlestar_jupyter.modalities.date import Date
from mlestar_jupyter.modalities.empty import Empty
from mlestar_jupyter.modalities.identifier import Identifier
from mlestar_jupyter.modalities.ignored import Ignored
from mlestar_jupyter.modalities.number import Number
from mlestar_jupyter.modalities.text import Text
from mlestar_jupyter.plugins import with_plugins

_BUILT_IN: tuple[Modality, ...] = (
    Empty(), Constant(), Identifier(), Ignored(), Number(), Date(), Coordinates(), Text(), Category(),
)  # fmt: skip
"""In the order in which they are asked; the last takes what no other wants."""


def modalities() -> dict[str, Modality]:
    """All modalities by the role that they name.

    Raises
    ------
    PluginError
        When a plug-in has the name of another modality, or another name than its entry point.
    """
    return with_plugins("modalities", Modality, _BUILT_IN, lambda modality: modality.name)


def by_precedence() -> list[Modality]:
    """All modalities in the order in which they are asked what a column is: added ones first, as they know more."""
    found = list(modalities().values())
    return [*found[len(_BUILT_IN) :], *_BUILT_IN]


def modality_of(column: Column) -> Modality:
    """Find the modality of a column."""
    return modalities()[column.role]


def askable() -> dict[str, Modality]:
    """The modalities that a user may ask for, by the word for each."""
    return {m.word: m for m in modalities().values() if m.asked_as is not None}


def role_named(word: str) -> Modality:
    """Find the modality that a user asks for, by the word for it or by its own name.

    Raises
    ------
    SettingError
        When there is none.
    """
    known = askable()
    by_word = {m.name: m for m in known.values()} | known
    if word not in by_word:
        raise unknown("role", word, known)
    return by_word[word]


def input_columns(task: Task) -> list[Column]:
    """The columns that models learn from, in the table's order; the group column may be among them."""
    known = modalities()
    return [c for c in task.columns if known[c.role].is_input]


def by_modality(columns: list[Column]) -> Iterator[tuple[Modality, list[Column]]]:
    """Go through the modalities that some columns have, each with its columns."""
    for name, modality in modalities().items():
        if chosen := [c for c in columns if c.role == name]:
            yield modality, chosen
