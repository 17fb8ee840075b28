"""Validation: open the holdout, run the checks, hold the gates; one verdict with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.base import CheckInputs, Finding, Outcome
from mlestar_jupyter.checks.cost import Cost, measure_cost
from mlestar_jupyter.checks.fairness import check_columns, group_rates, lowest_ratio, small_groups
from mlestar_jupyter.checks.leakage import LEAKAGE_CHECKS
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.executors.base import Fitted
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.statistics import corrected_interval, corrected_t_test
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.display.figures import interval_figure
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.errors import ExecutionError
from mlestar_jupyter.phases.base import Context, Result
from mlestar_jupyter.phases.settings import ValidationSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GateStatus = Literal["pass", "fail", "advice", "not measured"]
_RESAMPLES, _FEWEST_RESAMPLES, _RESAMPLED_ROWS = 1000, 200, 5_000_000
_GATE_WORDS: dict[GateStatus, str] = {
    "pass": "✓ pass",
    "fail": "✗ fail",
    "advice": "! advice",
    "not measured": "– not measured",
}
_OUTCOME_WORDS: dict[Outcome, str] = {
    "found": "✗ leak",
    "suspect": "! look at this",
    "clear": "✓ no evidence",
    "not applicable": "– not applicable",
}
PREDICTIONS = "holdout_predictions.csv"


@dataclass(frozen=True)
class Gate:
    """A quality gate with its figure, its limit, and whether it holds."""

    name: str
    status: GateStatus
    figure: str
    limit: str


@dataclass(frozen=True)
class HoldoutScore:
    """The score on the sealed rows with its bootstrap interval, and the score on the rows fitted on."""

    score: float
    low: float
    high: float
    train: float | None


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

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a gate."""
        return pd.DataFrame(
            [{"gate": g.name, "status": g.status, "figure": g.figure, "limit": g.limit} for g in self.gates]
        )

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
        gates = self.table.assign(status=[_GATE_WORDS[g.status] for g in self.gates])
        note = "No evidence found is not proof of none; not applicable is not passed."
        sections = [
            Section("Gates", table=gates),
            Section("Scores", "With 95 % intervals.", figure=figure, alt=alt),
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
            "cost": self.cost.to_dict() | {"peak_mb": self.score.peak_mb},
            "fairness": self.fairness.to_dict(orient="records"),
            "gates": [{"name": g.name, "status": g.status, "figure": g.figure, "limit": g.limit} for g in self.gates],
            "findings": [
                {"code": f.code, "title": f.title, "outcome": f.outcome, "evidence": f.evidence, "remedy": f.remedy}
                for f in self.findings
            ],
        }


def run(context: Context, settings: ValidationSettings) -> ValidationResult:
    """Open the holdout once, score it, run the checks and hold the gates."""
    task, state = context.dataset.task, context.state
    _, score = context.solution()
    check_columns(context.dataset.development.X, settings.sensitive)
    rows = context.dataset.holdout.open("validation") if len(context.dataset.holdout) else None
    holdout, predictions = _score_holdout(context, rows)
    inputs = CheckInputs(task, context.dataset.development, rows, score, state.baseline, _shuffler(context))
    findings = [check(inputs) for check in LEAKAGE_CHECKS]
    judged = rows if rows is not None else context.dataset.development
    answers = predictions if predictions is not None else score.predictions
    if rows is not None and predictions is not None:
        write_predictions(context, rows, predictions)
    fairness = group_rates(task, judged, answers, settings.sensitive)
    cost = _cost(context)
    gates = [
        _improvement(score, state.baseline, task.metric, settings),
        _spread(score, settings),
        _holdout_gap(score, holdout, task.metric, settings),
        _train_gap(score, holdout, settings),
        _leakage(findings),
        _fairness(fairness, task, settings),
        _limit("latency of one prediction", cost.single_ms, settings.max_latency_ms, "ms"),
        _limit("memory of a fit", score.peak_mb, settings.max_memory_mb, "MB"),
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
    )


def _cost(context: Context) -> Cost:
    """Measure time and size, once: a replay must show the same figures, so they are kept in the journal."""
    solution, _ = context.solution()
    key = f"cost/{solution.fit_id}/{context.dataset.task.data_id}"
    known = context.journal.get(key)
    if known is not None:
        return Cost(**known)
    cost = measure_cost(context.evaluator.fit(solution, context.final_rows()), context.dataset.development.X)
    context.journal.put(key, cost.to_dict())
    return cost


