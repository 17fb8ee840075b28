"""Ensemble: combine scored solutions by their out-of-fold predictions; the best on unseen rows is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.measuring import Count
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.refit import own_refit_seconds, refit_seconds
from mlestar_jupyter.ensembles.base import Strategy
from mlestar_jupyter.ensembles.diversity import error_correlation
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.errors import unknown
from mlestar_jupyter.phases.ensemble.choosing import adjusted, choose, is_better_before
from mlestar_jupyter.phases.ensemble.comparison import Comparison
from mlestar_jupyter.phases.ensemble.members import able, alone, pool
from mlestar_jupyter.phases.ensemble.planned import best_combination, planned_ensembles
from mlestar_jupyter.phases.ensemble.result import Combination, EnsembleResult, Planned
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.problems.registry import problem_of

if TYPE_CHECKING:
    import pandas as pd

_FEWEST = 2
"""Members of an ensemble."""


@dataclass(frozen=True)
class _Tried:
    """Which strategies there was time for, and why others were left out: a replay, not timed, tries the same."""

    names: list[str]
    skipped: list[str]


def run(context: Context, settings: EnsembleSettings) -> EnsembleResult:
    """Combine the best and most different solutions in several ways; use what is expected to predict new rows best.

    After more time that is never less than what was in use before.

    Raises
    ------
    SettingError
        When a strategy is not known.
    """
    found, state = _run(context, settings), context.state
    earlier, state.earlier = state.earlier, None
    if earlier is None or not is_better_before(context, earlier, found):
        return found
    state.solution, state.score = earlier.candidate.solution, earlier
    return replace(found, kept=None, blocks=(), preferred="", present=earlier, stayed=True)


def _run(context: Context, settings: EnsembleSettings) -> EnsembleResult:
    chosen = chosen_strategies(settings)
    present, metric = context.solution()[1], context.dataset.task.metric
    present_alone = alone(context)
    members = able(context, present_alone)
    single = members[0] if members else present_alone
    pooled = pool(members)
    if len(pooled) < _FEWEST:
        reason = "Fewer than two solutions that can be combined were scored on these folds."
        return EnsembleResult([], single, None, metric, _diversity([], context), (reason,), present=present)
    folds = context.evaluator.folds(single.candidate.solution)
    settings, few = within_latency(context, settings, pooled)
    comparison = Comparison(context, settings, pooled, members, folds)
    tried = context.slot(_Tried)
    if tried.value is None:
        found, skipped = _combinations(comparison, chosen)
        tried.keep(_Tried([c.strategy for c in found], list(skipped)))
    else:
        again = [comparison.combination(s) for s in chosen if s.name in tried.value.names]
        found, skipped = [c for c in again if not isinstance(c, str)], tuple(tried.value.skipped)
    plans, missed = planned_ensembles(comparison)
    best_plan, left_out = _best_plan(comparison, plans)
    combinations = adjusted([*found, *best_plan])
    kept, preferred = choose(combinations, context.prefer, single.n_train, single.n_test)
    if kept is not None:
        context.state.solution, context.state.score = kept.evaluation.candidate.solution, kept.evaluation
    return EnsembleResult(
        combinations,
        single,
        kept,
        metric,
        _diversity(pooled[: settings.members] if kept is None else kept.members, context),
        (*few, *skipped, *missed, *left_out),
        () if kept is None else ("ensemble",),
        comparison.quality_of_single(),
        comparison.choice(combinations),
        preferred,
        tuple(plans),
        present,
        comparison.single_scores,
    )


def chosen_strategies(settings: EnsembleSettings) -> list[Strategy]:
    """Find the strategies that the settings name."""
    known = strategies()
    names = settings.spelled_out().strategies
    for name in names:
        if name not in known:
            raise unknown("strategy", name, known)
    return [known[name] for name in names]


def _combinations(comparison: Comparison, chosen: Sequence[Strategy]) -> tuple[list[Combination], tuple[str, ...]]:
    """Combine by each strategy while there is time, at least by one; and say which were left out, and why."""
    budget = comparison.context.budget
    found: list[Combination] = []
    skipped: list[str] = []
    longest = 0.0
    for strategy in chosen:
        left = budget.seconds_left()
        if found and (budget.exhausted() or (left is not None and left < longest)):
            skipped.append(f"{strategy.name} was not tried: time was up")
            continue
        before = budget.elapsed()
        combination = comparison.combination(strategy)
        longest = max(longest, budget.elapsed() - before)
        if isinstance(combination, str):
            skipped.append(f"{strategy.name} is left out: {combination}")
            continue
        if not comparison.context.latency.allows(combination.evaluation):
            skipped.append(f"{strategy.name} is left out: {comparison.context.latency.why_not(combination.evaluation)}")
            continue
        seconds = _final_fit_seconds(combination, comparison.context)
        if left is not None and seconds > left + comparison.context.reserved_seconds:
            skipped.append(f"{strategy.name} is left out: its final fit would take about {seconds:.0f} s")
            continue
        budget.charge(1)
        found.append(combination)
    return found, tuple(skipped)


def within_latency(
    context: Context, settings: EnsembleSettings, pool: Sequence[Scored]
) -> tuple[EnsembleSettings, tuple[str, ...]]:
    """Combine fewer members where as many as the settings say would be too slow for one row; and say so."""
    most = context.latency.most_members(pool)
    if most is None or most >= settings.members:
        return settings, ()
    most = max(most, _FEWEST)
    why = f"at most {most} members are combined: more would take too long for one row, by {context.latency.words}"
    return replace(settings, members=most), (why,)


def _best_plan(comparison: Comparison, plans: Sequence[Planned]) -> tuple[list[Combination], tuple[str, ...]]:
    """The best of the model's plans, unless its final fit would take longer than the time left; then why it is not."""
    context, best = comparison.context, best_combination(comparison, plans)
    if best is None:
        return [], ()
    if not context.latency.allows(best.evaluation):
        return [], (f"{best.strategy} is left out: {context.latency.why_not(best.evaluation)}",)
    left, seconds = context.budget.seconds_left(), refit_seconds([best.evaluation], len(context.dataset.whole), 1)
    fits = left is None or seconds <= left + context.reserved_seconds
    if context.measured(Count, lambda: Count(int(fits))).value:
        return [best], ()
    return [], (f"{best.strategy} is left out: its final fit would take about {seconds:.0f} s",)


def _final_fit_seconds(c: Combination, context: Context) -> float:
    """About how long the combination takes to fit on all development rows."""
    return own_refit_seconds(c.evaluation, c.members, len(context.dataset.whole), context.evaluator.workers)


def _diversity(members: Sequence[Scored], context: Context) -> pd.DataFrame:
    """Tabulate the correlation of the members' errors."""
    import pandas as pd

    if not members:
        return pd.DataFrame()
    names = [m.candidate.label for m in members]
    correlations = error_correlation(members, context.dataset.development.y, problem_of(context.dataset.task))
    table = pd.DataFrame(correlations.round(3), columns=names)
    table.insert(0, "errors of", names)
    return table
