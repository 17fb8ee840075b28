"""What deployment makes of the verdict: leakage beyond doubt stops it, all else goes on the model's card.

Without a verdict on the solution it looks for leakage by the checks that fit nothing again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.checks.base import CheckInputs, Finding
from mlestar_jupyter.core.evaluation import score_interval
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.deployment.card import NOT_VALIDATED, Card
from mlestar_jupyter.display.numbers import with_interval
from mlestar_jupyter.phases.deployment.result import DeploymentResult
from mlestar_jupyter.phases.deployment.settings import STOPS
from mlestar_jupyter.phases.validation.checked import checked
from mlestar_jupyter.phases.validation.coverage import coverage_warning
from mlestar_jupyter.phases.validation.gates.base import Gate, judged, not_measured
from mlestar_jupyter.phases.validation.gates.findings import of_kind
from mlestar_jupyter.phases.validation.result import ValidationResult
from mlestar_jupyter.phases.validation.threshold import threshold_sentence


def validation_of(context: Context) -> ValidationResult | None:
    """The validation of the present solution; None where it has not run."""
    found = context.state.results.get("validation")
    if isinstance(found, ValidationResult) and found.about == context.solution()[0].id:
        return found
    return None


def looked(context: Context, holdout: Rows | None) -> list[Finding]:
    """What the checks see that fit nothing again, of a solution that was not validated."""
    task, development = context.dataset.task, context.dataset.development
    inputs = CheckInputs(task, development, holdout, context.solution()[1], context.state.baseline, _no_fits)
    return checked(context, inputs, is_quick=True)


def _no_fits(y: np.ndarray) -> str:
    del y
    return "deployment fits nothing for checks"


def leak_gate(validated: ValidationResult | None, findings: Sequence[Finding] = ()) -> Gate:
    """What is known of leakage: by the validation, or by the checks of deployment."""
    if validated is None:
        return of_kind(STOPS, [finding for finding in findings if finding.kind == STOPS])
    return next((g for g in validated.gates if g.name == STOPS), not_measured(STOPS, "no check ran"))


def refusal(gate: Gate, despite: tuple[str, ...]) -> str:
    """Say in a line why nothing is deployed; empty where it is."""
    if gate.verdict != "fail" or STOPS in despite:
        return ""
    remedy = f" {gate.remedy}" if gate.remedy else ""
    return f"{STOPS} {gate.words}.{remedy} Or deploy all the same with despite: [{STOPS}]."


def note_of(gate: Gate, despite: tuple[str, ...]) -> str:
    """Say that there was no verdict to overrule; empty otherwise."""
    if STOPS not in despite or gate.verdict == "fail":
        return ""
    return f"despite: [{STOPS}] has no effect: {STOPS} has not failed."


def service_gate(deployed: DeploymentResult) -> Gate:
    """What deployment measured of the service, as a gate: the share of its requests that succeeded."""
    limit = f"starts, answers as the notebook does, at least {deployed.min_success:.1%} of requests succeed"
    report = deployed.report
    if report is None:
        return not_measured("service", deployed.not_started, limit)
    success = report.succeeded / report.requests if report.started and report.requests else 0.0
    failed = [text for status, text in deployed.gates() if status == "fail"]
    words = "; ".join(failed) or f"{success:.2%} of {report.requests} requests succeeded"
    remedy = "Look at the log in the view of deployment."
    return judged("service", "fail" if failed else "pass", words, success, limit=limit, remedy=remedy)


def card_of(
    context: Context, validated: ValidationResult | None, gate: Gate, despite: tuple[str, ...], *, is_refitted: bool
) -> Card:
    """Write what the validation found on the model's card, or what is known without one."""
    if validated is not None:
        return validated_card(validated, despite, is_refitted=is_refitted)
    metric, (_, score) = context.dataset.task.metric, context.solution()
    known = f"Cross-validated {metric.label}: {with_interval(score.score, *score_interval(score, metric))}."
    overruled = despite if gate.verdict == "fail" else ()
    return Card(f"{NOT_VALIDATED} {STOPS.capitalize()}: {gate.words}.", (known,), (), overruled, is_refitted)


def validated_card(validated: ValidationResult, despite: tuple[str, ...], *, is_refitted: bool) -> Card:
    """Write what the validation found on the model's card."""
    failed = [g for g in validated.gates if g.verdict == "fail"]
    metric, holdout = validated.task.metric, validated.holdout
    scores = [f"Cross-validated {metric.label}: {with_interval(validated.score.score, *validated.interval)}."]
    if holdout is not None:
        shown = with_interval(holdout.score, holdout.low, holdout.high)
        scores.insert(0, f"Holdout {metric.label} ({metric.direction}): {shown}.")
    if validated.looks is not None and validated.looks.chose:
        scores.append(validated.looks.sentence(metric))
    if validated.decision is not None:
        scores.append(threshold_sentence(validated.decision, validated.task))
    if warning := coverage_warning(holdout, is_of_labels=bool(validated.task.classes)):
        scores.append(warning)
    return Card(
        validated.verdict,
        tuple(scores),
        tuple(f"Failed gate {g.name}: {g.words}; limit: {g.limit}." for g in failed),
        tuple(name for name in despite if name in {g.name for g in failed}),
        is_refitted,
        ", ".join(g.name for g in failed),
    )
