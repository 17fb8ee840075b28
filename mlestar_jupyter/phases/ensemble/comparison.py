"""What all strategies of one ensemble phase share: the members, the folds, and the solution they must beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.evaluation import Scored, summed_row_ms
from mlestar_jupyter.core.folds import Fold, disjoint_parts
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult, corrected_t_test, t_test
from mlestar_jupyter.ensembles.base import Known, Strategy, stack
from mlestar_jupyter.ensembles.combination import Combined, combine, learning_rows, nested_choice
from mlestar_jupyter.ensembles.diversity import error_correlation, mean_correlation
from mlestar_jupyter.ensembles.quality import Quality, quality_of, quality_of_single
from mlestar_jupyter.ensembles.quick_score import Score, quick_score
from mlestar_jupyter.ensembles.regions import read_once
from mlestar_jupyter.ensembles.source import calibrated, region_columns
from mlestar_jupyter.phases.ensemble.result import Combination
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.problems.base import Problem
from mlestar_jupyter.problems.registry import problem_of

if TYPE_CHECKING:
    import pandas as pd

_Parts = dict[str, list[tuple[np.ndarray, Score, float]]]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Combine one way after another, each beside the single solution that would be chosen, on the same folds.

    Parameters
    ----------
    context : Context
    settings : EnsembleSettings
    pool : sequence of Scored
        The best, few of one family, the best single solution first.
    able : sequence of Scored
        All that may be combined.
    folds : tuple of Fold
        Those on which all of the pool were scored.
    """

    context: Context
    settings: EnsembleSettings
    pool: Sequence[Scored]
    able: Sequence[Scored]
    folds: tuple[Fold, ...]

    @property
    def single(self) -> Scored:
        """The best single solution."""
        return self.pool[0]

    def known(self, members: Sequence[Scored]) -> Known:
        """Gather what the members predict for all development rows, and what gates see of them."""
        task, rows = self.context.dataset.task, self.context.dataset.development
        numbers, categories = region_columns(task)
        predicted = stack([m.predictions for m in members])
        is_ordered, limit = task.time is not None, self.settings.members
        return Known(
            predicted,
            rows.y,
            task.metric,
            self._problem,
            task.form,
            self._places,
            numbers,
            categories,
            is_ordered,
            limit,
        )

    @cached_property
    def _problem(self) -> Problem:
        return problem_of(self.context.dataset.task)

    @cached_property
    def _places(self) -> pd.DataFrame:
        """What gates may see of the rows."""
        numbers, categories = region_columns(self.context.dataset.task)
        return read_once(self.context.dataset.development.X, numbers, categories)

    def combination(self, strategy: Strategy) -> Combination | str:
        """Combine by one strategy, or say why it does not apply."""
        refusal = strategy.refusal(self.known(self.pool[:1]))
        if refusal:
            return refusal
        members = self._members(strategy)
        known = self.known(members)
        pieces = [self._pieces[f.id] for f in self.folds]
        combined = combine(strategy, known, self.folds, calibrate=self.settings.calibrate, pieces=pieces)
        used = [i for i, w in enumerate(combined.weights) if w != 0] or list(range(len(members)))
        if len(used) < 2:  # noqa: PLR2004
            return f"it gives all weight to one member, {members[used[0]].candidate.label}"
        weights = tuple(combined.weights[i] for i in used) if combined.weights else ()
        source = self._source(strategy, weights, combined)
        if source is None:
            return "there is no recipe for its block"
        evaluation = self._evaluation(strategy, [members[i] for i in used], combined, source)
        return self._combination(strategy, evaluation, weights, combined, known, used)

    def fits_of(self, strategy: Strategy) -> int:
        """How often each member is fitted in a fit, in fits on all rows: folds on the others' rows, and the last."""
        return self.context.dataset.task.folding.inner if strategy.learns_in_fit else 1

    def _members(self, strategy: Strategy) -> Sequence[Scored]:
        return strategy.members(self.pool, self.able, self.settings.members)

    def _source(self, strategy: Strategy, weights: tuple[float, ...], combined: Combined) -> str | None:
        """Write the block, with the calibration where one is offered."""
        source = strategy.source(self.context.dataset.task, weights)
        if source is None or combined.calibrator is None:
            return source
        return calibrated(source, combined.calibrator.method, asdict(combined.calibrator))

    def _evaluation(self, strategy: Strategy, members: Sequence[Scored], combined: Combined, source: str) -> Scored:
        """Put the ensemble on record as a candidate, with the score that unseen rows gave it."""
        single, context = self.single, self.context
        singles = tuple(m.candidate.solution.single() for m in members)
        solution = Solution.of({**singles[0].blocks, "ensemble": source}, singles)
        label = f"{strategy.name} ensemble"
        reason = f"{strategy.name} over " + ", ".join(m.candidate.label for m in members)
        candidate = context.candidate(
            solution, label, reason, "ensemble", parent=single.candidate.solution, block="ensemble"
        )
        scored = Scored(
            candidate,
            combined.fold_scores,
            combined.predictions,
            self.fits_of(strategy) * sum(m.fit_seconds for m in members),
            sum(m.predict_seconds for m in members),
            max(m.peak_mb for m in members),
            single.n_train,
            single.n_test,
            row_ms=summed_row_ms(members),
            interval=context.evaluator.interval(self.folds, [combined.predictions.at(f.test) for f in self.folds]),
        )
        context.evaluator.record(context.journal.add_candidate(candidate), scored, 1)
        return scored

    def _combination(
        self,
        strategy: Strategy,
        evaluation: Scored,
        weights: tuple[float, ...],
        combined: Combined,
        known: Known,
        used: list[int],
    ) -> Combination:
        """Gather the evidence on a combination of the members at the positions `used`."""
        members = tuple(self._members(strategy)[i] for i in used)
        gains = self._gains(combined.fold_scores)
        test = t_test(self._row_gains(combined.predictions), most=self.most_gain)
        return Combination(
            strategy=strategy.name,
            members=members,
            weights=weights,
            shares=combined.shares[:, used],
            fold_shares=combined.fold_shares[:, used],
            gains=gains,
            test=test,
            p_adjusted=test.p_value,
            correlation=mean_correlation(error_correlation(members, known.y, known.problem)),
            quality=quality_of(combined, known, self.settings.coverage),
            evaluation=evaluation,
            learns_in_fit=strategy.learns_in_fit,
            counts=strategy.counts,
            alternatives={name: tuple(map(float, w[used])) for name, w in strategy.alternatives(known).items()},
        )

    def planned(self, name: str, evaluation: Scored, members: Sequence[Scored], chosen_from: int) -> Combination:
        """Gather the evidence on a combination that was fitted with its members in every fold, the best of so many."""
        unknown = np.full((3, len(members)), np.nan)
        test = t_test(self._row_gains(evaluation.predictions), most=self.most_gain)
        known = self.known([evaluation])
        pairs = [(learn, test_rows) for learn, test_rows in learning_rows(self.folds) if len(learn)]
        return Combination(
            strategy=name,
            members=tuple(members),
            weights=(),
            shares=unknown,
            fold_shares=np.full((len(self.folds), len(members)), np.nan),
            gains=self._gains(evaluation.fold_scores),
            test=test,
            p_adjusted=test.p_value,
            correlation=mean_correlation(error_correlation(members, known.y, known.problem)),
            quality=quality_of_single(evaluation.predictions, known, pairs, self.settings.coverage),
            evaluation=evaluation,
            learns_in_fit=True,
            chosen_from=chosen_from,
        )

    def quality_of_single(self) -> Quality:
        """Measure calibration and coverage of the best single solution."""
        pairs = [(learn, test) for learn, test in learning_rows(self.folds) if len(learn)]
        return quality_of_single(self.single.predictions, self.known([self.single]), pairs, self.settings.coverage)

    def choice(self, combinations: Sequence[Combination]) -> TestResult | None:
        """Test the gain of the choice itself, made in each fold on the other folds."""
        if not combinations:
            return None
        scores = [c.evaluation.fold_scores for c in combinations]
        chosen = nested_choice(scores, self.single_scores, self.context.dataset.task.metric)
        return self._test(self._gains(chosen))

    @cached_property
    def _chosen(self) -> tuple[Scored, ...]:
        """For each fold, the single solution that is best on the other folds.

        The best of many by its own score looks better than it is (Varma & Simon, BMC Bioinformatics 7, 2006); a
        combination, whose weights did not see the fold, does not. Compared are two ways to choose, both made without
        the fold.
        """
        metric = self.context.dataset.task.metric
        signed = np.array([[metric.gain(s, 0.0) for s in m.fold_scores] for m in self.able])
        if signed.shape[1] == 1:
            return (self.single,)
        others = [np.delete(signed, fold, axis=1).mean(axis=1) for fold in range(signed.shape[1])]
        return tuple(self.able[int(np.argmax(means))] for means in others)

    @property
    def single_scores(self) -> tuple[float, ...]:
        """For each fold, the score of the single solution that is chosen without it."""
        return tuple(m.fold_scores[i] for i, m in enumerate(self._chosen))

    @property
    def most_gain(self) -> float:
        """The largest gain that there can be."""
        return self.context.dataset.task.metric.most_gain

    def _gains(self, fold_scores: Sequence[float]) -> tuple[float, ...]:
        metric = self.context.dataset.task.metric
        return tuple(metric.gain(new, old) for new, old in zip(fold_scores, self.single_scores, strict=True))

    def _row_gains(self, predictions: Predictions) -> list[float]:
        """Gains over the single solution that is chosen without a fold, as pseudo-values of a jackknife over the rows.

        Both are made of the same fitted members, so what is to be known is which of them predicts new rows better: the
        noise is that of the rows, not that of fitting anew.
        """
        predicted = stack([predictions])[0]
        return [gain for fold in self.folds for gain in _gains_within(self._parts_of_single[fold.id], predicted)]

    @cached_property
    def _pieces(self) -> dict[str, list[np.ndarray]]:
        """For each fold, disjoint parts of its rows."""
        task, rows = self.context.dataset.task, self.context.dataset.development
        is_stratified, is_ordered, n_folds = task.form.is_stratified, task.time is not None, len(self.folds)
        return {
            f.id: disjoint_parts(
                f, rows, task.seed, is_stratified=is_stratified, is_ordered=is_ordered, n_folds=n_folds
            )
            for f in self.folds
        }

    @cached_property
    def _parts_of_single(self) -> _Parts:
        """For each fold, its rows, and its rows without each part: how they are scored, and the single one's score."""
        task, rows = self.context.dataset.task, self.context.dataset.development
        found: _Parts = {}
        for fold, chosen in zip(self.folds, self._chosen, strict=True):
            predicted = stack([chosen.predictions])[0]
            parts = self._pieces[fold.id]
            without = [np.setdiff1d(fold.test, part) for part in parts] if len(parts) > 1 else []
            scores = [(r, quick_score(rows.y[r], task.metric, task.form)) for r in (fold.test, *without)]
            found[fold.id] = [(r, score, score(predicted[r])) for r, score in scores]
        return found

    def _test(self, gains: Sequence[float]) -> TestResult:
        return corrected_t_test(gains, self.single.n_train, self.single.n_test, most=self.most_gain)


def _gains_within(parts: Sequence[tuple[np.ndarray, Score, float]], predicted: np.ndarray) -> list[float]:
    """Pseudo-values of a fold's gain, a part of its rows left out at a time (Tukey 1958)."""
    whole, *without = (score(predicted[rows]) - known for rows, score, known in parts)
    count = len(without)
    return [whole] if not without else [count * whole - (count - 1) * gain for gain in without]
