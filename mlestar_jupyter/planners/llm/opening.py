"""Put a chat model beside a planner."""

from __future__ import annotations

from functools import cache

from mlestar_jupyter.core.events import Listener
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.task import Dataset
from mlestar_jupyter.planners.base import Planner
from mlestar_jupyter.planners.llm.chat import Chat
from mlestar_jupyter.planners.llm.describe import describe
from mlestar_jupyter.planners.llm.ledger import Ledger
from mlestar_jupyter.planners.llm.planner import ModelPlanner
from mlestar_jupyter.planners.llm.roles import ModelRoles
from mlestar_jupyter.planners.llm.settings import ModelSettings


def beside(
    recipes: Planner, settings: ModelSettings, journal: Journal, dataset: Dataset, emit: Listener
) -> ModelPlanner:
    """Make the planner that asks a chat model as well, and see that it can begin.

    A run that is taken up may need no more than the replies on record: it is checked when a phase is to ask.

    Parameters
    ----------
    recipes : Planner
    settings : ModelSettings
    journal : Journal
        Keeps every reply, so that the same question is not put twice.
    dataset : Dataset
        Of which the roles are given what may leave the machine.
    emit : Listener

    Raises
    ------
    MissingExtraError, SettingError
    """
    before = sum(reply.cost or 0.0 for reply in journal.replies())
    ledger = Ledger(settings.max_cost, settings.price, before)
    chat = Chat(settings.model, journal, ledger, emit=emit, url=settings.url)

    @cache
    def about() -> str:
        return describe(dataset, settings.share_rows)

    if journal.get("task") is None:
        chat.check()
    return ModelPlanner(recipes, ModelRoles(chat, lambda _task: about()), chat)
