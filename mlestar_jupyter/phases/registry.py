"""The phases in their order: help and completion load this alone, so it needs the standard library only."""

from __future__ import annotations

from dataclasses import dataclass

from mlestar_jupyter.phases.ablation.settings import AblationSettings
from mlestar_jupyter.phases.deployment.settings import DeploymentSettings
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.phases.search.settings import SearchSettings
from mlestar_jupyter.phases.settings import PhaseSettings
from mlestar_jupyter.phases.validation.settings import ValidationSettings


@dataclass(frozen=True)
class Phase:
    """One phase: its name, what it does, its settings, and the phase that must come before."""

    name: str
    summary: str
    settings: type[PhaseSettings]
    after: str | None
    share: float
    """Share of the time limit."""


PHASES: dict[str, Phase] = {
    phase.name: phase
    for phase in (
        Phase("search", "Find approaches that fit the task, with their evidence.", SearchSettings, None, 0.01),
        Phase(
            "foundation",
            "Look at the data, compare baselines, choose the first solution.",
            FoundationSettings,
            None,
            0.74,
        ),
        Phase("ablation", "Measure which block matters.", AblationSettings, "foundation", 0.04),
        Phase("refinement", "Improve the blocks that matter.", RefinementSettings, "foundation", 0.08),
        Phase("ensemble", "Combine the best solutions.", EnsembleSettings, "foundation", 0.04),
        Phase(
            "validation", "Open the holdout, run the checks, hold the gates.", ValidationSettings, "foundation", 0.05
        ),
        Phase(
            "deployment",
            "Build the service, start it, and compare its answers.",
            DeploymentSettings,
            "foundation",
            0.04,
        ),
    )
}

JUDGING = ("validation", "deployment")
"""Phases whose result is a verdict on one solution."""


def next_phase(name: str) -> str | None:
    """Name the phase that follows."""
    names = list(PHASES)
    position = names.index(name) + 1
    return names[position] if position < len(names) else None
