"""The roles of MLE-STAR (arXiv 2506.15692) over a chat, phase by phase."""

from __future__ import annotations

from mlestar_jupyter.planners.llm.roles.ablation import AblationRoles
from mlestar_jupyter.planners.llm.roles.checking import CheckingRoles
from mlestar_jupyter.planners.llm.roles.ensemble import EnsembleRoles
from mlestar_jupyter.planners.llm.roles.foundation import FoundationRoles
from mlestar_jupyter.planners.llm.roles.refinement import RefinementRoles


class ModelRoles(FoundationRoles, CheckingRoles, AblationRoles, RefinementRoles, EnsembleRoles):
    """All roles over one chat; those that `ModelPlanner` asks.

    A model's text is never trusted: source is checked and screened before it is returned, lines are cleaned and cut,
    blocks are named and never quoted, and no score is asked of it.

    Parameters
    ----------
    chat : Asks
        Gives answers that keep a schema, or None.
    describe : callable
        Gives the text about a task that may leave the machine: schema and statistics.
    """
