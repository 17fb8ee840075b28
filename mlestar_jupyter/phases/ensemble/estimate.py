"""What ensemble will evaluate: a combination by each strategy that applies, and the chat model's plans."""

from __future__ import annotations

from collections import Counter

from mlestar_jupyter.attempts.estimating import Ahead, CallsAhead, Estimate, Span, repairs
from mlestar_jupyter.phases.ensemble.comparison import Comparison
from mlestar_jupyter.phases.ensemble.members import able, alone, pool
from mlestar_jupyter.phases.ensemble.planned import MOST_MEMBERS
from mlestar_jupyter.phases.ensemble.run import chosen_strategies
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings

_FEWEST = 2


def estimate(ahead: Ahead, settings: EnsembleSettings) -> Estimate:
    """Say what ensemble will evaluate before it runs."""
    is_known = ahead.context.state.score is not None and not ahead.to_come
    names = _applicable(ahead, settings) if is_known else [s.name for s in chosen_strategies(settings)]
    plans = settings.rounds * (1 + settings.repairs) if ahead.has_model and names else 0
    limit = None if ahead.evaluations is None else max(1, ahead.evaluations)
    what = (
        f"combined by {', '.join(names)}, without a fit of a member" if names else "fewer than two that can be combined"
    )
    if plans:
        what += f"; up to {settings.rounds} plans of the chat model, fitted in every fold"
    return Estimate(
        candidates=Span(0, len(names) + plans).within(limit),
        fits=plans * ahead.folds() * min(MOST_MEMBERS, settings.members),
        what=what,
        depends="which strategies give weight to more than one member" if names else "",
        calls=_calls(ahead, settings),
    )


def _applicable(ahead: Ahead, settings: EnsembleSettings) -> list[str]:
    """Strategies that do not refuse what there is to combine."""
    context = ahead.context
    single = alone(context)
    scored = able(context, single)
    members = pool(scored)
    if len(members) < _FEWEST:
        return []
    folds = context.evaluator.folds(members[0].candidate.solution)
    known = Comparison(context, settings, members, scored, folds).known(members[:1])
    return [s.name for s in chosen_strategies(settings) if not s.refusal(known)]


def _calls(ahead: Ahead, settings: EnsembleSettings) -> CallsAhead:
    if not ahead.has_model:
        return CallsAhead()
    plans = Counter(dict.fromkeys(("ensemble_planner", "ensembler", "leakage"), settings.rounds))
    return CallsAhead(plans, plans + repairs(settings.rounds * settings.repairs))
