"""What foundation will evaluate, by the list of solutions that it compares."""

from __future__ import annotations

from collections import Counter

from mlestar_jupyter.attempts.estimating import Ahead, CallsAhead, Estimate, Span, repairs
from mlestar_jupyter.phases.foundation.batches import OF_EACH_LEADER
from mlestar_jupyter.phases.foundation.drafts import (
    Searched,
    approaches,
    before_the_race,
    compared_drafts,
    listed_drafts,
)
from mlestar_jupyter.phases.foundation.leading import LEADERS
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.search.run import known_approaches
from mlestar_jupyter.phases.search.settings import SearchSettings


def estimate(ahead: Ahead, settings: FoundationSettings) -> Estimate:
    """Say what foundation will evaluate before it runs."""
    context = ahead.context
    searched, n_ideas = _searched(ahead, settings)
    listed = listed_drafts(context, settings, searched.ranked, searched.ideas)
    drafts = compared_drafts(listed, settings)
    solutions = tuple(d.solution for d in drafts)
    has_batches = ahead.is_timed and settings.batches > 0 and len(drafts) == len(listed)
    written = n_ideas + settings.merges + 1 if ahead.has_model else 0
    least = before_the_race(context)
    most = len(drafts) + written * (1 + settings.repairs)
    spans = Span(least if ahead.is_timed else len(drafts), None if has_batches else most)
    limit = None if ahead.evaluations is None else max(least, ahead.evaluations)
    folds = max(map(ahead.folds_of, solutions)) + bool(context.dataset.task.n_sample)
    task = context.dataset.task
    claimed = folds if task.time is not None or task.is_grouped else 0  # what a random split would have claimed
    what = f"{len(drafts)} solutions: baselines and searched approaches"
    if written:
        what += f", up to {written} of the chat model"
    if has_batches:
        what += f"; while time is left, batches of up to {LEADERS * OF_EACH_LEADER} other settings of the best"
    return Estimate(
        candidates=spans.within(limit),
        fits=None if has_batches else ahead.fewer(most * folds, folds, least) + claimed,
        what=what,
        depends=" and ".join(["the time"] * ahead.is_timed + ["the chat model"] * ahead.has_model),
        calls=_calls(ahead, settings, n_ideas),
        solutions=solutions,
    )


def _searched(ahead: Ahead, settings: FoundationSettings) -> tuple[Searched, int]:
    """What search found or will find, and how many ideas of a chat model at most."""
    search = ahead.to_come.get("search")
    if isinstance(search, SearchSettings):
        return Searched(known_approaches(ahead.context, search, ())), search.models
    searched = approaches(ahead.context, settings)
    has_run = "search" in ahead.context.state.results
    return searched, len(searched.ideas) if has_run else SearchSettings().models


def _calls(ahead: Ahead, settings: FoundationSettings, n_ideas: int) -> CallsAhead:
    """The paper's first algorithm: M solutions, their merges, and the use of the data."""
    if not ahead.has_model:
        return CallsAhead()
    asks_for_ideas = "search" not in ahead.to_come and "search" not in ahead.context.state.results
    written = n_ideas + settings.merges + 1
    usual = Counter(
        {
            "retriever": int(asks_for_ideas), "initial": n_ideas, "merger": settings.merges, "data_usage": 1,
            "leakage": written,
        }
    )  # fmt: skip
    return CallsAhead(usual, usual + repairs(written * settings.repairs))
