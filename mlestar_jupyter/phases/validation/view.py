"""How validation shows its verdict and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.base import Finding, Outcome, by_kind
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.texts import some_of
from mlestar_jupyter.display.figures import interval_figure
from mlestar_jupyter.display.numbers import number, with_interval
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.phases.validation.coverage import coverage_sections
from mlestar_jupyter.phases.validation.gates.robustness import subsets_table
from mlestar_jupyter.phases.validation.holdout import HoldoutScore
from mlestar_jupyter.phases.validation.overfitting import RefinementGain, optimism
from mlestar_jupyter.phases.validation.settings import ValidationSettings
from mlestar_jupyter.phases.validation.threshold import threshold_sections

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mlestar_jupyter.phases.validation.result import ValidationResult

_OUTCOME_WORDS: dict[Outcome, str] = {
    "found": "✗ leak",
    "suspect": "! look at this",
    "clear": "✓ no evidence",
    "not applicable": "– not applicable",
}


_NOTE = "No evidence found is not proof of none; not applicable is not passed."


def validation_view(result: ValidationResult) -> View:
    """Show the verdict, then what it rests on."""
    figure, alt = _figure(result)
    folded = [
        overfitting_section(result.score, result.interval, result.holdout, result.refinement, result.task.metric),
        *threshold_sections(result.decision, result.task),
        *coverage_sections(result.holdout, is_of_labels=result.task.form.has_probabilities),
        *_subsets(result),
        *(Section(f"Checks for {kind}", _NOTE, _findings(found)) for kind, found in by_kind(result.findings).items()),
        Section("On the holdout" if result.holdout else "Out of fold", _lacking(result.details), table=result.details),
        *_nested(result),
        *_groups(result),
        _cost(result),
    ]
    sections = [
        Section("Gates", table=result.table),
        Section("Scores", "With 95 % intervals.", figure=figure, alt=alt),
        *(replace(section, folded=True) for section in folded),
    ]
    return View("Validation", result.summary, tuple(sections))


def _lacking(details: pd.DataFrame) -> str:
    """Say which classes have no row there: a mean over classes is one of the others."""
    if "class" not in details:
        return ""
    lacking = [str(name) for name, n_rows in zip(details["class"], details["rows"], strict=True) if not n_rows]
    return f"Without a row: {some_of(lacking)}. Means over classes are of the others." if lacking else ""


def _subsets(result: ValidationResult) -> list[Section]:
    if not result.subsets:
        return []
    text = f"Of {len(result.subsets)} subsets that have enough rows; {result.task.metric.label} as measured there."
    level = float(str(result.asked.get("significance", ValidationSettings.significance)))
    return [Section("Weakest subsets of the rows", text, subsets_table(result.subsets, level))]


def _nested(result: ValidationResult) -> list[Section]:
    if result.nested is None:
        return []
    return [Section("Nested cross-validation", result.nested.sentence(result.task.metric))]


def _groups(result: ValidationResult) -> list[Section]:
    if not len(result.fairness) and not result.left_out:
        return []
    text = f"Left out, under 30 rows: {', '.join(result.left_out)}." if result.left_out else ""
    return [Section("Groups", text, result.fairness if len(result.fairness) else None)]


def _cost(result: ValidationResult) -> Section:
    cost, peak = result.cost, f"{result.score.peak_mb:.0f} MB at the peak of a fit."
    if cost is None:
        return Section("Cost", peak)
    text = (
        f"One row {cost.single_ms:.1f} ms, {cost.batch_rows} rows {cost.batch_ms:.1f} ms, measured once "
        f"on this machine; {cost.size_mb:.2f} MB on disk; {peak}"
    )
    return Section("Cost", text)


def _findings(found: Sequence[Finding]) -> pd.DataFrame:
    """Findings for reading: what asks for a look comes first."""
    order = list(_OUTCOME_WORDS)
    rows = [
        {
            "code": f.code,
            "check": f.title,
            "finding": _OUTCOME_WORDS[f.outcome],
            "evidence": f.evidence,
            "what to do": f.remedy,
        }
        for f in sorted(found, key=lambda f: order.index(f.outcome))
    ]
    table = pd.DataFrame(rows)
    return table if any(f.remedy for f in found) else table.drop(columns="what to do")


def _figure(result: ValidationResult) -> tuple[Figure, str]:
    rows = [("cross-validated", result.score.score, *result.interval)]
    if result.holdout is not None:
        rows.append(("holdout", result.holdout.score, result.holdout.low, result.holdout.high))
    labels, values, lows, highs = zip(*rows, strict=True)
    metric = result.task.metric
    label = f"{metric.label} ({metric.direction})"
    figure = interval_figure(labels, values, lows, highs, x_label=label, strong=[True] * len(rows))
    return figure, "; ".join(f"{name} {number(value)}" for name, value, _, _ in rows)


def overfitting_section(
    score: Scored, interval: tuple[float, float], holdout: HoldoutScore | None, gain: RefinementGain, metric: Metric
) -> Section:
    """Show what was promised beside what the sealed rows give."""
    heading = "Was the choice fitted to its folds?"
    gap = optimism(score, holdout, metric)
    if holdout is None or gap is None:
        return Section(heading, "Not measured: there is no holdout.")
    rows = [
        {
            "figure": f"{metric.label} of the solution",
            "when it was chosen [95 %]": with_interval(score.score, *interval),
            "on the holdout [95 %]": with_interval(holdout.score, holdout.low, holdout.high),
            "what is left": f"{number(-gap, 2, signed=True)} ({'worse' if gap > 0 else 'not worse'})",
        }
    ]
    if gain.reported is not None and gain.reported_low is not None and gain.reported_high is not None:
        rows.append(
            {
                "figure": "gain of refinement, to expect",
                "when it was chosen [95 %]": with_interval(
                    gain.reported, gain.reported_low, gain.reported_high, signed=True
                ),
                "on the holdout [95 %]": _found_words(gain),
                "what is left": "–" if gain.ratio is None else f"{gain.ratio:.0%} of the gain",
            }
        )
    return Section(heading, _sentence(score, holdout, gap, gain, metric), pd.DataFrame(rows))


def _found_words(gain: RefinementGain) -> str:
    if gain.found is None or gain.low is None or gain.high is None:
        return "not measured"
    return with_interval(gain.found, gain.low, gain.high, signed=True)


def _sentence(score: Scored, holdout: HoldoutScore, gap: float, gain: RefinementGain, metric: Metric) -> str:
    looked = f"better by {number(gap)}" if gap > 0 else "no better"
    text = f"The {metric.label} by which the solution was chosen looked {looked} than the sealed rows give"
    if np.isfinite(holdout.low):
        text += f", {'inside' if holdout.low <= score.score <= holdout.high else 'outside of'} the holdout's interval"
    text += "."
    return f"{text} Gain of refinement on the holdout: not measured, {gain.reason}." if gain.reason else text
