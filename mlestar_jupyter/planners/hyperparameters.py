"""Hyperparameters: known good settings, then Optuna's TPE and steps of evolution, told all attempts so far."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.planners.base import Attempt, Proposal
from mlestar_jupyter.planners.spaces import Choice, Real, Space, Whole, find_known, find_space

_BEFORE_EVOLUTION, _EVERY, _STEP = 6, 3, 0.15


def next_parameters(task: Task, solution: Solution, attempts: Sequence[Attempt]) -> Proposal | None:
    """Try the known good settings, then ask Optuna's TPE, told all attempts so far; None for an unknown estimator.

    The study is rebuilt from the attempts each time, so that the planner keeps no state.
    """
    space = find_space(solution.blocks["model"])
    if space is None:
        return None
    present = _parameters(solution.blocks["hyperparameters"])
    tried = [present, *(_parameters(a.proposal.source) for a in attempts)]
    kept = {k: v for k, v in present.items() if k not in space}
    number = len(attempts) + 1
    for known in find_known(solution.blocks["model"]):
        if kept | dict(known) not in tried:
            source = recipes.hyperparameters(kept | dict(known))
            return Proposal("hyperparameters", source, f"trial {number}", "settings that did well on other tables")
    best = max((a for a in attempts if a.gain is not None), key=lambda a: a.gain or 0.0, default=None)
    if best is not None and number > _BEFORE_EVOLUTION and number % _EVERY == 0:
        start = present if (best.gain or 0.0) <= 0 else _parameters(best.proposal.source)
        chosen = _step(space, start, np.random.default_rng(child_seed(task.seed, "step", solution.id, number)))
        reason = f"a step from the best so far, trial {number} (evolution strategy, Rechenberg 1973)"
        return Proposal("hyperparameters", recipes.hyperparameters(kept | chosen), f"trial {number}", reason)
    import optuna

    with _quiet(optuna):
        # The attempts so far are part of the seed: a sampler made anew would repeat its first draws.
        seed = child_seed(task.seed, "hyperparameters", solution.id, len(attempts))
        study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=4)
        )
        distributions = {name: _distribution(part) for name, part in space.items()}
        _tell(study, {k: v for k, v in present.items() if k in space}, 0.0, distributions)
        for attempt in attempts:
            _tell(study, _parameters(attempt.proposal.source), _gain(attempt), distributions)
        trial = study.ask(distributions)
    chosen = {name: _rounded(value) for name, value in trial.params.items()}
    source = recipes.hyperparameters(kept | chosen)
    return Proposal(
        "hyperparameters", source, f"trial {number}", f"Optuna's TPE, trial {number} after the gains so far"
    )


def drawn_parameters(task: Task, solution: Solution, count: int, batch: int) -> list[Proposal]:
    """Settings drawn at random: what the model has of others stays."""
    space = find_space(solution.blocks["model"])
    if space is None:
        return []
    import optuna

    kept = {k: v for k, v in _parameters(solution.blocks["hyperparameters"]).items() if k not in space}
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


def _step(space: Space, start: dict[str, Any], generator: np.random.Generator) -> dict[str, Any]:
    """Move each number by a normal step on its own scale, within its bounds; a choice is seldom made anew."""
    chosen: dict[str, Any] = {}
    for name, part in space.items():
        value = start.get(name)
        if isinstance(part, Choice):
            anew = value not in part.values or generator.random() < _STEP
            chosen[name] = part.values[int(generator.integers(len(part.values)))] if anew else value
            continue
        low, high = (np.log([part.low, part.high])) if part.log else (part.low, part.high)
        middle = (low + high) / 2
        at = middle
        if isinstance(value, (int, float)) and value > 0:
            at = float(np.log(value)) if part.log else value
        moved = float(np.clip(at + _STEP * (high - low) * generator.normal(), low, high))
        moved = float(np.exp(moved)) if part.log else moved
        chosen[name] = min(max(round(moved), part.low), part.high) if isinstance(part, Whole) else _rounded(moved)
    return chosen


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Silence Optuna's log and its warnings of experimental parts, here only."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _tell(study: Any, params: dict[str, Any], gain: float | None, distributions: dict[str, Any]) -> None:
    """Tell a finished attempt; one whose parameters are not all in the space teaches the sampler nothing."""
    import optuna

    inside = set(params) >= set(distributions) and all(
        distributions[k]._contains(distributions[k].to_internal_repr(params[k])) for k in distributions
    )
    if gain is None or not inside:
        return
    values = {k: params[k] for k in distributions}
    study.add_trial(optuna.trial.create_trial(params=values, distributions=distributions, value=gain))


def _gain(attempt: Attempt) -> float | None:
    return None if isinstance(attempt.evaluation, Failed) else attempt.gain


def _distribution(part: Real | Whole | Choice) -> Any:
    from optuna import distributions

    match part:
        case Real(low, high, log):
            return distributions.FloatDistribution(low, high, log=log)
        case Whole(low, high, log):
            return distributions.IntDistribution(low, high, log=log)
        case Choice(values):
            return distributions.CategoricalDistribution(values)


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _parameters(source: str) -> dict[str, Any]:
    """Read the PARAMS of a ``hyperparameters`` block where they are plain values; {} where they are computed."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "PARAMS" for t in node.targets):
            try:
                found = ast.literal_eval(node.value)
            except ValueError:
                return {}
            return found if isinstance(found, dict) else {}
    return {}
