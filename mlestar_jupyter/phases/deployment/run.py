"""Deployment: build the service, start it in a fresh process, and compare its answers with the notebook's."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlestar_jupyter.attempts.context import Context, Result
from mlestar_jupyter.core.files import write_folder
from mlestar_jupyter.core.model import MANIFEST, FittedModel, saved_solution
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.deployment.probe import ProbeReport, probe_service
from mlestar_jupyter.deployment.service import build_service
from mlestar_jupyter.display.rendering import MARKS
from mlestar_jupyter.display.view import Section, Status, View
from mlestar_jupyter.errors import MissingExtraError
from mlestar_jupyter.phases.deployment.settings import DeploymentSettings

_MAX_MS = 100.0


@dataclass(eq=False, repr=False)
class DeploymentResult(Result):
    """The service folder, and what came of starting and asking it."""

    phase = "deployment"
    folder: Path
    make_model: Callable[[], FittedModel]
    fit_id: str
    refitted: bool
    n_rows: int
    report: ProbeReport | None
    not_started: str
    min_success: float

    @cached_property
    def model(self) -> FittedModel:
        """The model that was deployed."""
        return self.make_model()

    @property
    def failed(self) -> bool:  # type: ignore[override]
        """Whether a gate does not hold."""
        return any(status == "fail" for status, _ in self.gates())

    @property
    def replaced(self) -> bool:  # type: ignore[override]
        """Whether the service of another solution stands in the folder by now."""
        return saved_solution(self.folder / "model") not in (None, self.about)

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """One row a gate."""
        return pd.DataFrame([{"gate": text, "status": status} for status, text in self.gates()])

    def gates(self) -> list[tuple[Status, str]]:
        """What the service must keep, each with its figure."""
        r = self.report
        if r is None:
            return [("info", f"not started, so nothing was measured: {self.not_started}")]
        if not r.started:
            return [("fail", f"the service did not start within {r.start_seconds:.0f} s")]
        success = r.succeeded / r.requests
        size = f"largest difference {r.largest_difference:.1g}"
        return [
            ("pass", f"the service started in {r.start_seconds:.1f} s in a process of its own"),
            (
                "pass" if success >= self.min_success else "fail",
                f"{success:.2%} of {r.requests} requests succeeded (limit {self.min_success:.1%})",
            ),
            ("pass" if r.equal else "fail", f"its answers equal the notebook's ({size})"),
            (
                "pass" if r.median_ms < _MAX_MS else "fail",
                f"median latency {r.median_ms:.1f} ms, 95 % below {r.p95_ms:.1f} ms (limit {_MAX_MS:.0f} ms)",
            ),
            ("pass" if r.rejects_bad_rows else "fail", "a row of a wrong shape is refused with status 422"),
        ]

    @property
    def state(self) -> str:
        """Whether it can be deployed, in a phrase."""
        if self.report is None:
            return "Built, not measured"
        return "Not deployable" if self.failed else "Deployable"

    @property
    def summary(self) -> str:
        """Whether it can be deployed, from where, and on what it was fitted."""
        rows = (
            f"fitted on all {self.n_rows:,} rows, the holdout included"
            if self.refitted
            else f"fitted on {self.n_rows:,} development rows"
        )
        return f"{self.state}: the service in {self.folder}, {rows}."

    def view(self) -> View:
        """Show the gates, then the files."""
        files = pd.DataFrame(
            [
                {"file": str(p.relative_to(self.folder)), "kB": round(p.stat().st_size / 1024, 1)}
                for p in sorted(self.folder.rglob("*"))
                if p.is_file() and "__pycache__" not in p.parts
            ]
        )
        gates = pd.DataFrame([{"gate": text, "result": MARKS[status]} for status, text in self.gates()])
        start = f"cd {shlex.quote(str(self.folder))}\npip install -r requirements.txt\nuvicorn app:app"
        sections = [
            Section("Tried for real", table=gates),
            Section("Start it", code=start),
            Section(f"Files ({len(files)})", table=files, folded=True),
        ]
        if self.report is not None and self.report.log:
            sections.append(Section("Log", code=self.report.log, folded=True))
        return View("Deployment", self.summary, tuple(sections))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        r = self.report
        measured = None
        if r is not None:
            measured = {
                "started": r.started, "requests": r.requests, "succeeded": r.succeeded, "equal": r.equal,
                "median_ms": r.median_ms, "p95_ms": r.p95_ms,
            }  # fmt: skip
        return {
            "phase": self.phase,
            "folder": self.folder.name,
            "refitted": self.refitted,
            "rows": self.n_rows,
            "measured": measured,
        }


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
    fitted = partial(context.evaluator.fits.fit, solution, rows)
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
    return DeploymentResult(folder, fitted, solution.fit_id, refit, len(rows), report, why, settings.min_success)


def join(first: Rows, second: Rows) -> Rows:
    """All rows of two parts, in the order of the table."""
    source = np.concatenate([first.source, second.source])
    order = np.argsort(source, kind="stable")
    groups = None
    if first.groups is not None and second.groups is not None:
        groups = np.concatenate([first.groups, second.groups])[order]
    X = pd.concat([first.X, second.X]).iloc[order].reset_index(drop=True)
    return Rows(X, np.concatenate([first.y, second.y])[order], groups, source[order])
