"""Robustness: whether there are rows for which the solution is of no use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.slices import Slice, slices_of
from mlestar_jupyter.core.influences import FINE, influence, way
from mlestar_jupyter.core.intervals import chance_of_unseen, unseen_share
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.resampling import standard_error
from mlestar_jupyter.core.statistics import holm
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.core.weighted import weighted_score
from mlestar_jupyter.data.splits import end_to_end
from mlestar_jupyter.display.numbers import share
from mlestar_jupyter.phases.validation.gates.base import (
    Evidence,
    Gate,
    GateVerdict,
    Subset,
    judged,
    known_rows,
    not_measured,
)
from mlestar_jupyter.phases.validation.gates.generalisation import joined
from mlestar_jupyter.phases.validation.gates.units import MOST_SECONDS, units_of_score

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
    words = f"{worst.name} ({worst.n_rows:,} rows): {share(worst.skill)} of the way to a perfect score"
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
                heading: f"{share(s.skill)} [{share(s.low)}, {share(s.high)}]",
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
    everything = _predicted(evidence)
    if everything is None:
        return []
    rows, ours, theirs = everything
    metric, parts, measured = _within(evidence.metric), _scorable(evidence, rows, ours), []
    if _seconds(metric, rows.y, ours, parts) > MOST_SECONDS:
        return []
    units = units_of_score(rows, evidence.task, metric, ours)
    whole = _skill(metric, rows.y, ours, theirs, units)
    if whole is None:
        return []
    for part in parts:
        at = part.rows
        skill = _skill(metric, rows.y[at], ours.at(at), theirs.at(at), units[at])
        if skill is not None and skill.n_units >= _FEWEST_UNITS:
            measured.append((part, skill))

    # rows that are alike are harder to put in order than all are, and those predicted alike differ in noise
    useless = holm([s.chance(metric, -s.share, s.error) for _, s in measured])
    weak = holm(
        [
            1.0
            if metric.is_of_order or part.column == _PREDICTION
            else s.chance(metric, s.left - _TWICE * whole.left * whole.way / s.way, s.left_error)
            for part, s in measured
        ]
    )
    return [
        Subset(part.name, len(part.rows), s.score, s.baseline, s.share, *s.interval(metric, evidence.level), *p_values)
        for (part, s), *p_values in zip(measured, useless, weak, strict=True)
    ]


@dataclass(frozen=True)
class _Skill:
    """Where a score stands on the way from the baseline to a perfect score, on some rows.

    Parameters
    ----------
    score, baseline : float
    share, error : float
        Of the way, with its standard error.
    way : float
        From the baseline to a perfect score, in the metric's own unit.
    left, left_error : float
        From the score to a perfect one, as a share of the way.
    n_units, count : int
        Independent units, and those that count where none differs from another.
    """

    score: float
    baseline: float
    share: float
    error: float
    way: float
    left: float
    left_error: float
    n_units: int
    count: int

    def chance(self, metric: Metric, beyond: float, error: float) -> float:
        """How likely a figure so far beyond a limit is where the truth is not, by Student's t."""
        from scipy import stats

        if error:
            return float(stats.t.sf(beyond / error, self.n_units - 1))
        return chance_of_unseen(metric, self.baseline, self.count, beyond)

    def interval(self, metric: Metric, level: float) -> tuple[float, float]:
        """Interval of the share; the level is one-sided."""
        from scipy import stats

        half = float(stats.t.ppf(1 - level, self.n_units - 1)) * self.error
        if not self.error:
            half = unseen_share(metric, self.baseline, self.count, 1 - 2 * level)
        low, high = np.clip([self.share - half, self.share + half], *metric.range_of_share(self.baseline)).tolist()
        return low, high


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
    return 2 * sum(score.seconds_of_influences(len(part.rows), FINE) for part in parts)


def _within(metric: Metric) -> Metric:
    """Which metric tells subsets: R² divides by the spread of the subset's own target, so it is the squared error."""
    of_spread = metric.name in ("r2", "explained_variance")
    return Metric("neg_mean_squared_error", False, False) if of_spread else metric  # noqa: FBT003


def _skill(metric: Metric, y: np.ndarray, ours: Predictions, theirs: Predictions, units: np.ndarray) -> _Skill | None:
    """The share of the way to a perfect score, with its standard error by the influence of each unit."""
    groups = units if len(np.unique(units)) < len(units) else None
    new, old = (influence(metric, y, p, groups, is_ordered=False, n_parts=FINE) for p in (ours, theirs))
    found = way(metric, new, old)
    if found is None:
        return None
    units = units if found.parts is None else found.parts
    error, n_units = standard_error(found.of_share, units), len(np.unique(units))
    if not np.isfinite(error):
        return None
    left = metric.distance_to_best(new.score) / found.length
    left_error, count = standard_error(new.of_rows, units) / found.length, metric.count(y, n_units)
    return _Skill(new.score, old.score, found.share, error, found.length, left, left_error, n_units, count)


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
    # the order, F1 or recall of rows that were predicted alike says nothing of those of all
    if not evidence.task.classes or evidence.metric.is_mean_over_rows:
        yield from slices_of(_PREDICTION, predicted, _FEWEST_ROWS)


def _few_of_a_label(y: np.ndarray) -> bool:
    counts = np.unique(y, return_counts=True)[1]
    return len(counts) < 2 or int(counts.min()) < _FEWEST_OF_LABEL  # noqa: PLR2004
