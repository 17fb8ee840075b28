"""What an ablation found: the impact of every component, the noise floor, and what goes together."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.checks.importance import Importance
from mlestar_jupyter.core.blocks import PIPELINE_BLOCKS
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.statistics import TestResult
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.view import View
from mlestar_jupyter.phases.ablation.components import Kind

if TYPE_CHECKING:
    import pandas as pd

Label = Literal[
    "HIGH", "MEDIUM", "LOW", "NOISE", "HURTS", "FAILS WITHOUT", "NEUTRAL ALREADY", "NOT MEASURED", "OTHER FOLDS"
]
SIGNIFICANT, HIGH, MEDIUM = 0.05, 0.02, 0.005
MATTERING = ("HIGH", "MEDIUM", "LOW")


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
        if self.p_adjusted >= SIGNIFICANT:
            return "○ no interaction beyond noise"
        return "▲ each covers for the other" if self.test.mean > 0 else "▲ they work together only"


def label_of(mean: float, p_adjusted: float, relative: float, floor: NoiseFloor | None) -> Label:
    """Label an impact: significant, larger than what a seed changes, and how large."""
    if p_adjusted >= SIGNIFICANT or (floor is not None and abs(mean) <= floor.bound):
        return "NOISE"
    if mean < 0:
        return "HURTS"
    if relative >= HIGH:
        return "HIGH"
    return "MEDIUM" if relative >= MEDIUM else "LOW"


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
    """Which columns matter to the solution."""
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
        mattering = [b for b, i in whole.items() if i.label in (*MATTERING, "FAILS WITHOUT")]
        return tuple(dict.fromkeys([*reversed(better), *mattering, *whole]))

    @property
    def suggested(self) -> dict[str, object]:
        """Settings to spell out in the refinement cell: where a chat model chooses the blocks, none."""
        return {} if self.summary_text else {"blocks": list(self.ranking[:3])}

    def sentence(self) -> str:
        """What to do next, and why."""
        strong = [i for i in self.blocks_by_impact.values() if i.label in MATTERING]
        if not strong:
            first = ", ".join(self.ranking[:2])
            whole = self.blocks_by_impact.values()
            left_out = [i for i in whole if i.label == "NOT MEASURED"]
            if left_out and len(left_out) == sum(i.label != "NEUTRAL ALREADY" for i in whole):
                return f"No block was measured ({left_out[0].note}): begin with {first}."
            if left_out:
                unknown = f"{len(left_out)} of {len(whole)} blocks were not measured, and no other is beyond the noise"
                return f"{unknown}: refine {first} first."
            return f"No block's impact is beyond the noise of the folds: refine {first} first."
        top = strong[0]
        share = "" if top.relative is None else f" ({100 * top.relative:.1f} % of the score)"
        return f"Refine {top.block} first: replacing it costs the most{share}."

    @property
    def saved(self) -> float:
        """Share of the full design's fits that early decisions saved."""
        return 1 - self.fits / self.fits_of_full_design if self.fits_of_full_design else 0.0

    @property
    def summary(self) -> str:
        """What to do next, and on how many folds it was measured."""
        folds = len(self.reference.fold_scores)
        return f"{self.sentence()} Reference: {self.metric.label} {number(self.reference.score)} over {folds} folds."

    def view(self) -> View:
        """Show the recommendation, the chart and what columns matter; the tables unfold."""
        from mlestar_jupyter.phases.ablation.view import ablation_view

        return ablation_view(self)

    def to_dict(self) -> dict[str, object]:
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
