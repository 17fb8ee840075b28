"""What validation will fit: it evaluates no candidate."""

from __future__ import annotations

from mlestar_jupyter.attempts.estimating import Ahead, Estimate, Span
from mlestar_jupyter.phases.refinement.result import RefinementResult
from mlestar_jupyter.phases.validation.run import SHUFFLED_FOLDS
from mlestar_jupyter.phases.validation.settings import ValidationSettings


def estimate(ahead: Ahead, settings: ValidationSettings) -> Estimate:
    """Say what validation will fit before it runs."""
    is_quick = settings.checks == "quick"
    context = ahead.context
    shuffled = 0 if is_quick else min(SHUFFLED_FOLDS, ahead.folds())
    final, scored, without_refinement = int(not is_quick), int(len(context.dataset.holdout) > 0), 0
    refined = context.state.results.get("refinement")
    if (
        scored
        and not is_quick
        and ("refinement" in ahead.to_come or (isinstance(refined, RefinementResult) and refined.kept))
    ):
        without_refinement = 2
    parts = ["the final fit"] if final else []
    parts += ["the holdout's score", "that of the baseline"] if scored else []
    parts += ["the pipeline on shuffled targets"] if shuffled else []
    parts += ["the solution without refinement"] if without_refinement else []
    return Estimate(
        candidates=Span.exactly(0),
        fits=final + 2 * scored + shuffled + without_refinement,
        what=", ".join(parts),
        depends="what the checks apply to",
    )
