"""Improvement: how much of the way from the trivial baseline to a perfect score the solution goes."""

from __future__ import annotations

import numpy as np

from mlestar_jupyter.core.statistics import corrected_t_test
from mlestar_jupyter.core.weighted import weighted_score
from mlestar_jupyter.phases.validation.gates.base import (
    Evidence,
    Gate,
    GateVerdict,
    Sealed,
    distance_to_best,
    judged,
    not_measured,
)
from mlestar_jupyter.phases.validation.gates.units import MOST_SECONDS, USUAL_SECONDS, resampled, units_of

NAME = "improvement"
_DRAWS, _FEWEST_DRAWS = 1000, 200
_DRAWN = 3e-8
"""Seconds that drawing a row takes."""
_REMEDY = "The columns may say little about the target: add columns that do, or look at a simpler question"
_SAME = "The solution does no better and no worse than the constant prediction: give the run more time, or add columns."


def improvement(evidence: Evidence) -> Gate:
    """Judge the gain over the trivial baseline, on the holdout where there is one, else on the folds.

    The share is 1 where the score is perfect; of errors it is the share of the baseline's error that is gone.
    """
    least = evidence.settings.min_improvement
    limit = f"better than the baseline, by {least:.0%} or more of the way to a perfect score"
    found = None if evidence.sealed is None else on_holdout(evidence, evidence.sealed)
    folds = _on_folds(evidence)
    where = "on the folds" if found is None else "on the holdout"
    if found is None:
        found = folds
    if found is None:
        return not_measured(NAME, "the baseline has no score on these folds", limit, "Run foundation again.")
    figure, low, high = found
    is_better, is_better_on_folds = low > 0, folds is not None and folds[1] > 0
    verdict: GateVerdict = "pass" if is_better and figure >= least else "advice"
    if high < least or not (is_better or is_better_on_folds):
        verdict = "fail"
    words = f"{figure:.1%} of the way to a perfect score [{low:.1%}, {high:.1%}], {where}"
    if is_better_on_folds and not is_better:
        words += "; better on the folds, no clear difference on the holdout"
    return judged(NAME, verdict, words, figure, (low, high), limit=limit, remedy=_remedy(figure, low, high, least))


def _remedy(figure: float, low: float, high: float, least: float) -> str:
    """More rows help where the interval leaves open whether it is enough."""
    if figure == low == high == 0:
        return _SAME
    return f"{_REMEDY}{'; more rows narrow the interval' if low <= max(0.0, least) <= high else ''}."


def on_holdout(evidence: Evidence, sealed: Sealed) -> tuple[float, float, float] | None:
    """The share with its interval, by a bootstrap of the same rows for both (whole groups, blocks in time)."""
    if sealed.baseline is None:
        return None
    metric, y = evidence.metric, sealed.rows.y
    ours, theirs = (weighted_score(metric, y, p) for p in (sealed.predictions, sealed.baseline))
    each = ours.seconds() + theirs.seconds() + _DRAWN * len(y)
    if _FEWEST_DRAWS * each > MOST_SECONDS:
        return None
    units = units_of(sealed.rows, evidence.task, lambda: ours.influences() - theirs.influences())
    draws = int(np.clip(USUAL_SECONDS / each, _FEWEST_DRAWS, _DRAWS))
    weights = [np.ones(len(y)), *resampled(units, evidence.seed, draws)]
    at_once = np.array_split(np.arange(len(weights)), max(1, len(weights) * len(y) // 4_000_000))
    pairs = [
        (ours.scores(drawn), theirs.scores(drawn)) for drawn in (np.array([weights[i] for i in at]) for at in at_once)
    ]
    new, old = (np.concatenate(part) for part in zip(*pairs, strict=True))
    shares = _shares(evidence, new, old)
    if not np.isfinite(shares[0]):
        return None
    known = shares[1:][np.isfinite(shares[1:])]
    if not len(known):
        return None
    level = evidence.level
    low, high = np.quantile(known, [level, 1 - level])
    if low == high and np.any(ours.influences() != theirs.influences()):
        # a few rows without an error, or all wrong: resamples are all alike, which is no certainty
        bounds = _shares(evidence, np.clip([sealed.score.low, sealed.score.high], *metric.range), np.full(2, old[0]))
        low, high = min(low, bounds.min()), max(high, bounds.max())
    return (float(shares[0]), float(low), float(high)) if np.isfinite([low, high]).all() else None


def _shares(evidence: Evidence, new: np.ndarray, old: np.ndarray) -> np.ndarray:
    metric = evidence.metric
    pairs = zip(new.tolist(), old.tolist(), strict=True)
    found = [(metric.gain(n, o), distance_to_best(metric, o)) for n, o in pairs]
    return np.array([gain / way if way > 0 else np.nan for gain, way in found])


def _on_folds(evidence: Evidence) -> tuple[float, float, float] | None:
    baseline, score, metric = evidence.paired_baseline, evidence.score, evidence.metric
    if baseline is None:
        return None
    pairs = zip(score.fold_scores, baseline.fold_scores, strict=True)
    test = corrected_t_test(
        [metric.gain(n, o) for n, o in pairs], score.n_train, score.n_test, 1 - 2 * evidence.level,
        most=metric.most_gain,
    )  # fmt: skip
    way = distance_to_best(metric, baseline.score)
    if not way:
        return (0.0, 0.0, 0.0) if test.mean <= 0 else None
    return test.mean / way, test.low / way, test.high / way