def _score_holdout(context: Context, rows: Rows | None) -> tuple[HoldoutScore | None, Predictions | None]:
    """Fit on the development rows and score the holdout with a bootstrap interval."""
    if rows is None:
        return None, None
    solution, _ = context.solution()
    if context.dataset.everything is not None:
        return _score_final(context, rows)
    result = context.evaluator.fit_predict(solution, context.dataset.development, rows)
    if not isinstance(result, Fitted) or result.predictions is None:
        reason = getattr(result, "reason", "no predictions")
        raise ExecutionError(
            f"The solution {solution.id} cannot be fitted on all development rows: {reason}.",
            mend="Check out another candidate with %mlestar checkout ID.",
        )
    return _holdout_score(context, rows, result.predictions, result.train_predictions), result.predictions


def _score_final(context: Context, rows: Rows) -> tuple[HoldoutScore, Predictions]:
    """Score the final model of a large table, which is not fitted twice; its sample serves for the train gap."""
    solution, _ = context.solution()
    model = context.evaluator.fit(solution, context.final_rows())
    predictions, train = model.codes(rows.X), model.codes(context.dataset.development.X)
    return _holdout_score(context, rows, predictions, train), predictions


def _holdout_score(context: Context, rows: Rows, predictions: Predictions, train: Predictions | None) -> HoldoutScore:
    metric = context.dataset.task.metric
    low, high = _bootstrap(metric, rows.y, predictions, child_seed(context.seed, "bootstrap"))
    fitted = None if train is None else metric.score(context.dataset.development.y, train)
    return HoldoutScore(metric.score(rows.y, predictions), low, high, fitted)


