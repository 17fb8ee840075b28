"""What foundation uses where one row may take only so long."""

from __future__ import annotations

from collections.abc import Sequence

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.racing import has_skill
from mlestar_jupyter.core.evaluation import Scored, best
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.numbers import number


def fast_enough(context: Context, found: Sequence[Scored]) -> tuple[Scored, str]:
    """Choose the best of those that are fast enough; where none is, the fastest of those with skill.

    Parameters
    ----------
    found : sequence of Scored
        The trivial baseline first; it is quick, and no solution for that.

    Returns
    -------
    Scored
    str
        What is not used for its speed, in a sentence; empty where all may be.
    """
    metric, latency = context.dataset.task.metric, context.latency
    top = best(found, metric)
    assert top is not None
    slow = [e for e in found if not latency.allows(e)]
    if not slow:
        return top, ""
    usable = best([e for e in found if latency.allows(e)], metric)
    if usable is None or (usable is found[0] and top is not usable):
        (usable,) = latency.usable([e for e in slow if has_skill(e, top, found[0], metric)])
        return usable, (
            f"No solution is fast enough for {latency.words}. The fastest is used: {usable.candidate.label}, of which "
            f"{latency.takes(usable)}."
        )
    leading = best(slow, metric)
    assert leading is not None
    return usable, (
        f"Too slow for {latency.words} and not used: {counted(len(slow), 'solution')}, the best of them "
        f"{leading.candidate.label} ({metric.label} {number(leading.score)}; {latency.takes(leading)})."
    )
