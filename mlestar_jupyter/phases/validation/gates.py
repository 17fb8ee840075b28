"""Quality gates: each holds one figure of the validation against its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.base import Finding
from mlestar_jupyter.checks.fairness import lowest_ratio
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.statistics import corrected_t_test
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.phases.validation.holdout import HoldoutScore
from mlestar_jupyter.phases.validation.settings import ValidationSettings

GateStatus = Literal["pass", "fail", "advice", "not measured"]
GATE_WORDS: dict[GateStatus, str] = {
    "pass": "✓ pass",
    "fail": "✗ fail",
    "advice": "! advice",
    "not measured": "– not measured",
}


@dataclass(frozen=True)
class Gate:
    """A quality gate with its figure, its limit, and whether it holds."""

    name: str
    status: GateStatus
    figure: str
    limit: str

    def to_dict(self) -> dict[str, str | float | None]:
        """Plain values for ``report.json``; null is not measured."""
        return {
            "name": self.name, "verdict": self.status, "status": self.status, "figure": self.figure, "low": None,
            "high": None, "limit": self.limit, "remedy": "",
        }  # fmt: skip


def improvement(score: Scored, baseline: Scored | None, metric: Metric, settings: ValidationSettings) -> Gate:
    """Hold the gain over the trivial baseline, which must be large and significant."""
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


def spread(score: Scored, settings: ValidationSettings) -> Gate:
    """Hold the spread of the fold scores."""
    share = score.spread / abs(score.score) if score.score else np.inf
    status: GateStatus = "pass" if share < settings.max_cv_spread else "fail"
    return Gate("spread of the folds", status, f"{share:.1%} of the mean", f"< {settings.max_cv_spread:.0%}")


def holdout_gap(score: Scored, holdout: HoldoutScore | None, metric: Metric, settings: ValidationSettings) -> Gate:
    """Hold the holdout against the cross-validation; better is no failure."""
    name, limit = "holdout against cross-validation", f"at most {settings.max_holdout_gap:.0%} worse"
    if holdout is None:
        return Gate(name, "not measured", "there is no holdout", limit)
    share = metric.gain(holdout.score, score.score) / abs(score.score) if score.score else 0.0
    than = "as" if f"{share:.1%}" in ("0.0%", "-0.0%") else f"{'better' if share > 0 else 'worse'} than"
    figure = f"{share:+.1%} ({than} cross-validated)"
    return Gate(name, "pass" if share > -settings.max_holdout_gap else "fail", figure, limit)


def train_gap(score: Scored, holdout: HoldoutScore | None, settings: ValidationSettings) -> Gate:
    """Hold the score on the rows fitted on against the cross-validation."""
    name, limit = "training against cross-validation", f"within {settings.max_train_gap:.0%}, advisory"
    if holdout is None or holdout.train is None:
        return Gate(name, "not measured", "there is no holdout fit", limit)
    share = abs(holdout.train - score.score) / abs(score.score) if score.score else 0.0
    return Gate(name, "pass" if share < settings.max_train_gap else "advice", f"{share:.1%}", limit)


def evidence_gate(kind: str, findings: Sequence[Finding]) -> Gate:
    """Sum up what the detectors of one kind found."""
    found = [f.code for f in findings if f.outcome == "found"]
    suspect = [f.code for f in findings if f.outcome == "suspect"]
    ran = [f.code for f in findings if f.outcome != "not applicable"]
    limit = "no evidence found"
    if found:
        return Gate(kind, "fail", f"found by {', '.join(found)}", limit)
    if suspect:
        return Gate(kind, "advice", f"look at {', '.join(suspect)}", limit)
    if not ran:
        return Gate(kind, "not measured", "no check applies", limit)
    return Gate(kind, "pass", f"no evidence found by the checks {', '.join(ran)}", limit)


def fairness_gate(rates: pd.DataFrame, task: Task, settings: ValidationSettings) -> Gate:
    """Hold the selection rates of the groups against each other."""
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


def below(name: str, value: float, limit: float, unit: str) -> Gate:
    """Hold a figure below its limit."""
    return Gate(name, "pass" if value < limit else "fail", f"{value:,.1f} {unit}", f"< {_limit(limit)} {unit}")


def _limit(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:g}"  # noqa: PLR2004
