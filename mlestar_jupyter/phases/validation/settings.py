"""What ``%%mlestar validation`` accepts. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mlestar_jupyter.options.converters import Names, Number
from mlestar_jupyter.phases.settings import PhaseSettings


@dataclass(frozen=True, kw_only=True)
class ValidationSettings(PhaseSettings):
    """What ``%%mlestar validation`` accepts: the gates, each with its limit."""

    min_improvement: float = 0.05
    """Improvement over the baseline, as a share of the baseline's score."""
    significance: Annotated[float, Number(0, 1)] = 0.05
    """Level at which improvements must be significant."""
    max_cv_spread: float = 0.05
    """Standard deviation of the fold scores, as a share of their mean."""
    max_holdout_gap: float = 0.03
    """Distance of the holdout score from the cross-validated one, as a share of it."""
    max_train_gap: float = 0.05
    """Distance of the training score from the cross-validated one; advisory, every forest fails it."""
    max_latency: Annotated[float | None, Number(0, is_open=True)] = None
    """Milliseconds for a prediction of one row. Empty: those of the run's `max_latency`, or 100."""
    max_memory_mb: Annotated[float, Number(0, is_open=True)] = 4096.0
    """Peak memory of a fit."""
    sensitive: Annotated[tuple[str, ...], Names(once=True)] = ()
    """Columns by which fairness is measured."""
    min_fairness_ratio: Annotated[float, Number(0, 1)] = 0.8
    """Lowest selection rate of a group divided by the highest (the four-fifths rule)."""
