"""Ideas of a chat model for the search: models that it wants to try, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.display.view import Entry, Link, Section
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.planners.base import Idea


def find_ideas(
    context: Context, references: Sequence[Reference], known: Sequence[RankedApproach], notes: str, limit: int
) -> list[Idea]:
    """Ask the planner for further models that fit the task."""
    return context.planner.ideas(context.dataset.task, references, known, notes, limit) if limit else []


def ideas_section(ideas: Sequence[Idea]) -> tuple[Section, ...]:
    """Show the ideas as the model's, each with the address that it was found at; nothing where there is none."""
    if not ideas:
        return ()
    text = "Proposed by the chat model, not checked: foundation lets it write each as a solution, and measures that."
    return (Section("Ideas of the model", text, entries=tuple(map(_entry, ideas))),)


def _entry(idea: Idea) -> Entry:
    return Entry(
        idea.title, "", "", ("the model's",), idea.reason, (idea.sketch,) if idea.sketch else (),
        links=(("found in", Link(idea.url, idea.url)),) if idea.url else (),
    )  # fmt: skip
