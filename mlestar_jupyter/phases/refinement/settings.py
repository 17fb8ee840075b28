"""What ``%%mlestar refinement`` accepts. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mlestar_jupyter.options.converters import Number, Whole
from mlestar_jupyter.phases.settings import PhaseSettings


@dataclass(frozen=True, kw_only=True)
class RefinementSettings(PhaseSettings):
    """What ``%%mlestar refinement`` accepts."""

    blocks: tuple[str, ...] = ()
    """Blocks to refine, in this order; empty: in the order of their impact in the ablation."""
    iterations: Annotated[int, Whole(1)] = 3
    """Blocks to work on, one after another."""
    attempts: Annotated[int, Whole(1)] = 5
    """Variants tried for each block, on average."""
    by_impact: bool = True
    """More variants for a block that the ablation gave more weight, fewer for another; else as many for each."""
    reablate: bool = True
    """After a change was kept, look again which block matters most."""
    significance: Annotated[float, Number(0, 1)] = 0.05
    """A gain that is significant at this level is proven; with --prefer simplicity only such a change is used."""
    review: bool = False
    """Keep nothing by itself: what would be kept is proposed and waits for accept or reject."""
    paths: Annotated[int | None, Whole(1)] = None
    """Lines of refinement, each from a solution of another family; null: 2 with a chat model where the budget allows,
    else 1."""
    repairs: int = 3
    """With a chat model: how often it may mend each of its variants that fails."""
