"""Generalisation: whether the holdout's score is that of the cross-validation, given the noise of both."""

from __future__ import annotations

import numpy as np

from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.weighted import weighted_score
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
from mlestar_jupyter.phases.validation.gates.units import draws_of, exchanges, of_parts, units_of
from mlestar_jupyter.problems.registry import problem_of

NAME = "generalisation"
_WORSE = (
    "The solution predicts new rows worse than its folds said: look for drift in time, for groups on both sides of a "
    "fold, or for a choice among too many attempts; --time or --group makes folds that see it."
)
_BETTER = (
    "The holdout is easier than the folds: look for rows that stand on both sides of the split, or for a period that "
    "differs."
)


def generalisation(evidence: Evidence) -> Gate:
    """Judge the holdout against the cross-validation: worse beyond noise and by more than a limit fails."""
    most = evidence.settings.max_holdout_gap
    limit = f"not worse beyond noise by more than {most:.0%} of the distance to the baseline"
    sealed, baseline = evidence.sealed, evidence.baseline
    if sealed is None:
        return not_measured(NAME, "there is no holdout", limit, "Seal rows with --test, such as --test 0.2.")
    if baseline is None:
        return not_measured(NAME, "the baseline has no score", limit, "Run foundation again.")
    distance = abs(evidence.metric.gain(evidence.score.score, baseline.score))
    found = differences(evidence, sealed)
    if found is None or not distance:
        reason = "the score is that of the baseline" if found is not None else "a part of the rows cannot be scored"
        return not_measured(NAME, reason, limit)
    difference, by_chance = found
    p_worse, p_better = (
        (1 + np.sum(as_far)) / (1 + len(by_chance)) for as_far in (by_chance <= difference, by_chance >= difference)
    )
    share = difference / distance
    low, high = (share - np.quantile(by_chance, [1 - evidence.level, evidence.level]) / distance).tolist()
    verdict: GateVerdict = "pass"
    if p_worse <= evidence.level:
        verdict = "fail" if share < -most else "advice"
    elif p_better <= evidence.level and share > most:
        verdict = "advice"
    than = "as" if f"{share:.1%}" in ("0.0%", "-0.0%") else f"{'better' if share > 0 else 'worse'} than"
    words = f"{share:+.1%} [{low:+.1%}, {high:+.1%}] of the distance to the baseline ({than} cross-validated)"
    return judged(NAME, verdict, words, share, (low, high), limit=limit, remedy=_WORSE if share < 0 else _BETTER)


def differences(evidence: Evidence, sealed: Sealed) -> tuple[float, np.ndarray] | None:
    """How much better the holdout's score is than the folds', and the same after exchanges of units between them.

    Where the solution predicts new rows as it did those of its folds, rows can be exchanged: the test is exact for any
    metric and any tails. None where a part cannot be scored.
    """
    metric = evidence.metric
    rows = known_rows(evidence.score.predictions)
    inside, outside = evidence.development.take(rows), sealed.rows
    n_folds = len(evidence.folds)
    parts = np.concatenate([folds_of_rows(evidence)[rows], np.full(len(outside), n_folds)])
    y = np.concatenate([inside.y, outside.y])
    weighted = weighted_score(metric, y, joined(evidence.score.predictions.at(rows), sealed.predictions))
    influences = weighted.influences()
    first = units_of(inside, evidence.task, influences[: len(inside)])
    second = units_of(outside, evidence.task, influences[len(inside) :])
    units = np.concatenate([first, second + first.max(initial=-1) + 1])
    numbers = np.unique(parts)
    is_stratified = problem_of(evidence.task).has_labels and evidence.task.time is None

    def difference(parts: np.ndarray) -> float:
        scores = weighted.scores(of_parts(parts, numbers))
        return metric.gain(float(scores[-1]), float(scores[:-1].mean()))

    draws = exchanges(parts, units, y if is_stratified else None, evidence.seed, draws_of(weighted, len(numbers)))
    by_chance = np.array([difference(drawn) for drawn in draws])
    found, by_chance = difference(parts), by_chance[np.isfinite(by_chance)]
    return (found, by_chance) if np.isfinite(found) and len(by_chance) else None


def joined(first: Predictions, second: Predictions) -> Predictions:
    """Predictions of some rows, then of others."""
    columns = None
    if first.columns is not None and second.columns is not None:
        columns = np.concatenate([first.columns, second.columns])
    return Predictions(np.concatenate([first.values, second.values]), columns)
