"""What the ensemble phase found: the combinations with their evidence, and which one was kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.statistics import TestResult
from mlestar_jupyter.display.view import View
from mlestar_jupyter.ensembles.calibration import Calibrator, Reliability
from mlestar_jupyter.ensembles.combination import Calibration
from mlestar_jupyter.ensembles.conformal import Uncertainty
from mlestar_jupyter.phases.base import Result

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = (
    "strategy", "score", "gain", "low", "high", "p (Holm)", "folds better", "worst fold", "error correlation",
    "brier", "calibration error", "calibration", "brier after", "calibration error after",
    "stated coverage", "coverage", "size", "kept", "members",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Quality:
    """How true the probabilities are, before and after the calibration; and how sure intervals or sets are.

    Parameters
    ----------
    brier, brier_after : float or None
        None for numbers; the two are equal where no calibration is offered.
    before, after : Reliability or None
    calibrator : Calibrator or None
        The one that is offered.
    calibrations : tuple of Calibration
        What was tried.
    uncertainties : tuple of Uncertainty
        The smallest on the average first.
    """

    brier: float | None
    brier_after: float | None
    before: Reliability | None
    after: Reliability | None
    calibrator: Calibrator | None
    calibrations: tuple[Calibration, ...]
    uncertainties: tuple[Uncertainty, ...]

    def row(self) -> dict[str, object]:
        """Cells of the comparison table."""
        cells: dict[str, object] = {"calibration": self.calibrator.method if self.calibrator else ""}
        if self.before is not None and self.after is not None:
            cells |= {"brier": self.brier, "calibration error": self.before.error}
            cells |= {"brier after": self.brier_after, "calibration error after": self.after.error}
        if self.uncertainties:
            best = self.uncertainties[0]
            cells |= {"stated coverage": best.stated, "coverage": best.coverage, "size": best.size}
        return cells

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        found: dict[str, Any] = {"uncertainty": [asdict(u) for u in self.uncertainties]}
        for name, value in (("before", self.before), ("after", self.after)):
            if value is not None:
                found[f"calibration_{name}"] = {
                    "brier": self.brier if name == "before" else self.brier_after,
                    "error": value.error,
                    "predicted": value.predicted.tolist(),
                    "observed": value.observed.tolist(),
                }
        found["calibrations"] = [asdict(c) for c in self.calibrations]
        found["calibrator"] = None if self.calibrator is None else asdict(self.calibrator)  # type: ignore[call-overload]
        return found


@dataclass(frozen=True, eq=False)
class Combination:
    """One strategy with its members, its score on rows that it did not see, and its gain.

    Parameters
    ----------
    strategy : str
    members : tuple of Scored
    weights : tuple of float
        One a member, as printed in the block; empty where they are learned in every fit.
    shares : ndarray of shape (3, n_members)
        Mean, lowest and highest (5th and 95th percentile of the rows) of what each member counts for.
    fold_shares : ndarray of shape (n_folds, n_members)
    score : float
    gains : tuple of float
        Over the best single solution, fold by fold.
    test : TestResult
    p_adjusted : float
        Holm, over the strategies tried.
    correlation : float
        Mean correlation of the members' errors.
    quality : Quality
    evaluation : Scored
    learns_in_fit : bool
    alternative : tuple of float
        Other weights shown for comparison (pseudo-BMA+ beside stacking of distributions); empty for none.
    """

    strategy: str
    members: tuple[Scored, ...]
    weights: tuple[float, ...]
    shares: np.ndarray
    fold_shares: np.ndarray
    score: float
    gains: tuple[float, ...]
    test: TestResult
    p_adjusted: float
    correlation: float
    quality: Quality
    evaluation: Scored
    learns_in_fit: bool = False
    alternative: tuple[float, ...] = ()

    @property
    def label(self) -> str:
        """The strategy, and the calibration that is part of it."""
        calibrator = self.quality.calibrator
        return self.strategy if calibrator is None else f"{self.strategy}, {calibrator.method} calibration"


@dataclass(eq=False, repr=False)
class EnsembleResult(Result):
    """The combinations against the best single solution, and which one was kept."""

    phase = "ensemble"
    combinations: list[Combination]
    single: Scored
    kept: Combination | None
    metric: Metric
    diversity: pd.DataFrame
    skipped: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    quality: Quality | None = None
    """Of the best single solution."""
    choice: TestResult | None = None
    """Gain of the choice itself: in each fold, what the other folds would have chosen."""
    preferred: str = ""
    """Why a simpler combination was kept than the one that gained most; empty when it was not."""

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a strategy."""
        import pandas as pd

        first: dict[str, object] = {"strategy": "best single", "score": self.single.score}
        first["members"] = self.single.candidate.label
        rows = [first | (self.quality.row() if self.quality is not None else {})]
        for c in self.combinations:
            names = [f"{m.candidate.label} ({w:.2f})" for m, w in zip(c.members, c.shares[0], strict=True)]
            worst = min(c.gains)
            rows.append(
                {
                    "strategy": c.strategy,
                    "score": c.score,
                    "gain": c.test.mean,
                    "low": c.test.low,
                    "high": c.test.high,
                    "p (Holm)": c.p_adjusted,
                    "folds better": f"{sum(g > 0 for g in c.gains)} of {len(c.gains)}",
                    "worst fold": worst,
                    "error correlation": c.correlation,
                    **c.quality.row(),
                    "kept": "kept" if c is self.kept else "",
                    "members": ", ".join(names),
                }
            )
        return pd.DataFrame(rows).reindex(columns=list(_COLUMNS))

    def view(self) -> View:
        """Show the comparison, its evidence, and how far the members' errors agree."""
        from mlestar_jupyter.phases.ensemble_view import ensemble_view

        return ensemble_view(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        combinations = [
            {
                "strategy": c.strategy,
                "score": c.score,
                "gain": c.test.mean,
                "gains": list(c.gains),
                "p_holm": c.p_adjusted,
                "members": [m.candidate.id for m in c.members],
                "weights": list(c.weights),
                "shares": c.shares.tolist(),
                "fold_shares": c.fold_shares.tolist(),
                "error_correlation": c.correlation,
                "kept": c is self.kept,
                **c.quality.to_dict(),
            }
            for c in self.combinations
        ]
        return {
            "phase": self.phase,
            "single": self.single.score,
            "single_quality": None if self.quality is None else self.quality.to_dict(),
            "combinations": combinations,
            "choice": None if self.choice is None else asdict(self.choice),
            "left_out": list(self.skipped),
        }
