"""Service and monitoring: measured by later phases; before these have run they do not count."""

from __future__ import annotations

from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, not_measured


def service(evidence: Evidence) -> Gate:
    """Asked by deployment."""
    del evidence
    return not_measured("service", "deployment has not run")


def monitoring(evidence: Evidence) -> Gate:
    """Asked of a service that runs."""
    del evidence
    return not_measured("monitoring", "no service is being watched")
