"""Cross-fit a strategy: every fold is predicted by a combination that was learned on the other folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions, scattered
from mlestar_jupyter.core.statistics import holm, t_test
from mlestar_jupyter.ensembles.base import Combiner, Known, Strategy, as_predictions
from mlestar_jupyter.ensembles.calibration import Calibrator, brier, learners
from mlestar_jupyter.ensembles.mean import Mean
from mlestar_jupyter.ensembles.quick_score import quick_score

_SIGNIFICANT = 0.05
_ROWS_OF_CALIBRATORS = 10_000
_ROWS_OF_SHARES = 2_000


@dataclass(frozen=True, eq=False)
class Part:
    """One fold: its rows, those that were learned from, and what was learned from them.

    Parameters
    ----------
    learn, test : ndarray of int
        Positions of rows; `learn` is empty for the first fold in time, which is predicted by the mean.
    combiner : Combiner
    combined : ndarray of shape (n_test,) or (n_test, n_columns)
        What it predicts for the test rows.
    calibrated : dict
        The same by each method of calibration, learned from the learning rows alone.
    """

    learn: np.ndarray
    test: np.ndarray
    combiner: Combiner
    combined: np.ndarray
    calibrated: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Calibration:
    """A method of calibration, compared on rows that it did not see.

    Parameters
    ----------
    method : str
    p_value : float
        That the Brier score is no better, over the folds, adjusted for the number of methods (Holm).
    gain : float
        In the Brier score.
    is_offered : bool
        Whether it is better beyond noise, and the task's metric no worse.
    """

    method: str
    gain: float
    p_value: float
    is_offered: bool


@dataclass(frozen=True, eq=False)
class Combined:
    """A combination, scored fold by fold on rows that it did not see.

    Parameters
    ----------
    fold_scores : tuple of float
        After the calibration, when there is one.
    predictions : Predictions
        For all development rows, each by a combination that did not see it.
    uncalibrated, calibrated : Predictions
        The same before, and after the best calibration that was tried, whether it is offered or not.
    combiner : Combiner
        Learned on all rows that have predictions.
    shares : ndarray of shape (3, n_members)
        Mean, lowest and highest (5th and 95th percentile) of what each member counts for over the rows.
    fold_shares : ndarray of shape (n_folds, n_members)
        The means, fold by fold.
    calibrator : Calibrator or None
        Learned on all rows; None where none is offered.
    calibrations : tuple of Calibration
        What was tried.
    parts : tuple of Part
    """

    fold_scores: tuple[float, ...]
    predictions: Predictions
    uncalibrated: Predictions
    calibrated: Predictions
    combiner: Combiner
    shares: np.ndarray
    fold_shares: np.ndarray
    calibrator: Calibrator | None
    calibrations: tuple[Calibration, ...]
    parts: tuple[Part, ...]

    @property
    def weights(self) -> tuple[float, ...]:
        """Those that the block prints, one a member; empty where they are learned in every fit."""
        return self.combiner.weights


def learning_rows(folds: Sequence[Fold]) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each fold, the rows to learn a combination from, and its test rows.

    The test rows of the other folds; of folds in order of time, those of the earlier ones alone.
    """
    is_forward = all(len(f.train) > 0 and f.train.max() < f.test.min() for f in folds)
    found = []
    for fold in folds:
        others = [f.test for f in folds if f is not fold and (not is_forward or f.test.max() < fold.test.min())]
        learn = np.setdiff1d(np.concatenate(others), fold.test) if others else np.empty(0, dtype=int)
        found.append((learn, fold.test))
    return found


def combine(
    strategy: Strategy,
    known: Known,
    folds: Sequence[Fold],
    *,
    calibrate: bool = True,
    pieces: Sequence[Sequence[np.ndarray]] | None = None,
) -> Combined:
    """Combine members by a strategy, and score the combination on rows that it did not see.

    Parameters
    ----------
    strategy : Strategy
    known : Known
        All development rows; those that no fold tests are not used.
    folds : sequence of Fold
        Those of one repeat.
    calibrate : bool
        Whether to try to calibrate probabilities.
    pieces : sequence of sequence of ndarray of int, optional
        For each fold, disjoint parts of its rows on which calibrations are compared; by default the fold as a whole.

    Returns
    -------
    Combined
    """
    parts = tuple(_part(strategy, known, learn, test, calibrate=calibrate) for learn, test in learning_rows(folds))
    whole = known.at(np.unique(np.concatenate([f.test for f in folds])))
    combiner = strategy.learn(whole)
    pieces = [[f.test] for f in folds] if pieces is None else pieces
    calibrations = _compare(parts, known, pieces) if calibrate and known.problem.has_probabilities else ()
    best = max(calibrations, key=lambda c: (c.is_offered, c.gain), default=None)
    offered = best.method if best is not None and best.is_offered else ""
    return Combined(
        fold_scores=tuple(_score(p, offered, known) for p in parts),
        predictions=_unseen(parts, offered, known),
        uncalibrated=_unseen(parts, "", known),
        calibrated=_unseen(parts, best.method if best is not None else "", known),
        combiner=combiner,
        shares=_shares(combiner, whole),
        fold_shares=np.stack([_mean_shares(p, known) for p in parts]),
        calibrator=_learn_calibrators(combiner, whole)[offered] if offered else None,
        calibrations=calibrations,
        parts=parts,
    )


