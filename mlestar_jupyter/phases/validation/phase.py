"""Validation, as the registry lists it."""

from __future__ import annotations

from mlestar_jupyter.phases.base import Phase
from mlestar_jupyter.phases.validation.settings import ValidationSettings

VALIDATION = Phase(
    name="validation",
    summary="Open the holdout, run the checks, evaluate the quality gates.",
    settings=ValidationSettings,
    package=__package__,
    share=0.05,
    after="foundation",
    is_verdict=True,
)
