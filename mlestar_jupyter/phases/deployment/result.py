"""What deployment left: the service's folder, and how the service answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from mlestar_jupyter.attempts.latency import USUAL_MS
from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.core.model import FittedModel, saved_solution
from mlestar_jupyter.deployment.card import Card
from mlestar_jupyter.deployment.probe import ProbeReport
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.view import Section, Status, View


@dataclass(eq=False, repr=False)
class RefusedResult(Result):
    """Nothing was deployed, for a reason."""

    phase = "deployment"
    reason: str
    standing: Path | None = None
    """The service of an earlier deployment, which stays."""
    failed = True
    refused = True
    state = "Deployment refused"

    @property
    def table(self) -> pd.DataFrame:  # type: ignore[override]
        """The reason."""
        return pd.DataFrame([{"gate": self.reason, "status": "fail"}])

    @property
    def summary(self) -> str:
        """Why, in a line, and what stands of before."""
        return f"Refused: {self.reason}{self._stays}"

    @property
    def _stays(self) -> str:
        return "" if self.standing is None else f" The service of an earlier deployment stays in {self.standing}."

    def view(self) -> View:
        """Show why."""
        return View(
            "Deployment", self.summary, (Section("Not deployed", lines=(("fail", self.reason + self._stays),)),)
        )

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        return {"phase": self.phase, "refused": self.reason, "despite": [], "measured": None}


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
    max_ms: float = USUAL_MS
    """Milliseconds that an answer may take."""
    card: Card = field(default_factory=Card)
    """What the model's card says."""
    note: str = ""
    """What a reader should know of the verdict behind it, a sentence."""
    is_validated: bool = True

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
        size = f"largest difference {number(r.largest_difference, 1)}"
        return [
            ("pass", f"the service started in {r.start_seconds:.1f} s in a process of its own"),
            (
                "pass" if success >= self.min_success else "fail",
                f"{success:.2%} of {r.requests} requests succeeded (limit {self.min_success:.1%})",
            ),
            ("pass" if r.equal else "fail", f"its answers equal the notebook's ({size})"),
            (
                "pass" if r.median_ms < self.max_ms else "fail",
                f"median latency {r.median_ms:.1f} ms, 95 % below {r.p95_ms:.1f} ms (limit {self.max_ms:g} ms)",
            ),
            ("pass" if r.rejects_bad_rows else "fail", "a row of a wrong shape is refused with status 422"),
        ]

    @property
    def state(self) -> str:
        """Whether it can be deployed, in a phrase."""
        if self.report is None:
            return "Built, not measured" if self.is_validated else "Built without validation, not measured"
        if self.failed:
            return "Not deployable" if self.is_validated else "Not deployable, and not validated"
        return "Deployable" if self.is_validated else "Deployed without validation"

    @property
    def summary(self) -> str:
        """Whether it can be deployed, from where, and on what it was fitted."""
        rows = (
            f"fitted on all {self.n_rows:,} rows, the holdout included"
            if self.refitted
            else f"fitted on {self.n_rows:,} development rows"
        )
        despite = f" Deployed despite failed gates: {', '.join(self.card.despite)}." if self.card.despite else ""
        note = f" {self.note}" if self.note else ""
        is_against = self.card.against and not self.failed
        against = f" But the validation says: not ready, {self.card.against}." if is_against else ""
        return f"{self.state}: the service in {self.folder}, {rows}.{against}{despite}{note}"

    def view(self) -> View:
        """Show the gates, then the files."""
        from mlestar_jupyter.phases.deployment.view import deployment_view

        return deployment_view(self)

    def to_dict(self) -> dict[str, object]:
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
            "refused": None,
            "despite": list(self.card.despite),
        }
