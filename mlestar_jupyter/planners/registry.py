"""The planners: the recipes, and those of other packages. A chat model plans beside any of them."""

from __future__ import annotations

from operator import attrgetter

from mlestar_jupyter.errors import SettingError, unknown
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
    """Make the planner of a name; one that was made already is taken as it is.

    Raises
    ------
    SettingError
        When there is none of that name, or it is no planner.
    """
    if isinstance(given, Planner):
        return given
    if not isinstance(given, str):
        raise SettingError(
            f"planner is a {type(given).__name__}, which does not follow the protocol.",
            mend="Give the name of a planner, or an object with the methods of planners.base.Planner.",
        )
    known = planners()
    if given not in known:
        raise unknown("planner", given, known)
    return known[given].make()
