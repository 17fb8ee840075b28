"""Ensemble: combine scored solutions by their out-of-fold predictions; kept only when better beyond noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult, corrected_t_test, holm
from mlestar_jupyter.ensembles.base import Known, Strategy, stack
from mlestar_jupyter.ensembles.bayesian import pseudo_bma_weights
from mlestar_jupyter.ensembles.calibration import brier, reliability
from mlestar_jupyter.ensembles.combination import Combined, combine, error_correlation, learning_rows, nested_choice
from mlestar_jupyter.ensembles.conformal import Mixture, Uncertainty, intervals, mixture_intervals, sets
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.knowledge.ensembles import calibrated, region_columns
from mlestar_jupyter.phases.base import Context
from mlestar_jupyter.phases.ensemble_result import Combination, EnsembleResult, Quality
from mlestar_jupyter.phases.settings import EnsembleSettings

if TYPE_CHECKING:
    import pandas as pd

_SIGNIFICANT = 0.05
_POOL = 12
_MAX_CLASSES_OF_ONE_KIND = 2
_MEMBERS_OF_MEAN = 3


def run(context: Context, settings: EnsembleSettings) -> EnsembleResult:
    """Combine the best and most different solutions in several ways; keep the best when it is better for sure."""
    known_strategies = strategies(settings.members)
    for name in settings.strategies:
        if name not in known_strategies:
            raise unknown("strategy", name, known_strategies)
    if not 0 < settings.coverage < 1:
        raise SettingError(f"The setting 'coverage' is {settings.coverage!r}.", mend="Give a share between 0 and 1.")
    _, lead = context.solution()
    if lead.candidate.solution.members:
        lead = next(m for m in context.state.members if m.candidate.id == lead.candidate.solution.single().id)
    task = context.dataset.task
    pool = [m for m in _pool(context, lead) if not task.is_classification or m.predictions.probabilities is not None]
    if len(pool) < 2 or lead not in pool:  # noqa: PLR2004
        reason = "Fewer than two solutions with probabilities were scored on these folds."
        return EnsembleResult([], lead, None, task.metric, _diversity([], context), (reason,))
    work = _Work(context, settings, pool, lead)
    skipped: list[str] = []
    found: list[Combination] = []
    for name in settings.strategies:
        if context.budget.exhausted() and found:
            skipped.append(f"{name} was not tried: time was up")
            continue
        combination = work.combination(known_strategies[name])
        if isinstance(combination, str):
            skipped.append(f"{name} is left out: {combination}")
            continue
        context.budget.charge(1)
        found.append(combination)
    combinations = _adjust(found)
    kept, preferred = _choose(combinations, lead)
    blocks: tuple[str, ...] = ()
    if kept is not None:
        context.state.solution, context.state.score = kept.evaluation.candidate.solution, kept.evaluation
        blocks = ("ensemble",)
    shown = list(kept.members) if kept is not None else pool[: settings.members]
    return EnsembleResult(
        combinations,
        lead,
        kept,
        task.metric,
        _diversity(shown, context),
        tuple(skipped),
        blocks,
        work.quality_of_lead(),
        work.choice(combinations),
        preferred,
    )


class _Work:
    """What all strategies of one run share: the pool, the folds and the rows."""

    def __init__(self, context: Context, settings: EnsembleSettings, pool: list[Scored], lead: Scored) -> None:
        self.context, self.settings, self.pool, self.lead = context, settings, pool, lead
        self.rows, self.task = context.dataset.development, context.dataset.task
        self.folds: tuple[Fold, ...] = context.evaluator.folds(lead.candidate.solution)
        self.pairs = [(learn, test) for learn, test in learning_rows(self.folds) if len(learn)]

    def known(self, members: Sequence[Scored]) -> Known:
        """Gather what the members told of all development rows, and what gates may see of them."""
        numbers, categories = region_columns(self.task)
        X = self.rows.X[[*numbers, *categories]]
        told = stack([m.predictions for m in members])
        is_ordered = self.task.time is not None
        return Known(told, self.rows.y, self.task.metric, X, numbers, categories, is_ordered)

    def combination(self, strategy: Strategy) -> Combination | str:
        """Combine by one strategy, or say why it does not apply."""
        count = {"mean": min(_MEMBERS_OF_MEAN, self.settings.members), "greedy": len(self.pool)}
        members = self.pool[: count.get(strategy.name, self.settings.members)]
        known = self.known(members)
        refusal = strategy.refusal(known)
        if refusal:
            return refusal
        combined = combine(strategy, known, self.folds, calibrate=self.settings.calibrate)
        used = [i for i, w in enumerate(combined.weights) if w > 0] if combined.weights else list(range(len(members)))
        if len(used) < 2:  # noqa: PLR2004
            return f"it gives all weight to one member, {members[used[0]].candidate.label}"
        members = [members[i] for i in used]
        weights = tuple(combined.weights[i] for i in used) if combined.weights else ()
        source = self.context.planner.combine(self.task, weights, strategy.name)
        if source is None:
            return "there is no recipe for its block"
        if combined.calibrator is not None:
            parameters = asdict(combined.calibrator)  # type: ignore[call-overload]
            source = calibrated(source, parameters.pop("method"), parameters)
        evaluation = self._evaluation(strategy.name, members, combined, source)
        metric = self.task.metric
        gains = tuple(metric.gain(n, o) for n, o in zip(combined.fold_scores, self.lead.fold_scores, strict=True))
        test = corrected_t_test(gains, self.lead.n_train, self.lead.n_test)
        _, correlations = error_correlation(members, self.rows.y)
        others = correlations[~np.eye(len(members), dtype=bool)]
        alternative = pseudo_bma_weights(known)[used] if strategy.name == "bayesian" else np.empty(0)
        return Combination(
            strategy.name,
            tuple(members),
            weights,
            combined.shares[:, used],
            combined.fold_shares[:, used],
            evaluation.score,
            gains,
            test,
            test.p_value,
            float(others.mean()),
            self._quality(combined, known),
            evaluation,
            strategy.learns_in_fit,
            tuple(map(float, alternative)),
        )

    def _evaluation(self, strategy: str, members: Sequence[Scored], combined: Combined, source: str) -> Scored:
        """Put the ensemble on record as a candidate, with the score that unseen rows gave it."""
        lead, context = self.lead, self.context
        singles = tuple(m.candidate.solution.single() for m in members)
        solution = Solution.of({**singles[0].blocks, "ensemble": source}, singles)
        reason = f"{strategy} over " + ", ".join(m.candidate.label for m in members)
        candidate = context.candidate(
            solution, f"{strategy} ensemble", reason, "ensemble", parent=lead.candidate.solution, block="ensemble"
        )
        scored = Scored(
            candidate,
            combined.fold_scores,
            combined.predictions,
            sum(m.fit_seconds for m in members),
            sum(m.predict_seconds for m in members),
            max(m.peak_mb for m in members),
            lead.n_train,
            lead.n_test,
        )
        context.evaluator.record(context.journal.add_candidate(candidate), scored, 1)
        return scored

    def _quality(self, combined: Combined, known: Known) -> Quality:
        """Measure calibration, and intervals or sets, on predictions of unseen rows."""
        uncertainties = self._uncertainties(combined.predictions, known.told)
        scales = getattr(combined.combiner, "scales", ())
        parts = [p for p in combined.parts if len(p.learn)]
        if scales and parts:
            mixtures = [
                Mixture(np.asarray(p.combiner.weights), np.asarray(p.combiner.scales))  # type: ignore[attr-defined]
                for p in parts
            ]
            pairs = [(p.learn, p.test) for p in parts]
            stated = self.settings.coverage
            uncertainties.append(mixture_intervals(mixtures, known.told, known.y, pairs, stated))
        return self._summed(combined.uncalibrated, combined.predictions, uncertainties, combined)

    def quality_of_lead(self) -> Quality:
        """Measure the same of the best single solution."""
        predictions = self.lead.predictions
        told = stack([predictions])
        return self._summed(predictions, predictions, self._uncertainties(predictions, told), None)

    def _uncertainties(self, predictions: Predictions, told: np.ndarray) -> list[Uncertainty]:
        if not self.pairs:
            return []
        y, stated = self.rows.y, self.settings.coverage
        if predictions.probabilities is not None:
            return sets(predictions.probabilities, y, self.pairs, stated)
        return intervals(predictions.values, told, y, self.pairs, stated)

    def _summed(
        self, before: Predictions, after: Predictions, uncertainties: list[Uncertainty], combined: Combined | None
    ) -> Quality:
        ordered = tuple(sorted(uncertainties, key=lambda u: u.size))
        if before.probabilities is None or after.probabilities is None:
            return Quality(None, None, None, None, None, (), ordered)
        rows = np.isfinite(before.probabilities).all(axis=1)
        y, p, q = self.rows.y[rows], before.probabilities[rows], after.probabilities[rows]
        return Quality(
            brier(p, y),
            brier(q, y),
            reliability(p, y),
            reliability(q, y),
            None if combined is None else combined.calibrator,
            () if combined is None else combined.calibrations,
            ordered,
        )

    def choice(self, combinations: Sequence[Combination]) -> TestResult | None:
        """Test the gain of the choice itself, made in each fold on the other folds."""
        if not combinations:
            return None
        metric = self.task.metric
        chosen = nested_choice([c.evaluation.fold_scores for c in combinations], self.lead.fold_scores, metric)
        gains = [metric.gain(n, o) for n, o in zip(chosen, self.lead.fold_scores, strict=True)]
        return corrected_t_test(gains, self.lead.n_train, self.lead.n_test)


def _pool(context: Context, lead: Scored) -> list[Scored]:
    """The best scored solutions on the lead's folds, each once, the lead first; few of one model block."""
    metric = context.dataset.task.metric
    comparable = [
        m
        for m in context.state.members
        if len(m.fold_scores) == len(lead.fold_scores)
        and m.candidate.solution.blocks["validation"] == lead.candidate.solution.blocks["validation"]
        and not m.candidate.solution.members
    ]
    ordered = sorted(comparable, key=lambda m: -metric.gain(m.score, 0.0))
    found, seen, kinds = [lead], {lead.candidate.solution.fit_id}, {lead.candidate.solution.blocks["model"]: 1}
    for member in ordered:
        solution = member.candidate.solution
        kind = solution.blocks["model"]
        if solution.fit_id in seen or kinds.get(kind, 0) >= _MAX_CLASSES_OF_ONE_KIND:
            continue
        seen.add(solution.fit_id)
        kinds[kind] = kinds.get(kind, 0) + 1
        found.append(member)
    return found[:_POOL]


