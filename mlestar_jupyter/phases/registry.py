"""The phases in their order: help and completion load this alone, so it needs the standard library only."""

from __future__ import annotations

from collections.abc import Collection

from mlestar_jupyter.phases.ablation.phase import ABLATION
from mlestar_jupyter.phases.base import Phase
from mlestar_jupyter.phases.deployment.phase import DEPLOYMENT
from mlestar_jupyter.phases.ensemble.phase import ENSEMBLE
from mlestar_jupyter.phases.foundation.phase import FOUNDATION
from mlestar_jupyter.phases.refinement.phase import REFINEMENT
from mlestar_jupyter.phases.search.phase import SEARCH
from mlestar_jupyter.phases.validation.phase import VALIDATION

PHASES: dict[str, Phase] = {
    phase.name: phase for phase in (SEARCH, FOUNDATION, ABLATION, REFINEMENT, ENSEMBLE, VALIDATION, DEPLOYMENT)
}


def phases_from(name: str, until: str | None = None) -> list[str]:
    """A phase and those behind it, as far as `until`; all without it.

    >>> phases_from("refinement", "validation")
    ['refinement', 'ensemble', 'validation']
    """
    names = list(PHASES)
    return names[names.index(name) : len(names) if until is None else names.index(until) + 1]


def next_phase(name: str) -> str | None:
    """Name the phase that follows."""
    names = list(PHASES)
    position = names.index(name) + 1
    return names[position] if position < len(names) else None


def comes_before(one: str, other: str) -> bool:
    """Whether a phase comes before another.

    >>> comes_before("validation", "deployment")
    True
    """
    return list(PHASES).index(one) < list(PHASES).index(other)


def again_after_more(done: Collection[str]) -> list[str]:
    """Name the phases that run again when more time is given; a verdict only where there was one."""
    return [name for name, phase in PHASES.items() if phase.takes_more or (phase.is_verdict and name in done)]


def first_with_solution() -> str:
    """Name the phase after which there is a solution."""
    return next(name for name, phase in PHASES.items() if phase.finds_solution)
