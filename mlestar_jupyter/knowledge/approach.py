"""An approach: one card of the knowledge base, checked when it is read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from mlestar_jupyter.families.registry import families


@dataclass(frozen=True)
class Evidence:
    """A published finding: what was found, where, when."""

    claim: str
    source: str
    date: str


@dataclass(frozen=True)
class Condition:
    """Points for an approach when a named condition of the task holds, with the reason in words."""

    condition: str
    points: float
    reason: str


@dataclass(frozen=True, eq=False)
class Approach:
    """A model or technique, when it fits, its evidence and the recipe that builds it.

    Parameters
    ----------
    id : str
        File name of the card without its ending.
    title, summary, fits : str
    kind : {"model", "features", "preprocessing", "encoding", "target", "ensemble", "validation"}
    problems : tuple of str
        Names of the problem types that it fits; none: all.
    evidence : tuple of Evidence
    points : float
        Where ranking starts.
    when : tuple of Condition
        What adds to the points or takes from them.
    requires : tuple of str
        Modules that must be installed.
    needs : tuple of str
        Conditions that must hold for the approach to make sense at all.
    keywords : tuple of str
    recipe : mapping
        For a model: preprocessing, imports, call and parameters; see `recipes.model`.
    """

    id: str
    title: str
    kind: str
    summary: str
    fits: str
    problems: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    points: float
    when: tuple[Condition, ...] = ()
    requires: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    recipe: Mapping[str, Any] = field(default_factory=dict)

    def suits(self, problem: str) -> bool:
        """Whether it is meant for a problem type; a card that names none is for all."""
        return not self.problems or problem in self.problems


@dataclass(frozen=True, eq=False)
class RankedApproach:
    """An approach with its points for the task at hand and the reasons for them."""

    approach: Approach
    score: float
    reasons: tuple[str, ...]


def load_approaches() -> tuple[Approach, ...]:
    """Give all cards: the shipped ones in the order of their ids, then those of families that other packages add."""
    added = (_approach(name, family.card) for name, family in families().items() if family.card)
    return (*_shipped(), *added)


@cache
def _shipped() -> tuple[Approach, ...]:
    folder = Path(__file__).parent / "approaches"
    paths = sorted(folder.glob("*.toml"))
    return tuple(_approach(path.stem, tomllib.loads(path.read_text(encoding="utf-8"))) for path in paths)


def _approach(name: str, card: Mapping[str, Any]) -> Approach:
    return Approach(
        id=name,
        title=card["title"],
        kind=card["kind"],
        summary=card["summary"],
        fits=card["fits"],
        problems=tuple(card.get("problems", ())),
        evidence=tuple(Evidence(**e) for e in card["evidence"]),
        points=float(card["points"]),
        when=tuple(Condition(**c) for c in card.get("when", ())),
        requires=tuple(card["requires"]),
        needs=tuple(card.get("needs", ())),
        keywords=tuple(card["keywords"]),
        recipe=card.get("recipe", {}),
    )
