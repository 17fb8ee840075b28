"""What ``%%mlestar ensemble`` accepts. Standard library only, until what an empty setting stands for is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Self

from mlestar_jupyter.options.converters import Names, Number, Whole
from mlestar_jupyter.phases.settings import PhaseSettings


@dataclass(frozen=True, kw_only=True)
class EnsembleSettings(PhaseSettings):
    """What ``%%mlestar ensemble`` accepts."""

    strategies: Annotated[tuple[str, ...], Names(once=True)] = ()
    """Ways to combine, in this order; each may be kept only if all before it beat the best single solution. Empty: all
    that there are."""
    members: Annotated[int, Whole(2)] = 6
    """At most so many members."""
    calibrate: bool = True
    """Calibrate a combination's probabilities where that is proven to make them truer."""
    coverage: Annotated[float, Number(0, 1, is_open=True)] = 0.9
    """Share of rows that conformal intervals or sets are to cover."""
    rounds: int = 5
    """With a chat model: how many plans of its own for a combination it may try (the paper's R)."""
    repairs: int = 3
    """With a chat model: how often it may mend each of its combinations that fails."""

    def spelled_out(self) -> Self:
        """Name the strategies."""
        from mlestar_jupyter.ensembles.strategies import strategies

        return self if self.strategies else replace(self, strategies=tuple(strategies()))
