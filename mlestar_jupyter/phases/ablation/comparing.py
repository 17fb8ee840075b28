"""Comparing a solution with its variants on the same repeated folds, until each comparison is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, need_score
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.sequential import is_decided
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult, corrected_t_test, holm
from mlestar_jupyter.phases.ablation.components import Component, replaced_blocks
from mlestar_jupyter.phases.ablation.result import Impact, NoiseFloor, label_of

_OTHERS = ("alternative", "variant")  # something else in a part's place, and not the part left out


@dataclass
class Comparisons:
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
        return corrected_t_test(losses, self.reference.n_train, self.reference.n_test, most=self.metric.most_gain)

    def tests(self, components: Sequence[Component]) -> dict[str, tuple[TestResult, float]]:
        """Test each component that was scored, the seeds left out; with the p-value by Holm."""
        names = [c.name for c in components if c.kind != "seed" and c.name in self.scored]
        tests = [self.test(self.losses(n)) for n in names]
        adjusted = holm([t.p_value for t in tests])
        return {n: (t, p) for n, t, p in zip(names, tests, adjusted, strict=True)}


def impacts_of(
    context: Context, solution: Solution, names: Sequence[str], variants: Sequence[Component] = ()
) -> list[Impact]:
    """One look at what each block, and each of the model's variants, is worth in another solution."""
    components = [*replaced_blocks(context, solution, names), *(v for v in variants if not v.fault)]
    return labelled(components, compare(context, solution, components, 1), None)


def compare(
    context: Context, solution: Solution, components: Sequence[Component], repeats: int, *, stop_early: bool = True
) -> Comparisons:
    """Compare all on one repeat of the folds, then what is not decided on two, while the budget lasts."""
    label, reason = "the solution", "the reference of the ablation"
    reference = context.candidate(solution, label, reason, "ablation", parent=solution)
    variants = {c.name: candidate_of_component(context, solution, c) for c in components}
    metric, open_names = context.dataset.task.metric, list(variants)
    compared: Comparisons | None = None
    for look in range(1, repeats + 1):
        done = 0 if compared is None else len(compared.reference.fold_scores)
        if compared is not None and (not open_names or len(context.evaluator.folds(solution, look)) == done):
            break  # all is decided, or the split by time has no other folds
        asked = [reference, *(variants[n] for n in open_names)]
        found = context.evaluator.evaluate(asked, context.budget, repeats=look, at_least=0 if compared else 1)
        if compared is not None and len(found) < len(asked):
            break  # time was up within the look
        compared = _take_up(compared or Comparisons(metric, need_score(found[0])), open_names, found, look)
        tests = compared.tests(components)
        going_on = [n for n in open_names if n in compared.scored and n not in looked_at_once(components)]
        open_names = [n for n in going_on if not (stop_early and is_decided(tests[n][0].p_value, tests[n][1]))]
    assert compared is not None
    return compared


def looked_at_once(components: Sequence[Component]) -> set[str]:
    """Components that take part in one repeat only: seeds measure the noise, and a refinement tests what it keeps."""
    return {c.name for c in components if c.kind in ("seed", "alternative")}


def _take_up(compared: Comparisons, names: Sequence[str], found: Sequence[Evaluation], look: int) -> Comparisons:
    """Take up what a look has measured."""
    compared.reference, compared.looks = need_score(found[0]), look
    for name, evaluation in zip(names, found[1:], strict=False):
        if isinstance(evaluation, Scored):
            compared.scored[name] = evaluation
        else:
            compared.failed[name] = evaluation
            compared.scored.pop(name, None)
    return compared


def candidate_of_component(context: Context, solution: Solution, component: Component) -> Candidate:
    """Put a component up for evaluation: the solution with its replacement."""
    label = component.name if component.kind in (*_OTHERS, "seed") else f"without {component.name}"
    block = component.blocks[0] if len(component.blocks) == 1 else None
    return context.candidate(
        component.solution, label, component.reason, "ablation", parent=solution, block=block, author=component.author
    )


def labelled(components: Sequence[Component], compared: Comparisons, floor: NoiseFloor | None) -> list[Impact]:
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
