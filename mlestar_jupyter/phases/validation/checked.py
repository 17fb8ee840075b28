"""What the checks found, kept in the journal: asked by validation, and by a deployment without one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.checks.base import CheckInputs, Finding
from mlestar_jupyter.checks.registry import findings_of


@dataclass(frozen=True)
class _Checked:
    findings: list[dict[str, Any]]


def checked(context: Context, inputs: CheckInputs, *, is_quick: bool) -> list[Finding]:
    """Let the checks of validation look, once; quick ones fit nothing again."""
    found = context.measured(
        _Checked, lambda: _Checked([asdict(f) for f in findings_of("validation", inputs, is_quick=is_quick)])
    )
    return [Finding(**finding) for finding in found.findings]
