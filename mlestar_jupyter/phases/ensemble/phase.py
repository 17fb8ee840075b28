"""Ensemble, as the registry lists it."""

from __future__ import annotations

from mlestar_jupyter.phases.base import Phase
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings

ENSEMBLE = Phase(
    name="ensemble",
    summary="Combine the best solutions.",
    settings=EnsembleSettings,
    package=__package__,
    share=0.04,
    least=2.5,
    after="foundation",
    takes_more=True,
)
