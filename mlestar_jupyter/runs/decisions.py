"""What the human decides between the phases: each decision is a step of the run."""

from __future__ import annotations

from mlestar_jupyter.core.evaluation import Evaluation, is_no_failure, is_scored
from mlestar_jupyter.decisions import adopting
from mlestar_jupyter.decisions.proposal import ProposalResult, ask, need_chat_model, propose
from mlestar_jupyter.phases.refinement.result import RefinementResult
from mlestar_jupyter.runs.chain import Step
from mlestar_jupyter.runs.steps import Steps


class Decisions:
    """The decisions of a run; see the methods of `Workflow` of the same names."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def adopt(self, block: str, source: str) -> Evaluation:
        """Take a human's source for a block."""
        step = Step("adopt", block, {"source": source})
        return self._steps.decide(step, lambda context: adopting.adopt(context, block, source), is_scored)

    def checkout(self, prefix: str) -> Evaluation:
        """Make an earlier candidate the solution."""
        found = self._steps.standing.find(prefix)
        step = Step("checkout", found.candidate.id)
        if self._steps.repeats(step):
            return self._steps.standing.score
        return self._steps.decide(step, lambda context: adopting.checkout(context, found), is_scored)

    def propose(self, block: str, notes: str) -> ProposalResult:
        """Ask the planner for one more variant of a block."""
        run = self._steps.run
        run.planner.enter("propose", replaying=run.is_resuming)
        refinement = run.state.results.get("refinement")
        known = refinement.attempts if isinstance(refinement, RefinementResult) else []
        earlier = [*known, *run.state.proposals]
        step = Step("propose", block, {"notes": notes})
        return self._steps.decide(step, lambda context: propose(context, block, earlier, notes), self._is_new)

    def ask(self, block: str, words: str) -> ProposalResult:
        """Have the planner do to a block what the words say."""
        run = self._steps.run
        run.journal.check_open()
        need_chat_model(run.planner, block)
        run.planner.enter("ask", replaying=run.is_resuming)
        step = Step("ask", block, {"words": words})
        return self._steps.decide(step, lambda context: ask(context, block, words), self._is_new)

    def _is_new(self, result: ProposalResult) -> bool:
        """Whether something was proposed that was not proposed before; it waits for the human from then on."""
        attempt, proposals = result.attempt, self._steps.run.state.proposals
        waiting = {(a.proposal.block, a.evaluation.candidate.id) for a in proposals}
        if attempt is None or (attempt.proposal.block, attempt.evaluation.candidate.id) in waiting:
            return False
        proposals.append(attempt)
        return True

    def accept(self, prefix: str) -> Evaluation:
        """Use an attempt's block from now on."""
        found = self._steps.standing.find(prefix)
        step = Step("accept", found.candidate.id)
        if self._steps.repeats(step):
            return self._steps.standing.score
        return self._steps.decide(step, lambda context: adopting.accept(context, found), is_scored)

    def reject(self, prefix: str) -> Evaluation | None:
        """Do without an attempt."""
        found = self._steps.standing.find(prefix)
        step = Step("reject", found.candidate.id)
        if self._steps.repeats(step):
            return None
        return self._steps.decide(step, lambda context: adopting.reject(context, found), is_no_failure)
