"""Target score: a score that was asked for."""

from __future__ import annotations

import math

from mlestar_jupyter.core.evaluation import score_interval
from mlestar_jupyter.display.numbers import number, with_interval
from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, GateVerdict, judged, not_measured

NAME = "target score"


def target_score(evidence: Evidence) -> Gate:
    """Judge the score against `quality_threshold`: it fails where the interval excludes that."""
    wanted, metric = evidence.settings.quality_threshold, evidence.metric
    if wanted is None:
        return not_measured(NAME, "no quality_threshold was set")
    if evidence.sealed is not None:
        found = evidence.sealed.score
        score, low, high, where = found.score, found.low, found.high, "on the holdout"
    else:
        score, (low, high), where = evidence.score.score, score_interval(evidence.score, metric), "on the folds"
    bound = high if metric.greater_is_better else low
    is_possible = not math.isfinite(bound) or metric.gain(bound, wanted) >= 0
    verdict: GateVerdict = "pass" if metric.gain(score, wanted) >= 0 else "advice" if is_possible else "fail"
    limit = f"{metric.label} {'at least' if metric.greater_is_better else 'at most'} {number(wanted)}"
    remedy = "Give the run more time, rows or columns, or ask for less."
    words = f"{metric.label} {with_interval(score, low, high)}, {where}"
    return judged(NAME, verdict, words, score, (low, high), limit=limit, remedy=remedy)
