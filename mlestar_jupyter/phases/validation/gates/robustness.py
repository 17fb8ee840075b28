"""Robustness: whether there are rows for which the solution is of no use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.slices import Slice, slices_of
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.statistics import holm
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.core.weighted import weighted_score
from mlestar_jupyter.data.splits import end_to_end
from mlestar_jupyter.phases.validation.gates.base import (
    Evidence,
    Gate,
    GateVerdict,
    Subset,
    distance_to_best,
    judged,
    known_rows,
    not_measured,
)
from mlestar_jupyter.phases.validation.gates.generalisation import joined
from mlestar_jupyter.phases.validation.gates.units import MOST_SECONDS, standard_error, units_of

NAME = "robustness"
LIMIT = "in no subset of the rows worse than the baseline beyond noise"
_FEWEST_ROWS, _FEWEST_UNITS, _FEWEST_OF_LABEL = 50, 20, 10
_MOST_COLUMNS, _SHOWN, _TWICE, _SMALL = 100, 4, 2.0, 0.02
_PREDICTION = "the prediction"


def robustness(evidence: Evidence) -> Gate:
    """Judge the subsets by what they would make a user regret."""
    found = list(evidence.subsets)
    if not found:
        return not_measured(NAME, why_none(evidence), LIMIT)
    level = evidence.level
    useless = [s for s in found if s.p_useless <= level and s.skill < -_SMALL]
    weak = [s for s in found if s.p_weak <= level]
    worst = min(useless or weak or found, key=lambda s: s.skill)
    verdict: GateVerdict = "fail" if useless else "advice" if weak else "pass"
    words = f"{worst.name} ({worst.n_rows:,} rows): {worst.skill:.0%} of the way to a perfect score"
    if useless:
        words = f"worse than the baseline in {len(useless)} of {len(found)} subsets, worst {words}"
        remedy = f"Do without predictions where {worst.name}, or give the solution rows and columns that differ there."
    elif weak:
        words = (
            f"twice as far from a perfect score as on all rows in {len(weak)} of {len(found)} subsets, such as {words}"
        )
        remedy = f"Say so to whoever uses predictions where {worst.name}; more such rows help."
    else:
        words, remedy = f"none of {len(found)} subsets, lowest {words}", ""
    return judged(NAME, verdict, words, worst.skill, (worst.low, worst.high), limit=LIMIT, remedy=remedy)


def subsets_table(found: Sequence[Subset], significance: float) -> pd.DataFrame:
    """The weakest subsets, for reading; their intervals cover one minus the significance."""
    heading = f"way to a perfect score [{100 * (1 - significance):g} %]"
    rows = sorted(found, key=lambda s: (s.p_useless, s.p_weak, s.skill))[:_SHOWN]
    return pd.DataFrame(
        [
            {
                "subset": s.name, "rows": s.n_rows, "score": s.score, "baseline": s.baseline,
                heading: f"{s.skill:.0%} [{s.low:.0%}, {s.high:.0%}]",
            }
            for s in rows
        ]
    )  # fmt: skip


def subsets(evidence: Evidence) -> list[Subset]:
    """Measure the solution on subsets of all rows that it predicted without having seen them.

    By each input column (values of categories, quarters of numbers and times, missing or not), and by the size of the
    prediction; not by that of the target: where it is far from the mean every sound solution is worse, and where it is
    near the mean the baseline is right by chance.
    """
    from scipy import stats

    everything = _predicted(evidence)
    if everything is None:
        return []
    rows, ours, theirs = everything
    metric, measured = _within(evidence.metric), []
    units = units_of(rows, evidence.task, weighted_score(metric, rows.y, ours).influences)
    parts = _scorable(evidence, rows, ours)
    whole = (
        None if _seconds(metric, rows.y, ours, parts) > MOST_SECONDS else _skill(metric, rows.y, ours, theirs, units)
    )
    if whole is None:
        return []
    for part in parts:
        at = part.rows
        skill = _skill(metric, rows.y[at], ours.at(at), theirs.at(at), units[at])
        if skill is not None and skill.n_units >= _FEWEST_UNITS:
            measured.append((part, skill))

    def chance(distance: float, error: float, n_units: int) -> float:
        return float(stats.t.sf(distance / error, n_units - 1)) if error else float(distance <= 0)

    # rows that are alike are harder to put in order than all are, and those predicted alike differ in noise
    useless = holm([chance(-s.share, s.error, s.n_units) for _, s in measured])
    weak = holm(
        [
            1.0
            if metric.is_of_order or part.column == _PREDICTION
            else chance(s.way - _TWICE * whole.way, s.way_error, s.n_units)
            for part, s in measured
        ]
    )
    half = [float(stats.t.ppf(1 - evidence.level, s.n_units - 1)) * s.error for _, s in measured]
    return [
        Subset(part.name, len(part.rows), s.score, s.baseline, s.share, s.share - h, s.share + h, p_useless, p_weak)
        for (part, s), h, p_useless, p_weak in zip(measured, half, useless, weak, strict=True)
    ]


@dataclass(frozen=True)
class _Skill:
    score: float
    baseline: float
    share: float
    error: float
    way: float
    """From here to a perfect score."""
    way_error: float
    n_units: int


def why_none(evidence: Evidence) -> str:
    """Say why no subset was measured."""
    everything = _predicted(evidence)
    if everything is None:
        return "the baseline has no predictions"
    rows, ours, _ = everything
    parts = _scorable(evidence, rows, ours)
    if _seconds(_within(evidence.metric), rows.y, ours, parts) > MOST_SECONDS:
        return f"{len(parts):,} subsets would take more than {MOST_SECONDS:.0f} s by this metric"
    return "no subset has enough rows that can be scored"


def _scorable(evidence: Evidence, rows: Rows, ours: Predictions) -> list[Slice]:
    """The subsets with enough rows of each label that is there."""
    parts = _parts(evidence, rows, ours)
    return [part for part in parts if not (evidence.task.classes and _few_of_a_label(rows.y[part.rows]))]


def _seconds(metric: Metric, y: np.ndarray, ours: Predictions, parts: Sequence[Slice]) -> float:
    """About how long the subsets take, by both predictions."""
    score = weighted_score(metric, y, ours)
    return 2 * sum(score.seconds_of_influences(len(part.rows)) for part in parts)


def _within(metric: Metric) -> Metric:
    """Which metric tells subsets: R² divides by the spread of the subset's own target, so it is the squared error."""
    of_spread = metric.name in ("r2", "explained_variance")
    return Metric("neg_mean_squared_error", False, False) if of_spread else metric  # noqa: FBT003


