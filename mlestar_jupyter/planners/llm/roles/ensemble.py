"""Roles of the ensemble phase: who plans how to combine the members, and who writes it."""

from __future__ import annotations

from collections.abc import Sequence

from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.planners.base import Combined
from mlestar_jupyter.planners.llm.answers import PLAN_LENGTH, Planned, WrittenBlock
from mlestar_jupyter.planners.llm.asking import Roles, pipeline_blocks
from mlestar_jupyter.planners.llm.failures import reason_of
from mlestar_jupyter.planners.llm.outline import outline
from mlestar_jupyter.planners.llm.sources import read_source
from mlestar_jupyter.planners.llm.text import REASON_LENGTH, one_line

_LONGEST_MEMBER = 600


class EnsembleRoles(Roles):
    """How the model would combine what is there."""

    def plan_ensemble(
        self, task: Task, metric: Metric, members: Sequence[Scored], earlier: Sequence[Combined], notes: str
    ) -> str | None:
        """Plan a combination, knowing every earlier one and what came of it."""

        def read(answer: Planned) -> str:
            if not answer.plan:
                raise SettingError("The answer has no plan.", mend="Say in two to four sentences how to combine them.")
            return answer.plan

        outcomes = [f"{one_line(c.plan, PLAN_LENGTH)} -> {_outcome(c, task, metric)}" for c in earlier]
        shown = [_member_text(number, member, metric) for number, member in enumerate(members, start=1)]
        return self._ask("ensemble_planner", Planned, read, task, members=shown, earlier=outcomes, notes=notes)

    def code_ensemble(self, task: Task, members: Sequence[Scored], plan: str) -> str | None:
        """Write the ``ensemble`` block that does so."""
        if not plan.strip():
            return None
        shown = [_member_text(number, member, task.metric) for number, member in enumerate(members, start=1)]
        return self._ask(
            "ensembler",
            WrittenBlock,
            lambda answer: read_source("ensemble", answer.source, {}),
            task,
            members=shown,
            plan=plan,
        )


def _member_text(number: int, member: Scored, metric: Metric) -> str:
    """A member in a few lines: its name in the block, its score, what it is made of."""
    label = one_line(member.candidate.label, REASON_LENGTH)
    made_of = outline(pipeline_blocks(member.candidate.solution))[:_LONGEST_MEMBER]
    return (
        f"member_{number}: {label}, {metric.label} {member.score:.5g}, fitted in {member.fit_seconds:.1f} s\n{made_of}"
    )


def _outcome(combined: Combined, task: Task, metric: Metric) -> str:
    evaluation = combined.evaluation
    if isinstance(evaluation, Failed):
        return reason_of(task, evaluation, REASON_LENGTH)
    return f"{metric.label} {evaluation.score:.5g}"
