"""A candidate: a solution put up for evaluation, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlestar_jupyter.core.solution import Solution

Author = Literal["planner", "model", "human"]


@dataclass(frozen=True)
class Candidate:
    """A solution with its parent, author and reason.

    Parameters
    ----------
    solution : Solution
    label : str
        A short name for tables and charts, such as "xgboost" or "features: ratios".
    parent : str or None
        Id of the solution that it was made from.
    author : {"planner", "model", "human"}
    reason : str
        Why it was put up, in a sentence.
    phase : str
    block : str or None
        The block that differs from the parent, when it is one.
    """

    solution: Solution
    label: str
    parent: str | None
    author: Author
    reason: str
    phase: str
    block: str | None = None

    @property
    def id(self) -> str:
        """The solution's id: the same blocks have the same id, whoever wrote them."""
        return self.solution.id