def _skill(metric: Metric, y: np.ndarray, ours: Predictions, theirs: Predictions, units: np.ndarray) -> _Skill | None:
    """The share of the way to a perfect score, with its standard error by the influence of each unit."""
    new, old = (weighted_score(metric, y, p) for p in (ours, theirs))
    score, baseline = new.score, old.score
    way = distance_to_best(metric, baseline)
    if not np.isfinite(score) or not np.isfinite(baseline) or not way:
        return None
    share = metric.gain(score, baseline) / way
    # the way ends at a constant, so it changes with the baseline alone
    sign = 1 if metric.greater_is_better else -1
    of_new, of_old = sign * new.influences(), sign * old.influences()
    error = standard_error((of_new - (1 - share) * of_old) / way, units)
    if not np.isfinite(error):
        return None
    n_units = len(np.unique(units))
    return _Skill(
        score, baseline, share, error, distance_to_best(metric, score), standard_error(of_new, units), n_units
    )


def _predicted(evidence: Evidence) -> tuple[Rows, Predictions, Predictions] | None:
    """Rows with predictions of both, out of fold and of the holdout."""
    baseline = evidence.paired_baseline
    if baseline is None:
        return None
    at = known_rows(evidence.score.predictions)
    rows, ours, theirs = evidence.development.take(at), evidence.score.predictions.at(at), baseline.predictions.at(at)
    sealed = evidence.sealed
    if sealed is None or sealed.baseline is None:
        return rows, ours, theirs
    both = end_to_end([rows, sealed.rows], of_one_table=sealed.of_one_table)
    return both, joined(ours, sealed.predictions), joined(theirs, sealed.baseline)


def _parts(evidence: Evidence, rows: Rows, ours: Predictions) -> Iterator[Slice]:
    for name in list(rows.X.columns)[:_MOST_COLUMNS]:
        yield from slices_of(str(name), rows.X[name], _FEWEST_ROWS)
    if evidence.task.classes:
        predicted = pd.Series(np.asarray(evidence.task.classes, dtype=object)[ours.values.astype(int)])
    else:
        predicted = pd.Series(ours.values)
    if not evidence.metric.is_of_order:  # the AUC of rows that were predicted alike says nothing of the order of all
        yield from slices_of(_PREDICTION, predicted, _FEWEST_ROWS)


def _few_of_a_label(y: np.ndarray) -> bool:
    counts = np.unique(y, return_counts=True)[1]
    return len(counts) < 2 or int(counts.min()) < _FEWEST_OF_LABEL  # noqa: PLR2004
