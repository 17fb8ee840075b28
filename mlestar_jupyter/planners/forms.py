"""Forms of a solution for less time: the same model with fewer rounds, which take larger steps."""

from __future__ import annotations

from dataclasses import dataclass

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.families.base import Family
from mlestar_jupyter.families.recognition import recognise
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.planners.hyperparameters import parameters

_USUAL = 20.0
"""Rounds times rate after which boosting has mostly learned; where rounds are only a limit, it stops about then."""


@dataclass(frozen=True)
class Rounds:
    """How long a solution's model goes on.

    Parameters
    ----------
    family : Family
    limit : int
        Rounds or trees that it may make.
    usual : int
        That it mostly makes, where it stops by itself.
    """

    family: Family
    limit: int
    usual: int


def rounds_of(solution: Solution) -> Rounds | None:
    """Read how many rounds a solution's model makes; None where they are not a plain number of a known family."""
    family = recognise(solution.blocks["model"]).family
    if family is None or not family.counts:
        return None
    known = parameters(solution.blocks["hyperparameters"])
    limit, rate = known.get(family.counts[0]), known.get(family.rate)
    if not isinstance(limit, int):
        return None
    usual = limit if not isinstance(rate, float) else min(limit, round(_USUAL / rate))
    return Rounds(family, limit, usual)


def with_rounds(solution: Solution, rounds: int) -> Solution:
    """The same with fewer rounds; rounds times rate stay what they were, as far as a rate may go.

    Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 29 (2001): the fewer
    the steps, the larger the best step.
    """
    found = rounds_of(solution)
    if found is None or rounds >= found.limit:
        return solution
    family, known = found.family, parameters(solution.blocks["hyperparameters"])
    changed = known | {family.counts[0]: rounds}
    rate = known.get(family.rate)
    if isinstance(rate, float):
        wanted = min(rate * found.limit, _USUAL) / rounds
        changed[family.rate] = float(f"{max(rate, min(family.highest_rate, wanted)):.3g}")
    return solution.with_block("hyperparameters", recipes.hyperparameters(changed))


def with_more_rounds(solution: Solution, usual: Solution, rounds: int) -> Solution:
    """The same with more rounds, which take smaller steps, as far as the usual form of its family.

    Parameters
    ----------
    usual : Solution
        One of the same family in its usual form.
    """
    found, whole = rounds_of(solution), rounds_of(usual)
    if found is None or whole is None or found.family != whole.family:
        return solution
    family, known = found.family, parameters(solution.blocks["hyperparameters"])
    rounds = whole.limit if rounds >= whole.usual else rounds
    if rounds <= found.limit:
        return solution
    changed = known | {family.counts[0]: rounds}
    rate, slowest = known.get(family.rate), parameters(usual.blocks["hyperparameters"]).get(family.rate)
    if isinstance(rate, float) and isinstance(slowest, float):
        wanted = min(slowest * whole.limit, _USUAL) / rounds
        changed[family.rate] = min(rate, float(f"{max(slowest, wanted):.3g}"))
    return solution.with_block("hyperparameters", recipes.hyperparameters(changed))
