"""What the ensemble phase found: the combinations with their evidence, and which one is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.attempts.showing import speed_cells
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.statistics import TestResult, Verdict, verdict_of
from mlestar_jupyter.display.numbers import number, with_interval
from mlestar_jupyter.display.view import View
from mlestar_jupyter.ensembles.quality import Quality

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = (
    "strategy", "score", "gain", "low", "high", "p (adjusted)", "verdict", "folds better", "worst fold",
    "error correlation",
    "brier", "calibration error", "calibration", "brier after", "calibration error after",
    "stated coverage", "coverage", "size", "row ms", "rows/s", "kept", "members",
)  # fmt: skip


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
    gains : tuple of float
        Over the best single solution, fold by fold.
    test : TestResult
    p_adjusted : float
        Over the strategies tried, in their order (fixed sequence).
    correlation : float
        Mean correlation of the members' errors.
    quality : Quality
    evaluation : Scored
    learns_in_fit : bool
    counts : {"weight", "coefficient"}
        What the shares are: parts of a whole, or numbers of any size.
    alternatives : dict
        Other weights to be shown for comparison, by their heading.
    chosen_from : int
        Of how many it is the best: its p-values count so many times.
    """

    strategy: str
    members: tuple[Scored, ...]
    weights: tuple[float, ...]
    shares: np.ndarray
    fold_shares: np.ndarray
    gains: tuple[float, ...]
    test: TestResult
    p_adjusted: float
    correlation: float
    quality: Quality
    evaluation: Scored
    learns_in_fit: bool = False
    counts: Literal["weight", "coefficient"] = "weight"
    alternatives: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    chosen_from: int = 1

    @property
    def tells_shares(self) -> bool:
        """Whether it is known what each member counts for: a model's code does not say."""
        return bool(np.isfinite(self.shares).all())

    @property
    def score(self) -> float:
        """Mean over the folds."""
        return self.evaluation.score

    @property
    def label(self) -> str:
        """The strategy, and the calibration that is part of it."""
        calibrator = self.quality.calibrator
        return self.strategy if calibrator is None else f"{self.strategy}, {calibrator.method} calibration"

    @property
    def folds_better(self) -> str:
        """How many folds gain."""
        return f"{sum(g > 0 for g in self.gains)} of {len(self.gains)}"

    @property
    def verdict(self) -> Verdict:
        """Whether it is proven to be better than the best single solution, allowing for the strategies before it."""
        return verdict_of(self.test.mean, self.p_adjusted if self.test.mean > 0 else self.test.p_value)

    def row(self) -> dict[str, object]:
        """Cells of the comparison table."""
        shares = [f" ({w:.2f})" if self.tells_shares else "" for w in self.shares[0]]
        names = [m.candidate.label + share for m, share in zip(self.members, shares, strict=True)]
        return {
            "strategy": self.strategy,
            "score": self.score,
            "gain": self.test.mean,
            "low": self.test.low,
            "high": self.test.high,
            "p (adjusted)": self.p_adjusted,
            "verdict": self.verdict,
            "folds better": self.folds_better,
            "worst fold": min(self.gains),
            "error correlation": self.correlation,
            **self.quality.row(),
            **speed_cells(self.evaluation),
            "members": ", ".join(names),
        }

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        return {
            "strategy": self.strategy,
            "score": self.score,
            "gain": self.test.mean,
            "gains": list(self.gains),
            "p_adjusted": self.p_adjusted,
            "verdict": self.verdict,
            "low": self.test.low,
            "high": self.test.high,
            "members": [m.candidate.id for m in self.members],
            "row_ms": self.evaluation.row_ms,
            "weights": list(self.weights),
            "shares": self.shares.tolist(),
            "fold_shares": self.fold_shares.tolist(),
            "error_correlation": self.correlation,
            **self.quality.to_dict(),
        }


