"""What validation will fit: it evaluates no candidate."""

from __future__ import annotations

from mlestar_jupyter.attempts.estimating import Ahead, Estimate, Span
from mlestar_jupyter.checks.leakage.target_shuffle import SHUFFLES
from mlestar_jupyter.core.influences import FINE
from mlestar_jupyter.core.weighted import weighted_score
from mlestar_jupyter.phases.refinement.result import RefinementResult
from mlestar_jupyter.phases.validation.gates.base import known_rows
from mlestar_jupyter.phases.validation.gates.units import MOST_SECONDS, USUAL_SECONDS, Gains
from mlestar_jupyter.phases.validation.run import SHUFFLED_FOLDS
from mlestar_jupyter.phases.validation.settings import ValidationSettings

_GATES_THAT_DRAW, _DRAWS, _SUBSETS = 3, 500, 4
_TREE, _TREE_OF_ROW, _MOST_ROWS = 0.02, 3e-6, 20_000
"""Seconds of the tree that looks at a column alone, of its rows, and how many it looks at."""
_TIMED_ROWS, _REPORT = 45, 3.0
"""Rows and batches that are timed, and seconds of drawing and writing what came of it."""


def estimate(ahead: Ahead, settings: ValidationSettings) -> Estimate:
    """Say what validation will fit before it runs."""
    is_quick = settings.checks == "quick"
    context = ahead.context
    shuffled = 0 if is_quick else SHUFFLES * min(SHUFFLED_FOLDS, ahead.folds())
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
    fits = final + 2 * scored + shuffled + without_refinement
    return Estimate(
        candidates=Span.exactly(0),
        fits=fits,
        what=", ".join(parts),
        depends="what the checks apply to",
        seconds=_seconds(ahead, fits, is_quick=is_quick),
    )


def _seconds(ahead: Ahead, fits: int, *, is_quick: bool) -> float | None:
    """About how long it takes: fits, draws of the gates, a small tree a column, rows that are timed, and the report."""
    context, state = ahead.context, ahead.context.state
    dataset, score = context.dataset, state.score
    n_rows = len(dataset.development)
    each = ahead.seconds_of_fit(n_rows)
    if each is None or score is None:
        return None
    known = known_rows(score.predictions)
    said = weighted_score(dataset.task.metric, dataset.development.y[known], score.predictions.at(known))
    gains, n_parts = Gains(said, said), ahead.folds() + 1
    drawn = _GATES_THAT_DRAW * min(USUAL_SECONDS, _DRAWS * gains.seconds(n_parts))
    n_subsets = _SUBSETS * dataset.development.X.shape[1]
    apart = min(MOST_SECONDS, n_subsets * said.seconds_of_influences(n_rows // _SUBSETS, FINE))
    trees = dataset.development.X.shape[1] * (_TREE + _TREE_OF_ROW * min(n_rows, _MOST_ROWS))
    timed = 0.0 if is_quick else _TIMED_ROWS * (score.row_ms or 0.0) / 1000
    return fits * each + drawn + apart + trees + timed + _REPORT
