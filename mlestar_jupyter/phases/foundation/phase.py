"""Foundation, as the registry lists it."""

from __future__ import annotations

from mlestar_jupyter.phases.base import Phase
from mlestar_jupyter.phases.foundation.settings import FoundationSettings

FOUNDATION = Phase(
    name="foundation",
    summary="Look at the data, compare baselines, choose the first solution.",
    settings=FoundationSettings,
    package=__package__,
    share=0.74,
    begins_anew=True,
    finds_solution=True,
)
