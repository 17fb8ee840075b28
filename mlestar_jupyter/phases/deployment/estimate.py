"""What deployment will fit: it evaluates no candidate."""

from __future__ import annotations

from mlestar_jupyter.attempts.estimating import Ahead, Estimate, Span
from mlestar_jupyter.phases.deployment.settings import DeploymentSettings

_WRITTEN, _STARTED, _REQUEST = 3.0, 6.0, 0.02
"""Seconds of writing model, service and report, of the service's start, and of a request beside the prediction."""


def estimate(ahead: Ahead, settings: DeploymentSettings) -> Estimate:
    """Say what deployment will fit before it runs."""
    has_holdout = len(ahead.context.dataset.holdout) > 0
    rows = "all rows" if settings.refit and has_holdout else "the development rows"
    what = f"one fit on {rows}; the service is started and sent {settings.requests:,} requests"
    context = ahead.context
    n_rows = len(context.dataset.whole) + (len(context.dataset.holdout) if settings.refit else 0)
    fit = ahead.seconds_of_fit(n_rows)
    seconds = None
    if fit is not None and context.state.score is not None:
        asked = settings.requests * (_REQUEST + (context.state.score.row_ms or 0.0) / 1000)
        seconds = fit + _WRITTEN + _STARTED + asked
    return Estimate(candidates=Span.exactly(0), fits=1, what=what, seconds=seconds)
