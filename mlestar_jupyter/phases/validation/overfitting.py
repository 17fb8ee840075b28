"""Overfitting to the folds: what selection and refinement promised, beside what the sealed rows give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.executor import Fitted
from mlestar_jupyter.core.intervals import gain_interval
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.refit import refit_seconds
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.phases.refinement.result import RefinementResult
from mlestar_jupyter.phases.validation.holdout import HoldoutScore

_MARGIN = 1.5  # a fit takes longer on all rows than on a fold's, and so do the figures


@dataclass(frozen=True)
class RefinementGain:
    """The gain of the changes that refinement kept, as its test found it and on the holdout.

    Parameters
    ----------
    reported, reported_low, reported_high : float or None
        To expect by the folds that confirmed it, allowing for the choice (`gain_after_selection`); of several changes
        the sum. The bounds are those of the tests, and their sums, which is wider than need be.
    found, low, high : float or None
        On the holdout, fitted on the same rows with and without the changes, with a paired interval.
    reason : str
        Why it was not measured; empty where it was.
    """

    reported: float | None = None
    reported_low: float | None = None
    reported_high: float | None = None
    found: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    @property
    def ratio(self) -> float | None:
        """Share of the reported gain that holds on the holdout."""
        return None if self.found is None or not self.reported else self.found / self.reported


def optimism(score: Scored, holdout: HoldoutScore | None, metric: Metric) -> float | None:
    """How much better the selection score is than the holdout's; None without a holdout."""
    return None if holdout is None else metric.gain(score.score, holdout.score)


def refinement_gain(context: Context, rows: Rows | None) -> RefinementGain:
    """Measure on the opened holdout what the changes of refinement are worth: once, then from the journal.

    Costs the fit of the solution before refinement; the one after it is known, unless an ensemble followed.

    Parameters
    ----------
    context : Context
    rows : Rows or None
        The holdout, as it was opened for the score.
    """
    result = context.state.results.get("refinement")
    if rows is None:
        return RefinementGain(reason="there is no holdout")
    if not isinstance(result, RefinementResult):
        return RefinementGain(reason="refinement has not run")
    tests = [c.test for c in result.kept]
    if not tests:
        return RefinementGain(reason="refinement kept no change")
    reported = (result.expected, sum(t.low for t in tests), sum(t.high for t in tests))
    return context.measured(
        RefinementGain,
        lambda: _measure(context, rows, result.before, result.after, reported),
    )  # fmt: skip


def _measure(
    context: Context, rows: Rows, before: Scored, after: Scored, reported: tuple[float, float, float]
) -> RefinementGain:
    present, development = context.solution()[0], context.dataset.development
    unknown = [before] if after.candidate.solution.fit_id == present.fit_id else [before, after]
    needed = _MARGIN * sum(refit_seconds([s], len(development), 1) for s in unknown)
    left = context.budget.seconds_left()
    if left is not None and needed > left:
        reason = f"{len(unknown)} more fits take about {needed:.1f} s, and {left:.1f} s were left"
        return RefinementGain(*reported, reason=reason)
    found = [context.evaluator.fits.fit_predict(s.candidate.solution, development, rows) for s in (before, after)]
    predictions = [f.predictions for f in found if isinstance(f, Fitted) and f.predictions is not None]
    if len(predictions) < len(found):
        return RefinementGain(*reported, reason="one of the two solutions cannot be fitted on all development rows")
    old, new = predictions
    metric = context.dataset.task.metric
    is_ordered = context.dataset.task.time is not None
    interval = gain_interval(metric, rows.y, new, old, rows.groups, is_ordered=is_ordered)
    if not interval.is_measured:
        return RefinementGain(*reported, reason=f"{metric.label} is not defined for what one of the two predicts")
    return RefinementGain(*reported, _gain(metric, rows.y, new, old), interval.low, interval.high)


def _gain(metric: Metric, y: np.ndarray, new: Predictions, old: Predictions) -> float:
    return metric.gain(metric.score(y, new), metric.score(y, old))


def overfitting_values(
    score: Scored, holdout: HoldoutScore | None, gain: RefinementGain, metric: Metric
) -> dict[str, object]:
    """Plain values for ``report.json``; null is not measured."""
    return {
        "selection": score.score,
        "holdout": None if holdout is None else holdout.score,
        "optimism": optimism(score, holdout, metric),
        "refinement": {
            "reported": gain.reported,
            "holdout": gain.found,
            "interval": None if gain.found is None else [gain.low, gain.high],
            "ratio": gain.ratio,
            "reason": gain.reason,
        },
    }
