"""Validation: open the holdout, run the checks, evaluate the quality gates; one verdict with its reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.checks.base import CheckInputs
from mlestar_jupyter.checks.cost import Cost, measure_cost
from mlestar_jupyter.checks.fairness import Disparity, disparities, group_rates, small_groups
from mlestar_jupyter.core.evaluation import score_interval
from mlestar_jupyter.core.executor import Fitted
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.core.threshold import as_answered, with_threshold
from mlestar_jupyter.phases.validation.checked import checked
from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate, Sealed, Subset, known_rows
from mlestar_jupyter.phases.validation.gates.registry import gates
from mlestar_jupyter.phases.validation.gates.robustness import subsets
from mlestar_jupyter.phases.validation.gates.units import units_of
from mlestar_jupyter.phases.validation.holdout import score_holdout, why_not_measured, write_predictions
from mlestar_jupyter.phases.validation.looks import looks
from mlestar_jupyter.phases.validation.nested import nested
from mlestar_jupyter.phases.validation.overfitting import RefinementGain, refinement_gain
from mlestar_jupyter.phases.validation.result import ValidationResult
from mlestar_jupyter.phases.validation.settings import ValidationSettings
from mlestar_jupyter.phases.validation.threshold import threshold_on_holdout
from mlestar_jupyter.problems.registry import problem_of

SHUFFLED_FOLDS = 2
"""Folds on which the pipeline is fitted to shuffled targets."""


_NOT_SCORED = "the solution cannot be scored on a shuffled target"
LEFT_OUT = "checks: quick leaves out what fits again"


@dataclass(frozen=True)
class _Judged:
    """What the gates found, as the journal keeps it."""

    gates: list[dict[str, Any]]
    subsets: list[dict[str, Any]]


def run(context: Context, settings: ValidationSettings) -> ValidationResult:
    """Open the holdout once, score it, run the checks and evaluate the quality gates."""
    task, state = context.dataset.task, context.state
    _, score = context.solution()
    is_quick = settings.checks == "quick"
    rows = context.dataset.holdout.open("validation") if len(context.dataset.holdout) else None
    holdout, predictions = score_holdout(context, rows)
    inputs = CheckInputs(task, context.dataset.development, rows, score, state.baseline, _shuffler(context))
    findings = checked(context, inputs, is_quick=is_quick)
    judged = rows if rows is not None else context.dataset.development
    deciding = with_threshold(task, context.dataset.development.y, score.predictions)
    answers = as_answered(deciding, predictions if predictions is not None else score.predictions)
    sealed = None
    if rows is not None and predictions is not None and holdout is not None:
        write_predictions(context, rows, predictions)
        dataset, baseline = context.dataset, _baseline_on(context, rows)
        sealed = Sealed(
            rows, predictions, baseline, holdout, not dataset.has_own_holdout, left_out=dataset.unknown_labels
        )
    evidence = Evidence(
        task, settings, score, state.baseline, context.evaluator.folds(score.candidate.solution),
        context.dataset.development, sealed, findings, (), None if is_quick else _cost(context),
        context.latency.for_gates, context.seed,
    )  # fmt: skip
    left_out = small_groups(judged, answers, settings.sensitive)
    evidence = replace(evidence, disparities=_disparities(evidence, judged, answers), left_out=left_out)
    if rows is not None and sealed is None:
        evidence = replace(evidence, no_holdout=why_not_measured(context, rows))
    found = context.measured(_Judged, lambda: _judged(evidence))
    return ValidationResult(
        task=task,
        score=score,
        interval=score_interval(score, task.metric),
        holdout=holdout,
        gates=[Gate(**gate) for gate in found.gates],
        findings=findings,
        details=_details(task, judged.y, answers),
        fairness=group_rates(task, judged, answers, settings.sensitive),
        left_out=left_out,
        cost=evidence.cost,
        refinement=RefinementGain(reason=LEFT_OUT) if is_quick else refinement_gain(context, rows),
        subsets=[Subset(**subset) for subset in found.subsets],
        looks=looks(context, rows, predictions),
        nested=nested(score, state.members, task.metric),
        no_holdout=why_not_measured(context, rows),
        decision=threshold_on_holdout(task, context.dataset.development.y, score, rows, predictions),
    )


def _judged(evidence: Evidence) -> _Judged:
    """Ask the gates; what they do not need is measured for the reader."""
    found = subsets(evidence)
    return _Judged([asdict(g) for g in gates(replace(evidence, subsets=found))], [asdict(s) for s in found])


def _baseline_on(context: Context, rows: Rows) -> Predictions | None:
    """Predictions of the trivial baseline, fitted on the development rows; None where it cannot be fitted."""
    baseline = context.state.baseline
    if baseline is None:
        return None
    result = context.evaluator.fits.fit_predict(baseline.candidate.solution, context.dataset.development, rows)
    return result.predictions if isinstance(result, Fitted) else None


def _disparities(evidence: Evidence, rows: Rows, answers: Predictions) -> list[Disparity]:
    """Compare groups by what the model answers."""
    settings = evidence.settings
    if not settings.sensitive:
        return []
    known = known_rows(answers)
    chosen, said = rows.take(known), answers.at(known)
    losses = problem_of(evidence.task).errors(said, chosen.y)
    units = units_of(chosen, evidence.task, losses)
    return disparities(evidence.task, chosen, said, settings.sensitive, units, settings.significance)


def _cost(context: Context) -> Cost:
    """Measure time and size of the fitted solution."""
    solution, rows, fits = context.solution()[0], context.dataset.development.X, context.evaluator.fits
    return context.measured(Cost, lambda: measure_cost(fits.fit(solution, context.final_rows()), rows))


def _shuffler(context: Context) -> Callable[[np.ndarray], list[float] | str]:
    """Cross-validate the whole solution on another target, fold by fold, where there is time for it."""
    lead = context.solution()[0].single()
    rows, metric = context.dataset.development, context.dataset.task.metric
    folds = context.evaluator.folds(lead)[:SHUFFLED_FOLDS]

    def shuffled(y: np.ndarray) -> list[float] | str:
        found = []
        left, needed = context.budget.seconds_left(), len(folds) * _fold_seconds(context)
        if left is not None and left < needed:
            return f"its fits take about {needed:.1f} s, and {left:.1f} s were left"
        for fold in folds:
            train, test = rows.take(fold.train), rows.take(fold.test)
            result = context.evaluator.fits.fit_predict(lead, train, test, y=y[fold.train])
            if not isinstance(result, Fitted) or result.predictions is None:
                return _NOT_SCORED
            try:
                found.append(metric.score(y[fold.test], result.predictions))
            except ValueError:
                return _NOT_SCORED  # a shuffled fold may lack a class that the metric needs
        return found

    return shuffled


def _fold_seconds(context: Context) -> float:
    """What a fold of the solution took; of an ensemble with its members, which is more than the lead alone."""
    _, score = context.solution()
    return (score.fit_seconds + score.predict_seconds) / max(1, len(score.fold_scores))


def _details(task: Task, y: np.ndarray, predictions: Predictions) -> pd.DataFrame:
    """Where the predictions that there are, are right and wrong."""
    known = np.isfinite(predictions.values)
    return problem_of(task).details(task, y[known], predictions.values[known])
