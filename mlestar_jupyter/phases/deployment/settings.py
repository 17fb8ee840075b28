"""What ``%%mlestar deployment`` accepts. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass

from mlestar_jupyter.phases.settings import PhaseSettings


@dataclass(frozen=True, kw_only=True)
class DeploymentSettings(PhaseSettings):
    """What ``%%mlestar deployment`` accepts."""

    refit: bool = True
    """Fit on all rows, the holdout included."""
    requests: int = 200
    """Requests sent to the started service."""
    min_success: float = 0.999
    """Share of the requests that must succeed."""
