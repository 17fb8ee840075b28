"""How far to trust a combination: calibration before and after, and intervals or sets with measured coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.ensembles.base import GlobalWeights, Known
from mlestar_jupyter.ensembles.calibration import Calibrator, Reliability, brier, reliability
from mlestar_jupyter.ensembles.combination import Calibration, Combined
from mlestar_jupyter.ensembles.conformal import Mixture, Pairs, Uncertainty, intervals, mixture_intervals, sets


@dataclass(frozen=True, eq=False)
class Truth:
    """How true probabilities are.

    Parameters
    ----------
    brier : float
    reliability : Reliability
    """

    brier: float
    reliability: Reliability

    @property
    def error(self) -> float:
        """Expected calibration error."""
        return self.reliability.error

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        predicted, observed = self.reliability.predicted.tolist(), self.reliability.observed.tolist()
        return {"brier": self.brier, "error": self.error, "predicted": predicted, "observed": observed}


@dataclass(frozen=True, eq=False)
class Quality:
    """How true the probabilities are, before and after the calibration; and how sure intervals or sets are.

    Parameters
    ----------
    before, after : Truth or None
        None for numbers; the two are equal where no calibration was tried.
    calibrator : Calibrator or None
        The one that is part of the block; None where none proved to help.
    calibrations : tuple of Calibration
        What was tried.
    uncertainties : tuple of Uncertainty
        The smallest on the average first.
    """

    before: Truth | None
    after: Truth | None
    calibrator: Calibrator | None
    calibrations: tuple[Calibration, ...]
    uncertainties: tuple[Uncertainty, ...]

    @property
    def calibration(self) -> str:
        """The method that `after` shows, and whether it is used; empty where none was tried."""
        if self.calibrator is not None:
            return self.calibrator.method
        best = max(self.calibrations, key=lambda c: c.gain, default=None)
        return "" if best is None else f"{best.method}, not used"

    def row(self) -> dict[str, object]:
        """Cells of the comparison table."""
        cells: dict[str, object] = {"calibration": self.calibration}
        if self.before is not None and self.after is not None:
            cells |= {"brier": self.before.brier, "calibration error": self.before.error}
            cells |= {"brier after": self.after.brier, "calibration error after": self.after.error}
        if self.uncertainties:
            best = self.uncertainties[0]
            cells |= {"stated coverage": best.stated, "coverage": best.coverage, "size": best.size}
        return cells

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        calibrator = self.calibrator
        return {
            "uncertainty": [asdict(u) for u in self.uncertainties],
            "calibration_before": None if self.before is None else self.before.to_dict(),
            "calibration_after": None if self.after is None else self.after.to_dict(),
            "calibrations": [asdict(c) for c in self.calibrations],
            "calibrator": None if calibrator is None else {"method": calibrator.method, **asdict(calibrator)},
        }


def quality_of(combined: Combined, known: Known, stated: float) -> Quality:
    """Measure a combination on its predictions of unseen rows.

    Parameters
    ----------
    combined : Combined
    known : Known
        The rows and members that it was learned from.
    stated : float
        Share of rows that intervals or sets are to cover.
    """
    parts = [p for p in combined.parts if len(p.learn)]
    pairs = [(p.learn, p.test) for p in parts]
    found = _uncertainties(combined.predictions, known, pairs, stated)
    mixtures = [
        Mixture(p.combiner.weights, p.combiner.scales)
        for p in parts
        if isinstance(p.combiner, GlobalWeights) and p.combiner.scales
    ]
    if mixtures:
        found.append(mixture_intervals(mixtures, known.stacked, known.y, pairs, stated))
    before, after = _truth(combined.uncalibrated, known), _truth(combined.calibrated, known)
    return Quality(before, after, combined.calibrator, combined.calibrations, _smallest_first(found))


def quality_of_single(predictions: Predictions, known: Known, pairs: Pairs, stated: float) -> Quality:
    """Measure the same of one solution's out-of-fold predictions; `known` holds that one alone."""
    truth = _truth(predictions, known)
    return Quality(truth, truth, None, (), _smallest_first(_uncertainties(predictions, known, pairs, stated)))


def _uncertainties(predictions: Predictions, known: Known, pairs: Pairs, stated: float) -> list[Uncertainty]:
    if not pairs:
        return []
    if known.problem.has_probabilities and predictions.columns is not None:
        return sets(predictions.columns, known.y, pairs, stated)
    stacked = (
        known.stacked if predictions.columns is None else np.stack([known.form.values(one) for one in known.stacked])
    )
    return intervals(predictions.values, stacked, known.y, pairs, stated)


def _smallest_first(uncertainties: Sequence[Uncertainty]) -> tuple[Uncertainty, ...]:
    return tuple(sorted(uncertainties, key=lambda u: u.size))


def _truth(predictions: Predictions, known: Known) -> Truth | None:
    """Measure probabilities on the rows that have them."""
    if not known.problem.has_probabilities or predictions.columns is None:
        return None
    rows = np.isfinite(predictions.values)  # a time split leaves its first rows without a prediction
    probabilities, y = predictions.columns[rows], known.y[rows]
    return Truth(brier(probabilities, y), reliability(probabilities, y))
