"""The ablation in the model's words: it is given the measured table as text, and adds no figure of its own."""

from __future__ import annotations

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.display.numbers import number, p_value, with_interval
from mlestar_jupyter.phases.ablation.result import AblationResult, Impact

_REPLACED = {
    "block": "replaced by its neutral form",
    "step": "left out",
    "alternative": "with a recipe's variant",
    "variant": "with the model's variant",
}


def findings(result: AblationResult) -> str:
    """What was measured, a line each, for a reader who sees no table."""
    score, folds = result.reference.score, len(result.reference.fold_scores)
    first = f"{result.metric.label} {number(score)} over {folds} folds ({result.metric.direction})."
    return "\n".join([first, *(_line(i) for i in result.impacts)])


def _line(impact: Impact) -> str:
    what = f"{impact.name} ({_REPLACED.get(impact.kind, impact.kind)})"
    if impact.test is None:
        return f"{what}: {impact.label.lower()}{f', {impact.note}' if impact.note else ''}."
    loss = with_interval(impact.test.mean, impact.test.low, impact.test.high, signed=True)
    adjusted = "" if impact.p_adjusted is None else f", {p_value(impact.p_adjusted)} after Holm"
    return f"{what}: loss {loss}{adjusted}, {impact.label.lower()}."


def summarized(
    context: Context, solution: Solution, result: AblationResult, earlier: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Add what the model says of a measured ablation to what it said before; unchanged without an answer."""
    text = context.planner.summarize(context.dataset.task, solution, findings(result)).strip()
    return (*earlier, text) if text else earlier
