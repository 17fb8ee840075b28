"""Roles of the refinement: extractor, planner and coder."""

from __future__ import annotations

from collections.abc import Sequence

from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.planners.base import Attempt, Plan, Proposal
from mlestar_jupyter.planners.llm.answers import SOURCE_LENGTH, Planned, Target, WrittenBlock
from mlestar_jupyter.planners.llm.asking import Roles, changed, pipeline_blocks
from mlestar_jupyter.planners.llm.failures import reason_of
from mlestar_jupyter.planners.llm.text import REASON_LENGTH, one_line

_WORDS_OF_A_LABEL = 5
_LONGEST_ATTEMPT = 400


class RefinementRoles(Roles):
    """What the model would change next, and how."""

    def extract(
        self, task: Task, solution: Solution, summary: str, blocks: Sequence[str], worked_on: Sequence[str], notes: str
    ) -> Plan | None:
        """Choose one of the blocks by its name; one that was worked on is not among those that it is given."""
        sources = pipeline_blocks(solution)
        open_to_it = {b: sources[b] for b in blocks if b in sources and b not in worked_on}
        if not open_to_it:
            return None

        def read(answer: Target) -> Plan:
            name = answer.block.strip().lower()
            if name not in open_to_it:
                raise unknown("block to refine", name, open_to_it)
            return Plan(name, _needed(answer.plan))

        return self._ask("extractor", Target, read, task, blocks=open_to_it, summary=summary, notes=notes)

    def plan(self, task: Task, solution: Solution, block: str, attempts: Sequence[Attempt], notes: str) -> Plan | None:
        """Make another plan for the block, knowing every earlier attempt at it and what came of it."""
        if block not in PIPELINE_BLOCKS or block not in solution.blocks:
            return None
        tried = [_attempt_text(a, task) for a in attempts if a.proposal.block == block]
        return self._ask(
            "planner",
            Planned,
            lambda answer: Plan(block, _needed(answer.plan)),
            task,
            block=block,
            source=solution.blocks[block],
            attempts=tried,
            notes=notes,
        )

    def code(self, task: Task, solution: Solution, plan: Plan) -> Proposal | None:
        """Rewrite the plan's block; the model is shown no other."""
        block = plan.block
        if block not in PIPELINE_BLOCKS or block not in solution.blocks or not plan.text.strip():
            return None
        if len(solution.blocks[block]) > SOURCE_LENGTH:
            return None  # an answer could not hold it

        def read(answer: WrittenBlock) -> Proposal:
            source = changed(solution, block, answer.source).blocks[block]
            words = " ".join(plan.text.split()[:_WORDS_OF_A_LABEL])
            label = self._label(answer.label, one_line(words, REASON_LENGTH) or "rewritten", source)
            return Proposal(block, source, label, one_line(plan.text, REASON_LENGTH), "model")

        return self._ask("coder", WrittenBlock, read, task, block=block, source=solution.blocks[block], plan=plan.text)


def _needed(plan: str) -> str:
    if not plan.strip():
        raise SettingError("The answer has no plan.", mend="Say in two to four sentences what to change, and how.")
    return plan.strip()


def _attempt_text(attempt: Attempt, task: Task) -> str:
    """An attempt in a line: what was tried, and what the harness measured; a failure has no figure."""
    proposal = attempt.proposal
    return f"{one_line(f'{proposal.label}: {proposal.reason}', _LONGEST_ATTEMPT)} -> {_outcome(attempt, task)}"


def _outcome(attempt: Attempt, task: Task) -> str:
    evaluation, metric = attempt.evaluation, task.metric
    if isinstance(evaluation, Failed):
        return reason_of(task, evaluation, REASON_LENGTH)
    if attempt.gain is None:
        return f"{metric.label} {evaluation.score:.5g}"
    p = "" if attempt.p_value is None else f", p = {attempt.p_value:.2g}"
    kept = ", kept" if attempt.kept else ", turned down by the user" if attempt.rejected else ""
    return f"gain {attempt.gain:+.3g}{p}{kept} ({metric.label} {evaluation.score:.5g})"
