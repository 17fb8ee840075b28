"""What is measured once and kept in the journal, so that a replay has the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from types import FrameType
from typing import TYPE_CHECKING, Generic, TypeVar

from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.journal_errors import damaged

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

M = TypeVar("M", bound="DataclassInstance")


@dataclass(frozen=True)
class Count:
    """How many there was time for: a replay, which is not timed, makes as many."""

    value: int


class Measurements:
    """What is measured under a link: each place of the code that measures has its own key, none is written by hand.

    Parameters
    ----------
    journal : Journal
    token : str
        Of the link.
    """

    def __init__(self, journal: Journal, token: str) -> None:
        self._journal = journal
        self.token = token
        self._times: Counter[str] = Counter()

    def slot(self, kind: type[M], caller: FrameType) -> Slot[M]:
        """What is measured next at a place of a module: as on record, or still to be kept."""
        code, line = caller.f_code, caller.f_lineno - caller.f_code.co_firstlineno
        place = f"{caller.f_globals['__name__']}.{code.co_qualname} {line} {kind.__name__}"
        self._times[place] += 1
        return Slot(self._journal, self.token, f"{place} {self._times[place]}", kind)


class Slot(Generic[M]):
    """One measurement: `value` is None until it has been kept, in this run or an earlier one."""

    def __init__(self, journal: Journal, token: str, place: str, kind: type[M]) -> None:
        self._journal, self._token, self._place = journal, token, place
        known = journal.measurement(token, place)
        self.value: M | None = None
        if known is not None:
            try:
                self.value = kind(**known)
            except TypeError as error:
                raise damaged(journal.path, f"{place} is no {kind.__name__}") from error

    def keep(self, value: M) -> M:
        """Put the value on record; one that is there stays."""
        if self.value is None:
            self._journal.add_measurement(self._token, self._place, asdict(value))
            self.value = value
        return self.value
