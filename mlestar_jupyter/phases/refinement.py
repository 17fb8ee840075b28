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
from mlestar_jupyter.core.statistics import TestResult, corrected_t_test
from mlestar_jupyter.display.figures import interval_figure
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.errors import MLEStarError, unknown
from mlestar_jupyter.phases.ablation import AblationResult
from mlestar_jupyter.phases.base import Context, Result
from mlestar_jupyter.phases.settings import RefinementSettings
from mlestar_jupyter.planners.base import Attempt, Proposal

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
                    "kept": "kept" if attempt.kept else "",
                    "reason": f"failed: {evaluation.reason}" if failed else attempt.proposal.reason,  # type: ignore[union-attr]
                }
            )
        columns = ["attempt", "block", "variant", "id", "score", "gain", "p", "kept", "reason"]
        return pd.DataFrame(rows, columns=columns).astype({"score": float, "gain": float, "p": float})

    def view(self) -> View:
        """Show what was kept and why, then every attempt."""
        kept = [c for c in self.confirmations if c.kept]
        label = self.metric.label
        if kept:
            changes = ", ".join(f"{c.block} ({c.label})" for c in kept)
            summary = f"Kept {len(kept)} of {len(self.attempts)} attempts: {changes}. "
            summary += f"{label} {self.before.score:.4g} → {self.after.score:.4g} ({self.metric.direction})."
        else:
            summary = f"None of {len(self.attempts)} attempts beat the noise; "
            summary += f"the solution stays, {label} {self.before.score:.4g}."
        sections = [Section("Attempts", table=self.table)]
        if self.confirmations:
            sections.insert(0, self._confirmation_section())
        if self.diff:
            sections.append(Section("What changed", code=self.diff))
        return View("Refinement", summary, tuple(sections))

    def _confirmation_section(self) -> Section:
        figure = interval_figure(
            [f"{c.block}: {c.label}" for c in self.confirmations],
            [c.test.mean for c in self.confirmations],
            [c.test.low for c in self.confirmations],
            [c.test.high for c in self.confirmations],
            x_label=f"gain in {self.metric.label} over the solution it changed",
            strong=[c.kept for c in self.confirmations],
            zero=True,
        )
        alt = "; ".join(f"{c.block} {c.label} {c.test.mean:.3g}" for c in self.confirmations)
        lines = tuple(("pass" if c.kept else "info", _describe(c)) for c in self.confirmations)
        text = "The best variant of each block, on folds that were not used to choose it (filled: kept)."
        return Section("Is the gain real?", text, None, figure, alt, lines)  # type: ignore[arg-type]

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
    how = "on fresh folds" if c.fresh else "on the same folds, the level divided by the number of attempts"
    verdict = "kept" if c.kept else "not kept"
    interval = f"gain {c.test.mean:.4g} [{c.test.low:.4g}, {c.test.high:.4g}]"
    return f"{c.block}, {c.label}: {interval}, p = {c.test.p_value:.3g} {how}: {verdict}"


def run(context: Context, settings: RefinementSettings) -> RefinementResult:
    """Refine the blocks in the order of their impact."""
    solution, score = context.solution()
    if solution.members:
        solution, score = _lead(context, solution)
    before, start = score, solution
    attempts: list[Attempt] = []
    confirmations: list[Confirmation] = []
    for block in _order(context, settings):
        if context.budget.exhausted():
            break
        tried = _variants(context, settings, solution, score, block)
        winner, confirmation = _confirm(context, settings, solution, tried)
        if confirmation is not None:
            confirmations.append(confirmation)
        if winner is not None and confirmation is not None and confirmation.kept:
            position = tried.index(winner)
            tried[position] = replace(winner, kept=True)
            assert isinstance(winner.evaluation, Scored)
            solution, score = winner.evaluation.candidate.solution, winner.evaluation
        attempts += tried
    state = context.state
    state.solution, state.score = solution, score
    state.members = [*state.members, *(a.evaluation for a in attempts if isinstance(a.evaluation, Scored))]
    changed = tuple(b for b in PIPELINE_BLOCKS if solution.blocks[b] != start.blocks[b])
    metric = context.dataset.task.metric
    return RefinementResult(attempts, confirmations, before, score, metric, start.diff(solution), changed)


def _lead(context: Context, solution: Solution) -> tuple[Solution, Scored]:
    """The lead member of an ensemble with its own score: refinement works on one solution."""
    lead = solution.single()
    candidate = context.candidate(
        lead, "lead member", "the ensemble's lead member alone", "refinement", parent=solution
    )
    found = context.evaluator.evaluate([candidate], at_least=1)[0]
    if isinstance(found, Failed):
        raise TypeError(f"the lead member that was scored before failed now: {found.reason}")
    return lead, found


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
    metric = context.dataset.task.metric
    attempts: list[Attempt] = []
    while len(attempts) < settings.attempts and not context.budget.exhausted():
        proposal = context.planner.refine(context.dataset.task, solution, block, attempts, settings.notes)
        if proposal is None:
            break
        evaluation = _evaluate(context, solution, proposal)
        if evaluation is None:
            break
        if isinstance(evaluation, Failed):
            attempts.append(Attempt(proposal, evaluation, None, None, kept=False))
            continue
        gains = [metric.gain(n, o) for n, o in zip(evaluation.fold_scores, score.fold_scores, strict=False)]
        test = corrected_t_test(gains, score.n_train, score.n_test)
        attempts.append(Attempt(proposal, evaluation, test.mean, test.p_value, kept=False))
    return attempts


def _evaluate(context: Context, solution: Solution, proposal: Proposal) -> Scored | Failed | None:
    """Evaluate a proposal; None when the budget ended it."""
    label = f"{proposal.block}: {proposal.label}"
    try:
        changed = solution.with_block(proposal.block, proposal.source)
    except MLEStarError as error:
        candidate = context.candidate(
            solution, label, proposal.reason, "refinement", parent=solution, block=proposal.block
        )
        return Failed(candidate, "error", str(error))
    candidate = context.candidate(changed, label, proposal.reason, "refinement", parent=solution, block=proposal.block)
    found = context.evaluator.evaluate([candidate])
    return found[0] if found else None


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
    fresh = len(context.evaluator.folds(solution, 1 + _FRESH_REPEATS)) > len(context.evaluator.folds(solution, 1))
    if not fresh:
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
    metric = context.dataset.task.metric
    gains = [metric.gain(n, o) for n, o in zip(new.fold_scores, old.fold_scores, strict=True)]
    test = corrected_t_test(gains, old.n_train, old.n_test)
    kept = test.mean > 0 and test.p_value < settings.significance
    return winner, Confirmation(proposal.block, proposal.label, test, settings.significance, kept, fresh=True)


def _paired(context: Context, new: Scored, solution: Solution) -> TestResult | None:
    """Test against the present solution on the folds at hand."""
    candidate = context.candidate(solution, "the present solution", "on the same folds", "confirmation")
    found = context.evaluator.evaluate([candidate])
    if not found or not isinstance(found[0], Scored):
        return None
    metric = context.dataset.task.metric
    gains = [metric.gain(n, o) for n, o in zip(new.fold_scores, found[0].fold_scores, strict=True)]
    return corrected_t_test(gains, new.n_train, new.n_test)
