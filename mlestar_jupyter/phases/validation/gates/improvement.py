"""Improvement: how much of the way from the trivial baseline to a perfect score the solution goes."""

from __future__ import annotations

import numpy as np

from mlestar_jupyter.core.intervals import share_interval
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.statistics import corrected_t_test
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.display.numbers import share as percent
from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, GateVerdict, judged, known_rows, not_measured

NAME = "improvement"
_REMEDY = "The columns may say little about the target: add columns that do, or look at a simpler question."
_SAME = "The solution does no better and no worse than the constant prediction: give the run more time, or add columns."
_NARROWER, _LARGER = " More rows narrow the interval.", "More rows in the holdout narrow the interval."

_OTHER_ROWS = "The holdout's rows differ from those that were learned from: look at generalisation, and at its labels."

_MORE_UNITS = "Seal rows of more groups, or of a longer time, and look at the largest errors."


def improvement(evidence: Evidence) -> Gate:
    """Judge the gain over the trivial baseline, on the holdout where there is one, else on the folds.

    The share is 1 where the score is perfect; of errors it is the share of the baseline's error that is gone.
    """
    least = evidence.settings.min_improvement
    limit = f"better than the baseline, by {least:.0%} or more of the way to a perfect score"
    sealed, found = evidence.sealed, None
    if sealed is not None and sealed.baseline is not None and not sealed.of_one_class(evidence.task):
        found = _on_rows(evidence, sealed.rows, sealed.predictions, sealed.baseline)
    folds = _on_folds(evidence)
    where = "on the folds" if found is None else "on the holdout"
    if found is None:
        found = folds
    if found is None:
        again = "Run foundation again." if evidence.paired_baseline is None else ""
        return not_measured(NAME, _why_not(evidence), limit, again)
    figure, low, high = found
    is_better, is_better_on_folds = low > 0, folds is not None and folds[1] > 0
    if not np.isfinite([low, high]).all():
        words = f"{percent(figure, 1)} of the way to a perfect score, on the holdout, whose rows give no interval"
        words += "; better on the folds" if is_better_on_folds else ""
        return judged(NAME, "advice" if is_better_on_folds else "fail", words, figure, limit=limit, remedy=_MORE_UNITS)
    verdict: GateVerdict = "pass" if is_better and figure >= least else "advice"
    if high < least or not (is_better or is_better_on_folds):
        verdict = "fail"
    words = f"{percent(figure, 1)} of the way to a perfect score [{percent(low, 1)}, {percent(high, 1)}], {where}"
    remedy = _SAME if figure == low == high == 0 else _REMEDY + _NARROWER * (low < high and high >= least)
    if is_better_on_folds and not is_better:
        is_worse = high < 0
        words += f"; better on the folds, {'worse' if is_worse else 'no clear difference'} on the holdout"
        remedy = _OTHER_ROWS if is_worse else _LARGER
    return judged(NAME, verdict, words, figure, (low, high), limit=limit, remedy=remedy)


def _why_not(evidence: Evidence) -> str:
    """Why there is no figure."""
    baseline = evidence.paired_baseline
    if baseline is None:
        return "the baseline has no score on these folds"
    if not evidence.metric.distance_to_best(baseline.score):
        return "the baseline is never wrong, so that nothing can be better"
    return "all rows are of one group or stretch of time"


def _on_rows(
    evidence: Evidence, rows: Rows, ours: Predictions, theirs: Predictions
) -> tuple[float, float, float] | None:
    """The share with its interval, paired row by row."""
    share, interval = share_interval(
        evidence.metric, rows.y, ours, theirs, rows.groups,
        is_ordered=evidence.task.time is not None, level=1 - evidence.settings.significance,
    )  # fmt: skip
    return (share, interval.low, interval.high) if np.isfinite(share) else None


def _on_folds(evidence: Evidence) -> tuple[float, float, float] | None:
    """The mean gain of the folds, by the corrected test; by their rows together where all folds gain the same."""
    baseline, score, metric = evidence.paired_baseline, evidence.score, evidence.metric
    if baseline is None:
        return None
    pairs = zip(score.fold_scores, baseline.fold_scores, strict=True)
    test = corrected_t_test(
        [metric.gain(n, o) for n, o in pairs], score.n_train, score.n_test, 1 - evidence.settings.significance,
        most=metric.most_gain,
    )  # fmt: skip
    if test.low == test.high:
        at = known_rows(score.predictions)
        rows = evidence.development.take(at)
        found = _on_rows(evidence, rows, score.predictions.at(at), baseline.predictions.at(at))
        return found if found is not None and np.isfinite(found).all() else None
    way = metric.distance_to_best(baseline.score)
    return None if not way else (test.mean / way, test.low / way, test.high / way)
