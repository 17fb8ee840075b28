"""Hyperparameters by Optuna: from known good settings to trials that know all gains so far."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.environment import installed
from mlestar_jupyter.families.recognition import Recognised, recognise
from mlestar_jupyter.families.space import Choice, Real, Space, Whole
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.planners.base import Attempt, Proposal

if TYPE_CHECKING:
    from types import ModuleType

    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

_BEFORE_EVOLUTION = 10  # trials on record before every second one is left to CMA-ES, which starts from the best tenth


def next_parameters(task: Task, solution: Solution, attempts: Sequence[Attempt]) -> Proposal | None:
    """Try the known good settings, then ask Optuna, which is given all attempts so far; None for an unknown estimator.

    TPE finds the region; then, where the package ``cmaes`` is installed, every second trial is drawn by CMA-ES around
    the best. Both are given anew each time, so that the planner keeps no state.
    """
    model = recognise(solution.blocks["model"])
    family, space = model.family, _space(task, model)
    if family is None or not space:
        return None
    present = parameters(solution.blocks["hyperparameters"])
    tried = [present, *(parameters(a.proposal.source) for a in attempts)]
    kept = {k: v for k, v in present.items() if k not in space}
    number = len(attempts) + 1
    for known in model.known:
        if kept | dict(known) not in tried:
            source = recipes.hyperparameters(kept | dict(known))
            return Proposal("hyperparameters", source, f"trial {number}", family.why_known)
    import optuna

    with _quiet(optuna):
        distributions = {name: _distribution(part) for name, part in space.items()}
        measured = [(present, 0.0), *((parameters(a.proposal.source), _gain(a)) for a in attempts)]
        trials = [
            _trial(params, gain, distributions)
            for params, gain in measured
            if gain is not None and _fits(params, space)
        ]
        # The attempts so far are part of the seed: a sampler made anew would repeat its first draws.
        seed = child_seed(task.seed, "hyperparameters", solution.id, len(attempts))
        if _evolves(trials, distributions) and len(attempts) % 2:
            found, how = _ask_cma(trials, distributions, seed), "CMA-ES around the best"
        else:
            found, how = _ask_tpe(trials, distributions, seed), "Optuna's TPE"
    chosen = {name: _rounded(value) for name, value in found.items()}
    source = recipes.hyperparameters(kept | chosen)
    return Proposal("hyperparameters", source, f"trial {number}", f"{how}, trial {number} after the gains so far")


def _space(task: Task, model: Recognised) -> Space:
    """What is tuned; nothing of a model that takes too long on as many rows."""
    most = None if model.family is None else model.family.max_rows
    return {} if most is not None and task.n_compared > most else model.space


def _ask_tpe(
    trials: Sequence[FrozenTrial], distributions: Mapping[str, BaseDistribution], seed: int
) -> dict[str, object]:
    """Draw where good trials are dense and bad ones are not (Bergstra et al. 2011)."""
    import optuna

    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=4)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.add_trials(trials)
    found: dict[str, object] = study.ask(dict(distributions)).params
    return found


def _evolves(trials: Sequence[FrozenTrial], distributions: Mapping[str, BaseDistribution]) -> bool:
    enough = len(trials) >= _BEFORE_EVOLUTION and len(_numeric(distributions)) > 1
    return enough and installed("cmaes")


def _ask_cma(
    trials: Sequence[FrozenTrial], distributions: Mapping[str, BaseDistribution], seed: int
) -> dict[str, object]:
    """Draw from a normal distribution learned from the best trials (warm-started CMA-ES, Nomura et al. 2021).

    What is no number is taken from the best trial.
    """
    import optuna

    numeric = _numeric(distributions)
    trials = [
        optuna.trial.create_trial(
            params={k: t.params[k] for k in numeric}, distributions=numeric, value=t.value, user_attrs=t.params
        )
        for t in trials
    ]
    sampler = optuna.samplers.CmaEsSampler(seed=seed, source_trials=trials)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.add_trials(trials)
    return {**study.best_trial.user_attrs, **study.ask(numeric).params}


def _numeric(distributions: Mapping[str, BaseDistribution]) -> dict[str, BaseDistribution]:
    return {k: d for k, d in distributions.items() if hasattr(d, "low") and not d.single()}


def drawn_parameters(task: Task, solution: Solution, count: int, batch: int) -> list[Proposal]:
    """Settings drawn at random: what the model has of others stays."""
    space = _space(task, recognise(solution.blocks["model"]))
    if not space:
        return []
    import optuna

    kept = {k: v for k, v in parameters(solution.blocks["hyperparameters"]).items() if k not in space}
    found = []
    with _quiet(optuna):
        sampler = optuna.samplers.RandomSampler(seed=child_seed(task.seed, "sample", solution.id, batch))
        study = optuna.create_study(sampler=sampler)
        for number in range(count * (batch - 1) + 1, count * batch + 1):
            trial = study.ask({name: _distribution(part) for name, part in space.items()})
            chosen = {name: _rounded(value) for name, value in trial.params.items()}
            source = recipes.hyperparameters(kept | chosen)
            reason = "settings drawn from the ranges that suit the model"
            found.append(Proposal("hyperparameters", source, f"settings {number}", reason))
    return found


@contextmanager
def _quiet(optuna: ModuleType) -> Iterator[None]:
    """Silence Optuna's log, and its warnings of experimental parts and of layers as choices, here only."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            warnings.filterwarnings("ignore", message="Choices for a categorical distribution")  # nothing is stored
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _fits(params: Mapping[str, object], space: Space) -> bool:
    """Whether parameters, which a human may have written, have a place in the space: others teach nothing of it."""
    return all(name in params and params[name] in part for name, part in space.items())


def _trial(params: Mapping[str, object], gain: float, distributions: Mapping[str, BaseDistribution]) -> FrozenTrial:
    """Make a finished trial."""
    import optuna

    values = {k: params[k] for k in distributions}
    return optuna.trial.create_trial(params=values, distributions=dict(distributions), value=gain)


def _gain(attempt: Attempt) -> float | None:
    return None if isinstance(attempt.evaluation, Failed) else attempt.gain


def _distribution(part: Real | Whole | Choice) -> BaseDistribution:
    from optuna import distributions

    match part:
        case Real(low, high, log):
            return distributions.FloatDistribution(low, high, log=log)
        case Whole(low, high, log):
            return distributions.IntDistribution(low, high, log=log)
        case Choice(values):
            return distributions.CategoricalDistribution(values)  # type: ignore[arg-type] # layers are lists


def _rounded(value: object) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def parameters(source: str) -> dict[str, object]:
    """Read the PARAMS of a ``hyperparameters`` block where they are plain values; {} where they are computed."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "PARAMS" for t in node.targets):
            try:
                found = ast.literal_eval(node.value)
            except ValueError:
                return {}
            return found if isinstance(found, dict) else {}
    return {}
