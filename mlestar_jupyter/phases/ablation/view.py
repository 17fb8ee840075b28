"""How ablation shows what each component is worth, and which columns matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.importance import Importance
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.display.figures import interval_figure
from mlestar_jupyter.display.numbers import number, p_value, with_interval
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.phases.ablation.result import HIGH, MATTERING, MEDIUM, SIGNIFICANT, Label

if TYPE_CHECKING:
    from mlestar_jupyter.phases.ablation.result import AblationResult

_DRAWN = 12
_WORDS: dict[Label, str] = {
    "HIGH": "▲ high",
    "MEDIUM": "▲ medium",
    "LOW": "▲ low",
    "NOISE": "○ within the noise",
    "HURTS": "▼ better replaced",
    "FAILS WITHOUT": "▲ fails without it",
    "NEUTRAL ALREADY": "– neutral already",
    "NOT MEASURED": "– not measured",
    "OTHER FOLDS": "– judged by untouched rows",
}


def ablation_view(result: AblationResult) -> View:
    """Show the recommendation, the chart and what columns matter; the tables unfold."""
    drawn = [i for i in result.impacts if i.test is not None]
    tests = [i.test for i in drawn if i.test is not None]
    figure = interval_figure(
        [f"{i.name}: {_WORDS[i.label][2:]}" for i in drawn],
        [t.mean for t in tests],
        [t.low if np.isfinite(t.low) else t.mean for t in tests],
        [t.high if np.isfinite(t.high) else t.mean for t in tests],
        x_label=f"loss of {result.metric.label} when the component is replaced",
        strong=[i.label in (*MATTERING, "HURTS") for i in drawn],
        zero=True,
    )
    alt = "; ".join(f"{i.name} {number(t.mean, 3)} ({_WORDS[i.label][2:]})" for i, t in zip(drawn, tests, strict=True))
    text = (
        "The loss when a block is replaced by its neutral form, a step is left out, or an alternative stands in "
        "(filled: beyond the noise)."
    )
    sections = [Section("What each component is worth", text, figure=figure, alt=alt)]
    if result.summary_text:
        sections.append(Section("In the model's words", result.summary_text))
    if result.interactions:
        sections.append(_pairs_section(result))
    sections.append(
        Section(f"All components ({len(result.impacts)}), with p-values", table=_shown_components(result), folded=True)
    )
    sections.append(Section("How it was measured", _method_of_blocks(result), folded=True))
    if result.importance is not None:
        sections += importance_sections(result.importance, result.metric)
    return View("Ablation", result.summary, tuple(sections))


def _method_of_blocks(result: AblationResult) -> str:
    """How the figures came about."""
    if result.floor is None:
        floor = "The noise floor was not measured. "
    elif result.floor.changes:
        floor = f"Noise floor: other seeds change {result.metric.label} by up to {number(result.floor.bound, 2)}. "
    else:
        floor = "Noise floor: nothing in the solution is drawn at random. "
    saved = (
        ""
        if result.saved <= 0
        else (
            f"Decided comparisons stopped early: {result.fits} fits in place of {result.fits_of_full_design} "
            f"({result.saved:.0%} saved). "
        )
    )
    return (
        f"Same folds for all, {len(result.reference.fold_scores)} at most; corrected resampled t-test (Nadeau & "
        f"Bengio), p adjusted by Holm. {floor}{saved}High, medium and low impacts are significant at "
        f"{SIGNIFICANT:g} and at least {HIGH:.0%} of the score, at least {MEDIUM:.1%}, and below; what is not "
        "significant, or below the noise floor, is within the noise."
    )


def _pairs_section(result: AblationResult) -> Section:
    import pandas as pd

    rows = [
        {
            "blocks": f"{i.first} and {i.second}",
            "both replaced": i.verdict,
            "beyond the sum [95 %]": with_interval(i.test.mean, i.test.low, i.test.high, signed=True),
            "after Holm": p_value(i.p_adjusted),
        }
        for i in result.interactions
    ]
    text = "What two blocks lose together beyond the sum of what each loses alone."
    return Section("Do they need each other?", text, pd.DataFrame(rows, dtype=object), folded=True)


def _shown_components(result: AblationResult) -> pd.DataFrame:
    """The table for reading: labels in words, a value together with its interval."""
    import pandas as pd

    rows = []
    for i in result.impacts:
        row: dict[str, object] = {"component": i.name, "impact": _WORDS[i.label]}
        row["loss without it [95 %]"] = (
            None if i.test is None else with_interval(i.test.mean, i.test.low, i.test.high, signed=True)
        )
        row["of the score"] = None if i.relative is None else f"{i.relative:+.2%}"
        row["after Holm"] = None if i.p_adjusted is None else p_value(i.p_adjusted)
        row["folds"] = i.folds or None
        rows.append(row | {"note": i.note})
    table = pd.DataFrame(rows, dtype=object)
    return table if any(i.note for i in result.impacts) else table.drop(columns="note")


def importance_sections(found: Importance, metric: Metric) -> tuple[Section, ...]:
    """Show which columns matter to the model: a chart, the table folded, and how it was measured."""
    heading = "Feature importance"
    if found.reason:
        return (Section(heading, f"Not measured: {found.reason}."),)
    table = found.table
    drawn = table.head(_DRAWN)
    spreads = drawn["sd"].fillna(0.0)
    figure = interval_figure(
        list(drawn["column"]),
        list(drawn["loss"]),
        list(drawn["loss"] - spreads),
        list(drawn["loss"] + spreads),
        x_label=f"loss of {metric.label} when the column is shuffled",
        strong=list(drawn["loss"] > 2 * drawn["sd"]),
        zero=True,
    )
    alt = "; ".join(f"{name} {number(loss)}" for name, loss in zip(drawn["column"], drawn["loss"], strict=True))
    line = "line: one standard deviation over {} shuffles; filled: above two" if found.n_repeats > 1 else "{} shuffle"
    text = (
        f"The loss of {metric.label} when a column is shuffled ({line.format(found.n_repeats)}). "
        "Columns that say the same hide each other."
    )
    if found.shap is None:
        text += f" No SHAP values: {found.shap_reason}."
    return (
        Section(heading, text, figure=figure, alt=alt),
        Section(
            f"All columns ({len(table)})",
            table=_shown(table, has_shap=found.shap is not None),
            meters=("share of SHAP",),
            folded=True,
        ),
        Section("How the columns were measured", _method(found, metric), folded=True),
    )


def _shown(table: pd.DataFrame, *, has_shap: bool) -> pd.DataFrame:
    """The table for reading; SHAP values as shares, which compare whatever the unit of the model's output."""
    shown = table.rename(columns={"loss": "loss when shuffled", "sd": "± sd"})
    if not has_shap:
        return shown.drop(columns="mean |SHAP|")
    total = float(shown["mean |SHAP|"].sum())
    return shown.assign(**{"share of SHAP": shown["mean |SHAP|"] / total if total > 0 else 0.0})


def _method(found: Importance, metric: Metric) -> str:
    left_out = f" {found.n_left_out} further columns were not shuffled." if found.n_left_out else ""
    text = (
        f"The solution was fitted on the training rows of one fold and asked on {found.n_rows:,} of its test rows, "
        f"where its {metric.label} is {number(found.score)}.{left_out}"
    )
    if found.shap is None:
        return text
    return (
        f"{text} SHAP values (TreeExplainer) on {found.n_shap_rows:,} of them, in the unit of the model's raw output, "
        "summed back to the raw columns; what is made of several columns counts for each of them in equal parts."
    )
