"""What ``%%mlestar foundation`` accepts. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mlestar_jupyter.options.converters import Whole
from mlestar_jupyter.phases.settings import PhaseSettings


@dataclass(frozen=True, kw_only=True)
class FoundationSettings(PhaseSettings):
    """What ``%%mlestar foundation`` accepts."""

    candidates: Annotated[int, Whole(1)] = 25
    """At most so many solutions are compared, the baselines included."""
    batches: int = 1000
    """Within a time limit, where `candidates` left none out: at most so many batches of other settings for the
    leading models, while time is left."""
    merges: int = 3
    """With a chat model: how often the best solution is merged with the next best, until one is worse; 0 for never."""
    repairs: int = 3
    """With a chat model: how often it may mend each of its solutions that fails."""
