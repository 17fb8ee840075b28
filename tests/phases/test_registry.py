"""What every phase's folder has, and that no phase knows a later one."""

import ast
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from pathlib import Path

import pytest

from mlestar_jupyter.phases.base import Phase
from mlestar_jupyter.phases.registry import PHASES, first_with_solution, next_phase
from mlestar_jupyter.phases.settings import PhaseSettings

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parent.parent.parent / "mlestar_jupyter"
MODULES = ("settings", "phase", "run", "result", "view", "estimate")


def imported(folder):
    """Names of the modules that a folder's files import, late imports and those for types included."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


class PhaseContract:
    """What holds for each phase; a phase of another folder can be put through it as well."""

    def test_folder_has_a_module_for_each_part(self, phase: Phase):
        assert [m for m in MODULES if find_spec(f"{phase.package}.{m}") is None] == []

    def test_run_and_estimate_take_the_settings_of_the_phase(self, phase: Phase):
        for module, first in (("run", "context"), ("estimate", "ahead")):
            function = getattr(import_module(f"{phase.package}.{module}"), module)
            assert list(signature(function).parameters) == [first, "settings"]

    def test_phase_says_what_it_does_and_what_share_of_time_it_takes(self, phase: Phase):
        assert phase.summary.endswith(".")
        assert 0 < phase.share < 1
        assert issubclass(phase.settings, PhaseSettings)


@pytest.mark.parametrize("phase", PHASES.values(), ids=list(PHASES))
class TestPhases(PhaseContract):
    def test_no_phase_imports_a_later_one(self, phase):
        names = list(PHASES)
        later = [f"mlestar_jupyter.phases.{n}" for n in names[names.index(phase.name) + 1 :]]
        known = imported(ROOT / "phases" / phase.name)
        assert sorted(m for m in known if any(m == p or m.startswith(f"{p}.") for p in later)) == []

    def test_a_phase_that_others_need_runs_before_them(self, phase):
        names = list(PHASES)
        assert phase.after is None or names.index(phase.after) < names.index(phase.name)


def test_attempts_import_no_phase():
    assert sorted(m for m in imported(ROOT / "attempts") if m.startswith("mlestar_jupyter.phases")) == []


def test_phases_say_what_they_do():
    assert {name: phase.summary for name, phase in PHASES.items()} == {
        "search": "Find approaches that fit the task, with their evidence.",
        "foundation": "Look at the data, compare baselines, choose the first solution.",
        "ablation": "Measure which block matters.",
        "refinement": "Improve the blocks that matter.",
        "ensemble": "Combine the best solutions.",
        "validation": "Open the holdout, run the checks, evaluate the quality gates.",
        "deployment": "Build the service, start it, and compare its answers.",
    }


def test_shares_of_the_phases_make_a_whole():
    assert sum(phase.share for phase in PHASES.values()) == pytest.approx(1)
    assert {p.name: p.share for p in PHASES.values()}["foundation"] == 0.74


def test_order_of_the_phases():
    assert [next_phase(name) for name in PHASES] == [*list(PHASES)[1:], None]
    assert first_with_solution() == "foundation"
    assert [n for n, phase in PHASES.items() if phase.is_verdict] == ["validation", "deployment"]
