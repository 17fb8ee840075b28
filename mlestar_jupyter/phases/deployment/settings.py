"""What ``%%mlestar deployment`` accepts. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mlestar_jupyter.options.converters import Names, Number, Whole
from mlestar_jupyter.phases.settings import PhaseSettings

STOPS = "leakage"
"""The gate whose failure stops deployment."""


@dataclass(frozen=True, kw_only=True)
class DeploymentSettings(PhaseSettings):
    """What ``%%mlestar deployment`` accepts."""

    refit: bool = True
    """Fit on all rows, the holdout included."""
    requests: Annotated[int, Whole(1, 100_000)] = 200
    """Requests sent to the started service."""
    despite: Annotated[tuple[str, ...], Names(once=True, known=(STOPS,))] = ()
    """Gates that failed and shall not stop deployment: leakage alone does. It is put on record and on the card."""
    min_success: Annotated[float, Number(0, 1)] = 0.999
    """Share of the requests that must succeed."""
