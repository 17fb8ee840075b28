"""Ablation, as the registry lists it."""

from __future__ import annotations

from mlestar_jupyter.phases.ablation.settings import AblationSettings
from mlestar_jupyter.phases.base import Phase

ABLATION = Phase(
    name="ablation",
    summary="Measure which block matters.",
    settings=AblationSettings,
    package=__package__,
    share=0.04,
    after="foundation",
)
