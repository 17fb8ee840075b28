"""Deployment: build the service, start it in a fresh process, and compare its answers with the notebook's."""

from __future__ import annotations

from functools import partial

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.measuring import Count
from mlestar_jupyter.core.files import write_folder
from mlestar_jupyter.core.model import MANIFEST, saved_solution
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.data.splits import joined
from mlestar_jupyter.deployment.probe import ProbeReport, probe_service
from mlestar_jupyter.deployment.service import build_service
from mlestar_jupyter.errors import MissingExtraError
from mlestar_jupyter.phases.deployment.result import DeploymentResult, RefusedResult
from mlestar_jupyter.phases.deployment.settings import DeploymentSettings
from mlestar_jupyter.phases.deployment.verdict import card_of, leak_gate, looked, note_of, refusal, validation_of


def run(context: Context, settings: DeploymentSettings) -> DeploymentResult | RefusedResult:
    """Fit on all rows, build the service, start it and ask it; or say why not."""
    solution, score = context.solution()
    validated = validation_of(context)
    holdout = _opened(context) if validated is None else None
    gate = leak_gate(validated, looked(context, holdout) if validated is None else ())
    if reason := refusal(gate, settings.despite):
        return _refused(context, reason)
    holdout = holdout if validated is None else _opened(context)
    rows, refit = _to_fit(context, holdout, settings)
    sent = context.final_rows() if holdout is None else holdout
    fitted = partial(context.evaluator.fits.fit_with_out_of_fold, solution, score, rows)
    card = card_of(context, validated, gate, settings.despite, is_refitted=refit)
    model_folder, folder = context.output / "model", context.output / "service"
    if context.may_write(model_folder / MANIFEST, "deployment", lambda: saved_solution(model_folder) != solution.id):
        write_folder(model_folder, lambda unfinished: fitted().save(unfinished))
    if context.may_write(folder, "deployment", lambda: saved_solution(folder / "model") != solution.id):
        write_folder(folder, lambda unfinished: build_service(unfinished, fitted(), card))
    report, why = None, ""
    try:
        report = context.measured(ProbeReport, lambda: probe_service(folder, fitted(), sent.X, settings.requests))
    except MissingExtraError as error:
        why = str(error)
    return DeploymentResult(
        folder,
        fitted,
        solution.fit_id,
        refit,
        len(rows),
        report,
        why,
        settings.min_success,
        context.latency.for_gates,
        card,
        note_of(gate, settings.despite),
        is_validated=validated is not None,
    )


def _opened(context: Context) -> Rows | None:
    """The sealed rows; None without a holdout."""
    return context.dataset.holdout.open("deployment") if len(context.dataset.holdout) else None


def _refused(context: Context, reason: str) -> RefusedResult:
    earlier = context.output / "service"
    stays = context.measured(Count, lambda: Count(int(earlier.exists()))).value
    return RefusedResult(reason, earlier if stays else None)


def _to_fit(context: Context, holdout: Rows | None, settings: DeploymentSettings) -> tuple[Rows, bool]:
    """The rows of the last fit, and whether the holdout is among them."""
    dataset, rows = context.dataset, context.final_rows()
    if holdout is None or not settings.refit or len(rows) < len(dataset.whole):
        return rows, False
    parts = [rows, holdout, *([] if dataset.aside is None else [dataset.aside])]
    return joined(parts, dataset.task.time, of_one_table=not dataset.has_own_holdout), True
