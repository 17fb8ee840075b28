"""Deployment, as the registry lists it."""

from __future__ import annotations

from mlestar_jupyter.phases.base import Phase
from mlestar_jupyter.phases.deployment.settings import DeploymentSettings

DEPLOYMENT = Phase(
    name="deployment",
    summary="Build the service, start it, and compare its answers.",
    settings=DeploymentSettings,
    package=__package__,
    share=0.04,
    after="foundation",
    is_verdict=True,
)
