"""What ``%%mlestar ablation`` accepts. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mlestar_jupyter.options.converters import Names, Whole
from mlestar_jupyter.phases.settings import PhaseSettings


@dataclass(frozen=True, kw_only=True)
class AblationSettings(PhaseSettings):
    """What ``%%mlestar ablation`` accepts."""

    blocks: Annotated[tuple[str, ...], Names(least=1, once=True)] = (
        "cleaning",
        "features",
        "preprocessing",
        "hyperparameters",
        "model",
        "validation",
    )
    """Blocks to replace by their neutral form, one at a time."""
    repeats: Annotated[int, Whole(1, 100)] = 5
    """How often the cross-validation is repeated on new folds, at most: a comparison that is decided stops early."""
    stop_early: bool = True
    """Repeat no more for a comparison that is decided; else all have all repeats."""
    steps: bool = True
    """Also remove the techniques of the features block one at a time."""
    alternatives: bool = True
    """Also put the first variant of each block in its place that a refinement would try."""
    pairs: bool = True
    """Also replace two of the blocks that matter most at once, to see whether they need each other."""
    noise_floor: bool = True
    """Also fit the same solution under other seeds: a smaller difference says nothing."""
    importance: bool = True
    """Also measure which columns matter to the solution: permutation importance, and SHAP values where it has them."""
