"""Crossover: what a path found for the columns, with the models of other paths and families."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlestar_jupyter.attempts.affording import FRESH_REPEATS, has_fresh_folds
from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.measuring import Count
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Scored, scored
from mlestar_jupyter.phases.refinement.result import Path

_SHARED = ("cleaning", "features")
"""Blocks that suit any model: preprocessing is made for one."""
OTHER_FAMILIES = 3
"""Whose models get the columns of a path, at most."""


def most_crossed(paths: int) -> int:
    """How many solutions so many paths may be crossed to."""
    return paths * (paths - 1 + OTHER_FAMILIES)


def cross(context: Context, paths: Sequence[Path], others: Sequence[Scored]) -> list[Scored]:
    """Score the columns of each path with the models at the ends of the others, and with those of other families.

    Parameters
    ----------
    paths : sequence of Path
    others : sequence of Scored
        The best of other families, on the same folds.

    Returns
    -------
    list of Scored
        As many as the time left is enough for; a test of the best of them still fits in.
    """
    wanted = list({c.id: c for c in _candidates(context, paths, others)}.values())
    if not wanted:
        return []
    test = 2 * FRESH_REPEATS if has_fresh_folds(context, paths[0].after.candidate.solution) else 0
    most = len(wanted) + test
    fitting = context.measured(Count, lambda: Count(context.affordable(paths[0].after, most) - test)).value
    return scored(context.evaluated(wanted[: max(0, fitting)]))


def _candidates(context: Context, paths: Sequence[Path], others: Sequence[Scored]) -> list[Candidate]:
    found = []
    for giver in paths:
        before, after = giver.before.candidate.solution, giver.after.candidate.solution
        new = {b: after.blocks[b] for b in _SHARED if after.blocks[b] != before.blocks[b]}
        takers = [*(p.after for p in paths if p is not giver), *others] if new else []
        found += [_crossed(context, giver.after.candidate, taker.candidate, new) for taker in takers]
    return [c for c in found if c.id != c.parent]


def _crossed(context: Context, giver: Candidate, taker: Candidate, blocks: Mapping[str, str]) -> Candidate:
    solution = taker.solution
    for name, source in blocks.items():
        solution = solution.with_block(name, source)
    label = f"{taker.label} with {' and '.join(blocks)} of {giver.label}"
    reason = "what helps one model may help another"
    return context.candidate(solution, label, reason, "refinement", parent=taker.solution, author=giver.author)
