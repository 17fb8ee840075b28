"""What search will ask: it evaluates nothing."""

from __future__ import annotations

from collections import Counter

from mlestar_jupyter.attempts.estimating import Ahead, CallsAhead, Estimate, Span
from mlestar_jupyter.phases.search.settings import SearchSettings


def estimate(ahead: Ahead, settings: SearchSettings) -> Estimate:
    """Say what search will do before it runs."""
    asked = Counter({"retriever": int(ahead.has_model and settings.models > 0)})
    what = "ranks the shipped approaches" + (", and asks online" if ahead.context.online else "")
    return Estimate(candidates=Span.exactly(0), fits=0, what=what, calls=CallsAhead(asked, asked))
