"""Importance: which columns matter to the present model, beside which blocks matter."""

from __future__ import annotations

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.checks.importance import Importance, measure_importance
from mlestar_jupyter.core.executor import FitFailed
from mlestar_jupyter.core.explanation import Question
from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.data.association import strongest_columns
from mlestar_jupyter.modalities.registry import modality_of

_ROWS, _COLUMNS, _REPEATS, _SHAP_ROWS = 2_000, 40, 5, 300
_FEWEST_ROWS, _PREDICTED_VALUES = 200, 4_000_000
_RANKING_ROWS = 500
_FIT_SHARE = 0.7
"""Of the time allowed that the fit may take: the rest goes to the columns."""
_MOST_SECONDS = 60.0  # beyond the fit, for models that are slow to predict


def importance(context: Context, solution: Solution, seconds: float | None = None) -> Importance:
    """Measure what the solution loses when a raw column is shuffled, and its SHAP values: once, then from the journal.

    It is fitted on the training rows of one fold, in a worker, and asked on that fold's test rows: at most 2,000
    rows, 40 columns and 5 shuffles. That costs one fold's fit and a few seconds.

    Parameters
    ----------
    context : Context
    solution : Solution
    seconds : float, optional
        For fit and answers; by default what the phase has left, at most a minute more than the fit takes. What does
        not fit is left out, and the result says so.
    """
    left = context.budget.seconds_left()
    limits = [s for s in (seconds, left) if s is not None]
    allowed = min(limits, default=None)
    return context.measured(Importance, lambda: _measure(context, solution, allowed))


def _measure(context: Context, solution: Solution, seconds: float | None) -> Importance:
    needed = _fit_seconds(context, solution)
    if seconds is not None and (seconds <= 0 or needed > _FIT_SHARE * seconds):
        return Importance(reason=f"a fit takes about {needed:.1f} s, and {seconds:.1f} s were left")
    most = needed / _FIT_SHARE + _MOST_SECONDS
    seconds = most if seconds is None else min(seconds, most)
    fold = context.evaluator.folds(solution)[-1]  # of a split in time, the last one has the most rows to learn from
    columns, n_left_out = _columns(context, fold)
    rows = _rows(context, fold, len(columns))
    question = Question(columns, _REPEATS, _SHAP_ROWS, child_seed(context.seed, "importance"), seconds)
    result = context.evaluator.fits.explain(solution, fold, rows, question)
    if isinstance(result, FitFailed):
        return Importance(reason=result.reason)
    assert result.answer is not None
    assert result.predictions is not None
    y, metric = context.dataset.development.y[rows], context.dataset.task.metric
    return measure_importance(columns, result.answer, y, result.predictions, metric, n_left_out)


def _fit_seconds(context: Context, solution: Solution) -> float:
    """About how long one fold's fit takes; 0 where nothing like it was timed."""
    known = [s for s in (context.state.score, *context.state.members) if s is not None]
    same = [s for s in known if s.candidate.solution.fit_id == solution.fit_id]
    return 0.0 if not same else same[0].fit_seconds / len(same[0].fold_scores)


def _rows(context: Context, fold: Fold, n_columns: int) -> np.ndarray:
    """Test rows of the fold to ask on, fewer where there are many classes."""
    values = n_columns * _REPEATS * max(1, len(context.dataset.task.classes))
    most = min(_ROWS, max(_FEWEST_ROWS, _PREDICTED_VALUES // max(1, values)))
    if len(fold.test) <= most:
        return fold.test
    generator = np.random.default_rng(child_seed(context.seed, "importance rows"))
    return np.sort(generator.choice(fold.test, most, replace=False))


def _columns(context: Context, fold: Fold) -> tuple[tuple[str, ...], int]:
    """Columns to shuffle, and how many are left out: of very many, those most associated with the target."""
    task = context.dataset.task
    known = [c for c in task.columns if modality_of(c).varies]
    if len(known) <= _COLUMNS:
        return tuple(c.name for c in known), 0
    rows = context.dataset.development.take(fold.train[:: max(1, len(fold.train) // _RANKING_ROWS)])
    inputs = rows.X[[c.name for c in known]]
    strongest = strongest_columns(inputs, rows.y, _COLUMNS, is_classification=task.is_classification)
    return tuple(c.name for c in known if c.name in strongest), len(known) - _COLUMNS
