"""Charts from plain values. Figures are built without pyplot, so no global state is touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.statistics import corrected_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BLUE, _GREY = "#1f5fa8", "#8a8a8a"


def interval_figure(
    labels: Sequence[str],
    values: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    x_label: str,
    strong: Sequence[bool],
    zero: bool = False,
) -> Figure:
    """Draw values with their intervals, one line a label, the first on top.

    Those that are not `strong` are drawn hollow, so that the difference does not hang on colour.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 0.6 + 0.36 * len(labels)))
    axes = figure.subplots()
    for row, (value, low, high, is_strong) in enumerate(zip(values, lows, highs, strong, strict=True)):
        y = len(labels) - row
        colour = _BLUE if is_strong else _GREY
        axes.plot([low, high], [y, y], color=colour, linewidth=2, solid_capstyle="butt")
        axes.plot([value], [y], "o", color=colour, markerfacecolor=colour if is_strong else "white", markersize=7)
    if zero:
        axes.axvline(0, color="black", linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(labels), 0, -1), labels)
    axes.set_ylim(0.4, len(labels) + 0.6)
    axes.set_xlabel(x_label)
    axes.grid(axis="x", linewidth=0.4, alpha=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return figure


def scores_figure(evaluations: Sequence[Scored], metric: Metric) -> Figure:
    """Compare scores with their intervals, the best on top and filled."""
    ordered = sorted(evaluations, key=lambda e: -metric.gain(e.score, 0.0))
    intervals = [corrected_interval(e.fold_scores, e.n_train, e.n_test) for e in ordered]
    return interval_figure(
        [e.candidate.label for e in ordered],
        [e.score for e in ordered],
        [max(low, e.score - 10 * e.spread - 1e-12) for (low, _), e in zip(intervals, ordered, strict=True)],
        [min(high, e.score + 10 * e.spread + 1e-12) for (_, high), e in zip(intervals, ordered, strict=True)],
        x_label=f"{metric.label} ({metric.direction})",
        strong=[i == 0 for i in range(len(ordered))],
    )
