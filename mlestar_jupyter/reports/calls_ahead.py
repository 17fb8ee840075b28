"""What a chat model will be asked: calls, tokens and money of each phase, before it runs.

Calls follow from the settings: M = ``models`` of search, T = ``iterations``, K = ``attempts`` and L = ``paths`` of
refinement, R = ``rounds`` of ensemble. Tokens are those of the prompts of a table with 20 columns, at four characters a
token, until a role has been asked in this run: then its own mean counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlestar_jupyter.core.journal import ReplyRecord
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.phases.search.settings import SearchSettings
from mlestar_jupyter.phases.settings import read_settings

TOKENS = {
    "retriever": (750, 800), "initial": (2100, 500), "merger": (1800, 500), "data_usage": (2100, 250),
    "leakage": (2000, 60), "debugger": (2000, 400), "ablation": (2000, 600), "summariser": (800, 200),
    "extractor": (1200, 120), "planner": (1200, 100), "coder": (1150, 400), "ensemble_planner": (1400, 100),
    "ensembler": (1300, 350),
}  # fmt: skip
"""Tokens in and out of a call by role; out is without what a model thinks to itself."""
_ABLATED = 3  # changes that the ablation writer may make
_PATHS = 2  # with a chat model, where the budget bears them
_MILLION = 1_000_000


@dataclass(frozen=True)
class Ahead:
    """What a phase will ask: `calls` as things usually go, `most` when everything fails and is mended again."""

    calls: Counter[str]
    most: Counter[str]

    def tokens(self, each: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
        """Tokens in and out of the usual calls."""
        pairs = [(n * each[role][0], n * each[role][1]) for role, n in self.calls.items()]
        return sum(p[0] for p in pairs), sum(p[1] for p in pairs)


def calls_ahead(defaults: Mapping[str, Mapping[str, Any]]) -> dict[str, Ahead]:
    """Count the calls of each phase at its settings."""
    search = read_settings(SearchSettings, defaults.get("search", {}))
    foundation = read_settings(FoundationSettings, defaults.get("foundation", {}))
    refinement = read_settings(RefinementSettings, defaults.get("refinement", {}))
    ensemble = read_settings(EnsembleSettings, defaults.get("ensemble", {}))
    ablation = Counter({"ablation": 1, "leakage": _ABLATED, "summariser": 1})
    written = search.models + foundation.merges + 1
    first = Counter({"initial": search.models, "merger": foundation.merges, "data_usage": 1, "leakage": written})
    plans = Counter(dict.fromkeys(("ensemble_planner", "ensembler", "leakage"), ensemble.rounds))
    return {
        "search": Ahead(Counter({"retriever": 1}), Counter({"retriever": 1})),
        "foundation": Ahead(first, first + _mending(written * foundation.repairs)),
        "ablation": Ahead(ablation, ablation),
        "refinement": _refinement(refinement),
        "ensemble": Ahead(plans, plans + _mending(ensemble.rounds * ensemble.repairs)),
    }


def _refinement(settings: RefinementSettings) -> Ahead:
    """Model and recipes take turns: half of the attempts are the model's, all where the recipes have no more."""
    paths = 1 if settings.review else settings.paths or _PATHS
    rounds, half = paths * settings.iterations, -(-settings.attempts // 2)

    def of(variants: int) -> Counter[str]:
        each = {"extractor": 1, "planner": max(0, variants - 1), "coder": variants, "leakage": variants}
        return Counter({role: rounds * n for role, n in each.items()})

    again = Counter({"ablation": rounds, "summariser": rounds}) if settings.reablate else Counter[str]()
    most = of(settings.attempts) + again + _mending(rounds * settings.attempts * settings.repairs)
    return Ahead(of(half), most)


def _mending(times: int) -> Counter[str]:
    """Each mended version is checked for leakage again."""
    return Counter({"debugger": times, "leakage": times})


def tokens_of_roles(replies: Sequence[ReplyRecord]) -> dict[str, tuple[float, float]]:
    """Tokens in and out of a call by role: the mean of those on record, or what is known beforehand."""
    found: dict[str, tuple[float, float]] = {role: (float(i), float(o)) for role, (i, o) in TOKENS.items()}
    for role in found:
        own = [r for r in replies if r.role == role and r.tokens_in]
        if own:
            found[role] = (sum(r.tokens_in for r in own) / len(own), sum(r.tokens_out for r in own) / len(own))
    return found


def cost(tokens: tuple[float, float], price: tuple[float, float] | None) -> float | None:
    """What tokens cost, in US dollars; None where no price is known."""
    return None if price is None else (tokens[0] * price[0] + tokens[1] * price[1]) / _MILLION
