"""Latency, memory and size: figures against limits that can be set."""

from __future__ import annotations

from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, GateVerdict, judged, not_measured


def latency(evidence: Evidence) -> Gate:
    """Milliseconds for a prediction of one row."""
    remedy = f"{_smaller(evidence)}, or raise max_latency."
    value = evidence.score.row_ms if evidence.cost is None else evidence.cost.single_ms
    return _below(evidence, "latency", value, evidence.settings.max_latency or evidence.max_latency, "ms", remedy)


def memory(evidence: Evidence) -> Gate:
    """Peak memory of a fit."""
    is_sampled = evidence.task.n_compared < evidence.task.n_development
    sample = "a smaller --sample" if is_sampled else "--sample"
    remedy = f"Fit on fewer rows with {sample}, or raise max_memory_mb."
    return _below(evidence, "memory", evidence.score.peak_mb, evidence.settings.max_memory_mb, "MB", remedy)


def size(evidence: Evidence) -> Gate:
    """Size of the fitted model."""
    value = None if evidence.cost is None else evidence.cost.size_mb
    remedy = f"{_smaller(evidence)}, or raise max_size_mb."
    return _below(evidence, "model size", value, evidence.settings.max_size_mb, "MB", remedy)


def _smaller(evidence: Evidence) -> str:
    is_ensemble = bool(evidence.score.candidate.solution.members)
    return "Take fewer or smaller members" if is_ensemble else "Take a smaller model"


def _below(evidence: Evidence, name: str, value: float | None, limit: float, unit: str, remedy: str) -> Gate:
    """Judge a figure that is to be below its limit."""
    words = f"< {number(limit)} {unit}"
    if value is None:
        is_quick = evidence.settings.checks == "quick"
        return not_measured(
            name, "checks: quick leaves it out" if is_quick else "it was not measured with the folds", words
        )
    verdict: GateVerdict = "pass" if value < limit else "fail"
    return judged(name, verdict, f"{number(value)} {unit}", value, limit=words, remedy=remedy)
