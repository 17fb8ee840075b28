"""Dynamic weighting: a row trusts the members that did well on the rows most like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.core.estimators import Transformer
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.ensembles.base import Known, Strategy, gated, refused_unless_means
from mlestar_jupyter.ensembles.regions import NO_COLUMNS, make_regions
from mlestar_jupyter.ensembles.source import learned_in_fit, region_columns

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.neighbors import NearestNeighbors

NEIGHBOURS = 50
MOST_REFERENCES = 2_500
SHARPNESS = (0.0, 1.0, 3.0, 10.0)
"""How far local competence moves the weights from the mean; 0 not at all. The best on the learning rows is taken."""


class Dynamic(Strategy):
    """Instance-specific weights by local competence.

    Notes
    -----
    After Woods, Kegelmeyer & Bowyer, "Combination of multiple classifiers using local accuracy estimates", PAMI 19
    (1997): competence is the loss on the nearest rows, here drawn towards the loss on all rows, and it sets soft
    weights in place of a choice.
    """

    name = "dynamic"
    learns_in_fit = True

    def refusal(self, known: Known) -> str:
        """Apply where rows can be compared."""
        return refused_unless_means(known) or ("" if known.numbers or known.categories else NO_COLUMNS)

    def learn(self, known: Known) -> LocalWeights:
        """Keep reference rows with the members' losses on them, as the block does."""
        from sklearn.neighbors import NearestNeighbors

        few = known.few(MOST_REFERENCES)
        regions = make_regions(few)
        places = regions.fit_transform(few.X)
        losses = few.problem.losses(few.stacked, few.y)
        near = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(few) - 1)).fit(places)
        others = near.kneighbors(return_distance=False)  # of a reference row: itself left out
        local = _local_losses(losses, others)
        # the sharpest that helps on rows which are not their own neighbours
        scores = [few.problem.losses(gated(few.stacked, _soft(local, s))[None], few.y).mean() for s in SHARPNESS]
        return LocalWeights(regions, near, losses, SHARPNESS[int(np.argmin(scores))])

    def source(self, task: Task, weights: Sequence[float]) -> str | None:
        """Write the block, where the table has columns by which rows can be compared."""
        del weights
        return learned_in_fit(task, "ensemble_dynamic") if any(region_columns(task)) else None


@dataclass(frozen=True, eq=False)
class LocalWeights:
    """Reference rows with the members' losses on them."""

    regions: Transformer
    near: NearestNeighbors
    losses: np.ndarray
    sharpness: float
    weights: tuple[float, ...] = ()

    def predict(self, stacked: np.ndarray, X: pd.DataFrame | None) -> np.ndarray:
        """Weigh the members row by row."""
        return gated(stacked, self.gates(stacked, X))

    def gates(self, stacked: np.ndarray, X: pd.DataFrame | None) -> np.ndarray:
        """Turn the losses on the nearest rows into weights."""
        if self.sharpness == 0:
            return np.full((stacked.shape[1], len(stacked)), 1 / len(stacked))
        neighbours = self.near.kneighbors(self.regions.transform(X), return_distance=False)
        return _soft(_local_losses(self.losses, neighbours), self.sharpness)


def _local_losses(losses: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """Mean loss of each member around each row, half of it that on all rows; in units of the mean loss."""
    everywhere = losses.mean(axis=1)
    around = losses[:, neighbours].mean(axis=2)
    return np.asarray((around + everywhere[:, None]) / 2 / max(float(everywhere.mean()), 1e-300))


def _soft(local: np.ndarray, sharpness: float) -> np.ndarray:
    """Softmax of the negative losses, of shape (n_rows, n_members)."""
    powers = np.exp(-sharpness * (local - local.min(axis=0)))
    return np.asarray((powers / powers.sum(axis=0)).T)
