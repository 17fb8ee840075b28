"""Stability: whether the folds' scores differ by more than the rows that happen to be in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.checks.remedies import not_given
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.core.weighted import weighted_score
from mlestar_jupyter.display.numbers import number, p_value
from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, GateVerdict, judged, known_rows, not_measured
from mlestar_jupyter.phases.validation.gates.units import (
    Gains,
    draws_for,
    exchanges,
    units_of_score,
    why_too_few,
    why_too_long,
)
from mlestar_jupyter.problems.registry import problem_of

NAME = "stability"
_TWO = 2


@dataclass(frozen=True)
class Spread:
    """Standard deviation of fold scores, as found and as chance alone gives.

    Parameters
    ----------
    found : float
    by_chance : float
        Root of the mean variance over exchanges of rows between the folds.
    p_value : float
        Share of the exchanges that spread as much.
    """

    found: float
    by_chance: float
    p_value: float

    @property
    def beyond(self) -> float:
        """What is left once chance is taken off."""
        return float(np.sqrt(max(0.0, self.found**2 - self.by_chance**2)))


def stability(evidence: Evidence) -> Gate:
    """Judge the spread of the fold scores: it fails beyond sampling alone, and where it is large enough to matter."""
    most = evidence.settings.max_cv_spread
    limit = f"spread beyond chance at most {most:.0%} of the distance to the baseline"
    rows = known_rows(evidence.score.predictions)
    parts = folds_of_rows(evidence)[rows]
    baseline = evidence.paired_baseline
    if baseline is None or len(np.unique(parts)) < _TWO:
        reason = "the baseline has no score on these folds" if baseline is None else "there is one fold"
        return not_measured(NAME, reason, limit)
    chosen = evidence.development.take(rows)
    ours, theirs = (
        weighted_score(evidence.metric, chosen.y, e.predictions.at(rows)) for e in (evidence.score, baseline)
    )
    strata = chosen.y if problem_of(evidence.task).has_labels and evidence.task.time is None else None
    gains = Gains.quick(ours, theirs, len(np.unique(parts)), evidence.level)
    if reason := why_too_long(gains, parts, evidence.level):
        return not_measured(NAME, reason, limit)
    units = units_of_score(chosen, evidence.task, evidence.metric, evidence.score.predictions.at(rows))
    if reason := why_too_few(parts, units, evidence.level):
        return not_measured(NAME, reason, limit)
    spread = spread_of(gains, parts, units, strata, evidence.seed, evidence.level)
    distance = abs(evidence.metric.gain(evidence.score.score, baseline.score))
    if spread is None or not distance:
        reason = "folds cannot be scored one by one" if spread is None else "the score is that of the baseline"
        return not_measured(NAME, reason, limit)
    share = spread.beyond / distance
    is_noise = spread.p_value > evidence.level
    verdict: GateVerdict = "fail" if not is_noise and share > most else "pass"
    words = (
        f"gains over the baseline spread by {number(spread.found, 3)}, {number(spread.by_chance, 3)} by chance alone "
        f"({p_value(spread.p_value)}): {share:.0%} of the distance to the baseline beyond it"
    )
    return judged(NAME, verdict, words, share, limit=limit, remedy=_remedy(evidence.task))


def _remedy(task: Task) -> str:
    options = not_given(task)
    together = f", which {options} would keep together" if options else ""
    return (
        f"Look at the folds that are worst: they may hold another time, site or group{together}; a simpler model or "
        "more rows help where fits differ by chance."
    )


def folds_of_rows(evidence: Evidence) -> np.ndarray:
    """Number of the fold that tests each development row; -1 where none does."""
    found = np.full(len(evidence.development), -1)
    for position, fold in enumerate(evidence.folds):
        found[fold.test] = position
    return found


def spread_of(
    gains: Gains, parts: np.ndarray, units: np.ndarray, strata: np.ndarray | None, seed: int, level: float
) -> Spread | None:
    """Compare the spread of the parts' gains with that after exchanges of units between them: exact for any metric.

    Gains over the baseline on the same rows, since what makes rows hard for both is no instability.
    None where a part cannot be scored, or too few of the exchanges can for a test at the level.
    """
    names, parts = np.unique(parts, return_inverse=True)
    scores = gains.over(parts, len(names))
    if not np.isfinite(scores).all():
        return None
    found = float(np.std(scores, ddof=1))
    draws = exchanges(parts, units, strata, seed, gains.draws(len(names), level))
    variances = np.array([np.var(gains.over(drawn, len(names)), ddof=1) for drawn in draws])
    variances = variances[np.isfinite(variances)]
    if len(variances) < draws_for(level):
        return None
    as_large = int(np.sum(variances >= found**2 * (1 - 1e-9)))
    return Spread(found, float(np.sqrt(variances.mean())), (1 + as_large) / (1 + len(variances)))
