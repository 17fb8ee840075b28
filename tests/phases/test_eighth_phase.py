"""One more phase: its folder and a line in the registry, in a copy of the package; then it runs with all others."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mlestar_jupyter

PACKAGE = Path(mlestar_jupyter.__file__).parent
FOLDER = {
    "__init__.py": "",
    "settings.py": '''from dataclasses import dataclass

from mlestar_jupyter.phases.settings import PhaseSettings


@dataclass(frozen=True, kw_only=True)
class RestingSettings(PhaseSettings):
    """What ``%%mlestar resting`` accepts."""

    without: str = "features"
    """The block to do without."""
''',
    "phase.py": """from mlestar_jupyter.phases.base import Phase
from mlestar_jupyter.phases.resting.settings import RestingSettings

RESTING = Phase(name="resting", summary="Rest on what was found.", settings=RestingSettings, package=__package__,
                share=0.02, after="foundation")
""",
    "result.py": '''from dataclasses import dataclass

import pandas as pd

from mlestar_jupyter.attempts.result import Result
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.display.view import Section, View


@dataclass(frozen=True)
class Nap:
    """What was measured."""

    seconds: float


@dataclass(eq=False, repr=False)
class RestingResult(Result):
    phase = "resting"
    rested: Scored
    nap: Nap

    @property
    def table(self):
        return pd.DataFrame([{"score": self.rested.score, "nap": self.nap.seconds}])

    @property
    def summary(self):
        return f"Rested at {self.rested.score:.4f}."

    def view(self):
        return View("Resting", self.summary, (Section(table=self.table),))
''',
    "run.py": '''import time

from mlestar_jupyter.phases.resting.result import Nap, RestingResult


def changed(context, settings):
    """The solution without a block: the estimate counts by the same function."""
    solution = context.solution()[0]
    name = settings.without
    return solution.with_block(name, context.planner.neutral(context.dataset.task, solution, name))


def run(context, settings):
    candidate = context.candidate(changed(context, settings), "rested", "to rest", "resting")
    (rested,) = context.evaluator.evaluate([candidate], context.budget, at_least=1)
    return RestingResult(rested, context.measured(Nap, lambda: Nap(time.perf_counter())))
''',
    "estimate.py": """from mlestar_jupyter.attempts.estimating import Estimate, Span


def estimate(ahead, settings):
    return Estimate(candidates=Span.exactly(1), fits=ahead.folds(), what=f"the solution without {settings.without}")
""",
}
PROGRAM = """
import json, sys
from mlestar_jupyter import Workflow
from mlestar_jupyter.core.events import FoldDone
from mlestar_jupyter.notebook.cells import phase_batch
from mlestar_jupyter.notebook.commands import COMMANDS
from mlestar_jupyter.notebook.messages import help_message
from mlestar_jupyter.reports.plan import estimates
from tests.runs.conftest import SMALL, small_table

def plan_of(workflow):
    return workflow.plan().view().sections[0].table.set_index("phase")["evaluates"].to_dict()

if __name__ == "__main__":
    table = sys.argv[1] + "/small.csv"
    small_table().to_csv(table, index=False)
    workflow = Workflow(table, "churn", output=sys.argv[1] + "/run", max_agents=2)
    workflow.defaults.update(SMALL)
    said = {"plan": plan_of(workflow), "command": COMMANDS["resting"].summary,
            "help": help_message(workflow)["help"]["settings"]["resting"]}
    workflow.run(until="refinement")
    said["next"] = [c.source for c in phase_batch(workflow, workflow.results["refinement"]).cells][-1]
    said["estimate"] = str(dict(estimates(workflow.standing))["resting"].candidates)
    workflow.run()
    said["order"] = list(workflow.results)
    said["after"] = [c.key for c in phase_batch(workflow, workflow.results["resting"]).cells]
    said["status"] = {n: s.state for n, s in workflow.phase_states().items()}
    workflow.report()
    said["report"] = json.loads((workflow.output / "report.json").read_text())["phases"]["resting"]["table"]
    said["candidates"] = [c.label for c in workflow.journal.candidates() if c.phase == "resting"]
    html = (workflow.output / "report.html").read_text()
    said["html"] = workflow.results["resting"].summary in html
    workflow.export(sys.argv[1] + "/run.ipynb", "ipynb")
    said["notebook"] = "%%mlestar resting" in open(sys.argv[1] + "/run.ipynb").read()
    workflow.close()

    again = Workflow.resume(sys.argv[1] + "/run")
    said["resumed"] = again.results["resting"].to_dict()["table"]
    said["is_replay"] = again.results["resting"].replayed
    fits = []
    again.listen(lambda event: fits.append(event) if isinstance(event, FoldDone) else None)
    again.run()
    said["fits"] = len(fits)
    said["plan_at_the_end"] = plan_of(again)
    again.close()
    print("SAID " + json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What a program says that runs all phases, the added one among them, in a process of its own."""
    root = tmp_path_factory.mktemp("grown")
    copy = root / "mlestar_jupyter"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    folder = copy / "phases" / "resting"
    folder.mkdir()
    for name, source in FOLDER.items():
        (folder / name).write_text(source, "utf-8")
    registry = copy / "phases" / "registry.py"
    line = "from mlestar_jupyter.phases.resting.phase import RESTING"
    source = registry.read_text("utf-8").replace("REFINEMENT, ENSEMBLE", "REFINEMENT, RESTING, ENSEMBLE")
    registry.write_text(source.replace("\nPHASES", f"\n{line}\n\nPHASES", 1), "utf-8")
    (root / "program.py").write_text(PROGRAM, "utf-8")
    paths = os.pathsep.join([str(root), str(PACKAGE.parent)])
    done = subprocess.run(
        [sys.executable, str(root / "program.py"), str(root)], cwd=root, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert "SAID " in done.stdout, done.stderr[-3000:]
    return json.loads(done.stdout.rpartition("SAID ")[2])


def test_added_phase_runs_in_its_place_among_all_others(said):
    assert said["order"] == [
        "search", "foundation", "ablation", "refinement", "resting", "ensemble", "validation", "deployment",
    ]  # fmt: skip
    assert said["status"]["resting"] == "done"
    assert said["candidates"] == ["rested"]


def test_added_phase_has_its_cells_its_command_and_its_help(said):
    assert said["next"] == '%%mlestar resting\n# Rest on what was found.\nnotes: ""\nwithout: "features"'
    assert said["after"] == ["phase ensemble"]
    assert said["command"] == "Rest on what was found."
    assert said["help"]["without"] == 'The block to do without. Default: "features".'


def test_added_phase_is_in_the_plan_by_its_own_estimate(said):
    assert said["plan"]["resting"] == "1 candidate, at most 5 fits"
    assert said["estimate"] == "1"
    assert set(said["plan_at_the_end"].values()) == {""}


def test_added_phase_is_in_report_and_exported_notebook(said):
    assert len(said["report"]) == 1
    assert said["html"]
    assert said["notebook"]


def test_added_phase_is_resumed_and_replayed_with_the_same_measurement(said):
    assert said["resumed"] == said["report"]
    assert said["is_replay"]
    assert said["fits"] == 0
