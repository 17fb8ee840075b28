"""The chat model of a run: what was said of it at the start, what must be there first, and the roles that it plays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from mlestar_jupyter.core.events import Listener
from mlestar_jupyter.core.executors.walls import Walls
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.task import Dataset
from mlestar_jupyter.errors import ExecutionError, MLEStarError
from mlestar_jupyter.options.start import StartOptions

if TYPE_CHECKING:
    from mlestar_jupyter.planners.agents import Agents


@dataclass(frozen=True)
class ModelSettings:
    """What was said of the chat model at the start; a key is never among it.

    Parameters
    ----------
    model : str
        Provider and name: ``"openai:gpt-5"``.
    url : str or None
        Of a server of one's own.
    price : tuple of float or None
        US dollars for a million tokens sent and answered, where the model is in no list of prices.
    max_cost : float or None
        US dollars for the whole run.
    share_rows : int
        How many rows of the table the model is shown.
    """

    model: str
    url: str | None = None
    price: tuple[float, float] | None = None
    max_cost: float | None = None
    share_rows: int = 0

    @classmethod
    def of(cls, options: StartOptions) -> ModelSettings | None:
        """Read them from the options of a start; None where there is to be no chat model."""
        if options["llm"] is None:
            return None
        price = cast("tuple[float, float] | None", options["llm_price"])  # a text has been read
        return cls(options["llm"], options["llm_url"], price, options["max_cost"], options["share_rows"])


def need_walls(found: Walls, *, unsandboxed: bool) -> None:
    """See that what a chat model writes can be shut in here.

    Parameters
    ----------
    found : Walls
        Those that stand on this machine.
    unsandboxed : bool
        Whether the user allows that some are missing.

    Raises
    ------
    ExecutionError
        When one is missing, and nobody has allowed it.
    """
    if found.missing and not unsandboxed:
        raise ExecutionError(
            f"What a chat model writes cannot be shut in on this machine. {' '.join(found.missing)}",
            mend="To run it all the same, start with --unsandboxed (unsandboxed=True).",
        )


class ChatModel:
    """The chat of a run with its ledger, and the roles over it.

    Parameters
    ----------
    settings : ModelSettings
    journal : Journal
        Keeps every reply, so that the same question is not put twice.
    dataset : Dataset
        Of which the roles are told what may leave the machine.
    emit : Listener
    seconds_left : callable
        Of the phase that runs; None without a limit.
    """

    def __init__(
        self,
        settings: ModelSettings,
        journal: Journal,
        dataset: Dataset,
        *,
        emit: Listener,
        seconds_left: Callable[[], float | None],
    ) -> None:
        from mlestar_jupyter.planners.llm.chat import Chat
        from mlestar_jupyter.planners.llm.describe import describe
        from mlestar_jupyter.planners.llm.ledger import Ledger
        from mlestar_jupyter.planners.llm.roles import ModelAgents

        self.settings = settings
        before = sum(reply.cost or 0.0 for reply in journal.replies())
        self.ledger = Ledger(settings.max_cost, settings.price, before)
        self._chat = Chat(settings.model, journal, self.ledger, emit=emit, url=settings.url, seconds_left=seconds_left)

        @cache
        def about() -> str:
            return describe(dataset, settings.share_rows)

        self.agents: Agents = ModelAgents(self._chat, lambda _task: about())

    def enter(self, phase: str, *, replaying: bool = False) -> None:
        """Book what is asked under a phase; of one that is done again only what is on record is answered."""
        self._chat.enter(phase, replaying=replaying)

    def check(self) -> None:
        """See that the provider is known, its package installed and its key at hand; nothing is sent.

        Raises
        ------
        MissingExtraError, SettingError
        """
        self._chat.check()


def open_chat(
    settings: ModelSettings | None,
    journal: Journal,
    dataset: Dataset,
    *,
    emit: Listener,
    seconds_left: Callable[[], float | None],
) -> ChatModel | None:
    """Make the chat of a run, and see that it can begin; None where there is none.

    A run that is taken up may need no more than the replies on record: it is checked when a phase is to ask.

    Raises
    ------
    MissingExtraError, SettingError
        The journal is closed then.
    """
    if settings is None:
        return None
    try:
        chat = ChatModel(settings, journal, dataset, emit=emit, seconds_left=seconds_left)
        if journal.get("task") is None:
            chat.check()
    except MLEStarError:
        journal.close()
        raise
    return chat
