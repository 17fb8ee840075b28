"""What deployment makes of the verdict: leakage beyond doubt stops it, all else goes on the model's card."""

from __future__ import annotations

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.deployment.card import Card
from mlestar_jupyter.display.numbers import with_interval
from mlestar_jupyter.phases.deployment.result import DeploymentResult
from mlestar_jupyter.phases.deployment.settings import STOPS
from mlestar_jupyter.phases.validation.decision import decision_sentence
from mlestar_jupyter.phases.validation.gates.base import Gate, judged, not_measured
from mlestar_jupyter.phases.validation.result import ValidationResult

UNKNOWN = "This solution was not validated."


def validation_of(context: Context) -> ValidationResult | None:
    """The validation of the present solution; None where it has not run."""
    found = context.state.results.get("validation")
    if isinstance(found, ValidationResult) and found.about == context.solution()[0].id:
        return found
    return None


def refusal(validated: ValidationResult | None, despite: tuple[str, ...]) -> str:
    """Say in a line why nothing is deployed; empty where it is."""
    failed = [] if validated is None else [g for g in validated.gates if g.name == STOPS and g.verdict == "fail"]
    if not failed or STOPS in despite:
        return ""
    gate = failed[0]
    remedy = f" {gate.remedy}" if gate.remedy else ""
    return f"{STOPS} {gate.words}.{remedy} Or deploy all the same with despite: [{STOPS}]."


def note_of(validated: ValidationResult | None, despite: tuple[str, ...]) -> str:
    """Say that no verdict stands behind the deployment, or that there was none to overrule; empty otherwise."""
    if validated is None:
        return UNKNOWN
    if STOPS not in despite:
        return ""
    failed = any(g.name == STOPS and g.verdict == "fail" for g in validated.gates)
    return "" if failed else f"despite: [{STOPS}] has no effect: {STOPS} has not failed."


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


def card_of(validated: ValidationResult | None, despite: tuple[str, ...], *, is_refitted: bool) -> Card:
    """Write what the validation found on the model's card."""
    if validated is None:
        return Card(is_refitted=is_refitted)
    failed = [g for g in validated.gates if g.verdict == "fail"]
    metric, holdout = validated.task.metric, validated.holdout
    scores = [f"Cross-validated {metric.label}: {with_interval(validated.score.score, *validated.interval)}."]
    if holdout is not None:
        shown = with_interval(holdout.score, holdout.low, holdout.high)
        scores.insert(0, f"Holdout {metric.label} ({metric.direction}): {shown}.")
    if validated.looks is not None and validated.looks.chose:
        scores.append(validated.looks.sentence(metric))
    if validated.decision is not None:
        scores.append(decision_sentence(validated.decision, validated.task))
    return Card(
        validated.verdict,
        tuple(scores),
        tuple(f"Failed gate {g.name}: {g.words}; limit: {g.limit}." for g in failed),
        tuple(name for name in despite if name in {g.name for g in failed}),
        is_refitted,
    )
