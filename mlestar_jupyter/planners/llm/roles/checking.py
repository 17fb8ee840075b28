"""Roles around an evaluation: the leakage checker before it, the debugger after a failed one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import unknown
from mlestar_jupyter.planners.llm.answers import Correction
from mlestar_jupyter.planners.llm.asking import Roles, changed, pipeline_blocks
from mlestar_jupyter.planners.llm.failures import failure_text

_NONE = "none"


class CheckingRoles(Roles):
    """What the model corrects; it sees errors, never rows."""

    def check_leakage(self, task: Task, solution: Solution) -> Solution | None:
        """Correct a block that learns what it must not know; of an ensemble, the block that combines."""
        blocks = _open_blocks(solution)
        return self._ask(
            "leakage", Correction, lambda answer: _corrected(solution, answer, blocks), task, blocks=blocks
        )

    def debug(self, task: Task, failed: Failed) -> Solution | None:
        """Mend a failed candidate: the block that was changed, where it is one, or any of a whole solution."""
        if failed.kind == "dropped":
            return None  # nothing went wrong
        candidate = failed.candidate
        blocks = _open_blocks(candidate.solution)
        mendable = [name for name in blocks if candidate.block in (None, name)] or list(blocks)
        return self._ask(
            "debugger",
            Correction,
            lambda answer: _corrected(candidate.solution, answer, mendable),
            task,
            blocks=blocks,
            mendable=mendable,
            error=failure_text(task, failed),
        )


def _open_blocks(solution: Solution) -> Mapping[str, str]:
    """Show an ensemble's own block alone: its members are there already, and have been evaluated."""
    if solution.members and "ensemble" in solution.blocks:
        return {"ensemble": solution.blocks["ensemble"]}
    return pipeline_blocks(solution)


def _corrected(solution: Solution, answer: Correction, blocks: Collection[str]) -> Solution | None:
    name = answer.block.strip().lower()
    if name in ("", _NONE):
        return None
    if name not in blocks:
        raise unknown("block to correct", name, [*blocks, _NONE])
    return changed(solution, name, answer.source)
