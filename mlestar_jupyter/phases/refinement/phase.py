"""Refinement, as the registry lists it."""

from __future__ import annotations

from mlestar_jupyter.phases.base import Phase
from mlestar_jupyter.phases.refinement.settings import RefinementSettings

REFINEMENT = Phase(
    name="refinement",
    summary="Improve the blocks that matter.",
    settings=RefinementSettings,
    package=__package__,
    share=0.08,
    after="foundation",
    takes_more=True,
)
