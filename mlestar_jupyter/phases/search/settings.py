"""What ``%%mlestar search`` accepts. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mlestar_jupyter.options.converters import Names, Whole
from mlestar_jupyter.phases.settings import PhaseSettings


@dataclass(frozen=True, kw_only=True)
class SearchSettings(PhaseSettings):
    """What ``%%mlestar search`` accepts."""

    approaches: Annotated[int, Whole(1)] = 20
    """How many approaches to keep."""
    models: int = 4
    """With a chat model: how many models it is to find (the paper's M)."""
    rounds: Annotated[int, Whole(1)] = 2
    """Online: rounds of queries; later ones ask about what earlier ones found."""
    references: int = 20
    """Online: how many references to keep."""
    providers: Annotated[tuple[str, ...], Names(once=True)] = ()
    """Online: whom to ask; empty: all that need no key or have one."""
    share_words: bool = True
    """Online: words of column names and notes may be in the queries; else only the kind and size of the problem."""
    refresh: int = 0
    """Online: another number asks anew what is on record."""