def _adjust(combinations: list[Combination]) -> list[Combination]:
    """Account for the number of strategies tried (Holm)."""
    adjusted = holm([c.test.p_value for c in combinations])
    return [replace(c, p_adjusted=p) for c, p in zip(combinations, adjusted, strict=True)]


def _choose(combinations: Sequence[Combination], lead: Scored) -> tuple[Combination | None, str]:
    """Keep the best that beats the single solution beyond noise, and of near equals one with fixed weights.

    What learns in every fit costs a cross-validation of its members each time, so it must be better than fixed
    weights beyond noise, too.
    """
    winners = [c for c in combinations if c.test.mean > 0 and c.p_adjusted < _SIGNIFICANT]
    best = max(winners, key=lambda c: c.test.mean, default=None)
    simple = max((c for c in winners if not c.learns_in_fit), key=lambda c: c.test.mean, default=None)
    if best is None or simple is None or not best.learns_in_fit:
        return best, ""
    more = np.subtract(best.gains, simple.gains)
    if corrected_t_test(more, lead.n_train, lead.n_test).p_value < _SIGNIFICANT:
        return best, ""
    return simple, f"{best.strategy.capitalize()} gains more by a difference within noise, and needs more fits."


def _diversity(members: Sequence[Scored], context: Context) -> pd.DataFrame:
    """Tabulate the correlation of the members' errors."""
    import pandas as pd

    if not members:
        return pd.DataFrame()
    names, correlations = error_correlation(members, context.dataset.development.y)
    table = pd.DataFrame(correlations.round(3), columns=names)
    table.insert(0, "errors of", names)
    return table
