"""The solutions that foundation compares: baselines, the searched approaches, and those of a chat model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.phases.foundation.drafting import drafts_of_ideas
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.search.ideas import find_ideas
from mlestar_jupyter.phases.search.result import SearchResult
from mlestar_jupyter.phases.search.settings import SearchSettings
from mlestar_jupyter.planners.base import Draft, Idea

_BEFORE_THE_RACE = 2  # the trivial baseline, which every model must beat, and the linear one


@dataclass(frozen=True)
class Searched:
    """What search found, or what it would find at its usual settings."""

    ranked: Sequence[RankedApproach]
    ideas: Sequence[Idea] = field(default_factory=tuple)


def approaches(context: Context, settings: FoundationSettings) -> Searched:
    """Take what search found; where it has not run, what it would find with these notes."""
    searched = context.state.results.get("search")
    if isinstance(searched, SearchResult):
        return Searched(searched.approaches, searched.ideas)
    usual = SearchSettings()
    ranked = context.planner.approaches(context.dataset.task, settings.notes, usual.approaches)
    return Searched(ranked, find_ideas(context, (), ranked, settings.notes, usual.models))


def listed_drafts(
    context: Context, settings: FoundationSettings, ranked: Sequence[RankedApproach], ideas: Sequence[Idea]
) -> list[Draft]:
    """Baselines from trivial to strong, the chat model's, the searched approaches; the same solution counts once."""
    task, planner = context.dataset.task, context.planner
    baselines = planner.baselines(task)
    written = drafts_of_ideas(context, ideas, baselines[-1].solution, settings.notes)
    drafts = [*baselines, *written, *(planner.draft(task, a) for a in ranked)]
    unique = {d.solution.id: d for d in reversed(drafts) if d is not None}
    return [d for d in drafts if d is not None and unique.pop(d.solution.id, None) is not None]


def compared_drafts(drafts: Sequence[Draft], settings: FoundationSettings) -> list[Draft]:
    """Those that are compared: the first ones, as many as the settings say."""
    return list(drafts[: max(settings.candidates, 1)])


def before_the_race(context: Context) -> int:
    """How many are scored in every fold: on a sample of a large table only the trivial one is sure to be quick."""
    return 1 if context.dataset.task.n_sample else _BEFORE_THE_RACE
