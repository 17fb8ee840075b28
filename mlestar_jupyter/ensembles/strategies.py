"""All strategies by name, in the order in which they are tried: the first has the whole level of the test."""

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
from mlestar_jupyter.plugins import with_plugins

_BUILT_IN: tuple[Strategy, ...] = (
    Greedy(),
    Weighted(),
    Affine(),
    Mean(),
    Bayesian(),
    Recent(),
    Experts(),
    Dynamic(),
    Stacking(),
)


def strategies() -> dict[str, Strategy]:
    """All strategies by name: those of this package in their order, then those that other packages add.

    Raises
    ------
    PluginError
        When another package adds something else, or takes the name of another strategy.
    """
    return with_plugins("strategies", Strategy, _BUILT_IN, lambda strategy: strategy.name)  # type: ignore[type-abstract]
