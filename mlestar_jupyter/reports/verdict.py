"""Verdict, gates and findings of the present solution, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mlestar_jupyter.checks.base import SEVERITIES, Finding
from mlestar_jupyter.display.view import Section, View, Viewed
from mlestar_jupyter.phases.deployment.result import DeploymentResult
from mlestar_jupyter.phases.deployment.verdict import service_gate
from mlestar_jupyter.phases.validation.gates.base import Gate
from mlestar_jupyter.phases.validation.result import ValidationResult
from mlestar_jupyter.phases.validation.verdict import Verdict, gates_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlestar_jupyter.attempts.result import Result
    from mlestar_jupyter.reports.base import RunRecord

_CURRENT = ("done", "failed")


class Gates(Viewed, tuple[Gate, ...]):
    """The gates in their order."""

    __slots__ = ()

    @property
    def table(self) -> pd.DataFrame:
        """One row a gate, failed ones first."""
        return gates_table(self)

    def view(self) -> View:
        """The table."""
        return View("Gates", "" if self else "Validation has not run.", (Section(table=self.table),) if self else ())


class Findings(Viewed, tuple[Finding, ...]):
    """What the checks found, in their order."""

    __slots__ = ()

    @property
    def table(self) -> pd.DataFrame:
        """One row a finding, the most severe first."""
        order = list(SEVERITIES)
        rows = sorted(self, key=lambda f: order.index(f.outcome))
        columns = ["code", "severity", "check", "evidence", "what to do"]
        return pd.DataFrame(
            [[f.code, SEVERITIES[f.outcome], f.title, f.evidence, f.remedy] for f in rows], columns=columns
        )

    def view(self) -> View:
        """The table."""
        return View("Findings", "" if self else "No check has run.", (Section(table=self.table),) if self else ())


def gates_of(results: Mapping[str, Result], current: Mapping[str, bool]) -> Gates:
    """The gates of the present solution: those of validation, and what deployment measured of the service."""
    validated, deployed = results.get("validation"), results.get("deployment")
    if not isinstance(validated, ValidationResult) or not current["validation"]:
        return Gates()
    measured = [service_gate(deployed)] if isinstance(deployed, DeploymentResult) and current["deployment"] else []
    by_name = {g.name: g for g in measured}
    return Gates(by_name.get(g.name, g) for g in validated.gates)


def verdict(run: RunRecord) -> Verdict:
    """What the gates of the present solution come to."""
    return Verdict(tuple(gates(run)))


def gates(run: RunRecord) -> Gates:
    """The gates of the present solution; none before validation."""
    return gates_of(run.results, _current(run))


def findings(run: RunRecord) -> Findings:
    """What the checks of the present solution found; nothing before validation."""
    validated = run.results.get("validation")
    is_current = isinstance(validated, ValidationResult) and _current(run)["validation"]
    return Findings(validated.findings if is_current and isinstance(validated, ValidationResult) else ())


def _current(run: RunRecord) -> dict[str, bool]:
    return {name: state.state in _CURRENT for name, state in run.phase_states().items()}
