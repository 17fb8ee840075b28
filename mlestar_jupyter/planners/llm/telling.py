"""What a chat tells its listeners: one thing at a time, and the same sentence about its state once."""

from __future__ import annotations

from threading import RLock

from mlestar_jupyter.core.events import Event, Listener, Note, Sent
from mlestar_jupyter.planners.llm.ledger import Ledger


class Teller:
    """Says what one chat does; it may be used from several threads."""

    def __init__(self, model: str, ledger: Ledger, listener: Listener) -> None:
        self._model, self._ledger, self._listener = model, ledger, listener
        self._said: set[str] = set()
        self._has_shown = False
        self._lock = RLock()

    def emit(self, event: Event) -> None:
        """Hand on an event."""
        with self._lock:
            self._listener(event)

    def note(self, text: str) -> None:
        """Say something in the present phase."""
        self.emit(Note(self._ledger.phase, text))

    def once(self, text: str) -> None:
        """Say something, unless it was said."""
        with self._lock:
            if text not in self._said:
                self._said.add(text)
                self.note(text)

    def forget(self) -> None:
        """Say again, when it comes up, what was said once."""
        with self._lock:
            self._said.clear()

    def show(self, role: str, text: str) -> None:
        """Show what is sent, the first time that anything is."""
        with self._lock:
            if not self._has_shown:
                self._has_shown = True
                self.emit(Sent(role, self._model, text))
