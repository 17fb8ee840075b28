"""The members' plain mean: no weights to learn, so none to learn wrongly."""

from __future__ import annotations

import numpy as np

from mlestar_jupyter.ensembles.base import GlobalWeights, Known


class Mean:
    """Simple averaging."""

    name = "mean"
    learns_in_fit = False

    def refusal(self, known: Known) -> str:
        """Apply to everything."""
        del known
        return ""

    def learn(self, known: Known) -> GlobalWeights:
        """Weigh all alike."""
        n_members = len(known.told)
        return GlobalWeights(tuple(np.full(n_members, 1 / n_members)))
