"""Ablation: every block against its neutral replacement on the same repeated folds: which part matters?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlestar_jupyter.core.blocks import BLOCKS, PIPELINE_BLOCKS
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.statistics import TestResult, corrected_t_test, holm
from mlestar_jupyter.display.figures import interval_figure
from mlestar_jupyter.display.numbers import p_value, with_interval
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.errors import unknown
from mlestar_jupyter.phases.base import Context, Count, Result
from mlestar_jupyter.phases.settings import AblationSettings

if TYPE_CHECKING:
    import pandas as pd

Label = Literal["HIGH", "MEDIUM", "LOW", "NOISE", "FAILS WITHOUT", "NEUTRAL ALREADY", "NOT MEASURED", "OTHER FOLDS"]
_WORDS: dict[Label, str] = {
    "HIGH": "▲ high",
    "MEDIUM": "▲ medium",
    "LOW": "▲ low",
    "NOISE": "○ within the noise",
    "FAILS WITHOUT": "▲ fails without it",
    "NEUTRAL ALREADY": "– neutral already",
    "NOT MEASURED": "– not measured",
    "OTHER FOLDS": "– other folds",
}
_SIGNIFICANT, _HIGH, _MEDIUM = 0.05, 0.02, 0.005


@dataclass(frozen=True)
class Impact:
    """What a block is worth: how much the score falls when it is replaced by its neutral form.

    Parameters
    ----------
    block : str
    test : TestResult or None
        Of the paired differences, positive where the block helps; None where none could be made.
    p_adjusted : float or None
        Holm-adjusted over the blocks tested.
    relative : float or None
        Mean difference as a share of the score.
    label : str
    note : str
    """

    block: str
    test: TestResult | None
    p_adjusted: float | None
    relative: float | None
    label: Label
    note: str = ""


@dataclass(eq=False, repr=False)
class AblationResult(Result):
    """The impact of every block, the largest first."""

    phase = "ablation"
    impacts: list[Impact]
    reference: Scored
    metric: Metric
    repeats: int

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a block."""
        import pandas as pd

        rows = []
        for impact in self.impacts:
            test = impact.test
            rows.append(
                {
                    "block": impact.block,
                    "label": impact.label,
                    "impact": None if test is None else test.mean,
                    "low": None if test is None else test.low,
                    "high": None if test is None else test.high,
                    "impact %": None if impact.relative is None else 100 * impact.relative,
                    "p": None if test is None else test.p_value,
                    "p (Holm)": impact.p_adjusted,
                    "note": impact.note,
                }
            )
        numbers = ["impact", "low", "high", "impact %", "p", "p (Holm)"]
        return pd.DataFrame(rows).astype(dict.fromkeys(numbers, float))

    @property
    def ranking(self) -> tuple[str, ...]:
        """Blocks worth refining: those that matter most first, then those that add nothing yet."""
        refinable = [i for i in self.impacts if i.block in PIPELINE_BLOCKS]
        mattering = [i.block for i in refinable if i.label in ("HIGH", "MEDIUM", "LOW", "FAILS WITHOUT")]
        others = [i.block for i in refinable if i.block not in mattering]
        return (*mattering, *others)

    @property
    def suggested(self) -> dict[str, object]:
        """Settings to spell out in the refinement cell."""
        return {"blocks": list(self.ranking[:3])}

    def sentence(self) -> str:
        """What to do next, and why."""
        strong = [i for i in self.impacts if i.label in ("HIGH", "MEDIUM", "LOW")]
        if not strong:
            return (
                "No block's impact is beyond the noise of the folds: refine " + ", ".join(self.ranking[:2]) + " first."
            )
        top = strong[0]
        share = "" if top.relative is None else f" ({100 * top.relative:.1f} % of the score)"
        return f"Dig at {top.block} first: replacing it costs the most{share}."

    @property
    def summary(self) -> str:
        """What to do next, and on how many folds it was measured."""
        folds = len(self.reference.fold_scores)
        return f"{self.sentence()} Reference: {self.metric.label} {self.reference.score:.4g} over {folds} folds."

    def view(self) -> View:
        """Show the chart, the table and the recommendation."""
        drawn = [i for i in self.impacts if i.test is not None]
        tests = [i.test for i in drawn if i.test is not None]
        figure = interval_figure(
            [f"{i.block}: {_WORDS[i.label][2:]}" for i in drawn],
            [t.mean for t in tests],
            [t.low if np.isfinite(t.low) else t.mean for t in tests],
            [t.high if np.isfinite(t.high) else t.mean for t in tests],
            x_label=f"loss of {self.metric.label} when the block is replaced by its neutral form",
            strong=[i.label in ("HIGH", "MEDIUM", "LOW") for i in drawn],
            zero=True,
        )
        alt = "; ".join(f"{i.block} {t.mean:.3g} ({_WORDS[i.label][2:]})" for i, t in zip(drawn, tests, strict=True))
        folds = len(self.reference.fold_scores)
        text = "The loss when a block is replaced by its neutral form (filled: beyond the noise of the folds)."
        method = (
            f"Same {folds} folds for all; corrected resampled t-test (Nadeau & Bengio), p adjusted by Holm. "
            f"High, medium and low impacts are significant at {_SIGNIFICANT:g} and at least {_HIGH:.0%} of the score, "
            f"at least {_MEDIUM:.1%}, and below; one within the noise is not significant."
        )
        sections = (
            Section("What each block is worth", text, self._shown(), figure, alt),
            Section("How it was measured", method, folded=True),
        )
        return View("Ablation", self.summary, sections)

    def _shown(self) -> pd.DataFrame:
        """The table for reading: labels in words, a value together with its interval."""
        import pandas as pd

        rows = []
        for i in self.impacts:
            row: dict[str, object] = {"block": i.block, "impact": _WORDS[i.label]}
            row["loss without it [95 %]"] = (
                None if i.test is None else with_interval(i.test.mean, i.test.low, i.test.high, signed=True)
            )
            row["of the score"] = None if i.relative is None else f"{i.relative:+.2%}"
            row["after Holm"] = None if i.p_adjusted is None else p_value(i.p_adjusted)
            rows.append(row | {"note": i.note})
        table = pd.DataFrame(rows, dtype=object)
        return table if any(i.note for i in self.impacts) else table.drop(columns="note")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        impacts = [
            {
                "block": i.block,
                "label": i.label,
                "impact": None if i.test is None else i.test.mean,
                "low": None if i.test is None else i.test.low,
                "high": None if i.test is None else i.test.high,
                "p": None if i.test is None else i.test.p_value,
                "p_holm": i.p_adjusted,
                "note": i.note,
            }
            for i in self.impacts
        ]
        return {"phase": self.phase, "reference": self.reference.candidate.id, "impacts": impacts}