def _bootstrap(metric: Metric, y: np.ndarray, predictions: Predictions, seed: int) -> tuple[float, float]:
    """Percentile interval over resampled rows; resamples in which the metric is not defined do not count."""
    generator = np.random.default_rng(seed)
    scores = []
    for _ in range(min(_RESAMPLES, max(_FEWEST_RESAMPLES, _RESAMPLED_ROWS // len(y)))):
        rows = generator.integers(0, len(y), len(y))
        probabilities = None if predictions.probabilities is None else predictions.probabilities[rows]
        try:
            scores.append(metric.score(y[rows], Predictions(predictions.values[rows], probabilities)))
        except ValueError:
            continue
    if not scores:
        return float("nan"), float("nan")
    low, high = np.percentile(scores, [2.5, 97.5])
    return float(low), float(high)


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


def write_predictions(context: Context, rows: Rows, predictions: Predictions) -> None:
    """Write the holdout's predictions in the target's own labels, with the rows' numbers in the table."""
    task = context.dataset.task
    labels = [task.classes[int(v)] for v in predictions.values] if task.classes else predictions.values
    table = pd.DataFrame({"row": rows.source, "prediction": labels})
    if predictions.probabilities is not None:
        for code, label in enumerate(task.classes):
            table[f"probability_{label}"] = predictions.probabilities[:, code]
    table.to_csv(context.output / PREDICTIONS, index=False)


def _details(task: Task, y: np.ndarray, predictions: Predictions) -> pd.DataFrame:
    """Precision and recall by class, or the size of the errors."""
    from sklearn.metrics import precision_recall_fscore_support

    known = np.isfinite(predictions.values)
    y, values = y[known], predictions.values[known]
    if task.classes:
        parts = precision_recall_fscore_support(
            y, values.astype(int), labels=range(len(task.classes)), zero_division=np.nan
        )
        names = ("precision", "recall", "f1", "rows")
        return pd.DataFrame({"class": task.classes} | dict(zip(names, parts, strict=True)))
    errors = values - y
    figures = {
        "mean error": errors.mean(),
        "mean absolute error": np.abs(errors).mean(),
        "median absolute error": np.median(np.abs(errors)),
        "90 % of errors below": np.quantile(np.abs(errors), 0.9),
        "R²": 1 - (errors**2).sum() / ((y - y.mean()) ** 2).sum(),
    }
    return pd.DataFrame({"figure": list(figures), "value": list(figures.values())})


# --- gates --------------------------------------------------------------------------------------------------------


def _improvement(score: Scored, baseline: Scored | None, metric: Metric, settings: ValidationSettings) -> Gate:
    name = "improvement over the trivial baseline"
    limit = f"> {settings.min_improvement:.0%} at p < {settings.significance:g}"
    if baseline is None or not _same_folds(score, baseline):
        return Gate(name, "not measured", "the baseline has no score on these folds", limit)
    pairs = zip(score.fold_scores, baseline.fold_scores, strict=True)
    test = corrected_t_test([metric.gain(n, o) for n, o in pairs], score.n_train, score.n_test)
    share = test.mean / abs(baseline.score) if baseline.score else np.sign(test.mean) * np.inf
    holds = share > settings.min_improvement and test.p_value < settings.significance
    return Gate(name, "pass" if holds else "fail", f"{share:.1%}, p = {test.p_value:.2g}", limit)


def _same_folds(score: Scored, baseline: Scored) -> bool:
    """Whether fold scores can be paired: as many, from the same ``validation`` block."""
    ours, theirs = score.candidate.solution.blocks, baseline.candidate.solution.blocks
    return len(score.fold_scores) == len(baseline.fold_scores) and ours.get("validation") == theirs.get("validation")


def _spread(score: Scored, settings: ValidationSettings) -> Gate:
    share = score.spread / abs(score.score) if score.score else np.inf
    status: GateStatus = "pass" if share < settings.max_cv_spread else "fail"
    return Gate("spread of the folds", status, f"{share:.1%} of the mean", f"< {settings.max_cv_spread:.0%}")


def _holdout_gap(score: Scored, holdout: HoldoutScore | None, metric: Metric, settings: ValidationSettings) -> Gate:
    name, limit = "holdout against cross-validation", f"within {settings.max_holdout_gap:.0%}"
    if holdout is None:
        return Gate(name, "not measured", "there is no holdout", limit)
    share = metric.gain(holdout.score, score.score) / abs(score.score) if score.score else 0.0
    figure = f"{share:+.1%} ({'better' if share > 0 else 'worse'} than cross-validated)"
    return Gate(name, "pass" if share > -settings.max_holdout_gap else "fail", figure, limit)


def _train_gap(score: Scored, holdout: HoldoutScore | None, settings: ValidationSettings) -> Gate:
    name, limit = "training against cross-validation", f"within {settings.max_train_gap:.0%}, advisory"
    if holdout is None or holdout.train is None:
        return Gate(name, "not measured", "there is no holdout fit", limit)
    share = abs(holdout.train - score.score) / abs(score.score) if score.score else 0.0
    return Gate(name, "pass" if share < settings.max_train_gap else "advice", f"{share:.1%}", limit)


def _leakage(findings: Sequence[Finding]) -> Gate:
    leaks = [f.code for f in findings if f.outcome == "found"]
    suspect = [f.code for f in findings if f.outcome == "suspect"]
    ran = [f.code for f in findings if f.outcome != "not applicable"]
    limit = "no evidence found"
    if leaks:
        return Gate("leakage", "fail", f"found by {', '.join(leaks)}", limit)
    if suspect:
        return Gate("leakage", "advice", f"look at {', '.join(suspect)}", limit)
    return Gate("leakage", "pass", f"no evidence found by the checks {', '.join(ran)}", limit)


def _fairness(rates: pd.DataFrame, task: Task, settings: ValidationSettings) -> Gate:
    name, limit = "fairness", f"selection rates at least {settings.min_fairness_ratio:.0%} of each other"
    ratio = lowest_ratio(rates)
    if ratio is None:
        why = (
            "no sensitive columns were named"
            if not settings.sensitive
            else f"no selection rates for a {task.problem} task"
        )
        return Gate(name, "not measured", why, limit)
    return Gate(name, "pass" if ratio >= settings.min_fairness_ratio else "fail", f"{ratio:.0%}", limit)


def _limit(name: str, value: float, limit: float, unit: str) -> Gate:
    return Gate(name, "pass" if value < limit else "fail", f"{value:,.1f} {unit}", f"< {limit:,.0f} {unit}")
