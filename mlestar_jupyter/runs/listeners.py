"""Who hears of what happens in a run, and the evaluations that were heard of."""

from __future__ import annotations

from collections.abc import Callable

from mlestar_jupyter.core.evaluation import Evaluation
from mlestar_jupyter.core.events import Evaluated, Event, Listener


class Listeners:
    """Those who listen to a run."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._evaluations: dict[tuple[str, str, str | None], Evaluation] = {}

    def __bool__(self) -> bool:
        return bool(self._listeners)

    @property
    def evaluations(self) -> list[Evaluation]:
        """All evaluations of this session but for those that only confirm one, in order."""
        return list(self._evaluations.values())

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear of every event; call what is returned to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, event: Event) -> None:
        """Hand an event to all who listen."""
        if isinstance(event, Evaluated):
            candidate = event.evaluation.candidate
            if candidate.phase != "confirmation":
                self._evaluations[candidate.id, candidate.phase, candidate.parent] = event.evaluation
        for listener in list(self._listeners):
            listener(event)