def _part(strategy: Strategy, known: Known, learn: np.ndarray, test: np.ndarray, *, calibrate: bool) -> Part:
    """Learn without a fold's rows, and predict them."""
    seen, unseen = known.at(learn), known.at(test)
    combiner: Combiner = strategy.learn(seen) if len(learn) else Mean().learn(known)
    combined = combiner.predict(unseen.stacked, unseen.X)
    calibrated: dict[str, np.ndarray] = {}
    if calibrate and known.problem.has_probabilities and len(learn):
        maps = _learn_calibrators(combiner, seen)
        calibrated = {method: calibrator.apply(combined) for method, calibrator in maps.items()}
    return Part(learn, test, combiner, combined, calibrated)


def _learn_calibrators(combiner: Combiner, seen: Known) -> dict[str, Calibrator]:
    """Learn each method on the rows that the combination was learned from: no other row's truth comes in."""
    few = seen.few(_ROWS_OF_CALIBRATORS)
    predicted = combiner.predict(few.stacked, few.X)
    return {name: learn(predicted, few.y) for name, learn in learners(predicted.shape[1], len(few)).items()}


def _after(part: Part, method: str) -> np.ndarray:
    """A fold's prediction after a calibration; without a name, or where none could be learned, before it."""
    return part.calibrated.get(method, part.combined)


def _score(part: Part, method: str, known: Known) -> float:
    return known.metric.score(known.y[part.test], as_predictions(_after(part, method), known.form))


def _unseen(parts: Sequence[Part], method: str, known: Known) -> Predictions:
    after = [(p.test, as_predictions(_after(p, method), known.form)) for p in parts]
    return scattered(after, len(known), known.form)


def _compare(parts: Sequence[Part], known: Known, pieces: Sequence[Sequence[np.ndarray]]) -> tuple[Calibration, ...]:
    """Test each method's gain in the Brier score, beside the task's metric.

    Before and after are the same fitted members, so the noise is that of the rows, estimated from pieces of the folds.
    """
    learned = [(p, of_fold) for p, of_fold in zip(parts, pieces, strict=True) if p.calibrated]
    rows = [piece for _, of_fold in learned for piece in of_fold]
    before = _unseen(parts, "", known).columns
    scores = [(p, quick_score(known.y[p.test], known.metric, known.form)) for p, _ in learned]
    found = []
    for method in [m for p, _ in learned[-1:] for m in p.calibrated]:
        after = _unseen(parts, method, known).columns
        assert before is not None
        assert after is not None
        gains = [brier(before[i], known.y[i]) - brier(after[i], known.y[i]) for i in rows]
        own = [score(_after(p, method)) - score(p.combined) for p, score in scores]
        found.append((method, t_test(gains), float(np.mean(own))))
    adjusted = holm([test.p_value for _, test, _ in found]) if found else []
    return tuple(
        Calibration(method, test.mean, p, test.mean > 0 and p < _SIGNIFICANT and own > -1e-12)  # noqa: PLR2004
        for (method, test, own), p in zip(found, adjusted, strict=True)
    )


def _shares(combiner: Combiner, whole: Known) -> np.ndarray:
    """Mean, 5th and 95th percentile of what each member counts for."""
    few = whole.few(_ROWS_OF_SHARES)
    gates = combiner.gates(few.stacked, few.X)
    return np.stack([gates.mean(axis=0), np.quantile(gates, 0.05, axis=0), np.quantile(gates, 0.95, axis=0)])


def _mean_shares(part: Part, known: Known) -> np.ndarray:
    few = known.at(part.test).few(_ROWS_OF_SHARES // 5)
    return np.asarray(part.combiner.gates(few.stacked, few.X).mean(axis=0))


def nested_choice(
    combinations: Sequence[tuple[float, ...]], single: tuple[float, ...], metric: Metric
) -> tuple[float, ...]:
    """Score the choice itself: in each fold, what the other folds would have chosen.

    Parameters
    ----------
    combinations : sequence of tuple of float
        Fold scores, one tuple a combination.
    single : tuple of float
        Those of the best single solution, which the choice may fall on too.

    Returns
    -------
    tuple of float
        Fold scores of the choice.
    """
    table = np.array([single, *combinations])
    signed = table if metric.greater_is_better else -table
    chosen = []
    for fold in range(table.shape[1]):
        others = np.delete(signed, fold, axis=1).mean(axis=1)
        chosen.append(float(table[int(np.argmax(others)), fold]))
    return tuple(chosen)
