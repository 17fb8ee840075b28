"""An approach: one card of the knowledge base."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """A published finding: what was found, where, when."""

    claim: str
    source: str
    date: str


@dataclass(frozen=True)
class Approach:
    """A model or technique, when it fits, its evidence and the recipe that builds it.

    Parameters
    ----------
    id : str
        File name of the card without its ending.
    title, summary : str
    kind : {"model", "features", "preprocessing", "encoding", "target", "ensemble", "validation"}
    problems : tuple of str
        Problem types that it fits.
    evidence : tuple of Evidence
    recipe : dict
        Template names by block, with their arguments; see `recipes.py`.
    when : dict
        The stated ranking rule: conditions with points, see `ranking.py`.
    requires : tuple of str
        Modules that must be installed.
    """

    id: str
    title: str
    kind: str
    summary: str
    fits: str
    problems: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    recipe: dict[str, Any] = field(default_factory=dict)
    when: dict[str, Any] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class RankedApproach:
    """An approach with its points for the task at hand and the reasons for them."""

    approach: Approach
    score: float
    reasons: tuple[str, ...]
