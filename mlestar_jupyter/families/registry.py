"""The families that are known: the built-in ones, then those that other packages add."""

from __future__ import annotations

from operator import attrgetter

from mlestar_jupyter.errors import PluginError
from mlestar_jupyter.families.base import Family
from mlestar_jupyter.families.catboost import CATBOOST
from mlestar_jupyter.families.decision_tree import DECISION_TREE
from mlestar_jupyter.families.elastic_net import ELASTIC_NET, LASSO
from mlestar_jupyter.families.forests import EXTRA_TREES, RANDOM_FOREST
from mlestar_jupyter.families.hist_gradient_boosting import HIST_GRADIENT_BOOSTING
from mlestar_jupyter.families.lightgbm import LIGHTGBM
from mlestar_jupyter.families.linear import LINEAR
from mlestar_jupyter.families.naive_bayes import NAIVE_BAYES
from mlestar_jupyter.families.neighbours import NEIGHBOURS
from mlestar_jupyter.families.neural_networks import NEURAL_NETWORK, REAL_MLP
from mlestar_jupyter.families.ridge import RIDGE
from mlestar_jupyter.families.support_vectors import LINEAR_SUPPORT_VECTORS, SUPPORT_VECTORS
from mlestar_jupyter.families.xgboost import XGBOOST
from mlestar_jupyter.plugins import plugged_in, with_plugins

_BUILT_IN = (
    *(CATBOOST, LIGHTGBM, XGBOOST, HIST_GRADIENT_BOOSTING),
    *(EXTRA_TREES, RANDOM_FOREST, DECISION_TREE),
    *(LINEAR, RIDGE, LASSO, ELASTIC_NET),
    *(SUPPORT_VECTORS, LINEAR_SUPPORT_VECTORS),
    *(NEURAL_NETWORK, REAL_MLP),
    *(NEIGHBOURS, NAIVE_BAYES),
)


def families() -> dict[str, Family]:
    """All families by name; in this order one is tried in the place of another.

    Raises
    ------
    PluginError
        When another package adds a family by a name, or for an estimator, that is taken.
    """
    found = with_plugins("families", Family, _BUILT_IN, attrgetter("name"))
    taken: set[str] = set()
    for family in found.values():
        twice = sorted(taken.intersection(family.calls))
        if twice:
            raise PluginError(
                f"A package adds the family {family.name!r} of models, but {twice[0]} belongs to another family.",
                mend="Uninstall the package, or leave that estimator out.",
            )
        taken.update(family.calls)
    return found


def added_packages() -> set[str]:
    """Top-level modules of the families that other packages add: a ``model`` block may import these."""
    added = plugged_in("families", Family).values()
    named = {name for family in added for name in (family.package, *family.calls)}
    return {name.partition(".")[0] for name in named if name}