@dataclass(frozen=True, eq=False)
class Planned:
    """A combination that a chat model planned and wrote, and what came of it."""

    number: int
    plan: str
    evaluation: Scored | Failed

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        known = {"number": self.number, "plan": self.plan, "id": self.evaluation.candidate.id}
        if isinstance(self.evaluation, Failed):
            return known | {"score": None, "failed": self.evaluation.reason}
        return known | {"score": self.evaluation.score, "failed": None}


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
    plans: tuple[Planned, ...] = ()
    """What a chat model planned; the best of it stands among the combinations."""
    present: Scored | None = None
    """The solution in use before; the best single one may be another."""
    single_scores: tuple[float, ...] = ()
    """In each fold, of the single solution that the other folds choose: what combinations are compared with."""
    stayed: bool = False
    """Whether `present` was in use before more time was given, and nothing found since is expected to do better."""

    @property
    def expected_of_single(self) -> float:
        """Score to expect of the best single solution: the best of many by its own score looks better than it is."""
        return float(np.mean(self.single_scores)) if self.single_scores else self.single.score

    @property
    def stays(self) -> Scored | None:
        """The present solution where it stays in use and is another than the best single one."""
        is_other = self.present is not None and self.present.candidate.id != self.single.candidate.id
        return self.present if is_other and self.kept is None else None

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a strategy."""
        import pandas as pd

        single = self.single
        first: dict[str, object] = {"strategy": "best single", "score": single.score, "members": single.candidate.label}
        first |= speed_cells(single)
        if self.quality is not None:
            first |= self.quality.row()
        rows = [
            first,
            *self._present_row(),
            *(c.row() | {"kept": "kept" if c is self.kept else ""} for c in self.combinations),
        ]
        return pd.DataFrame(rows).reindex(columns=list(_COLUMNS))

    def _present_row(self) -> list[dict[str, object]]:
        if self.stays is None:
            return []
        members = self.stays.candidate.label
        return [{"strategy": "present solution", "score": self.stays.score, "kept": "kept", "members": members}]

    @property
    def summary(self) -> str:
        """Which combination was kept, or that none was."""
        label, single = self.metric.label, self.single.score
        if self.kept is not None:
            test = self.kept.test
            summary = (
                f"Used from now on: the {self.kept.label} ensemble of {len(self.kept.members)}, {label} "
                f"{number(self.kept.score)} ({self.metric.direction}) on rows that it did not learn from; a single "
                f"solution that was chosen in the same way has {number(self.expected_of_single)}. "
                f"Against that: {self.kept.verdict}, {with_interval(test.mean, test.low, test.high, signed=True)}."
                f"{self._why(self.kept)}"
            )
        elif self.stayed and self.present is not None:
            summary = (
                f"What was in use before the time was given stays: {self.present.candidate.label}, {label} "
                f"{number(self.present.score)} ({self.metric.direction}). Nothing found since is expected to do better."
            )
        elif self.stays is not None:
            summary = (
                f"No combination is expected to do better than the best single solution ({self.single.candidate.id}, "
                f"{label} {number(single)}); the present solution stays, {label} {number(self.stays.score)}."
            )
        else:
            start = "" if self.preferred else "No combination is expected to do better. "
            summary = f"{start}The best single solution stays, {label} {number(single)}."
        return f"{summary} {self.preferred}".strip()

    def _why(self, kept: Combination) -> str:
        """Explain what seems to contradict *better*: a solution with a better score, or few folds with a gain."""
        if kept.verdict != "better":
            return ""
        why = ""
        if self.metric.gain(kept.score, self.single.score) < 0:
            why = (
                f" The best single solution's own score, {number(self.single.score)}, is no fair comparison: it was "
                "chosen for that score on the same rows."
            )
        if 2 * sum(g > 0 for g in kept.gains) < len(kept.gains):
            why += f" The gain comes from few folds: {kept.folds_better} are better."
        return why

    def view(self) -> View:
        """Show the comparison, its evidence, and how far the members' errors agree."""
        from mlestar_jupyter.phases.ensemble.view import ensemble_view

        return ensemble_view(self)

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        return {
            "phase": self.phase,
            "single": self.single.score,
            "single_id": self.single.candidate.id,
            "present_id": None if self.present is None else self.present.candidate.id,
            "single_quality": None if self.quality is None else self.quality.to_dict(),
            "combinations": [c.to_dict() | {"kept": c is self.kept} for c in self.combinations],
            "choice": None if self.choice is None else asdict(self.choice),
            "left_out": list(self.skipped),
            "plans": [p.to_dict() for p in self.plans],
        }
