"""All gates in their order: one more is a module and a line here."""

from __future__ import annotations

from collections.abc import Callable

from mlestar_jupyter.phases.validation.gates.base import Evidence, Gate
from mlestar_jupyter.phases.validation.gates.cost import latency, memory, size
from mlestar_jupyter.phases.validation.gates.fairness import fairness
from mlestar_jupyter.phases.validation.gates.findings import findings
from mlestar_jupyter.phases.validation.gates.generalisation import generalisation
from mlestar_jupyter.phases.validation.gates.improvement import improvement
from mlestar_jupyter.phases.validation.gates.later import monitoring, service
from mlestar_jupyter.phases.validation.gates.original import ORIGINAL
from mlestar_jupyter.phases.validation.gates.overfitting import overfitting
from mlestar_jupyter.phases.validation.gates.robustness import robustness
from mlestar_jupyter.phases.validation.gates.stability import stability
from mlestar_jupyter.phases.validation.gates.target_score import target_score

_BEFORE: tuple[Callable[[Evidence], Gate], ...] = (improvement, generalisation, stability, robustness, overfitting)
_BEHIND: tuple[Callable[[Evidence], Gate], ...] = (
    fairness, target_score, latency, memory, size, service, monitoring,
)  # fmt: skip


def gates(evidence: Evidence) -> list[Gate]:
    """Judge all gates by the policy that was asked for."""
    replaced = ORIGINAL if evidence.settings.policy == "original" else {}

    def judge(gate: Callable[[Evidence], Gate]) -> Gate:
        return replaced.get(gate.__name__, gate)(evidence)

    return [*map(judge, _BEFORE), *findings(evidence), *map(judge, _BEHIND)]