def run(context: Context, settings: AblationSettings) -> AblationResult:
    """Replace one block at a time and measure what is lost.

    Repeats of the cross-validation are added one by one, so that a time limit leaves fewer repeats of all
    blocks rather than all repeats of a few.
    """
    for name in settings.blocks:
        if name not in BLOCKS:
            raise unknown("block", name, BLOCKS)
    present, score = context.solution()
    solution = present.single()
    names = [b for b in settings.blocks if b in solution.blocks and b != "validation"]
    neutral = {b: solution.with_block(b, context.planner.neutral(context.dataset.task, solution, b)) for b in names}
    changed = {b: s for b, s in neutral.items() if s.id != solution.id}
    label = "the solution"
    candidates = [context.candidate(solution, label, "the reference of the ablation", "ablation", parent=solution)]
    for block, other in changed.items():
        reason = f"{block} replaced by its neutral form"
        candidates.append(
            context.candidate(other, f"without {block}", reason, "ablation", parent=solution, block=block)
        )
    fitting = len(changed) if present.members else context.affordable(score, len(changed))
    most = 1 + context.measured("blocks", Count, lambda: Count(fitting)).value
    evaluations, repeats = _repeat(context, candidates[:most], settings.repeats if most > 1 else 1)
    reference = evaluations[0]
    if isinstance(reference, Failed):
        raise TypeError(f"the solution that was scored before failed now: {reference.reason}")
    metric = context.dataset.task.metric
    impacts = _impacts(dict(zip(changed, evaluations[1:], strict=False)), reference, metric)
    for block in list(changed)[len(evaluations) - 1 :]:
        impacts.append(Impact(block, None, None, None, "NOT MEASURED", "the time left was too short"))
    for block in names:
        if block not in changed:
            impacts.append(Impact(block, None, None, None, "NEUTRAL ALREADY", "the block is in its neutral form"))
    if "validation" in settings.blocks:
        impacts.append(_other_folds(context, reference))
    return AblationResult(impacts, reference, metric, repeats)


