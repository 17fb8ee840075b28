"""Ablation: what a solution loses when one of its components is replaced, on the same repeated folds: what matters?

Repeats of the cross-validation are added one by one; a comparison that is decided takes no further part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mlestar_jupyter.attempts.context import Context, Count
from mlestar_jupyter.core.blocks import BLOCKS
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.sequential import is_decided
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult, corrected_t_test, holm
from mlestar_jupyter.errors import unknown
from mlestar_jupyter.phases.ablation.components import (
    Component,
    alternatives,
    model_variants,
    pairs,
    removed_steps,
    replaced_blocks,
    reseeded,
)
from mlestar_jupyter.phases.ablation.importance import importance
from mlestar_jupyter.phases.ablation.result import AblationResult, Impact, Interaction, NoiseFloor, label_of
from mlestar_jupyter.phases.ablation.settings import AblationSettings
from mlestar_jupyter.phases.ablation.splitters import Judged, judge_splitters
from mlestar_jupyter.phases.ablation.summarizing import summarized

_OTHERS = ("alternative", "variant")  # something else in a part's place, and not the part left out
_PAIRED = 3  # of the blocks with the largest impacts, each two are replaced at once
_DRAWS = 3
_SHARE_OF_COLUMNS = 0.15  # of the time, for the view by columns


@dataclass
class _Comparisons:
    """A reference and its variants so far, by name."""

    metric: Metric
    reference: Scored
    looks: int = 0
    scored: dict[str, Scored] = field(default_factory=dict)
    failed: dict[str, Failed] = field(default_factory=dict)

    def losses(self, name: str) -> np.ndarray:
        """What a variant loses, fold by fold, on the folds that both have."""
        both = zip(self.reference.fold_scores, self.scored[name].fold_scores, strict=False)
        return np.array([self.metric.gain(ours, theirs) for ours, theirs in both])

    def test(self, losses: np.ndarray) -> TestResult:
        """Test whether the mean loss differs from 0."""
        return corrected_t_test(losses, self.reference.n_train, self.reference.n_test)

    def tests(self, components: Sequence[Component]) -> dict[str, tuple[TestResult, float]]:
        """Test each component that was scored, the seeds left out; with the p-value by Holm."""
        names = [c.name for c in components if c.kind != "seed" and c.name in self.scored]
        tests = [self.test(self.losses(n)) for n in names]
        adjusted = holm([t.p_value for t in tests])
        return {n: (t, p) for n, t, p in zip(names, tests, adjusted, strict=True)}


def run(context: Context, settings: AblationSettings) -> AblationResult:
    """Replace one component at a time and measure what is lost."""
    for name in settings.blocks:
        if name not in BLOCKS:
            raise unknown("block", name, BLOCKS)
    present, score = context.solution()
    solution = present.single()
    names = [b for b in settings.blocks if b in solution.blocks and b != "validation"]
    components = _components(context, solution, names, settings)
    left = context.budget.seconds_left()
    allowed = None if left is None else _SHARE_OF_COLUMNS * left
    columns = importance(context, solution, allowed) if settings.importance else None
    fitting = len(components) if present.members else context.affordable(score, len(components))
    most = context.measured(Count, lambda: Count(fitting)).value
    able, faulty = [c for c in components if not c.fault], [c for c in components if c.fault]
    measured, missed = able[:most], able[most:]
    repeats = settings.repeats if most else 1
    compared = _compare(context, solution, measured, repeats, stop_early=settings.stop_early)
    floor = _noise_floor(solution, measured, compared, settings)
    impacts = _impacts(measured, compared, floor)
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
    repeated = [e for name, e in compared.scored.items() if name not in _looked_at_once(measured)]
    fits = sum(len(e.fold_scores) for e in repeated)
    full = len(repeated) * len(context.evaluator.folds(solution, settings.repeats))
    result = AblationResult(
        impacts, compared.reference, compared.metric, compared.looks, floor, interactions, fits, full, columns
    )
    return replace(result, summary_text="".join(summarized(context, solution, result)))


def impacts_of(
    context: Context, solution: Solution, names: Sequence[str], variants: Sequence[Component] = ()
) -> list[Impact]:
    """One look at what each block, and each of the model's variants, is worth in another solution."""
    components = [*replaced_blocks(context, solution, names), *(v for v in variants if not v.fault)]
    return _impacts(components, _compare(context, solution, components, 1), None)


def _components(
    context: Context, solution: Solution, names: Sequence[str], settings: AblationSettings
) -> list[Component]:
    """What to replace, in the order in which a short time is spent; the same solution counts once."""
    found = replaced_blocks(context, solution, names)
    if settings.steps:
        found += removed_steps(context, solution, names)
    if settings.noise_floor:
        found += reseeded(solution, context.seed)
    if settings.alternatives:
        found += alternatives(context, solution, names)
        found += model_variants(context, solution, names, ())
    first = {c.solution.id: c for c in reversed(found)}
    return [c for c in found if first[c.solution.id] is c]


