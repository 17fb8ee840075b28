"""Charts from plain values, for light and dark pages alike; built without pyplot, so no global state is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlestar_jupyter.core.evaluation import Scored, score_interval
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.quoting import visible
from mlestar_jupyter.display.rendering import as_written

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NEUTRAL = "#767676"
"""For words and axes: no grey has 4.5:1 on white and on near-black both; this one has it on white and 4.1:1 on
#111. The style sheet brightens or darkens the image where it knows the theme, which gives it on both."""
ACCENT = "#3a86c8"
_MARKER, _LINE = 8.0, 2.2


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

    figure = Figure(figsize=(7.4, 0.75 + 0.34 * len(labels)), layout="constrained")
    axes = figure.subplots()
    rows = range(len(labels), 0, -1)
    axes.set_yticks(rows, [visible(label) for label in labels])
    axes.set_ylim(0.4, len(labels) + 0.6)
    axes.set_xlabel(x_label)
    axes.plot([*lows, *highs], [*rows, *rows], linestyle="none")  # sets the limits
    if zero:
        axes.axvline(0, linewidth=1, linestyle=(0, (2, 2)))
    soften(figure)
    gap = _marker_radius(axes)
    for y, value, low, high, is_strong in zip(rows, values, lows, highs, strong, strict=True):
        colour = ACCENT if is_strong else NEUTRAL
        for start, end in ((low, value - gap), (value + gap, high)):
            if start < end:  # the line ends at the marker, so that a hollow one is hollow
                axes.plot([start, end], [y, y], color=colour, linewidth=_LINE, solid_capstyle="butt")
        face = colour if is_strong else "none"
        axes.plot([value], [y], "o", color=colour, markerfacecolor=face, markersize=_MARKER, markeredgewidth=1.8)
    return figure


def _marker_radius(axes: Axes) -> float:
    """Radius of a marker in the units of the x axis, whose limits stay from here on."""
    axes.set_xlim(axes.get_xlim())
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]
    pixels = (_MARKER / 2 + 0.9) * axes.figure.dpi / 72
    inverse = axes.transData.inverted()
    return float(inverse.transform((pixels, 0))[0] - inverse.transform((0, 0))[0])


def soften(figure: Figure) -> Figure:
    """Draw words, axes and ticks in a grey that reads on white and on near-black, and leave the background free."""
    as_written(figure).patch.set_alpha(0)
    for axes in figure.axes:
        axes.patch.set_alpha(0)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(NEUTRAL)
        axes.tick_params(colors=NEUTRAL, labelsize=10.5)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=NEUTRAL, linewidth=0.5, alpha=0.35)
        axes.set_axisbelow(True)
        for text in (axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts):
            text.set_color(NEUTRAL)
            text.set_fontsize(10.5)
        for line in axes.lines:
            line.set_color(NEUTRAL)
    return figure


def scores_figure(evaluations: Sequence[Scored], metric: Metric) -> Figure:
    """Compare scores with their intervals, the best on top and filled."""
    ordered = sorted(evaluations, key=lambda e: -metric.gain(e.score, 0.0))
    intervals = [score_interval(e, metric) for e in ordered]
    return interval_figure(
        [e.candidate.label for e in ordered],
        [e.score for e in ordered],
        [max(low, e.score - 10 * e.spread - 1e-12) for (low, _), e in zip(intervals, ordered, strict=True)],
        [min(high, e.score + 10 * e.spread + 1e-12) for (_, high), e in zip(intervals, ordered, strict=True)],
        x_label=f"{metric.label} ({metric.direction})",
        strong=[i == 0 for i in range(len(ordered))],
    )


def reliability_figure(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Figure:
    """Draw how often what was predicted came true, one line a curve, against the diagonal of perfect calibration.

    Parameters
    ----------
    curves : mapping
        Label to predicted and observed shares; the last one is filled.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], linewidth=1, linestyle=(0, (2, 2)))
    axes.set_xlabel("predicted probability")
    axes.set_ylabel("observed share")
    soften(figure)
    for position, (label, (predicted, observed)) in enumerate(curves.items(), start=1):
        is_last = position == len(curves)
        colour = ACCENT if is_last else NEUTRAL
        face = colour if is_last else "none"
        axes.plot(predicted, observed, "o-", color=colour, markerfacecolor=face, markersize=5.5, label=label)
    if len(curves) > 1:
        axes.legend(frameon=False, labelcolor=NEUTRAL, fontsize=10.5)
    return figure
