"""All strategies by name, in the order of the comparison."""

from __future__ import annotations

from mlestar_jupyter.ensembles.affine import Affine
from mlestar_jupyter.ensembles.base import Strategy
from mlestar_jupyter.ensembles.bayesian import Bayesian
from mlestar_jupyter.ensembles.dynamic import Dynamic
from mlestar_jupyter.ensembles.experts import Experts
from mlestar_jupyter.ensembles.greedy import Greedy
from mlestar_jupyter.ensembles.mean import Mean
from mlestar_jupyter.ensembles.recent import Recent
from mlestar_jupyter.ensembles.stacking import Stacking
from mlestar_jupyter.ensembles.weighted import Weighted


def strategies(limit: int) -> dict[str, Strategy]:
    """Make every strategy, for at most so many members."""
    found: tuple[Strategy, ...] = (
        Mean(),
        Weighted(),
        Greedy(limit),
        Affine(limit),
        Stacking(),
        Dynamic(),
        Recent(),
        Bayesian(),
        Experts(),
    )
    return {s.name: s for s in found}
