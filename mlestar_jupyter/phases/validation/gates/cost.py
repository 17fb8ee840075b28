"""Latency, memory and size: figures against limits that can be set."""

from __future__ import annotations

from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, GateVerdict, judged, not_measured

_TEN = 10


def latency(evidence: Evidence) -> Gate:
    """Milliseconds for a prediction of one row."""
    remedy = "Take fewer or smaller members, or raise max_latency."
    value = evidence.score.row_ms if evidence.cost is None else evidence.cost.single_ms
    return below("latency", value, evidence.settings.max_latency or evidence.max_latency, "ms", remedy)


def memory(evidence: Evidence) -> Gate:
    """Peak memory of a fit."""
    remedy = "Fit on fewer rows with --sample, or raise max_memory_mb."
    return below("memory", evidence.score.peak_mb, evidence.settings.max_memory_mb, "MB", remedy)


def size(evidence: Evidence) -> Gate:
    """Size of the fitted model."""
    value = None if evidence.cost is None else evidence.cost.size_mb
    remedy = "Take fewer or smaller members, or raise max_size_mb."
    return below("model size", value, evidence.settings.max_size_mb, "MB", remedy)


def below(name: str, value: float | None, limit: float, unit: str, remedy: str) -> Gate:
    """Judge a figure that is to be below its limit."""
    words = f"< {limit:,.0f} {unit}" if limit >= _TEN else f"< {limit:g} {unit}"
    if value is None:
        return not_measured(name, "checks: quick leaves it out", words)
    verdict: GateVerdict = "pass" if value < limit else "fail"
    return judged(name, verdict, f"{value:,.1f} {unit}", value, limit=words, remedy=remedy)
