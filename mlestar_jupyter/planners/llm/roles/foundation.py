"""Roles of search and foundation: retriever, initial solution, merger, data-usage checker."""

from __future__ import annotations

from collections.abc import Sequence

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import BlockError, SettingError
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.planners.base import Draft, Idea
from mlestar_jupyter.planners.llm.answers import MOST_IDEAS, DataUse, FoundModel, FoundModels, WrittenSolution
from mlestar_jupyter.planners.llm.asking import Roles, changed, pipeline_blocks
from mlestar_jupyter.planners.llm.sources import read_source
from mlestar_jupyter.planners.llm.text import REASON_LENGTH, one_line

_WRITTEN = ("features", "preprocessing", "hyperparameters", "model")
_USES_DATA = ("cleaning", "features", "preprocessing")
_MOST_REFERENCES = 12


class FoundationRoles(Roles):
    """What the model adds before there is one solution."""

    def retrieve(
        self, task: Task, references: Sequence[Reference], known: Sequence[RankedApproach], notes: str, limit: int
    ) -> list[Idea]:
        """Find models that fit; a reference about this very data set is not shown: it may know the answer."""
        shown = [r for r in references if not r.contaminated][:_MOST_REFERENCES]
        limit = min(limit, MOST_IDEAS)
        if limit < 1:
            return []

        def read(answer: FoundModels) -> list[Idea]:
            ideas: dict[str, Idea] = {}
            for found in answer.models:
                if found.title and found.sketch:
                    ideas.setdefault(found.title.casefold(), _idea(found, shown))
            if not ideas:
                raise SettingError("The answer names no model.", mend="Give each a title and a sketch.")
            return list(ideas.values())[:limit]

        titles = [r.approach.title for r in known if r.approach.kind == "model"]
        found = self._ask(
            "retriever", FoundModels, read, task, references=shown, known=titles, notes=notes, limit=limit
        )
        return found or []

    def initial(self, task: Task, idea: Idea, start: Solution, notes: str) -> Draft | None:
        """Write an idea as a solution: its model, and what goes in where it must be other than in `start`."""

        def read(answer: WrittenSolution) -> Draft:
            own = answer.model_copy(update={"hyperparameters": answer.hyperparameters.strip() or "PARAMS = {}"})
            solution = _with_written(start, own)  # settings of another model would not fit
            reason = one_line(answer.reason or idea.reason, REASON_LENGTH)
            reason = f"{reason} ({one_line(idea.url, REASON_LENGTH)})" if idea.url else reason
            return Draft(self._label(idea.title, "model's idea", _sources(solution)), solution, reason, "model")

        return self._ask("initial", WrittenSolution, read, task, idea=idea, blocks=pipeline_blocks(start), notes=notes)

    def merge(self, task: Task, best: Solution, other: Solution, notes: str) -> Draft | None:
        """Merge two solutions into one that builds on both."""

        def read(answer: WrittenSolution) -> Draft:
            solution = _with_written(best, answer)
            label = self._label(answer.label, "merged", _sources(solution))
            return Draft(label, solution, answer.reason or "the strengths of two solutions in one", "model")

        mine, theirs = _writable(best), _writable(other)
        different = {name: source for name, source in theirs.items() if source != mine.get(name)}
        if not different:
            return None
        return self._ask("merger", WrittenSolution, read, task, blocks=mine, other=different, notes=notes)

    def use_data(self, task: Task, solution: Solution) -> Draft | None:
        """Let the solution use columns that it ignores."""
        names = {c.name for c in task.columns}

        def read(answer: DataUse) -> Draft | None:
            ignored = [name for name in answer.ignored if name in names]
            if answer.block not in _USES_DATA or not ignored:
                return None
            new = changed(solution, answer.block, answer.source)
            label = self._label(answer.label, "unused columns", _sources(new))
            return Draft(label, new, answer.reason or "uses columns that were ignored", "model")

        blocks = {name: s for name, s in pipeline_blocks(solution).items() if name in _USES_DATA}
        return self._ask("data_usage", DataUse, read, task, blocks=blocks)


def _idea(found: FoundModel, shown: Sequence[Reference]) -> Idea:
    """An idea with the address of the reference by whose number the model quotes it: it cannot make up one."""
    is_known = 1 <= found.reference <= len(shown)
    return Idea(found.title, found.sketch, found.reason, shown[found.reference - 1].url if is_known else "")


def _with_written(solution: Solution, answer: WrittenSolution) -> Solution:
    """Put the written blocks into a solution; what was left empty stays.

    Raises
    ------
    BlockError
        When a block cannot be used, or nothing was changed.
    """
    written = {name: getattr(answer, name) for name in _WRITTEN}
    new = {name: text for name, text in written.items() if text.strip()}
    kept = {name: source for name, source in pipeline_blocks(solution).items() if name not in new}
    sources: dict[str, str] = {}
    for name, text in new.items():
        sources[name] = read_source(name, text, kept | sources)
    found = Solution.of({**solution.single().blocks, **sources})
    if found.id == solution.id:
        raise BlockError("Every block is what it was.", mend="Write the blocks that must change.")
    return found


def _writable(solution: Solution) -> dict[str, str]:
    return {name: source for name, source in pipeline_blocks(solution).items() if name in _WRITTEN}


def _sources(solution: Solution) -> str:
    return "\n".join(source for _, source in solution.sources)