def _compare(
    context: Context, solution: Solution, components: Sequence[Component], repeats: int, *, stop_early: bool = True
) -> _Comparisons:
    """Compare all on one repeat of the folds, then what is not decided on two, while the budget lasts."""
    label, reason = "the solution", "the reference of the ablation"
    reference = context.candidate(solution, label, reason, "ablation", parent=solution)
    variants = {c.name: _candidate(context, solution, c) for c in components}
    metric, open_names = context.dataset.task.metric, list(variants)
    compared: _Comparisons | None = None
    for look in range(1, repeats + 1):
        done = 0 if compared is None else len(compared.reference.fold_scores)
        if compared is not None and (not open_names or len(context.evaluator.folds(solution, look)) == done):
            break  # all is decided, or the split by time has no other folds
        asked = [reference, *(variants[n] for n in open_names)]
        found = context.evaluator.evaluate(asked, context.budget, repeats=look, at_least=0 if compared else 1)
        if compared is not None and len(found) < len(asked):
            break  # time was up within the look
        compared = _take_up(compared or _Comparisons(metric, _need(found[0])), open_names, found, look)
        tests = compared.tests(components)
        going_on = [n for n in open_names if n in compared.scored and n not in _looked_at_once(components)]
        open_names = [n for n in going_on if not (stop_early and is_decided(tests[n][0].p_value, tests[n][1]))]
    assert compared is not None
    return compared


def _looked_at_once(components: Sequence[Component]) -> set[str]:
    """Components that take part in one repeat only: seeds measure the noise, and a refinement tests what it keeps."""
    return {c.name for c in components if c.kind in ("seed", "alternative")}


def _take_up(compared: _Comparisons, names: Sequence[str], found: Sequence[Evaluation], look: int) -> _Comparisons:
    """Take up what a look has measured."""
    compared.reference, compared.looks = _need(found[0]), look
    for name, evaluation in zip(names, found[1:], strict=False):
        if isinstance(evaluation, Scored):
            compared.scored[name] = evaluation
        else:
            compared.failed[name] = evaluation
            compared.scored.pop(name, None)
    return compared


def _need(evaluation: Evaluation) -> Scored:
    if isinstance(evaluation, Failed):
        raise TypeError(f"the solution that was scored before failed now: {evaluation.reason}")
    return evaluation


def _candidate(context: Context, solution: Solution, component: Component) -> Candidate:
    label = component.name if component.kind in (*_OTHERS, "seed") else f"without {component.name}"
    block = component.blocks[0] if len(component.blocks) == 1 else None
    return context.candidate(
        component.solution, label, component.reason, "ablation", parent=solution, block=block, author=component.author
    )


def _noise_floor(
    solution: Solution, components: Sequence[Component], compared: _Comparisons, settings: AblationSettings
) -> NoiseFloor | None:
    """What other seeds change; None where it was not measured."""
    seeds = [c.name for c in components if c.kind == "seed" and c.name in compared.scored]
    if not settings.noise_floor or (not seeds and reseeded(solution, 0)):
        return None
    return NoiseFloor(tuple(float(compared.losses(name).mean()) for name in seeds))


def _impacts(components: Sequence[Component], compared: _Comparisons, floor: NoiseFloor | None) -> list[Impact]:
    """Label every component, and order by impact; what fails without one comes first."""
    tests, score = compared.tests(components), abs(compared.reference.score)
    found = []
    for component in (c for c in components if c.kind != "seed"):
        name, block, kind = component.name, component.blocks[0], component.kind
        if name in tests:
            test, p = tests[name]
            relative = test.mean / score if score else 0.0
            label = label_of(test.mean, p, relative, floor)
            variant = compared.scored[name]
            found.append(Impact(name, block, kind, test, p, relative, label, len(variant.fold_scores)))
        elif name in compared.failed:
            note = compared.failed[name].reason
            label = "NOT MEASURED" if kind in _OTHERS else "FAILS WITHOUT"
            found.append(Impact(name, block, kind, label=label, note=note))
    return sorted(found, key=lambda i: -np.inf if i.test is None else -i.test.mean)


def _interactions(
    context: Context,
    solution: Solution,
    components: Sequence[Component],
    compared: _Comparisons,
    impacts: Sequence[Impact],
) -> list[Interaction]:
    """Replace each two of the leading blocks at once: is the loss the sum of the two?

    Those within the noise take part: of two that cover for each other, neither matters alone.
    """
    leading = [i.name for i in impacts if i.kind == "block" and i.name in compared.scored][:_PAIRED]
    blocks = {c.name: c for c in components if c.kind == "block"}
    wanted = pairs(solution, [blocks[name] for name in leading])
    fitting = context.affordable(compared.reference, len(wanted))
    most = context.measured(Count, lambda: Count(fitting)).value
    found = context.evaluator.evaluate([_candidate(context, solution, p) for p in wanted[:most]], context.budget)
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


def _ensemble(score: Scored, compared: _Comparisons) -> Impact:
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
    judged = judgement.value or judge_splitters(context, solution, plain, _DRAWS)
    if judged is None:
        note = "the solution could not be scored on a part of the rows in the time left"
        return Impact("validation", "validation", "block", label="NOT MEASURED", note=note)
    judgement.keep(judged)
    ours, theirs = judged.miss(judged.ours), judged.miss(judged.plain)
    label, draws = context.dataset.task.metric.label, len(judged.untouched)
    note = (
        f"{label} on a quarter of the rows kept apart ({draws} draw{'s' * (draws > 1)}): "
        f"these folds missed it by {ours:.3g}, plain k-fold by {theirs:.3g}"
    )
    return Impact("validation", "validation", "block", label="OTHER FOLDS", note=note)
