"""Validation: open the holdout, run the checks, hold the gates; one verdict with its reasons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from mlestar_jupyter.attempts.context import Context, Result
from mlestar_jupyter.checks.base import CheckInputs, Finding, Outcome
from mlestar_jupyter.checks.cost import Cost, measure_cost
from mlestar_jupyter.checks.fairness import check_columns, group_rates, small_groups
from mlestar_jupyter.checks.leakage import LEAKAGE_CHECKS
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.executors.base import Fitted
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.statistics import corrected_interval
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.display.figures import interval_figure
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.phases.validation.gates import (
    GATE_WORDS,
    Gate,
    below,
    fairness_gate,
    holdout_gap,
    improvement,
    leakage,
    spread,
    train_gap,
)
from mlestar_jupyter.phases.validation.holdout import HoldoutScore, score_holdout, write_predictions
from mlestar_jupyter.phases.validation.overfitting import (
    RefinementGain,
    overfitting_section,
    overfitting_values,
    refinement_gain,
)
from mlestar_jupyter.phases.validation.settings import ValidationSettings
from mlestar_jupyter.problems.registry import problem_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_OUTCOME_WORDS: dict[Outcome, str] = {
    "found": "✗ leak",
    "suspect": "! look at this",
    "clear": "✓ no evidence",
    "not applicable": "– not applicable",
}


@dataclass(eq=False, repr=False)
class ValidationResult(Result):
    """Scores, findings and gates, and the verdict."""

    phase = "validation"
    task: Task
    score: Scored
    interval: tuple[float, float]
    holdout: HoldoutScore | None
    gates: list[Gate]
    findings: list[Finding]
    details: pd.DataFrame
    fairness: pd.DataFrame
    left_out: list[str]
    cost: Cost
    refinement: RefinementGain

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a gate."""
        return pd.DataFrame(
            [{"gate": g.name, "status": g.status, "figure": g.figure, "limit": g.limit} for g in self.gates]
        )

    @property
    def failed(self) -> bool:  # type: ignore[override]
        """Whether a gate does not hold."""
        return any(g.status == "fail" for g in self.gates)

    @property
    def readiness(self) -> Literal["ready", "not ready"]:
        """The verdict in a word."""
        return "not ready" if self.failed else "ready"

    @property
    def verdict(self) -> str:
        """One sentence with its reasons."""
        failed = [g.name for g in self.gates if g.status == "fail"]
        open_points = [g.name for g in self.gates if g.status in ("advice", "not measured")]
        if failed:
            return f"Not ready: {', '.join(failed)}."
        if open_points:
            return f"Ready, with advice on {', '.join(open_points)}."
        return "Ready: all gates hold."

    @property
    def summary(self) -> str:
        """The verdict with the cross-validated score and the holdout's."""
        metric = self.task.metric
        low, high = self.interval
        text = f"{self.verdict} Cross-validated {metric.label} {self.score.score:.4g} [{low:.4g}, {high:.4g}]"
        if self.holdout is None:
            return f"{text}; holdout: not measured, there is none."
        h = self.holdout
        return f"{text}; holdout {h.score:.4g} [{h.low:.4g}, {h.high:.4g}] ({metric.direction})."

    def view(self) -> View:
        """Show the verdict, then what it rests on."""
        figure, alt = self._figure()
        gates = self.table.assign(status=[GATE_WORDS[g.status] for g in self.gates])
        note = "No evidence found is not proof of none; not applicable is not passed."
        sections = [
            Section("Gates", table=gates),
            Section("Scores", "With 95 % intervals.", figure=figure, alt=alt),
            overfitting_section(self.score, self.interval, self.holdout, self.refinement, self.task.metric),
            Section("Checks for leakage", note, self._findings()),
            Section("On the holdout" if self.holdout else "Out of fold", table=self.details),
        ]
        if len(self.fairness) or self.left_out:
            text = f"Left out, under 30 rows: {', '.join(self.left_out)}." if self.left_out else ""
            sections.append(Section("Groups", text, self.fairness if len(self.fairness) else None))
        cost = self.cost
        text = (
            f"One row {cost.single_ms:.1f} ms, {cost.batch_rows} rows {cost.batch_ms:.1f} ms, measured once "
            f"on this machine; {cost.size_mb:.2f} MB on disk; {self.score.peak_mb:.0f} MB at the peak of a fit."
        )
        sections.append(Section("Cost", text))
        return View("Validation", self.summary, tuple(sections))

    def _findings(self) -> pd.DataFrame:
        """The checks for reading: what asks for a look comes first."""
        order = list(_OUTCOME_WORDS)
        rows = [
            {
                "code": f.code,
                "check": f.title,
                "finding": _OUTCOME_WORDS[f.outcome],
                "evidence": f.evidence,
                "what to do": f.remedy,
            }
            for f in sorted(self.findings, key=lambda f: order.index(f.outcome))
        ]
        table = pd.DataFrame(rows)
        return table if any(f.remedy for f in self.findings) else table.drop(columns="what to do", errors="ignore")

    def _figure(self) -> tuple[Figure, str]:
        rows = [("cross-validated", self.score.score, *self.interval)]
        if self.holdout is not None:
            rows.append(("holdout", self.holdout.score, self.holdout.low, self.holdout.high))
        labels, values, lows, highs = zip(*rows, strict=True)
        metric = self.task.metric
        label = f"{metric.label} ({metric.direction})"
        figure = interval_figure(labels, values, lows, highs, x_label=label, strong=[True] * len(rows))
        return figure, "; ".join(f"{name} {value:.4g}" for name, value, _, _ in rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        h = self.holdout
        return {
            "phase": self.phase,
            "verdict": self.verdict,
            "score": self.score.score,
            "interval": list(self.interval),
            "holdout": None if h is None else {"score": h.score, "low": h.low, "high": h.high, "train": h.train},
            "overfitting": overfitting_values(self.score, self.holdout, self.refinement, self.task.metric),
            "cost": self.cost.to_dict() | {"peak_mb": self.score.peak_mb},
            "fairness": self.fairness.to_dict(orient="records"),
            "gates": [g.to_dict() for g in self.gates],
            "findings": [f.to_dict(self.phase) for f in self.findings],
        }


@dataclass(frozen=True)
class _Checked:
    """What the checks found, as the journal keeps it."""

    findings: list[dict[str, Any]]


def run(context: Context, settings: ValidationSettings) -> ValidationResult:
    """Open the holdout once, score it, run the checks and hold the gates."""
    task, state = context.dataset.task, context.state
    _, score = context.solution()
    check_columns(context.dataset.development.X, settings.sensitive)
    rows = context.dataset.holdout.open("validation") if len(context.dataset.holdout) else None
    holdout, predictions = score_holdout(context, rows)
    inputs = CheckInputs(task, context.dataset.development, rows, score, state.baseline, _shuffler(context))
    checked = context.measured(_Checked, lambda: _Checked([asdict(check(inputs)) for check in LEAKAGE_CHECKS]))
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
        leakage(findings),
        fairness_gate(fairness, task, settings),
        below("latency of one prediction", cost.single_ms, settings.max_latency_ms, "ms"),
        below("memory of a fit", score.peak_mb, settings.max_memory_mb, "MB"),
    ]
    interval = corrected_interval(score.fold_scores, score.n_train, score.n_test)
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
    )


def _cost(context: Context) -> Cost:
    """Measure time and size of the fitted solution."""
    solution, rows = context.solution()[0], context.dataset.development.X
    return context.measured(Cost, lambda: measure_cost(context.evaluator.fit(solution, context.final_rows()), rows))


def _shuffler(context: Context) -> Any:
    """Cross-validate the whole solution on another target, fold by fold."""
    lead = context.solution()[0].single()
    rows, metric = context.dataset.development, context.dataset.task.metric

    def shuffled(y: np.ndarray) -> list[float] | None:
        found = []
        for fold in context.evaluator.folds(lead)[:2]:
            train, test = rows.take(fold.train), rows.take(fold.test)
            result = context.evaluator.fit_predict(lead, train, test, y=y[fold.train])
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
