"""Fairness: whether groups are treated alike, beyond noise."""

from __future__ import annotations

from mlestar_jupyter.checks.fairness import Disparity
from mlestar_jupyter.display.numbers import number, p_value
from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, GateVerdict, judged, not_measured

NAME = "fairness"


def fairness(evidence: Evidence) -> Gate:
    """Judge the groups of the sensitive columns: it fails beyond noise, and beyond the limit."""
    s = evidence.settings
    limit = (
        f"selection rates at least {s.min_fairness_ratio:.0%} of each other, other rates and errors at most "
        f"{number(s.max_fairness_difference)} apart"
    )
    found = evidence.disparities
    if not found:
        reason = "no sensitive columns were named" if not s.sensitive else "no two groups have enough rows"
        if evidence.left_out:
            reason += f", under 30 rows: {', '.join(evidence.left_out)}"
        return not_measured(NAME, reason, limit)
    beyond = [d for d in found if _is_beyond(d, evidence)]
    clear = [d for d in beyond if d.p_value <= s.significance]
    worst = max(clear or beyond or found, key=lambda d: d.difference)
    words = (
        f"{worst.measure} {number(worst.low_rate, 3)} for {worst.column} = {worst.lower}, "
        f"{number(worst.high_rate, 3)} for {worst.higher}"
    )
    if clear:
        words += f" (adjusted {p_value(worst.p_value)})"
    elif beyond:
        words += " (no clear difference)"
    verdict: GateVerdict = "fail" if clear else "pass"
    if evidence.left_out:
        words += f"; not measured, under 30 rows: {', '.join(evidence.left_out)}"
        verdict = "fail" if clear else "advice"
    if clear:
        remedy = (
            f"Look at what differs for {worst.column} = {worst.lower}: rows, labels or columns; a threshold of its "
            "own, or a model fitted under a constraint, brings rates together."
        )
    else:
        where = " in the holdout" if evidence.sealed is not None else ""
        remedy = f"Find out how the groups with few rows fare: more of their rows{where} make them measurable."
    return judged(NAME, verdict, words, worst.difference, (worst.low, worst.high), limit=limit, remedy=remedy)


def _is_beyond(found: Disparity, evidence: Evidence) -> bool:
    s = evidence.settings
    if found.is_ratio:
        return found.ratio < s.min_fairness_ratio
    return found.difference > s.max_fairness_difference
