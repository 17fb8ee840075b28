"""How much the time left is enough for."""

from __future__ import annotations

from collections.abc import Collection

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.solution import Solution

FRESH_REPEATS = 2
"""Repeats of the cross-validation, on folds that chose nothing, by which the best attempt is tested."""
AT_ONCE = 2
"""Attempts evaluated together: a number of folds that is odd would leave workers idle."""

_FIT_AGAIN = ("validation", "deployment")


def final_fits(to_come: Collection[str], *, has_holdout: bool) -> int:
    """How many fits on all rows are to come: the model's, and with a holdout one each of validation and deployment.

    >>> final_fits(["ablation", "validation"], has_holdout=True)
    2
    """
    return 1 + has_holdout * sum(name in to_come for name in _FIT_AGAIN)


def has_fresh_folds(context: Context, solution: Solution) -> bool:
    """Whether the splitter has more than one way to split: a split by time has not."""
    return len(context.evaluator.folds(solution, 1 + FRESH_REPEATS)) > len(context.evaluator.folds(solution, 1))


def affordable_attempts(context: Context, solution: Solution, score: Scored, within: float | None = None) -> int:
    """How many attempts can be evaluated such that the best can be tested: without that, they come to nothing.

    Parameters
    ----------
    within : float, optional
        Seconds to look at in place of the time left.
    """
    test = 2 * FRESH_REPEATS if has_fresh_folds(context, solution) else 0
    return max(0, context.affordable(score, AT_ONCE + test, within) - test)
