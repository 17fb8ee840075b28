"""Which combination is used: the one that is expected to predict new rows best, be that proven or not.

A veto by significance throws away what is true but small: over many tables the best mean on rows that a combination did
not learn from was the better guide (``docs/statistics.md``). What is proven stands beside it, in `Combination.verdict`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.statistics import SIGNIFICANT, corrected_t_test, fixed_sequence
from mlestar_jupyter.phases.ensemble.result import Combination, EnsembleResult


def adjusted(combinations: Sequence[Combination]) -> list[Combination]:
    """Account for the number of strategies tried: in their order, each is proven only if all before it are."""
    found = fixed_sequence([min(1.0, c.chosen_from * c.test.p_value) if c.test.mean > 0 else 1.0 for c in combinations])
    return [replace(c, p_adjusted=p) for c, p in zip(combinations, found, strict=True)]


def choose(
    combinations: Sequence[Combination], prefer: str, n_train: float, n_test: float
) -> tuple[Combination | None, str]:
    """Choose what is used; None for the best single solution.

    Parameters
    ----------
    combinations : sequence of Combination
    prefer : {"score", "simplicity"}
        The best expected score; or the simplest within one standard error of it (Breiman et al., *Classification and
        Regression Trees*, 1984).
    n_train, n_test : float
        Rows fitted on and scored on in a fold.

    Returns
    -------
    Combination or None
    str
        Why it is not the one with the best score; empty where it is.
    """
    gaining = [c for c in combinations if c.test.mean > 0]
    best = max(gaining, key=lambda c: c.test.mean, default=None)
    if best is None:
        return None, ""
    if prefer == "simplicity":
        return _simplest(gaining, best)
    simple = max((c for c in gaining if not c.learns_in_fit), key=lambda c: c.test.mean, default=None)
    if simple is None or not best.learns_in_fit or _is_clearly_better(best, simple, n_train, n_test):
        return best, ""
    return simple, f"{best.strategy.capitalize()} gains more by a difference within noise, and needs more fits."


def is_better_before(context: Context, earlier: Scored, found: EnsembleResult) -> bool:
    """Whether what was in use before more time is expected to do better, by the folds that both were scored on.

    What stands beside a combination is a choice of a single solution that was made without each fold: the best of many
    by its own score looks better than it is.
    """
    solution, now = context.solution()
    before, was_single = earlier.candidate.solution, not earlier.candidate.solution.members
    if before.id == solution.id or before.blocks["validation"] != solution.blocks["validation"]:
        return False
    if was_single and found.kept is not None:
        return False  # that combinations do better than single solutions is why one is used
    scores = found.single_scores if found.kept is None and not was_single else now.fold_scores
    scores = scores or now.fold_scores
    if len(earlier.fold_scores) > len(scores):
        return False
    both = context.evaluator.of_fewer(scores, len(earlier.fold_scores))
    return context.dataset.task.metric.gain(earlier.score, float(np.mean(both))) > 0


def _simplest(gaining: Sequence[Combination], best: Combination) -> tuple[Combination | None, str]:
    """Take the fewest members, and fixed weights first, within one standard error of the best; else the single one."""
    least, why = best.test.mean - best.test.error, f"within one standard error of {best.strategy}, and simpler."
    if least <= 0:
        return None, f"The best single solution is {why}"
    near = [c for c in gaining if c.test.mean >= least]
    found = min(near, key=lambda c: (c.learns_in_fit, len(c.members), -c.test.mean))
    return found, "" if found is best else f"{found.strategy.capitalize()} is {why}"


def _is_clearly_better(best: Combination, simple: Combination, n_train: float, n_test: float) -> bool:
    """Whether learning in every fit, which costs a cross-validation of the members each time, is proven to pay."""
    more = np.subtract(best.gains, simple.gains)
    return best.chosen_from * corrected_t_test(more, n_train, n_test).p_value < SIGNIFICANT
