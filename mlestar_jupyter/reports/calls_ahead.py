"""Tokens and money of the calls that a chat model will be asked for.

Tokens are those of the prompts of a table with 20 columns, at four characters a token, until a role has been asked in
this run: then its own mean counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlestar_jupyter.core.journal import ReplyRecord

TOKENS = {
    "retriever": (750, 800), "initial": (2100, 500), "merger": (1800, 500), "data_usage": (2100, 250),
    "leakage": (2000, 60), "debugger": (2000, 400), "ablation": (2000, 600), "summariser": (800, 200),
    "extractor": (1200, 120), "planner": (1200, 100), "coder": (1150, 400), "ensemble_planner": (1400, 100),
    "ensembler": (1300, 350),
}  # fmt: skip
"""Tokens in and out of a call by role; out is without what a model thinks to itself."""
_MILLION = 1_000_000


def tokens_of(calls: Mapping[str, int], each: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """Tokens in and out of calls by role."""
    pairs = [(n * each[role][0], n * each[role][1]) for role, n in calls.items()]
    return sum(p[0] for p in pairs), sum(p[1] for p in pairs)


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
