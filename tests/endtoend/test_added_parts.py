"""A detector and strategies of another package, through all phases."""

import json
import subprocess
import sys

import pandas as pd
import pytest

from mlestar_jupyter import Workflow
from tests.checks.test_detectors import GUEST as DETECTOR
from tests.checks.test_detectors import POINT as DETECTOR_POINT
from tests.ensembles.test_strategies import GUEST as STRATEGY
from tests.ensembles.test_strategies import POINT as STRATEGY_POINT
from tests.plugins_for_tests import installed

BORROWED = '''

class Borrowed(Front):
    """The same, by a block that needs this package."""

    name = "borrowed"

    def source(self, task, weights):
        return (
            "from guest import vote\\n\\n\\n"
            f"def make_ensemble(members):\\n    return vote(members, {list(weights)})\\n"
        )


def vote(members, weights):
    from sklearn.ensemble import VotingClassifier

    return VotingClassifier(members, voting="soft", weights=weights)


BORROWED = Borrowed()
'''


def _candidate(result, strategy):
    return next(c.evaluation.candidate.id for c in result.combinations if c.strategy == strategy)


@pytest.fixture(scope="module")
def run(churn, tmp_path_factory):
    """A run with the parts, in which the added strategy's combination is in use."""
    folder = tmp_path_factory.mktemp("added")
    churn.head(300).to_csv(folder / "churn.csv", index=False)
    points = (DETECTOR_POINT, STRATEGY_POINT, ("strategies", "borrowed", "BORROWED"))
    with installed(folder / "packages", DETECTOR + STRATEGY + BORROWED, *points):
        workflow = Workflow(folder / "churn.csv", "Churn", output=folder / "out")
        workflow.defaults = {
            "search": {"approaches": 5}, "foundation": {"candidates": 4}, "deployment": {"requests": 10},
            "ablation": {"repeats": 1, "pairs": False}, "refinement": {"iterations": 1, "attempts": 1},
        }  # fmt: skip
        combined = workflow.run(until="ensemble")
        borrowed = workflow.checkout(_candidate(combined, "borrowed")) and workflow.model
        workflow.checkout(_candidate(combined, "front"))
        workflow.run()
        yield workflow, combined, borrowed
        workflow.close()


def test_added_strategies_are_tried_after_the_others_by_name(run):
    _, combined, _ = run
    assert [c.strategy for c in combined.combinations][-2:] == ["borrowed", "front"]


def test_block_that_needs_its_package_is_fitted_by_the_workers(run, churn):
    assert set(run[2].predict(churn.drop(columns="Churn").head(5))) <= {"Yes", "No"}


def test_finding_of_the_detector_is_in_the_result_the_report_and_its_gate(run):
    workflow = run[0]
    result = workflow.results["validation"]
    assert [f.outcome for f in result.findings if f.code == "SIZE001"] == ["found"]
    assert {g.name: g.status for g in result.gates}["size"] == "fail"
    assert "Checks for size" in [s.heading for s in result.view().sections]
    report = json.loads((workflow.output / "report.json").read_text("utf-8"))
    assert "SIZE001" in [f["code"] for f in report["findings"]]
    assert "size" in [g["name"] for g in report["gates"]]


def test_solution_runs_without_the_package(run, tmp_path):
    output = run[0].output
    source = (output / "solution.py").read_text("utf-8")
    assert "The members' mean, the best counting twice" in source
    assert "guest" not in source
    command = [sys.executable, "-P", str((output / "solution.py").resolve()), "--output", str(tmp_path / "made.csv")]
    subprocess.run(command, check=True, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"})
    made, ours = (pd.read_csv(path) for path in (tmp_path / "made.csv", output / "holdout_predictions.csv"))
    assert list(made["prediction"]) == list(ours["prediction"])
