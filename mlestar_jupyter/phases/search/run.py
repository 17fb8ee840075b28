"""Search: find approaches that fit the task, with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.events import Note
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.online.search import Found, Record, Wish, search_online
from mlestar_jupyter.phases.search import references
from mlestar_jupyter.phases.search.ideas import find_ideas
from mlestar_jupyter.phases.search.result import SearchResult
from mlestar_jupyter.phases.search.settings import SearchSettings

_SECONDS, _LEAST_SECONDS, _STRETCH = 120.0, 20.0, 20


def run(context: Context, settings: SearchSettings) -> SearchResult:
    """Rank the known approaches for the task, with what is found online and what the chat model wants to try."""
    found = look_online(context, settings)
    outside = () if found is None else found.references
    approaches = known_approaches(context, settings, outside)
    ideas = find_ideas(context, outside, approaches, settings.notes, settings.models)
    return SearchResult(context.dataset.task, approaches, found, ideas)


def known_approaches(context: Context, settings: SearchSettings, found: Sequence[Reference]) -> list[RankedApproach]:
    """Rank the shipped approaches, those that references speak of somewhat higher."""
    ranked = context.planner.approaches(context.dataset.task, settings.notes, settings.approaches)
    return references.supported(ranked, found) if found else ranked


def look_online(context: Context, settings: SearchSettings) -> Found | None:
    """Search beyond the shipped knowledge base; None where the run is not online.

    Raises
    ------
    SettingError
        When providers are named that there are not, or in a run that is not online.
    """
    if context.online is None:
        if settings.providers:
            raise SettingError(
                "The setting 'providers' needs a run that may look online.", mend="Start it with --online."
            )
        return None
    kept = context.slot(_Kept)
    if kept.value is not None:
        return Found.from_dict(asdict(kept.value))
    providers, notes = context.online.chosen(settings.providers)
    context.emit(Note("search", f"Asking {', '.join(p.name for p in providers) or 'nobody'} online."))
    wish = Wish(
        context.dataset.task, context.source.name, settings.notes, settings.rounds, settings.references,
        share_words=settings.share_words, refresh=settings.refresh,
    )  # fmt: skip
    try:
        found = search_online(
            wish, providers, record=Record(context.journal.get, context.journal.put), seconds=_seconds(context)
        )
    finally:
        context.online.fetcher.stop()
    found = replace(found, notes=(*notes, *found.notes))
    return Found.from_dict(asdict(kept.keep(_Kept(**found.to_dict()))))


@dataclass(frozen=True)
class _Kept:
    """What was found, as the journal keeps it: a replay shows the same."""

    references: list[dict[str, object]]
    asked: list[str]
    notes: list[str]


def _seconds(context: Context) -> float:
    """How long to ask: the phase's own time is a hundredth of the limit, and may be stretched to a fifth of it."""
    limit, left = context.budget.seconds, context.budget.seconds_left()
    if limit is None or left is None:
        return _SECONDS
    return max(left, min(_LEAST_SECONDS, _STRETCH * limit))
