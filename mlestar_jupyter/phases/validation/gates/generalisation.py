"""Generalisation: whether the holdout's score is that of the cross-validation, given the noise of both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.checks.remedies import not_given
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.intervals import unseen_share
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.core.weighted import weighted_score
from mlestar_jupyter.display.numbers import share as percent
from mlestar_jupyter.phases.validation.gates.base import (
    Evidence,
    Gate,
    GateVerdict,
    Sealed,
    judged,
    known_rows,
    not_measured,
)
from mlestar_jupyter.phases.validation.gates.stability import folds_of_rows
from mlestar_jupyter.phases.validation.gates.units import (
    Gains,
    draws_for,
    exchanges,
    units_of_score,
    why_too_few,
    why_too_long,
)
from mlestar_jupyter.problems.registry import problem_of

NAME = "generalisation"
_BETTER = (
    "The holdout is easier than the folds: look for rows that stand on both sides of the split, or for a period that "
    "differs."
)
_UNKNOWN = "Write the labels of the test table as those of the table are written; the start names both."

_ALL_CLASSES = "Seal rows of every class: a larger --test, or another test table."


def generalisation(evidence: Evidence) -> Gate:
    """Judge the holdout against the cross-validation: worse beyond noise and by more than a limit fails."""
    most = evidence.settings.max_holdout_gap
    limit = (
        f"not worse beyond noise by more than {most:.0%} of the distance to the baseline, nor twice as far from a "
        "perfect score"
    )
    sealed, baseline = evidence.sealed, evidence.baseline
    if sealed is None:
        return not_measured(NAME, evidence.no_holdout, limit, "Seal rows with --test, such as --test 0.2.")
    if sealed.of_one_class(evidence.task):
        if sealed.left_out:
            return not_measured(NAME, f"{sealed.left_out}; all others are of one class", limit, _UNKNOWN)
        return not_measured(NAME, "all rows of the holdout are of one class", limit, _ALL_CLASSES)
    if baseline is None:
        return not_measured(NAME, "the baseline has no score", limit, "Run foundation again.")
    distance = abs(evidence.metric.gain(evidence.score.score, baseline.score))
    found = differences(evidence, sealed, baseline)
    if isinstance(found, str) or not distance:
        return not_measured(NAME, found if isinstance(found, str) else "the score is that of the baseline", limit)
    level = evidence.level / len(found)
    worst = min(found, key=lambda difference: difference.p_worse)
    shown = worst if worst.p_worse <= level else found[0]
    share, (low, high) = shown.found / distance, shown.interval(evidence.level, distance)
    if low == high:
        count = evidence.metric.count(sealed.rows.y, shown.n_units)
        half = unseen_share(evidence.metric, baseline.score, count, 1 - evidence.settings.significance)
        half *= evidence.metric.distance_to_best(baseline.score) / distance
        low, high = share - half, share + half
    verdict: GateVerdict = "pass"
    if shown.p_worse <= level:
        verdict = "fail" if share < -most or _is_twice_as_far(evidence, sealed) else "advice"
    elif shown.p_better <= level and share > most:
        verdict = "advice"
    than = "as" if f"{share:.1%}" in ("0.0%", "-0.0%") else f"{'better' if share > 0 else 'worse'} than"
    shares = [percent(part, 1, signed=True) for part in (share, low, high)]
    words = f"{shown.what} {shares[0]} [{shares[1]}, {shares[2]}] of the distance to the baseline"
    words += f" ({than} cross-validated)"
    remedy = _worse(evidence.task) if share < 0 else _BETTER
    if sealed.left_out:
        words, remedy = f"{words}; {sealed.left_out}", f"{_UNKNOWN} {remedy}" if verdict != "pass" else _UNKNOWN
        verdict = "advice" if verdict == "pass" else verdict
    return judged(NAME, verdict, words, share, (low, high), limit=limit, remedy=remedy)


def _worse(task: Task) -> str:
    if task.time is not None:
        window = "a shorter window" if task.split.kind == "sliding" else "a sliding window (--split)"
        return (
            "The solution predicts later rows worse than its folds said, which are in order of time: drop old rows, "
            f"learn from {window}, or predict less far ahead."
        )
    groups = ", for groups on both sides of a fold" if task.group is None else ""
    return (
        f"The solution predicts new rows worse than its folds said: look for drift in time{groups}, or for a choice "
        f"among too many attempts; {not_given(task)} makes folds that see it."
    )


def _is_twice_as_far(evidence: Evidence, sealed: Sealed) -> bool:
    """Whether the holdout is twice as far from a perfect score: near one, the distance to the baseline says little."""
    low, high = evidence.metric.range
    if not math.isfinite(high if evidence.metric.greater_is_better else low):
        return False
    ways = (evidence.metric.distance_to_best(s) for s in (sealed.score.score, evidence.score.score))
    return next(ways) > 2 * next(ways)


@dataclass(frozen=True, eq=False)
class Difference:
    """How much better a figure is on the holdout than on the folds, and the same after exchanges between them.

    Parameters
    ----------
    what : str
    found : float
    by_chance : ndarray of shape (n_draws,)
    n_units : int
        Of the holdout.
    """

    what: str
    found: float
    by_chance: np.ndarray
    n_units: int

    @property
    def p_worse(self) -> float:
        """Share of the exchanges that are as far below."""
        return float((1 + np.sum(self.by_chance <= self.found)) / (1 + len(self.by_chance)))

    @property
    def p_better(self) -> float:
        """Share of the exchanges that are as far above."""
        return float((1 + np.sum(self.by_chance >= self.found)) / (1 + len(self.by_chance)))

    def interval(self, level: float, unit: float) -> tuple[float, float]:
        """The shifts that such a test does not exclude, in units; of no width where all exchanges are alike."""
        low, high = (self.found - np.quantile(self.by_chance, [1 - level, level])) / unit
        return float(low), float(high)


def differences(evidence: Evidence, sealed: Sealed, baseline: Scored) -> list[Difference] | str:
    """Compare the holdout with the folds: in score, and in gain over the baseline on the same rows.

    Where the solution predicts new rows as it did those of its folds, rows can be exchanged: the test is exact for any
    metric and any tails. The gain is the quieter figure where single rows are hard for both; the score sees what is
    harder now for both. Where that cannot be, the reason.
    """
    rows = known_rows(evidence.score.predictions)
    inside, outside = evidence.development.take(rows), sealed.rows
    parts = np.concatenate([folds_of_rows(evidence)[rows], np.full(len(outside), len(evidence.folds))])
    y, (names, parts) = np.concatenate([inside.y, outside.y]), np.unique(parts, return_inverse=True)
    ours = weighted_score(evidence.metric, y, joined(evidence.score.predictions.at(rows), sealed.predictions))
    has_gain = sealed.baseline is not None and np.isfinite(baseline.predictions.values[rows]).all()
    theirs = None
    if has_gain and sealed.baseline is not None and not evidence.metric.is_of_order:
        theirs = weighted_score(evidence.metric, y, joined(baseline.predictions.at(rows), sealed.baseline))
    level, last = evidence.level / (1 if theirs is None else 2), (len(names) - 1,)
    gains = Gains.quick(ours, theirs, len(names), level)
    if reason := why_too_long(gains, parts, level):
        return reason
    first, second = (
        units_of_score(part, evidence.task, evidence.metric, said)
        for part, said in ((inside, evidence.score.predictions.at(rows)), (outside, sealed.predictions))
    )
    units = np.concatenate([first, second + first.max(initial=-1) + 1])
    if reason := why_too_few(parts, units, level, last):
        return reason
    sign = 1 if evidence.metric.greater_is_better else -1

    def look(parts: np.ndarray) -> list[float]:
        scores = gains.ours.of_parts(parts, len(names))
        figures = [scores]
        if gains.theirs is not None:
            figures.append(scores - gains.theirs.of_parts(parts, len(names)))
        return [sign * float(f[-1] - f[:-1].mean()) for f in figures]

    is_stratified = problem_of(evidence.task).has_labels and evidence.task.time is None
    found, draws = look(parts), gains.draws(len(names), level)
    exchanged = exchanges(parts, units, y if is_stratified else None, evidence.seed, draws)
    by_chance = np.array([look(drawn) for drawn in exchanged])
    by_chance = by_chance[np.isfinite(by_chance).all(axis=1)]
    if not np.isfinite(found).all() or len(by_chance) < draws_for(level):
        return "a part of the rows cannot be scored"
    n_units, figures = len(np.unique(second)), zip(("score", "gain"), found, strict=False)
    return [Difference(what, f, by_chance[:, i], n_units) for i, (what, f) in enumerate(figures)]


def joined(first: Predictions, second: Predictions) -> Predictions:
    """Predictions of some rows, then of others."""
    columns = None
    if first.columns is not None and second.columns is not None:
        columns = np.concatenate([first.columns, second.columns])
    return Predictions(np.concatenate([first.values, second.values]), columns)
