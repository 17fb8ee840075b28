"""The search beyond the shipped knowledge base: rounds of queries to all providers at once, kept for a replay."""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.online.base import Provider, Query, Reference
from mlestar_jupyter.online.contamination import Suspect
from mlestar_jupyter.online.queries import first_queries, later_queries
from mlestar_jupyter.online.ranking import ranked, without_doubles

_RESULTS_A_QUERY = 10
_GLANCE = 0.2
"""Seconds between two looks at the clock: so soon is the user's interrupt seen."""


@dataclass(frozen=True)
class Wish:
    """What to search for, and how far to go.

    Parameters
    ----------
    task : Task
    table : str
        The table's name, by which contamination is recognised; it is not sent.
    notes : str
    rounds : int
        Later ones use what earlier ones found.
    limit : int
        References to keep.
    share_words : bool
        Whether words of column names and notes may be in queries.
    refresh : int
        Another number asks anew what is on record.
    """

    task: Task
    table: str = ""
    notes: str = ""
    rounds: int = 2
    limit: int = 20
    share_words: bool = True
    refresh: int = 0


@dataclass(frozen=True)
class Found:
    """What a search found.

    Parameters
    ----------
    references : tuple of Reference
        The most telling first.
    asked : tuple of str
        Everything that was sent, or was to be sent: provider and words.
    notes : tuple of str
        What did not work, one line each.
    """

    references: tuple[Reference, ...] = ()
    asked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which `from_dict` reads."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Found:
        """Read what `to_dict` gave."""
        return cls(tuple(map(_reference, values["references"])), tuple(values["asked"]), tuple(values["notes"]))


@dataclass(frozen=True, eq=False)
class Record:
    """Where answers are kept: the journal's `get` and `put`."""

    recall: Callable[[str], Any] = lambda _: None
    keep: Callable[[str, object], None] = lambda _, __: None


@dataclass
class _Asking:
    """A search under way: who still answers, what came, and until when."""

    wish: Wish
    record: Record
    now: Callable[[], datetime]
    clock: Callable[[], float]
    deadline: float
    providers: list[Provider]
    found: list[Reference] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    phrases: set[tuple[str, str]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def search_online(
    wish: Wish,
    providers: Sequence[Provider],
    *,
    record: Record,
    seconds: float = 120.0,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """Search in rounds, each provider beside the others.

    A provider that fails is not asked again in this search; that it failed becomes a note. What is on record is not
    asked again. The same answers give the same references, whatever the order in which they come.
    """
    asking = _Asking(wish, record, now, clock, clock() + seconds, list(providers))
    suspect = Suspect.of(wish.task, wish.table)
    for number in range(wish.rounds):
        if number == 0:
            queries = first_queries(wish.task, wish.notes, share_words=wish.share_words)
        else:
            phrases = [phrase for _, phrase in sorted(asking.phrases)]
            queries = later_queries(wish.task, wish.notes, asking.found, phrases, share_words=wish.share_words)
        _ask_all(asking, queries, suspect)
    kept = ranked(wish.task, without_doubles(asking.found), wish.limit)
    return Found(tuple(kept), tuple(asking.asked), tuple(asking.notes))


def _ask_all(asking: _Asking, queries: Sequence[Query], suspect: Suspect) -> None:
    """Ask every provider all queries of a round that are new to it, and take the answers in a fixed order."""
    plan = [(provider, _new_phrases(asking, provider, queries)) for provider in asking.providers]
    answers: dict[tuple[str, str], list[Reference]] = {}
    waiting: dict[str, list[str]] = {}
    for provider, phrases in plan:
        for phrase in phrases:
            known = asking.record.recall(_key(asking.wish, provider.name, phrase))
            if known is None:
                waiting.setdefault(provider.name, []).append(phrase)
            else:
                answers[provider.name, phrase] = [_reference(values) for values in known]
    answers |= _fetch(asking, waiting)
    for provider, phrases in plan:
        for phrase in phrases:
            asking.found += [suspect.judge(r) for r in answers.get((provider.name, phrase), [])]
            asking.asked.append(f"{provider.name}: {phrase}")


def _new_phrases(asking: _Asking, provider: Provider, queries: Sequence[Query]) -> list[str]:
    phrases = dict.fromkeys(filter(None, (provider.phrase(query) for query in queries)))
    new = [phrase for phrase in phrases if (provider.name, phrase) not in asking.phrases]
    asking.phrases.update((provider.name, phrase) for phrase in new)
    return new


_Report = tuple[Provider, str, "list[Reference] | Exception | None"]
"""Who was asked what, and the answer; None when that provider is through."""


def _fetch(asking: _Asking, waiting: dict[str, list[str]]) -> dict[tuple[str, str], list[Reference]]:
    """Ask what is not on record, a thread each provider; every answer is kept as soon as it is there."""
    reports: queue.Queue[_Report] = queue.Queue()
    busy = [provider for provider in asking.providers if provider.name in waiting]
    in_time = asking.clock() < asking.deadline
    for provider in busy if in_time else ():
        arguments = (provider, waiting[provider.name], reports)
        threading.Thread(target=_ask_one, args=arguments, name=f"search {provider.name}", daemon=True).start()
    answers: dict[tuple[str, str], list[Reference]] = {}
    failures: dict[str, str] = {}
    while busy and asking.clock() < asking.deadline:
        try:
            provider, phrase, answer = reports.get(timeout=_GLANCE)
        except queue.Empty:
            continue
        if isinstance(answer, MLEStarError):
            failures[provider.name] = str(answer)
        elif isinstance(answer, Exception):
            raise answer  # a defect of ours
        elif answer is None:
            busy.remove(provider)
        else:
            stamp = asking.now().isoformat(timespec="seconds")
            answers[provider.name, phrase] = [replace(reference, retrieved=stamp) for reference in answer]
            kept = [asdict(reference) for reference in answers[provider.name, phrase]]
            asking.record.keep(_key(asking.wish, provider.name, phrase), kept)
    for provider in busy:
        failures.setdefault(provider.name, f"{provider.name}: time was up before it had answered.")
    asking.notes += [failures[p.name] for p in asking.providers if p.name in failures]
    asking.providers = [p for p in asking.providers if p.name not in failures]
    return answers


def _ask_one(provider: Provider, phrases: Sequence[str], reports: queue.Queue[_Report]) -> None:
    """Ask one provider in its own thread, up to its first failure."""
    for phrase in phrases:
        try:
            reports.put((provider, phrase, provider.search(phrase, _RESULTS_A_QUERY)))
        except Exception as error:  # noqa: BLE001 - handed to the one who waits, who raises what is a defect
            reports.put((provider, phrase, error))
            break
    reports.put((provider, "", None))


def _key(wish: Wish, provider: str, phrase: str) -> str:
    """Where an answer is kept."""
    words = hashlib.sha256(f"{phrase}\n{_RESULTS_A_QUERY}\n{wish.refresh}".encode()).hexdigest()[:24]
    return f"online/{wish.task.id}/{provider}/{words}"


def _reference(values: dict[str, Any]) -> Reference:
    return Reference(**{**values, "also": tuple(values["also"])})