def _repeat(context: Context, candidates: Sequence[Any], repeats: int) -> tuple[list[Scored | Failed], int]:
    """Evaluate all candidates on one repeat, then on two, while the budget lasts."""
    evaluations = context.evaluator.evaluate(candidates, repeats=1, at_least=1)
    done = 1
    for wanted in range(2, repeats + 1):
        if len(evaluations) < len(candidates) or context.budget.exhausted():
            break
        more = context.evaluator.evaluate(candidates, repeats=wanted)
        if len(more) < len(candidates):
            break
        evaluations, done = more, wanted
    return evaluations, done


def _impacts(replaced: dict[str, Scored | Failed], reference: Scored, metric: Metric) -> list[Impact]:
    """Test every block's paired differences, and order by impact."""
    tests = {
        block: corrected_t_test(
            [metric.gain(ours, theirs) for ours, theirs in zip(reference.fold_scores, e.fold_scores, strict=True)],
            reference.n_train,
            reference.n_test,
        )
        for block, e in replaced.items()
        if isinstance(e, Scored)
    }
    adjusted = dict(zip(tests, holm([t.p_value for t in tests.values()]), strict=True))
    found = []
    for block, evaluation in replaced.items():
        if isinstance(evaluation, Failed):
            found.append(Impact(block, None, None, None, "FAILS WITHOUT", evaluation.reason))
            continue
        test = tests[block]
        relative = test.mean / abs(reference.score) if reference.score else 0.0
        found.append(Impact(block, test, adjusted[block], relative, _label(adjusted[block], relative)))
    return sorted(found, key=lambda i: -np.inf if i.test is None else -i.test.mean)


def _label(p_adjusted: float, relative: float) -> Label:
    if p_adjusted >= _SIGNIFICANT:
        return "NOISE"
    if abs(relative) >= _HIGH:
        return "HIGH"
    return "MEDIUM" if abs(relative) >= _MEDIUM else "LOW"


def _other_folds(context: Context, reference: Scored) -> Impact:
    """What a plain k-fold would have claimed: other folds, so a comparison of estimates and no test."""
    solution = reference.candidate.solution
    neutral = solution.with_block("validation", context.planner.neutral(context.dataset.task, solution, "validation"))
    if neutral.blocks["validation"] == solution.blocks["validation"]:
        return Impact("validation", None, None, None, "NEUTRAL ALREADY", "the folds are plain k-fold already")
    candidate = context.candidate(
        neutral,
        "plain k-fold",
        "what a random split would have claimed",
        "ablation",
        parent=solution,
        block="validation",
    )
    found = context.evaluator.evaluate([candidate])
    if not found or isinstance(found[0], Failed):
        note = found[0].reason if found and isinstance(found[0], Failed) else "not measured: the budget was used up"
        return Impact("validation", None, None, None, "OTHER FOLDS", note)
    metric = context.dataset.task.metric
    gap = metric.gain(found[0].score, reference.score)
    note = f"plain k-fold would claim {found[0].score:.4g}: {'better' if gap > 0 else 'worse'} by {abs(gap):.3g}"
    return Impact("validation", None, None, None, "OTHER FOLDS", note)
