"""How a running phase looks: overall progress, what each worker does, the best score so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from mlestar_jupyter.core.events import Work
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.rendering import render

_WIDTH, _HEIGHT, _EDGE = 320, 64, 5
_POINTS = 200
_ROWS = 8


@dataclass(frozen=True)
class Live:
    """A moment of a running phase.

    Parameters
    ----------
    phase : str
    elapsed : float
        Seconds.
    seconds : float or None
        Time limit of the phase.
    done, total : int
        Fits of the present round; `total` is 0 before the first.
    count : int
        Candidates that have been evaluated.
    scores : tuple of float
        Of those that have one, in order.
    best : str
        Label of the best so far.
    work : tuple of Work
        What the workers do now.
    lines : tuple of str
        The last things that happened.
    metric : Metric
    """

    phase: str
    elapsed: float
    seconds: float | None
    done: int
    total: int
    count: int
    scores: tuple[float, ...]
    best: str
    work: tuple[Work, ...]
    lines: tuple[str, ...]
    metric: Metric = field(repr=False)

    def html(self) -> str:
        """Render for a widget; the stop button stands beside it."""
        return render("live.html.j2", live=self, chart=chart(self.scores, self.metric), rows=self.work[:_ROWS])

    @property
    def time(self) -> str:
        """Elapsed and remaining time, in words."""
        text = f"{clock(self.elapsed)} elapsed"
        if self.seconds is not None:
            text += f", at most {clock(max(0.0, self.seconds - self.elapsed))} left"
        return text

    @property
    def best_score(self) -> str:
        """The best score so far, with its label."""
        if not self.scores:
            return "no score yet"
        best = max(self.scores, key=lambda s: self.metric.gain(s, 0.0))
        return f"best {self.metric.label} {best:.5g}: {self.best}"


@dataclass(frozen=True)
class Chart:
    """Points in the chart's own units: every score, the best of them so far, and the same in words."""

    width: int
    height: int
    dots: tuple[tuple[float, float], ...]
    line: str
    alt: str


def chart(scores: Sequence[float], metric: Metric) -> Chart | None:
    """Place the last scores and the best so far; None before there are two.

    The trivial baseline would squeeze the rest into a line: what is far below the middle stands on the edge.
    """
    shown = list(scores)[-_POINTS:]
    if len(shown) < 2:  # noqa: PLR2004
        return None
    gains = [metric.gain(s, 0.0) for s in shown]
    low, high = sorted(gains)[len(gains) // 4], max(gains)
    span = (high - low) or 1.0

    def place(position: int, gain: float) -> tuple[float, float]:
        x = _EDGE + position * (_WIDTH - 2 * _EDGE) / (len(shown) - 1)
        y = _EDGE + (1 - max(0.0, (gain - low) / span)) * (_HEIGHT - 2 * _EDGE)
        return round(x, 1), round(y, 1)

    dots = tuple(place(i, g) for i, g in enumerate(gains))
    steps = [place(i, g) for i, g in enumerate(accumulate(gains, max))]
    path = [f"{steps[0][0]},{steps[0][1]}"]
    for (_, before), (x, y) in pairwise(steps):
        path += [f"{x},{before}", f"{x},{y}"]
    best = shown[gains.index(high)]
    alt = f"Best {metric.label} so far over {len(scores)} candidates: {number(scores[0])} first, {number(best)} now"
    return Chart(_WIDTH, _HEIGHT, dots, " ".join(path), alt)


def clock(seconds: float) -> str:
    """Seconds as a reader says them: ``45 s``, ``3:07 min``.

    >>> clock(187)
    '3:07 min'
    """
    whole = int(seconds)
    return f"{whole} s" if whole < 100 else f"{whole // 60}:{whole % 60:02d} min"  # noqa: PLR2004
