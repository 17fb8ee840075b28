"""The members' plain mean: no weights to learn, so none to learn wrongly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.ensembles.base import GlobalWeights, Known, Strategy
from mlestar_jupyter.ensembles.source import voting

_MOST_MEMBERS = 3


class Mean(Strategy):
    """Simple averaging."""

    name = "mean"

    def members(self, pool: Sequence[Scored], able: Sequence[Scored], limit: int) -> Sequence[Scored]:
        """Take the three best: weaker ones count as much."""
        del able
        return pool[: min(_MOST_MEMBERS, limit)]

    def learn(self, known: Known) -> GlobalWeights:
        """Weigh all alike."""
        n_members = len(known.stacked)
        return GlobalWeights(tuple(np.full(n_members, 1 / n_members)))

    def source(self, task: Task, weights: Sequence[float]) -> str:
        """Write a vote without weights."""
        del weights
        return voting(task, (), "The members' mean")
