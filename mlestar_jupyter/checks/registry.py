"""All detectors by their code."""

from __future__ import annotations

from mlestar_jupyter.checks.base import CheckInputs, Detector, Finding
from mlestar_jupyter.checks.leakage.duplicates import Duplicates
from mlestar_jupyter.checks.leakage.group_overlap import GroupOverlap
from mlestar_jupyter.checks.leakage.missingness import Missingness
from mlestar_jupyter.checks.leakage.row_order import RowOrder
from mlestar_jupyter.checks.leakage.single_features import SingleFeatures
from mlestar_jupyter.checks.leakage.target_copies import TargetCopies
from mlestar_jupyter.checks.leakage.target_shuffle import TargetShuffle
from mlestar_jupyter.checks.leakage.time_order import TimeOrder
from mlestar_jupyter.plugins import with_plugins

_BUILT_IN: tuple[Detector, ...] = (
    TargetCopies(),
    SingleFeatures(),
    Duplicates(),
    TimeOrder(),
    GroupOverlap(),
    TargetShuffle(),
    RowOrder(),
    Missingness(),
)


def detectors() -> dict[str, Detector]:
    """All detectors by code: those of this package in their order, then those that other packages add.

    Raises
    ------
    PluginError
        When another package adds something else, or takes the code of another detector.
    """
    return with_plugins("detectors", Detector, _BUILT_IN, lambda detector: detector.code)  # type: ignore[type-abstract]


def findings_of(phase: str, inputs: CheckInputs, *, is_quick: bool = False) -> list[Finding]:
    """Let every detector of a phase look, in their order; quick checks leave out those that fit again."""
    asked = [detector for detector in detectors().values() if phase in detector.phases]
    return [
        detector.not_applicable("checks: quick leaves out what fits again")
        if is_quick and detector.fits_again
        else detector.check(inputs)
        for detector in asked
    ]
