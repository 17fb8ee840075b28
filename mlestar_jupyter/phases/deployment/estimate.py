"""What deployment will fit: it evaluates no candidate."""

from __future__ import annotations

from mlestar_jupyter.attempts.estimating import Ahead, Estimate, Span
from mlestar_jupyter.phases.deployment.settings import DeploymentSettings


def estimate(ahead: Ahead, settings: DeploymentSettings) -> Estimate:
    """Say what deployment will fit before it runs."""
    has_holdout = len(ahead.context.dataset.holdout) > 0
    rows = "all rows" if settings.refit and has_holdout else "the development rows"
    what = f"one fit on {rows}; the service is started and sent {settings.requests:,} requests"
    return Estimate(candidates=Span.exactly(0), fits=1, what=what)
