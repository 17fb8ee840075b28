"""What ``%%mlestar validation`` accepts. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.options.converters import Names, Number, OneOf
from mlestar_jupyter.phases.settings import PhaseSettings


@dataclass(frozen=True, kw_only=True)
class ValidationSettings(PhaseSettings):
    """What ``%%mlestar validation`` accepts: the gates, each with its limit."""

    policy: Annotated[str, OneOf(("tested", "original"))] = "tested"
    """How gates judge: `tested` by what is beyond noise, `original` by the fixed figures of the original workflow."""
    checks: Annotated[str, OneOf(("full", "quick"))] = "full"
    """What is looked at: `quick` leaves out all that fits the solution again, beyond the holdout's score."""
    quality_threshold: float | None = None
    """The score that is asked for, in the metric's own unit. Empty: none."""
    min_improvement: float = 0.05
    """Improvement over the baseline, as a share of the way from it to a perfect score."""
    significance: Annotated[float, Number(0, 1, is_open=True)] = 0.05
    """Level of the tests, two-sided; intervals cover one minus this."""
    max_cv_spread: float = 0.1
    """Spread of the fold scores beyond chance, as a share of the distance from the baseline to the score."""
    max_holdout_gap: float = 0.1
    """How much worse the holdout may be than the cross-validation, beyond noise, as a share of the same distance."""
    max_train_gap: float = 0.5
    """How much of the skill on rows fitted on may be lost on others; advice alone."""
    max_latency: Annotated[float | None, Number(0, is_open=True)] = None
    """Milliseconds for a prediction of one row. Empty: those of the run's `max_latency`, or 100."""
    max_memory_mb: Annotated[float, Number(0, is_open=True)] = 4096.0
    """Peak memory of a fit."""
    max_size_mb: Annotated[float, Number(0, is_open=True)] = 1024.0
    """Size of the fitted model."""
    sensitive: Annotated[tuple[str, ...], Names(once=True)] = ()
    """Columns by which fairness is measured."""
    min_fairness_ratio: Annotated[float, Number(0, 1)] = 0.8
    """Lowest selection rate of a group divided by the highest (the four-fifths rule)."""
    max_fairness_difference: Annotated[float, Number(0, 1)] = 0.1
    """Largest difference of other rates between groups; of errors of numbers, in standard deviations of the target."""

    def check(self, columns: Sequence[str], target: str) -> None:
        """See that the sensitive columns are inputs."""
        for name in self.sensitive:
            if name == target:
                raise SettingError(
                    f"The sensitive column {name!r} is the target.",
                    mend="Name columns by which its predictions are compared, such as a group of people.",
                )
            if name not in columns:
                raise unknown("column", name, columns)
