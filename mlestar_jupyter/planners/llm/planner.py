"""The planner with a chat model: the recipes, and the roles of MLE-STAR (arXiv 2506.15692) beside them.

What a role answers is checked like a human's block; where it is of no use the recipes go on alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlestar_jupyter.core.blocks import block_hash, without_marker
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.planners.base import (
    Attempt,
    Choice,
    Combined,
    Draft,
    EnsemblePlan,
    Idea,
    OpenBlocks,
    Plan,
    Planner,
    Proposal,
    pending,
)
from mlestar_jupyter.planners.llm.chat import Chat
from mlestar_jupyter.planners.llm.roles import ModelRoles


@dataclass(frozen=True, eq=False)
class ModelPlanner(Planner):
    """Recipes and roles of a chat model.

    Parameters
    ----------
    recipes : Planner
        For all that the roles do not do, and in turn with them for variants of a block.
    roles : ModelRoles
    chat : Chat, optional
        That the roles talk over.
    """

    recipes: Planner
    roles: ModelRoles
    chat: Chat | None = None
    writes_code: bool = True
    paths: int = 2  # as in the paper

    @property
    def price(self) -> tuple[float, float] | None:
        """That of the chat model, where it is known."""
        return None if self.chat is None else self.chat.ledger.price_of(self.chat.model)

    def enter(self, phase: str, *, replaying: bool) -> None:
        """Book what is asked under a phase."""
        if self.chat is not None:
            self.chat.enter(phase, replaying=replaying)

    def check(self) -> None:
        """See that the provider is known, its package installed and its key at hand; nothing is sent."""
        if self.chat is not None:
            self.chat.check()

    def without_asking(self) -> Planner:
        """The recipes alone."""
        return self.recipes

    def within(self, budget: Budget) -> ModelPlanner:
        """The same, in a hurry."""
        return replace(self, roles=self.roles.within(budget))

    def approaches(self, task: Task, notes: str, limit: int) -> list[RankedApproach]:
        """Those of the recipes."""
        return self.recipes.approaches(task, notes, limit)

    def ideas(
        self, task: Task, references: Sequence[Reference], known: Sequence[RankedApproach], notes: str, limit: int
    ) -> list[Idea]:
        """The retriever's; what may know the answers of this very table is kept from it."""
        honest = [r for r in references if not r.contaminated]
        return self.roles.retrieve(task, honest, known, notes, limit)[:limit]

    def baselines(self, task: Task) -> list[Draft]:
        """Those of the recipes."""
        return self.recipes.baselines(task)

    def draft(
        self, task: Task, found: RankedApproach | Idea, start: Solution | None = None, notes: str = ""
    ) -> Draft | None:
        """An idea in the model's code, an approach by the recipes."""
        if isinstance(found, Idea) and start is not None:
            return self.roles.initial(task, found, start, notes)
        return self.recipes.draft(task, found, start, notes)

    def improve(self, task: Task, best: Solution, other: Solution | None = None, notes: str = "") -> Draft | None:
        """The merger's, or the data-usage checker's."""
        return self.roles.use_data(task, best) if other is None else self.roles.merge(task, best, other, notes)

    def mend(self, task: Task, wrong: Solution | Failed) -> Solution | None:
        """The debugger's for what failed, else the leakage checker's."""
        return self.roles.debug(task, wrong) if isinstance(wrong, Failed) else self.roles.check_leakage(task, wrong)

    def sample(self, task: Task, solution: Solution, count: int, batch: int) -> list[Proposal]:
        """Those of the recipes."""
        return self.recipes.sample(task, solution, count, batch)

    def neutral(self, task: Task, solution: Solution, block: str) -> str:
        """That of the recipes."""
        return self.recipes.neutral(task, solution, block)

    def steps(self, task: Task, solution: Solution) -> list[tuple[str, str]]:
        """Those of the recipes."""
        return self.recipes.steps(task, solution)

    def ablate(self, task: Task, solution: Solution, summaries: Sequence[str]) -> list[Proposal]:
        """What the model wants to know of a solution."""
        return self.roles.ablate(task, solution, summaries)

    def summarize(self, task: Task, solution: Solution, findings: str) -> str:
        """What the model says of the measured table."""
        return self.roles.summarize(task, solution, findings)

    def choose(self, task: Task, solution: Solution, open_to_it: OpenBlocks) -> Choice:
        """The extractor's block with a plan for it; without one, and without a recipe, the model is asked once more."""
        plan, able = self._extracted(task, solution, open_to_it), self.recipes.choose(task, solution, open_to_it).blocks
        if plan is None and not able:
            able = tuple(
                b
                for b in open_to_it.names[:1]
                if self._written(task, solution, b, open_to_it.attempts.get(b, ()), open_to_it.notes)
            )
        return Choice(able, plan)

    def _extracted(self, task: Task, solution: Solution, open_to_it: OpenBlocks) -> Plan | None:
        """The extractor's block with its first plan; None where it has no answer, or one beside the question."""
        names = open_to_it.names[:1] if open_to_it.is_ordered else open_to_it.names
        if not names:
            return None
        plan = self.roles.extract(task, solution, open_to_it.summary, names, open_to_it.worked_on, open_to_it.notes)
        return plan if plan is not None and plan.block in names else None

    def refine(
        self, task: Task, solution: Solution, block: str, attempts: Sequence[Attempt], notes: str
    ) -> Proposal | None:
        """That of the recipes."""
        return self.recipes.refine(task, solution, block, attempts, notes)

    def propose(
        self,
        task: Task,
        solution: Solution,
        block: str,
        attempts: Sequence[Attempt],
        count: int,
        notes: str = "",
        plan: Plan | None = None,
    ) -> list[Proposal]:
        """Model and recipes take turns, the model first; who has nothing more leaves its turns to the other.

        Parameters
        ----------
        plan : Plan, optional
            For the model's first variant; it makes the others' itself.
        """
        known, found = list(attempts), list[Proposal]()
        is_models = not attempts or attempts[-1].proposal.author != "model"
        silent: set[bool] = set()
        while len(found) < count and len(silent) < 2:  # noqa: PLR2004 - both
            proposal = None
            if is_models not in silent:
                if is_models:
                    proposal, plan = self._written(task, solution, block, known, notes, plan), None
                else:
                    proposal = next(iter(self.recipes.propose(task, solution, block, known, 1, notes)), None)
                if proposal is None:
                    silent.add(is_models)
                else:
                    found.append(proposal)
                    known.append(pending(solution, proposal))
            is_models = not is_models
        return found

    def follow(self, task: Task, solution: Solution, plan: Plan) -> Proposal | None:
        """The block as the human asked for it."""
        return self._written(task, solution, plan.block, [], "", plan)

    def _written(
        self,
        task: Task,
        solution: Solution,
        block: str,
        attempts: Sequence[Attempt],
        notes: str,
        plan: Plan | None = None,
    ) -> Proposal | None:
        """The model's next variant of a block, by a plan that knows all attempts; None where its answer is of no use.

        Of no use is what is meant for another block, is empty, or has been tried.
        """
        plan = plan or self.roles.plan(task, solution, block, attempts, notes)
        if plan is None or plan.block != block:
            return None
        proposal = self.roles.code(task, solution, plan)
        if proposal is None or proposal.block != block or not proposal.source.strip():
            return None
        source = without_marker(proposal.source)
        earlier = (solution.blocks[block], *(a.proposal.source for a in attempts))
        tried = {block_hash(without_marker(s)) for s in earlier}
        return None if block_hash(source) in tried else replace(proposal, source=source, author="model")

    def plan_ensemble(
        self, task: Task, members: Sequence[Scored], earlier: Sequence[Combined], notes: str
    ) -> EnsemblePlan | None:
        """The ensemble planner's words, and the ensembler's block."""
        text = self.roles.plan_ensemble(task, task.metric, members, earlier, notes)
        return None if text is None else EnsemblePlan(text, self.roles.code_ensemble(task, members, text))
