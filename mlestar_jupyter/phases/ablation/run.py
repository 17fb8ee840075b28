"""Ablation: what a solution loses when one of its components is replaced, on the same repeated folds: what matters?

Repeats of the cross-validation are added one by one; a comparison that is decided takes no further part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.measuring import Count
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import holm
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.phases.ablation.comparing import (
    Comparisons,
    candidate_of_component,
    compare,
    labelled,
    looked_at_once,
)
from mlestar_jupyter.phases.ablation.components import (
    Component,
    blocks_to_replace,
    distinct,
    model_variants,
    pairs,
    recipe_components,
    reseeded,
)
from mlestar_jupyter.phases.ablation.importance import importance
from mlestar_jupyter.phases.ablation.result import AblationResult, Impact, Interaction, NoiseFloor, label_of
from mlestar_jupyter.phases.ablation.settings import AblationSettings
from mlestar_jupyter.phases.ablation.splitters import Judged, judge_splitters
from mlestar_jupyter.phases.ablation.summarizing import summarized

PAIRED = 3
"""Of so many blocks with the largest impacts, each two are replaced at once."""
DRAWS = 3
"""How often rows are drawn to judge the folds by them."""
_SHARE_OF_COLUMNS = 0.15  # of the time, for the view by columns


def run(context: Context, settings: AblationSettings) -> AblationResult:
    """Replace one component at a time and measure what is lost."""
    present, score = context.solution()
    solution = present.single()
    names = blocks_to_replace(solution, settings)
    components = _components(context, solution, names, settings)
    left = context.budget.seconds_left()
    allowed = None if left is None else _SHARE_OF_COLUMNS * left
    columns = importance(context, solution, allowed) if settings.importance else None
    fitting = len(components) if present.members else context.affordable(score, len(components))
    most = context.measured(Count, lambda: Count(fitting)).value
    able, faulty = [c for c in components if not c.fault], [c for c in components if c.fault]
    measured, missed = able[:most], able[most:]
    repeats = settings.repeats if most else 1
    compared = compare(context, solution, measured, repeats, stop_early=settings.stop_early)
    floor = _noise_floor(solution, measured, compared, settings)
    impacts = labelled(measured, compared, floor)
    impacts += [
        Impact(c.name, c.blocks[0], c.kind, label="NOT MEASURED", note="the time left was too short")
        for c in missed
        if c.kind != "seed"
    ]
    impacts += [Impact(c.name, c.blocks[0], c.kind, label="NOT MEASURED", note=c.fault) for c in faulty]
    changed = {c.name for c in components if c.kind == "block"}
    impacts += [
        Impact(n, n, "block", label="NEUTRAL ALREADY", note="the block is in its neutral form")
        for n in names
        if n not in changed
    ]
    if present.members:
        impacts.insert(0, _ensemble(score, compared))
    if "validation" in settings.blocks:
        impacts.append(_validation(context, solution))
    interactions = _interactions(context, solution, measured, compared, impacts) if settings.pairs else []
    repeated = [e for name, e in compared.scored.items() if name not in looked_at_once(measured)]
    fits = sum(len(e.fold_scores) for e in repeated)
    full = len(repeated) * len(context.evaluator.folds(solution, settings.repeats))
    result = AblationResult(
        impacts, compared.reference, compared.metric, compared.looks, floor, interactions, fits, full, columns
    )
    return replace(result, summary_text="".join(summarized(context, solution, result)))


def _components(
    context: Context, solution: Solution, names: Sequence[str], settings: AblationSettings
) -> list[Component]:
    """What to replace, the chat model's changes last; the same solution counts once."""
    found = recipe_components(context, solution, names, settings)
    if settings.alternatives:
        found += model_variants(context, solution, names, ())
    return distinct(found)


def _noise_floor(
    solution: Solution, components: Sequence[Component], compared: Comparisons, settings: AblationSettings
) -> NoiseFloor | None:
    """What other seeds change; None where it was not measured."""
    seeds = [c.name for c in components if c.kind == "seed" and c.name in compared.scored]
    if not settings.noise_floor or (not seeds and reseeded(solution, 0)):
        return None
    return NoiseFloor(tuple(float(compared.losses(name).mean()) for name in seeds))


def _interactions(
    context: Context,
    solution: Solution,
    components: Sequence[Component],
    compared: Comparisons,
    impacts: Sequence[Impact],
) -> list[Interaction]:
    """Replace each two of the leading blocks at once: is the loss the sum of the two?

    Those within the noise take part: of two that cover for each other, neither matters alone.
    """
    leading = [i.name for i in impacts if i.kind == "block" and i.name in compared.scored][:PAIRED]
    blocks = {c.name: c for c in components if c.kind == "block"}
    wanted = pairs(solution, [blocks[name] for name in leading])
    fitting = context.affordable(compared.reference, len(wanted))
    most = context.measured(Count, lambda: Count(fitting)).value
    found = context.evaluator.evaluate(
        [candidate_of_component(context, solution, p) for p in wanted[:most]], context.budget
    )
    both = {p.name: e for p, e in zip(wanted, found, strict=False) if isinstance(e, Scored)}
    compared.scored |= both
    tests = []
    for pair in wanted:
        if pair.name in both:
            first, second = pair.blocks
            folds = len(both[pair.name].fold_scores)
            more = compared.losses(pair.name) - compared.losses(first)[:folds] - compared.losses(second)[:folds]
            tests.append((first, second, compared.test(more)))
    adjusted = holm([test.p_value for _, _, test in tests])
    return [Interaction(*known, p) for known, p in zip(tests, adjusted, strict=True)]


def _ensemble(score: Scored, compared: Comparisons) -> Impact:
    """The ensemble against its lead member, on the folds that both have: no further fit."""
    lead = zip(score.fold_scores, compared.reference.fold_scores, strict=False)
    test = compared.test(np.array([compared.metric.gain(ours, theirs) for ours, theirs in lead]))
    relative = test.mean / abs(score.score) if score.score else 0.0
    label = label_of(test.mean, test.p_value, relative, None)
    note = "the ensemble replaced by its lead member; all else is about that member"
    return Impact("ensemble", "ensemble", "block", test, test.p_value, relative, label, len(score.fold_scores), note)


def _validation(context: Context, solution: Solution) -> Impact:
    """Which folds predict untouched rows better: the solution's or plain ones? A higher score is no merit of folds."""
    plain = solution.with_block("validation", context.planner.neutral(context.dataset.task, solution, "validation"))
    if plain.blocks["validation"] == solution.blocks["validation"]:
        note = "the folds are plain k-fold already"
        return Impact("validation", "validation", "block", label="NEUTRAL ALREADY", note=note)
    judgement = context.slot(Judged)
    if judgement.value is None and context.budget.exhausted():
        note = "the time left was too short"
        return Impact("validation", "validation", "block", label="NOT MEASURED", note=note)
    judged = judgement.value or judge_splitters(context, solution, plain, DRAWS)
    if judged is None:
        note = "the solution could not be scored on a part of the rows"
        return Impact("validation", "validation", "block", label="NOT MEASURED", note=note)
    judgement.keep(judged)
    ours, theirs = judged.miss(judged.ours), judged.miss(judged.plain)
    label, draws = context.dataset.task.metric.label, len(judged.untouched)
    note = (
        f"{label} on a quarter of the rows held out ({draws} draw{'s' * (draws > 1)}): "
        f"these folds missed it by {number(ours, 3)}, plain k-fold by {number(theirs, 3)}"
    )
    return Impact("validation", "validation", "block", label="OTHER FOLDS", note=note)
