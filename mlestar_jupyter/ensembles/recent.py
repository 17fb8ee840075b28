"""Weights that follow the time: recent rows count more, so members that have fallen behind lose their say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.ensembles.base import GlobalWeights, Known, Strategy
from mlestar_jupyter.ensembles.source import voting
from mlestar_jupyter.ensembles.weighted import least_squares_weights

HALF_LIFE = 0.25
"""Share of the rows after which a row counts half."""


class Recent(Strategy):
    """Convex weights that are learned anew as time goes on, with exponential forgetting.

    Notes
    -----
    Bates & Granger, "The combination of forecasts", Operational Research Quarterly 20 (1969), let weights follow the
    recent errors. Each fold is scored with the weights of the rows before it; the block prints those of the end.
    """

    name = "recent"

    def refusal(self, known: Known) -> str:
        """Apply to rows in order of time alone."""
        return "" if known.is_ordered else "the rows have no order in time (name a time column at the start)"

    def learn(self, known: Known) -> GlobalWeights:
        """Find the weights of least squared error, older rows counting less."""
        age = np.arange(len(known))[::-1] / (HALF_LIFE * len(known))
        return GlobalWeights.of(least_squares_weights(known.told, known.y, 0.5**age))

    def source(self, task: Task, weights: Sequence[float]) -> str:
        """Write a vote with these weights."""
        title = "The members' weighted mean, by what they were worth lately"
        return voting(task, weights, title, "least squared error, recent rows counting more (Bates & Granger 1969)")
