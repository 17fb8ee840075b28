"""Roles of the ablation: the writer of changes, and the summariser of what the harness measured."""

from __future__ import annotations

from collections.abc import Sequence

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import BlockError, SettingError, unknown
from mlestar_jupyter.planners.base import Proposal
from mlestar_jupyter.planners.llm.answers import MOST_CHANGES, Change, Changes, Summary
from mlestar_jupyter.planners.llm.asking import Roles, changed, pipeline_blocks
from mlestar_jupyter.planners.llm.failures import without_quotes
from mlestar_jupyter.planners.llm.outline import outline


class AblationRoles(Roles):
    """What the model wants to know of a solution, and what it says of the answer."""

    def ablate(self, task: Task, solution: Solution, summaries: Sequence[str]) -> list[Proposal]:
        """Change single blocks to see what a part of them is worth; of several changes those that can be used."""
        blocks = pipeline_blocks(solution)

        def read(answer: Changes) -> list[Proposal]:
            found: dict[str, Proposal] = {}
            problems: list[BlockError | SettingError] = []
            for change in answer.changes:
                try:
                    new, proposal = self._proposal(solution, change)
                    found.setdefault(new.id, proposal)
                except (BlockError, SettingError) as error:
                    problems.append(error)
            if problems and not found:
                raise problems[0]
            return list(found.values())

        found = self._ask(
            "ablation", Changes, read, task, blocks=blocks, summaries=summaries, most_changes=MOST_CHANGES
        )
        return found or []

    def _proposal(self, solution: Solution, change: Change) -> tuple[Solution, Proposal]:
        name, blocks = change.block.strip().lower(), pipeline_blocks(solution)
        if name not in blocks:
            raise unknown("block to change", name, blocks)
        new = changed(solution, name, change.source)
        source = new.blocks[name]
        label = self._label(change.label, f"{name} changed", source)
        return new, Proposal(name, source, label, change.reason or "what is this part worth?", "model")

    def summarize(self, task: Task, solution: Solution, findings: str) -> str:
        """Say in a few sentences what the measured table means."""

        def read(answer: Summary) -> str:
            if not answer.summary:
                raise SettingError("The answer has no summary.", mend="Write two to five sentences.")
            return answer.summary

        outlines = outline(pipeline_blocks(solution))
        findings = without_quotes(task, solution, findings)  # a failure's reason may quote a cell
        return self._ask("summariser", Summary, read, task, outlines=outlines, findings=findings) or ""
