"""Validation: open the holdout, run the checks, evaluate the quality gates; one verdict with its reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.checks.base import CheckInputs, Finding, by_kind
from mlestar_jupyter.checks.cost import Cost, measure_cost
from mlestar_jupyter.checks.fairness import check_columns, group_rates, small_groups
from mlestar_jupyter.checks.registry import findings_of
from mlestar_jupyter.core.evaluation import score_interval
from mlestar_jupyter.core.executor import Fitted
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.phases.validation.decision import decision
from mlestar_jupyter.phases.validation.gates import (
    below,
    evidence_gate,
    fairness_gate,
    holdout_gap,
    improvement,
    spread,
    train_gap,
)
from mlestar_jupyter.phases.validation.holdout import score_holdout, why_not_measured, write_predictions
from mlestar_jupyter.phases.validation.overfitting import (
    refinement_gain,
)
from mlestar_jupyter.phases.validation.result import ValidationResult
from mlestar_jupyter.phases.validation.settings import ValidationSettings
from mlestar_jupyter.problems.registry import problem_of

SHUFFLED_FOLDS = 2
"""Folds on which the pipeline is fitted to shuffled targets."""


@dataclass(frozen=True)
class _Checked:
    """What the checks found, as the journal keeps it."""

    findings: list[dict[str, Any]]


def run(context: Context, settings: ValidationSettings) -> ValidationResult:
    """Open the holdout once, score it, run the checks and evaluate the quality gates."""
    task, state = context.dataset.task, context.state
    _, score = context.solution()
    check_columns(context.dataset.development.X, settings.sensitive)
    rows = context.dataset.holdout.open("validation") if len(context.dataset.holdout) else None
    holdout, predictions = score_holdout(context, rows)
    inputs = CheckInputs(task, context.dataset.development, rows, score, state.baseline, _shuffler(context))
    checked = context.measured(_Checked, lambda: _Checked([asdict(f) for f in findings_of("validation", inputs)]))
    findings = [Finding(**found) for found in checked.findings]
    judged = rows if rows is not None else context.dataset.development
    answers = predictions if predictions is not None else score.predictions
    if rows is not None and predictions is not None:
        write_predictions(context, rows, predictions)
    fairness = group_rates(task, judged, answers, settings.sensitive)
    cost = _cost(context)
    gates = [
        improvement(score, state.baseline, task.metric, settings),
        spread(score, settings),
        holdout_gap(score, holdout, task.metric, settings),
        train_gap(score, holdout, settings),
        *(evidence_gate(kind, found) for kind, found in by_kind(findings).items()),
        fairness_gate(fairness, task, settings),
        below("latency of one prediction", cost.single_ms, settings.max_latency or context.latency.for_gates, "ms"),
        below("memory of a fit", score.peak_mb, settings.max_memory_mb, "MB"),
    ]
    interval = score_interval(score, task.metric)
    return ValidationResult(
        task,
        score,
        interval,
        holdout,
        gates,
        findings,
        _details(task, judged.y, answers),
        fairness,
        small_groups(judged, answers, settings.sensitive),
        cost,
        refinement_gain(context, rows),
        why_not_measured(context, rows),
        decision(task, context.dataset.development.y, score, rows, predictions),
    )


def _cost(context: Context) -> Cost:
    """Measure time and size of the fitted solution."""
    solution, rows, fits = context.solution()[0], context.dataset.development.X, context.evaluator.fits
    return context.measured(Cost, lambda: measure_cost(fits.fit(solution, context.final_rows()), rows))


def _shuffler(context: Context) -> Callable[[np.ndarray], list[float] | None]:
    """Cross-validate the whole solution on another target, fold by fold."""
    lead = context.solution()[0].single()
    rows, metric = context.dataset.development, context.dataset.task.metric

    def shuffled(y: np.ndarray) -> list[float] | None:
        found = []
        for fold in context.evaluator.folds(lead)[:SHUFFLED_FOLDS]:
            train, test = rows.take(fold.train), rows.take(fold.test)
            result = context.evaluator.fits.fit_predict(lead, train, test, y=y[fold.train])
            if not isinstance(result, Fitted) or result.predictions is None:
                return None
            try:
                found.append(metric.score(y[fold.test], result.predictions))
            except ValueError:
                return None  # a shuffled fold may lack a class that the metric needs
        return found

    return shuffled


def _details(task: Task, y: np.ndarray, predictions: Predictions) -> pd.DataFrame:
    """Where the predictions that there are, are right and wrong."""
    known = np.isfinite(predictions.values)
    return problem_of(task).details(task, y[known], predictions.values[known])
