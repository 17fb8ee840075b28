"""Deployment: build the service, start it in a fresh process, and compare its answers with the notebook's."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.files import write_folder
from mlestar_jupyter.core.model import MANIFEST, FittedModel, saved_solution
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.deployment.probe import ProbeReport, probe_service
from mlestar_jupyter.deployment.service import build_service
from mlestar_jupyter.errors import MissingExtraError
from mlestar_jupyter.phases.deployment.result import DeploymentResult
from mlestar_jupyter.phases.deployment.settings import DeploymentSettings


def run(context: Context, settings: DeploymentSettings) -> DeploymentResult:
    """Fit on all rows, build the service, start it and ask it."""
    solution, _ = context.solution()
    rows = context.final_rows()
    sealed = len(context.dataset.holdout)
    refit = settings.refit and sealed > 0 and len(rows) == len(context.dataset.whole)
    sent = rows.X
    if sealed:
        holdout = context.dataset.holdout.open("deployment")
        assert holdout is not None
        sent = holdout.X
        if refit:
            rows = join(rows, holdout)
    fitted = partial(_fitted, context, rows)
    model_folder, folder = context.output / "model", context.output / "service"
    if context.may_write(model_folder / MANIFEST, "deployment", lambda: saved_solution(model_folder) != solution.id):
        write_folder(model_folder, lambda unfinished: fitted().save(unfinished))
    if context.may_write(folder, "deployment", lambda: saved_solution(folder / "model") != solution.id):
        write_folder(folder, lambda unfinished: build_service(unfinished, fitted()))
    report, why = None, ""
    try:
        report = context.measured(ProbeReport, lambda: probe_service(folder, fitted(), sent, settings.requests))
    except MissingExtraError as error:
        why = str(error)
    return DeploymentResult(
        folder, fitted, solution.fit_id, refit, len(rows), report, why, settings.min_success, context.latency.for_gates
    )


def _fitted(context: Context, rows: Rows) -> FittedModel:
    """Fit the solution, with the intervals and the threshold that its folds say."""
    solution, score = context.solution()
    model = context.evaluator.fits.fit(solution, rows)
    return model.decided(context.dataset.development.y, score.predictions)


def join(first: Rows, second: Rows) -> Rows:
    """All rows of two parts, in the order of the table."""
    source = np.concatenate([first.source, second.source])
    order = np.argsort(source, kind="stable")
    groups = None
    if first.groups is not None and second.groups is not None:
        groups = np.concatenate([first.groups, second.groups])[order]
    X = pd.concat([first.X, second.X]).iloc[order].reset_index(drop=True)
    return Rows(X, np.concatenate([first.y, second.y])[order], groups, source[order])
