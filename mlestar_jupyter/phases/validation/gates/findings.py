"""Leakage, and whatever else detectors look for: a gate for each kind of finding."""

from __future__ import annotations

from collections.abc import Sequence

from mlestar_jupyter.checks.base import Finding, by_kind
from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, GateVerdict, judged, not_measured

_LIMIT = "no evidence found"


def findings(evidence: Evidence) -> list[Gate]:
    """One gate for each kind, in the order in which detectors looked."""
    return [of_kind(kind, found) for kind, found in by_kind(evidence.findings).items()]


def of_kind(kind: str, findings: Sequence[Finding]) -> Gate:
    """Sum up what the detectors of one kind found."""
    found = [f for f in findings if f.outcome == "found"]
    suspect = [f for f in findings if f.outcome == "suspect"]
    ran = [f for f in findings if f.outcome != "not applicable"]
    if not ran:
        return not_measured(kind, "no check applies", _LIMIT)
    remedy = " ".join(dict.fromkeys(f.remedy for f in found or suspect if f.remedy))
    verdict: GateVerdict = "pass"
    words = f"no evidence found by the checks {_codes(ran)}"
    if found:
        verdict, words = "fail", f"found by {_codes(found)}" + (f"; look at {_codes(suspect)}" if suspect else "")
    elif suspect:
        verdict, words = "advice", f"look at {_codes(suspect)}"
    return judged(kind, verdict, words, float(len(found or suspect)), limit=_LIMIT, remedy=remedy)


def _codes(findings: Sequence[Finding]) -> str:
    return ", ".join(f.code for f in findings)
