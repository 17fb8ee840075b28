"""The chat model of a run: what was said of it at the start, what must be there first, and the roles that it plays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mlestar_jupyter.core.events import Listener
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.task import Dataset
from mlestar_jupyter.errors import ExecutionError, MLEStarError, SettingError
from mlestar_jupyter.executors.local.walls import Walls

if TYPE_CHECKING:
    pass

_PRICES = 2  # for what is sent, and for what is answered


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

    @property
    def decides(self) -> list[object]:
        """What of it decides how a phase plans."""
        return ["llm", self.model, self.share_rows]


def read_model(
    llm: str | None,
    *,
    url: str | None = None,
    price: str | tuple[float, float] | None = None,
    max_cost: float | None = None,
    share_rows: int = 0,
    unsandboxed: bool = False,
) -> ModelSettings | None:
    """Check what was said of the chat model; None where there is to be none.

    Raises
    ------
    SettingError
        When a value has the wrong form, or belongs to a chat model and none is named.
    """
    if llm is None:
        given = {
            "--llm-url": url is not None, "--llm-price": price is not None, "--max-cost": max_cost is not None,
            "--share-rows": bool(share_rows), "--unsandboxed": unsandboxed,
        }  # fmt: skip
        for flag, is_given in given.items():
            if is_given:
                raise SettingError(f"{flag} is about a chat model.", mend="Name one with --llm PROVIDER:MODEL.")
        return None
    provider, colon, name = llm.partition(":")
    if not (provider.strip() and colon and name.strip()):
        raise SettingError(f"--llm is {llm!r}.", mend="Write PROVIDER:MODEL, as in openai:gpt-5 or ollama:qwen3.")
    if url is not None and not _is_address(url):
        raise SettingError(f"--llm-url is {url!r}.", mend="Give an address, as in http://localhost:8000/v1.")
    if max_cost is not None and not (math.isfinite(max_cost) and max_cost >= 0):
        raise SettingError(f"--max-cost is {max_cost}.", mend="Give US dollars, 0 or more.")
    from mlestar_jupyter.planners.llm.describe import MOST_ROWS

    if not 0 <= share_rows <= MOST_ROWS:
        raise SettingError(f"--share-rows is {share_rows}.", mend=f"Give a number of rows, {MOST_ROWS} at most.")
    return ModelSettings(llm, url, _read_price(price), max_cost, share_rows)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # brackets that hold no IPv6 address
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _read_price(given: str | tuple[float, float] | None) -> tuple[float, float] | None:
    if given is None:
        return None
    try:
        parts = [float(p) for p in (given.split(",") if isinstance(given, str) else given)]
    except (TypeError, ValueError):
        parts = []
    if len(parts) != _PRICES or not all(math.isfinite(p) and p >= 0 for p in parts):
        raise SettingError(
            f"--llm-price is {given!r}.",
            mend="Give US dollars for a million tokens sent and for a million answered, as in 0.25,2.",
        )
    return parts[0], parts[1]


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
    """

    def __init__(
        self,
        settings: ModelSettings,
        journal: Journal,
        dataset: Dataset,
        *,
        emit: Listener,
    ) -> None:
        from mlestar_jupyter.planners.llm.chat import Chat
        from mlestar_jupyter.planners.llm.describe import describe
        from mlestar_jupyter.planners.llm.ledger import Ledger
        from mlestar_jupyter.planners.llm.planner import ModelPlanner
        from mlestar_jupyter.planners.llm.roles import ModelRoles
        from mlestar_jupyter.planners.recipes import RecipePlanner

        self.settings = settings
        before = sum(reply.cost or 0.0 for reply in journal.replies())
        self.ledger = Ledger(settings.max_cost, settings.price, before)
        self._chat = Chat(settings.model, journal, self.ledger, emit=emit, url=settings.url)

        @cache
        def about() -> str:
            return describe(dataset, settings.share_rows)

        roles = ModelRoles(self._chat, lambda _task: about())
        self.planner = ModelPlanner(RecipePlanner(), roles)

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
        chat = ChatModel(settings, journal, dataset, emit=emit)
        if journal.get("task") is None:
            chat.check()
    except MLEStarError:
        journal.close()
        raise
    return chat
