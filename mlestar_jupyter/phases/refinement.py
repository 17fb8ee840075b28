"""Refinement: improve one block after another; a change is kept only when it beats the noise.

The outer loop goes over the blocks that ablation ranked, the inner loop over variants of that block, each
proposed with knowledge of the earlier ones (MLE-STAR, arXiv 2506.15692). The variants are compared on one set of
folds; the best of them must then win on folds that were not used to choose it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult
from mlestar_jupyter.display.figures import interval_figure
from mlestar_jupyter.display.view import Diff, Section, Status, View
from mlestar_jupyter.errors import unknown
from mlestar_jupyter.phases.ablation import AblationResult
from mlestar_jupyter.phases.attempts import another, attempt_tree, gain_words, lead_member, paired_test, try_proposal
from mlestar_jupyter.phases.base import Context, Count, Result
from mlestar_jupyter.phases.settings import RefinementSettings
from mlestar_jupyter.planners.base import Attempt

if TYPE_CHECKING:
    import pandas as pd

_FRESH_REPEATS = 2
_USUAL_ORDER = ("features", "hyperparameters", "model", "preprocessing", "cleaning")


@dataclass(frozen=True)
class Confirmation:
    """The test of the best variant of a block on folds that did not choose it."""

    block: str
    label: str
    test: TestResult
    p_limit: float
    kept: bool
    fresh: bool
    proposed: bool = False
    """Whether it would have been kept, but waits for the human."""


@dataclass(eq=False, repr=False)
class RefinementResult(Result):
    """Every attempt with its reason and gain, and the tests of the best ones."""

    phase = "refinement"
    attempts: list[Attempt]
    confirmations: list[Confirmation]
    before: Scored
    after: Scored
    metric: Metric
    diff: str
    blocks: tuple[str, ...] = ()

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row an attempt, in order."""
        import pandas as pd

        rows = []
        for number, attempt in enumerate(self.attempts, start=1):
            evaluation = attempt.evaluation
            failed = isinstance(evaluation, Failed)
            rows.append(
                {
                    "attempt": number,
                    "block": attempt.proposal.block,
                    "variant": attempt.proposal.label,
                    "id": evaluation.candidate.id,
                    "score": None if isinstance(evaluation, Failed) else evaluation.score,
                    "gain": attempt.gain,
                    "p": attempt.p_value,
                    "kept": "kept" if attempt.kept else "proposed" if attempt.proposed else "",
                    "reason": f"failed: {evaluation.reason}" if failed else attempt.proposal.reason,  # type: ignore[union-attr]
                }
            )
        columns = ["attempt", "block", "variant", "id", "score", "gain", "p", "kept", "reason"]
        return pd.DataFrame(rows, columns=columns).astype({"score": float, "gain": float, "p": float})

    def view(self) -> View:
        """Show what was kept or proposed and why, then the tree of attempts."""
        waiting = next((a for a in self.attempts if a.proposed), None)
        confirmed = {(c.block, c.label): f"Tested {_test_words(c)}." for c in self.confirmations}
        tree = attempt_tree(self.attempts, self.before, self.metric, confirmed, waiting)
        last = waiting or (self.attempts[-1] if self.attempts else None)
        actions = () if last is None else (another(last.proposal.block),)
        text = "Each attempt below the solution that it was made from; unfold one for its diff."
        sections = [Section("Attempts", text, entries=(tree,), actions=actions)]
        if self.confirmations:
            # What waits for the human comes first; a finished run leads with its evidence.
            sections.insert(1 if waiting else 0, self._confirmation_section())
        if self.diff:
            sections.append(Section("All that changed", diff=Diff.read(self.diff), folded=True))
        return View("Refinement", self.summary, tuple(sections))

    @property
    def summary(self) -> str:
        """What was kept or proposed, and what it is worth."""
        label, tried = self.metric.label, len(self.attempts)
        proposed = [c for c in self.confirmations if c.proposed]
        if proposed:
            changes = ", ".join(f"{c.block} ({c.label}), {gain_words(c.test)[0]}" for c in proposed)
            verb = "is proposed and waits" if len(proposed) == 1 else "are proposed and wait"
            return (
                f"{len(proposed)} of {tried} attempts {verb} for accept or reject: {changes}. "
                f"The solution stays until then, {label} {self.before.score:.4g} ({self.metric.direction})."
            )
        kept = [c for c in self.confirmations if c.kept]
        if kept:
            changes = ", ".join(f"{c.block} ({c.label})" for c in kept)
            return (
                f"Kept {len(kept)} of {tried} attempts: {changes}. "
                f"{label} {self.before.score:.4g} → {self.after.score:.4g} ({self.metric.direction})."
            )
        if not tried:
            why = "the time left was too short for one and its test"
            return f"No attempt was made: {why}. The solution stays, {label} {self.before.score:.4g}."
        return f"None of {tried} attempts beat the noise; the solution stays, {label} {self.before.score:.4g}."

    def _confirmation_section(self) -> Section:
        figure = interval_figure(
            [f"{c.block}: {c.label}" for c in self.confirmations],
            [c.test.mean for c in self.confirmations],
            [c.test.low for c in self.confirmations],
            [c.test.high for c in self.confirmations],
            x_label=f"gain in {self.metric.label} over the solution it changed",
            strong=[c.kept or c.proposed for c in self.confirmations],
            zero=True,
        )
        alt = "; ".join(f"{c.block} {c.label} {c.test.mean:.3g}" for c in self.confirmations)
        lines: tuple[tuple[Status, str], ...] = tuple(
            ("pass" if c.kept or c.proposed else "info", _describe(c)) for c in self.confirmations
        )
        text = "The best variant of each block, with the 95 % interval of its gain (filled: beyond the noise)."
        return Section("Is the gain real?", text, None, figure, alt, lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        attempts = [
            {
                "id": a.evaluation.candidate.id,
                "block": a.proposal.block,
                "label": a.proposal.label,
                "reason": a.proposal.reason,
                "gain": a.gain,
                "kept": a.kept,
                "proposed": a.proposed,
                "failed": a.evaluation.reason if isinstance(a.evaluation, Failed) else None,
            }
            for a in self.attempts
        ]
        tests = [
            {"block": c.block, "label": c.label, "gain": c.test.mean, "p": c.test.p_value, "kept": c.kept}
            for c in self.confirmations
        ]
        return {
            "phase": self.phase,
            "before": self.before.score,
            "after": self.after.score,
            "attempts": attempts,
            "confirmations": tests,
        }


def _describe(c: Confirmation) -> str:
    verdict = "kept" if c.kept else "proposed" if c.proposed else "not kept"
    return f"{c.block}, {c.label}, {_test_words(c)}: {verdict}"


def _test_words(c: Confirmation) -> str:
    how = "on fresh folds" if c.fresh else "on the same folds, the level divided by the number of attempts"
    return f"{how}: {', '.join(gain_words(c.test))}"


def run(context: Context, settings: RefinementSettings) -> RefinementResult:
    """Refine the blocks in the order of their impact."""
    solution, score = context.solution()
    if solution.members:
        solution, score = lead_member(context, solution)
    before, start = score, solution
    attempts: list[Attempt] = []
    confirmations: list[Confirmation] = []
    for block in _order(context, settings):
        if context.budget.exhausted():
            break
        tried = _variants(context, settings, solution, score, block)
        winner, confirmation = _confirm(context, settings, solution, tried)
        if confirmation is not None and confirmation.kept and winner is not None:
            position = tried.index(winner)
            if settings.review:
                confirmation = replace(confirmation, kept=False, proposed=True)
                tried[position] = replace(winner, proposed=True)
            else:
                tried[position] = replace(winner, kept=True)
                assert isinstance(winner.evaluation, Scored)
                solution, score = winner.evaluation.candidate.solution, winner.evaluation
        if confirmation is not None:
            confirmations.append(confirmation)
        attempts += tried
    state = context.state
    state.solution, state.score = solution, score
    state.members = [*state.members, *(a.evaluation for a in attempts if isinstance(a.evaluation, Scored))]
    changed = tuple(b for b in PIPELINE_BLOCKS if solution.blocks[b] != start.blocks[b])
    metric = context.dataset.task.metric
    return RefinementResult(attempts, confirmations, before, score, metric, start.diff(solution), changed)


def _order(context: Context, settings: RefinementSettings) -> tuple[str, ...]:
    """Blocks to work on: those that the settings name, or those that ablation ranked."""
    for name in settings.blocks:
        if name not in PIPELINE_BLOCKS:
            raise unknown("block to refine", name, PIPELINE_BLOCKS)
    ablation = context.state.results.get("ablation")
    ranked = ablation.ranking if isinstance(ablation, AblationResult) else _USUAL_ORDER
    return (settings.blocks or ranked)[: settings.iterations]


def _variants(
    context: Context, settings: RefinementSettings, solution: Solution, score: Scored, block: str
) -> list[Attempt]:
    """Inner loop: variants of one block, each proposed with knowledge of the earlier ones."""
    attempts: list[Attempt] = []
    known = context.recalled(f"attempts at {block}", Count)
    limit = settings.attempts if known is None else known.value
    while len(attempts) < limit and (known is not None or _has_time(context, solution, score)):
        proposal = context.planner.refine(context.dataset.task, solution, block, attempts, settings.notes)
        attempt = None if proposal is None else try_proposal(context, solution, score, proposal)
        if attempt is None:
            break
        attempts.append(attempt)
    context.measured(f"attempts at {block}", Count, lambda: Count(len(attempts)))
    return attempts


def _has_fresh_folds(context: Context, solution: Solution) -> bool:
    """Whether the splitter has more than one way to split: a split by time has not."""
    return len(context.evaluator.folds(solution, 1 + _FRESH_REPEATS)) > len(context.evaluator.folds(solution, 1))


def _has_time(context: Context, solution: Solution, score: Scored) -> bool:
    """Whether one more attempt can be evaluated and confirmed: without the test, it would come to nothing."""
    needed = 1 + 2 * _FRESH_REPEATS if _has_fresh_folds(context, solution) else 1
    return not context.budget.exhausted() and context.affordable(score, needed) == needed


def _confirm(
    context: Context, settings: RefinementSettings, solution: Solution, tried: list[Attempt]
) -> tuple[Attempt | None, Confirmation | None]:
    """Test the best variant on fresh folds; without fresh folds, on the same ones at a level shared out by attempts."""
    promising = [a for a in tried if a.gain is not None and a.gain > 0]
    if not promising:
        return None, None
    winner = max(promising, key=lambda a: a.gain or 0.0)
    proposal = winner.proposal
    assert isinstance(winner.evaluation, Scored)
    changed = winner.evaluation.candidate.solution
    if not _has_fresh_folds(context, solution):
        test = _paired(context, winner.evaluation, solution)
        limit = settings.significance / len(tried)
        kept = test is not None and test.mean > 0 and test.p_value < limit
        return winner, None if test is None else Confirmation(
            proposal.block, proposal.label, test, limit, kept, fresh=False
        )
    label, phase = f"{proposal.block}: {proposal.label}", "confirmation"
    reason = "confirmed on fresh folds"
    pair = [
        context.candidate(changed, label, reason, phase, parent=solution, block=proposal.block),
        context.candidate(solution, "the present solution", "on the same fresh folds", phase),
    ]
    new, old = (*context.evaluator.evaluate(pair, repeats=1 + _FRESH_REPEATS, skip=1), None, None)[:2]
    if not isinstance(new, Scored) or not isinstance(old, Scored):
        return winner, None
    test = paired_test(new, old, context.dataset.task.metric)
    kept = test.mean > 0 and test.p_value < settings.significance
    return winner, Confirmation(proposal.block, proposal.label, test, settings.significance, kept, fresh=True)


def _paired(context: Context, new: Scored, solution: Solution) -> TestResult | None:
    """Test against the present solution on the folds at hand."""
    candidate = context.candidate(solution, "the present solution", "on the same folds", "confirmation")
    found = context.evaluator.evaluate([candidate])
    if not found or not isinstance(found[0], Scored):
        return None
    return paired_test(new, found[0], context.dataset.task.metric)
