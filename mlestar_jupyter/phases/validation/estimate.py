"""What validation will fit: it evaluates no candidate."""

from __future__ import annotations

from mlestar_jupyter.attempts.estimating import Ahead, Estimate, Span
from mlestar_jupyter.phases.refinement.result import RefinementResult
from mlestar_jupyter.phases.validation.run import SHUFFLED_FOLDS
from mlestar_jupyter.phases.validation.settings import ValidationSettings


def estimate(ahead: Ahead, settings: ValidationSettings) -> Estimate:
    """Say what validation will fit before it runs."""
    del settings
    context = ahead.context
    shuffled = min(SHUFFLED_FOLDS, ahead.folds())
    final, scored, without_refinement = 1, int(len(context.dataset.holdout) > 0), 0
    refined = context.state.results.get("refinement")
    if scored and ("refinement" in ahead.to_come or (isinstance(refined, RefinementResult) and refined.kept)):
        without_refinement = 2
    parts = ["the final fit"]
    parts += ["the holdout's score"] if scored else []
    parts += ["the pipeline on shuffled targets"] if shuffled else []
    parts += ["the solution without refinement"] if without_refinement else []
    return Estimate(
        candidates=Span.exactly(0),
        fits=final + scored + shuffled + without_refinement,
        what=", ".join(parts),
        depends="what the checks apply to",
    )
