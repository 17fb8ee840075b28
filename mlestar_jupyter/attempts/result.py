"""What a phase found."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.display.view import Viewed

if TYPE_CHECKING:
    import pandas as pd


class Result(Viewed):
    """What a phase found.

    A result has ``table`` (a DataFrame) and ``view()``; the rest has defaults here.
    """

    phase: ClassVar[str] = ""
    table: pd.DataFrame
    blocks: tuple[str, ...] = ()
    """Blocks of the solution that the phase made or changed."""
    about: str | None = None
    """Id of the solution that it is about; None for what is about the data alone."""
    failed: bool = False
    """Whether its verdict is negative."""
    refused: bool = False
    """Whether nothing was done, as an earlier verdict stopped it."""
    asked: Mapping[str, object] = MappingProxyType({})
    """Settings with which it ran."""
    replaced: bool = False
    """Whether what it left on disk has been replaced by that of another solution."""
    replayed: bool = False
    """Whether it came from the journal, without a new fit."""
    left: Scored | None = None
    """The solution with which the phase ended."""
    took_over: tuple[str, ...] = ()
    """Later phases whose time it used, as it was too short for them."""

    @property
    def summary(self) -> str:
        """One sentence: what came of it. Asked for every second while a later phase runs, so it should draw nothing."""
        return self.view().summary

    @property
    def suggested(self) -> dict[str, object]:
        """Settings to spell out in the next phase's cell."""
        return {}

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        return {"phase": self.phase, "table": self.table.to_dict(orient="records")}
