"""What an ablation found: the impact of every component, the noise floor, and what goes together."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlestar_jupyter.attempts.context import Result
from mlestar_jupyter.checks.importance import Importance
from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.statistics import TestResult
from mlestar_jupyter.display.figures import interval_figure
from mlestar_jupyter.display.numbers import p_value, with_interval
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.phases.ablation.components import Kind
from mlestar_jupyter.phases.ablation.importance import importance_sections

if TYPE_CHECKING:
    import pandas as pd

Label = Literal[
    "HIGH", "MEDIUM", "LOW", "NOISE", "HURTS", "FAILS WITHOUT", "NEUTRAL ALREADY", "NOT MEASURED", "OTHER FOLDS"
]
_WORDS: dict[Label, str] = {
    "HIGH": "▲ high",
    "MEDIUM": "▲ medium",
    "LOW": "▲ low",
    "NOISE": "○ within the noise",
    "HURTS": "▼ better replaced",
    "FAILS WITHOUT": "▲ fails without it",
    "NEUTRAL ALREADY": "– neutral already",
    "NOT MEASURED": "– not measured",
    "OTHER FOLDS": "– judged by untouched rows",
}
_SIGNIFICANT, _HIGH, _MEDIUM = 0.05, 0.02, 0.005
_MATTERING = ("HIGH", "MEDIUM", "LOW")


@dataclass(frozen=True)
class NoiseFloor:
    """What other seeds change in the same solution.

    Parameters
    ----------
    changes : tuple of float
        Mean difference for each other seed, in the metric's own unit; empty where nothing is drawn at random.
    """

    changes: tuple[float, ...]

    @property
    def bound(self) -> float:
        """Twice the root mean square: what seeds alone change is mostly smaller. 0 where nothing is drawn."""
        return 2 * float(np.sqrt(np.mean(np.square(self.changes)))) if self.changes else 0.0


@dataclass(frozen=True)
class Impact:
    """What a component is worth: how much the score falls when it is replaced.

    Parameters
    ----------
    name : str
        Of the component: a block, a step of one ("features: ratios"), or an alternative.
    block : str
    kind : str
    test : TestResult or None
        Of the paired differences, positive where the component helps; None where none could be made.
    p_adjusted : float or None
        Holm-adjusted over the components tested.
    relative : float or None
        Mean difference as a share of the score.
    label : str
    folds : int
        That it was compared on: more where it was hard to decide.
    note : str
    """

    name: str
    block: str
    kind: Kind = "block"
    test: TestResult | None = None
    p_adjusted: float | None = None
    relative: float | None = None
    label: Label = "NOISE"
    folds: int = 0
    note: str = ""


@dataclass(frozen=True)
class Interaction:
    """What two blocks replaced at once lose beyond the sum of what each loses alone.

    Parameters
    ----------
    test : TestResult
        Of that difference: positive where one covers for the other, negative where they only work together.
    p_adjusted : float
        Holm-adjusted over the pairs.
    """

    first: str
    second: str
    test: TestResult
    p_adjusted: float

    @property
    def verdict(self) -> str:
        """What it says, in words."""
        if self.p_adjusted >= _SIGNIFICANT:
            return "○ no interaction beyond noise"
        return "▲ each covers for the other" if self.test.mean > 0 else "▲ they work together only"


def label_of(mean: float, p_adjusted: float, relative: float, floor: NoiseFloor | None) -> Label:
    """Label an impact: significant, larger than what a seed changes, and how large."""
    if p_adjusted >= _SIGNIFICANT or (floor is not None and abs(mean) <= floor.bound):
        return "NOISE"
    if mean < 0:
        return "HURTS"
    if relative >= _HIGH:
        return "HIGH"
    return "MEDIUM" if relative >= _MEDIUM else "LOW"


@dataclass(eq=False, repr=False)
class AblationResult(Result):
    """The impact of every component, the largest first."""

    phase = "ablation"
    impacts: list[Impact]
    reference: Scored
    metric: Metric
    repeats: int
    floor: NoiseFloor | None = None
    interactions: list[Interaction] = field(default_factory=list)
    fits: int = 0
    """Fits of the variants."""
    fits_of_full_design: int = 0
    """Fits that all comparisons on all repeats would have taken."""
    importance: Importance | None = None
    """Which columns the solution leans on."""
    summary_text: str = ""
    """What a chat model makes of the measured impacts, in its words."""

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a component."""
        import pandas as pd

        rows = [
            {
                "component": i.name,
                "block": i.block,
                "kind": i.kind,
                "label": i.label,
                "impact": None if i.test is None else i.test.mean,
                "low": None if i.test is None else i.test.low,
                "high": None if i.test is None else i.test.high,
                "impact %": None if i.relative is None else 100 * i.relative,
                "p": None if i.test is None else i.test.p_value,
                "p (Holm)": i.p_adjusted,
                "folds": i.folds,
                "note": i.note,
            }
            for i in self.impacts
        ]
        numbers = ["impact", "low", "high", "impact %", "p", "p (Holm)"]
        return pd.DataFrame(rows).astype(dict.fromkeys(numbers, float))

    @property
    def blocks_by_impact(self) -> dict[str, Impact]:
        """The impact of every block of the pipeline as a whole, the largest first."""
        return {i.block: i for i in self.impacts if i.kind == "block" and i.block in PIPELINE_BLOCKS}

    @property
    def ranking(self) -> tuple[str, ...]:
        """Blocks worth refining: those that matter most first, then those that add nothing yet.

        A block for which an alternative is better beyond noise comes before all others.
        """
        whole = self.blocks_by_impact
        better = [i.block for i in self.impacts if i.kind in ("alternative", "variant") and i.label == "HURTS"]
        mattering = [b for b, i in whole.items() if i.label in (*_MATTERING, "FAILS WITHOUT")]
        return tuple(dict.fromkeys([*reversed(better), *mattering, *whole]))

    @property
    def suggested(self) -> dict[str, object]:
        """Settings to spell out in the refinement cell: where a chat model chooses the blocks, none."""
        return {} if self.summary_text else {"blocks": list(self.ranking[:3])}

    def sentence(self) -> str:
        """What to do next, and why."""
        strong = [i for i in self.blocks_by_impact.values() if i.label in _MATTERING]
        if not strong:
            first = ", ".join(self.ranking[:2])
            whole = self.blocks_by_impact.values()
            left_out = sum(i.label == "NOT MEASURED" for i in whole)
            if left_out:
                unknown = f"{left_out} of {len(whole)} blocks were not measured, and no other is beyond the noise"
                return f"{unknown}: refine {first} first."
            return f"No block's impact is beyond the noise of the folds: refine {first} first."
        top = strong[0]
        share = "" if top.relative is None else f" ({100 * top.relative:.1f} % of the score)"
        return f"Dig at {top.block} first: replacing it costs the most{share}."

    @property
    def saved(self) -> float:
        """Share of the full design's fits that early decisions saved."""
        return 1 - self.fits / self.fits_of_full_design if self.fits_of_full_design else 0.0

    @property
    def summary(self) -> str:
        """What to do next, and on how many folds it was measured."""
        folds = len(self.reference.fold_scores)
        return f"{self.sentence()} Reference: {self.metric.label} {self.reference.score:.4g} over {folds} folds."

    def view(self) -> View:
        """Show the recommendation, the chart and what columns matter; the tables unfold."""
        drawn = [i for i in self.impacts if i.test is not None]
        tests = [i.test for i in drawn if i.test is not None]
        figure = interval_figure(
            [f"{i.name}: {_WORDS[i.label][2:]}" for i in drawn],
            [t.mean for t in tests],
            [t.low if np.isfinite(t.low) else t.mean for t in tests],
            [t.high if np.isfinite(t.high) else t.mean for t in tests],
            x_label=f"loss of {self.metric.label} when the component is replaced",
            strong=[i.label in (*_MATTERING, "HURTS") for i in drawn],
            zero=True,
        )
        alt = "; ".join(f"{i.name} {t.mean:.3g} ({_WORDS[i.label][2:]})" for i, t in zip(drawn, tests, strict=True))
        text = (
            "The loss when a block is replaced by its neutral form, a step is left out, or an alternative stands in "
            "(filled: beyond the noise)."
        )
        sections = [Section("What each component is worth", text, figure=figure, alt=alt)]
        if self.summary_text:
            sections.append(Section("In the model's words", self.summary_text))
        if self.interactions:
            sections.append(self._pairs_section())
        sections.append(Section(f"All {len(self.impacts)} components, with p-values", table=self._shown(), folded=True))
        sections.append(Section("How it was measured", self._method(), folded=True))
        if self.importance is not None:
            sections += importance_sections(self.importance, self.metric)
        return View("Ablation", self.summary, tuple(sections))

    def _method(self) -> str:
        """How the figures came about."""
        if self.floor is None:
            floor = "The noise floor was not measured. "
        elif self.floor.changes:
            floor = f"Noise floor: other seeds change {self.metric.label} by up to {self.floor.bound:.2g}. "
        else:
            floor = "Noise floor: nothing in the solution is drawn at random. "
        saved = (
            ""
            if self.saved <= 0
            else (
                f"Decided comparisons stopped early: {self.fits} fits in place of {self.fits_of_full_design} "
                f"({self.saved:.0%} saved). "
            )
        )
        return (
            f"Same folds for all, {len(self.reference.fold_scores)} at most; corrected resampled t-test (Nadeau & "
            f"Bengio), p adjusted by Holm. {floor}{saved}High, medium and low impacts are significant at "
            f"{_SIGNIFICANT:g} and at least {_HIGH:.0%} of the score, at least {_MEDIUM:.1%}, and below; what is not "
            "significant, or below the noise floor, is within the noise."
        )

    def _pairs_section(self) -> Section:
        import pandas as pd

        rows = [
            {
                "blocks": f"{i.first} and {i.second}",
                "both replaced": i.verdict,
                "beyond the sum [95 %]": with_interval(i.test.mean, i.test.low, i.test.high, signed=True),
                "after Holm": p_value(i.p_adjusted),
            }
            for i in self.interactions
        ]
        text = "What two blocks lose together beyond the sum of what each loses alone."
        return Section("Do they need each other?", text, pd.DataFrame(rows, dtype=object), folded=True)

    def _shown(self) -> pd.DataFrame:
        """The table for reading: labels in words, a value together with its interval."""
        import pandas as pd

        rows = []
        for i in self.impacts:
            row: dict[str, object] = {"component": i.name, "impact": _WORDS[i.label]}
            row["loss without it [95 %]"] = (
                None if i.test is None else with_interval(i.test.mean, i.test.low, i.test.high, signed=True)
            )
            row["of the score"] = None if i.relative is None else f"{i.relative:+.2%}"
            row["after Holm"] = None if i.p_adjusted is None else p_value(i.p_adjusted)
            row["folds"] = i.folds or None
            rows.append(row | {"note": i.note})
        table = pd.DataFrame(rows, dtype=object)
        return table if any(i.note for i in self.impacts) else table.drop(columns="note")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        impacts = [
            {
                "component": i.name,
                "block": i.block,
                "kind": i.kind,
                "label": i.label,
                "impact": None if i.test is None else i.test.mean,
                "low": None if i.test is None else i.test.low,
                "high": None if i.test is None else i.test.high,
                "p": None if i.test is None else i.test.p_value,
                "p_holm": i.p_adjusted,
                "folds": i.folds,
                "note": i.note,
            }
            for i in self.impacts
        ]
        return {
            "phase": self.phase,
            "reference": self.reference.candidate.id,
            "impacts": impacts,
            "noise_floor": None if self.floor is None else self.floor.bound,
            "interactions": [asdict(i) for i in self.interactions],
            "fits": self.fits,
            "fits_of_full_design": self.fits_of_full_design,
            "summary_of_the_model": self.summary_text,
            "importance": None if self.importance is None else asdict(self.importance),
        }
