"""How foundation shows what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mlestar_jupyter.core.evaluation import Evaluation, scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.display.figures import scores_figure
from mlestar_jupyter.display.numbers import number, with_interval
from mlestar_jupyter.display.view import Section, View

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.phases.foundation.result import FoundationResult


def foundation_view(result: FoundationResult) -> View:
    """Show the analysis, then the comparison."""
    chart = comparison(result.table, result.evaluations, result.metric)
    return View("Foundation", result.summary, (chart, *_analysis(result)))


def comparison(table: pd.DataFrame, evaluations: Sequence[Evaluation], metric: Metric) -> Section:
    """Show what was compared, as a table and a chart."""
    ranked = sorted(scored(evaluations), key=lambda e: -metric.gain(e.score, 0.0))
    alt = ", ".join(f"{s.candidate.label} {number(s.score)}" for s in ranked)
    text = f"Mean {metric.label} over the folds with its 95 % interval; all on the same folds."
    return Section("Comparison", text, _shown(table, metric), scores_figure(ranked, metric), alt)


def _shown(table: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """The comparison for reading: the best on top, the failed ones last."""
    table = table.rename(columns={"fit s": "seconds"})
    order = table["score"].sort_values(ascending=not metric.greater_is_better, na_position="last").index
    table = table.loc[order]
    spans = zip(table["score"], table["low"], table["high"], table["why"], strict=True)
    table["score"] = [
        why.partition(":")[0] if score != score else with_interval(score, low, high) for score, low, high, why in spans
    ]
    return table.drop(columns=["low", "high"])


def _analysis(result: FoundationResult) -> list[Section]:
    """The data analysis in brief: issues and chart at hand, tables folded."""
    view = result.profile.view()
    issues = tuple(line for s in view.sections for line in s.lines)
    sections = [Section("Data analysis", view.summary, lines=issues)]
    for section in view.sections:
        if section.figure is not None:
            sections.append(Section(figure=section.figure, alt=section.alt))
        elif not section.lines:
            sections.append(replace(section, folded=True))
    return sections
