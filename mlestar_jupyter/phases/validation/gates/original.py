"""The original's fixed figures, with how often they err: shares of the score, whatever its scale and noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlestar_jupyter.core.statistics import corrected_t_test
from mlestar_jupyter.display.numbers import p_value
from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, GateVerdict, judged, not_measured

IMPROVEMENT, SPREAD, HOLDOUT, TRAIN = 0.05, 0.05, 0.03, 0.05
ERRS: dict[str, str] = {
    "improvement": "errs where the baseline's score is high or its unit has no zero",
    "stability": "errs in 24 % to 100 % of sound tables of 1,000 rows",
    "generalisation": "errs in 47 % to 90 % of sound tables of 1,000 rows",
}
"""How often sound models fail, by ``tests/benchmarks/gate_errors.py``."""
_REMEDY = "A fixed figure: look at what policy: tested says before changing anything."


def improvement(evidence: Evidence) -> Gate:
    """More than 5 % of the baseline's score, at p < .05."""
    score, baseline = evidence.score, evidence.paired_baseline
    limit = _limit(f"more than {IMPROVEMENT:.0%} of the baseline's score at p < 0.05", "improvement")
    if baseline is None:
        return not_measured("improvement", "the baseline has no score on these folds", limit)
    pairs = zip(score.fold_scores, baseline.fold_scores, strict=True)
    test = corrected_t_test([evidence.metric.gain(n, o) for n, o in pairs], score.n_train, score.n_test)
    share = test.mean / abs(baseline.score) if baseline.score else float(np.sign(test.mean)) * np.inf
    verdict: GateVerdict = "pass" if share > IMPROVEMENT and test.p_value < 0.05 else "fail"  # noqa: PLR2004
    words = f"{share:.1%}, {p_value(test.p_value)}"
    return judged("improvement", verdict, words, share, limit=limit, remedy=_REMEDY)


def stability(evidence: Evidence) -> Gate:
    """Standard deviation of the folds below 5 % of their mean."""
    score = evidence.score
    share = score.spread / abs(score.score) if score.score else np.inf
    limit = _limit(f"spread of the folds below {SPREAD:.0%} of their mean", "stability")
    verdict: GateVerdict = "pass" if share < SPREAD else "fail"
    return judged("stability", verdict, f"{share:.1%} of the mean", share, limit=limit, remedy=_REMEDY)


def generalisation(evidence: Evidence) -> Gate:
    """At most 3 % of the score apart, either way."""
    limit = _limit(f"holdout within {HOLDOUT:.0%} of the cross-validated score", "generalisation")
    if evidence.sealed is None:
        return not_measured("generalisation", "there is no holdout", limit)
    score = evidence.score.score
    share = evidence.metric.gain(evidence.sealed.score.score, score) / abs(score) if score else 0.0
    verdict: GateVerdict = "pass" if abs(share) < HOLDOUT else "fail"
    return judged("generalisation", verdict, f"{share:+.1%}", share, limit=limit, remedy=_REMEDY)


def overfitting(evidence: Evidence) -> Gate:
    """Training score within 5 % of the cross-validated one."""
    limit = _limit(f"training score within {TRAIN:.0%} of the cross-validated one", "overfitting")
    train = None if evidence.sealed is None else evidence.sealed.score.train
    if train is None:
        return not_measured("overfitting", "there is no holdout fit", limit)
    score = evidence.score.score
    share = abs(train - score) / abs(score) if score else 0.0
    verdict: GateVerdict = "pass" if share < TRAIN else "fail"
    return judged("overfitting", verdict, f"{share:.1%}", share, limit=limit, remedy=_REMEDY)


def _limit(words: str, name: str) -> str:
    return f"{words} (the original's figure{'; ' * (name in ERRS)}{ERRS.get(name, '')})"


ORIGINAL: dict[str, Callable[[Evidence], Gate]] = {
    "improvement": improvement,
    "stability": stability,
    "generalisation": generalisation,
    "overfitting": overfitting,
}
"""By the gates' names. The others have figures of the user's own, or none of the original's to keep."""
