"""The planners: the recipes, and those of other packages. A chat model plans beside any of them."""

from __future__ import annotations

from operator import attrgetter

from mlestar_jupyter.planners.base import Planner, PlannerKind
from mlestar_jupyter.plugins import with_plugins


def _recipes() -> Planner:
    from mlestar_jupyter.planners.recipes import RecipePlanner

    return RecipePlanner()


_BUILT_IN = (PlannerKind("recipes", "from the shipped knowledge base, and Optuna for numbers", _recipes),)


def planners() -> dict[str, PlannerKind]:
    """All planners by name, the built-in ones first."""
    return with_plugins("planners", PlannerKind, _BUILT_IN, attrgetter("name"))


def open_planner(given: str | Planner) -> Planner:
    """Make the planner of a name; one that was made already is taken as it is."""
    return planners()[given].make() if isinstance(given, str) else given
