"""A problem type of another package goes through all phases, the script and the service; nothing here names it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.problems.recognition import load_model, make_dataset
from mlestar_jupyter.problems.registry import problems
from tests.plugins_for_tests import installed
from tests.problems.contract import ProblemContract, table

SOURCES = Path(__file__).parent
GUESTS = {"counts": ("counts.py", "COUNTS"), "quantiles": ("quantiles.py", "QUANTILES")}


def counts(x, random):
    return random.poisson(np.exp(0.8 * x))


def amounts(x, random):
    return 3 * x + random.normal(size=len(x))


@pytest.fixture(scope="class", params=list(GUESTS))
def guest(request, tmp_path_factory):
    """The name of a problem type while its package is installed."""
    file, thing = GUESTS[request.param]
    source = (SOURCES / file).read_text(encoding="utf-8")
    with installed(tmp_path_factory.mktemp("guest"), source, ("problems", request.param, thing)):
        yield request.param


class TestGuests(ProblemContract):
    @pytest.fixture
    def problem(self, guest):
        return problems()[guest]

    @pytest.fixture
    def target(self, guest):
        return counts if guest == "counts" else amounts


def test_members_of_several_columns_are_averaged_column_by_column(tmp_path):
    source = (SOURCES / "quantiles.py").read_text(encoding="utf-8")
    with installed(tmp_path, source, ("problems", "quantiles", "QUANTILES")):
        dataset = make_dataset(read_table(table(amounts)), "y", problem="quantiles", test=0.0)
        planner, X, y = RecipePlanner(), dataset.development.X, dataset.development.y
        members = tuple(draft.solution for draft in planner.baselines(dataset.task)[:2])
        block = strategies()["greedy"].source(dataset.task, [0.25, 0.75])
        together = Solution.of({**members[0].blocks, "ensemble": block}, members).build().fit(X, y).predict(X)
        one, other = (member.build().fit(X, y).predict(X) for member in members)
        np.testing.assert_allclose(together, 0.25 * one + 0.75 * other)


@pytest.mark.slow
class TestRuns:
    @pytest.fixture(scope="class")
    def workflow(self, guest, tmp_path_factory):
        """A run through the first five phases."""
        folder = tmp_path_factory.mktemp("run")
        rows = table(counts if guest == "counts" else amounts)
        rows.drop(columns=["day", "shop"]).to_csv(folder / "table.csv", index=False)
        workflow = Workflow(folder / "table.csv", "y", problem=guest, output=folder / "out", seed=0, max_agents=1)
        try:
            workflow.search()
            workflow.foundation(max_evaluations=4)
            workflow.ablation(max_evaluations=3)
            workflow.refinement(max_evaluations=2)
            workflow.ensemble(max_evaluations=2)
            workflow.validation()
            workflow.deployment()
            yield workflow
        finally:
            workflow.close()

    def test_all_phases_are_scored_by_its_metric(self, guest, workflow):
        report = json.loads((workflow.output / "report.json").read_text(encoding="utf-8"))
        assert report["task"]["problem"] == guest
        assert report["task"]["metric"] == problems()[guest].default_metric
        assert len(report["phases"]) == 7

    def test_the_solution_is_better_than_the_constant(self, workflow):
        gate = next(g for g in workflow.results["validation"].gates if g.name.startswith("improvement"))
        assert gate.figure > 0.1

    def test_model_answers_in_the_tables_own_unit(self, guest, workflow):
        new = pd.DataFrame({"x": [-1.0, 2.0], "noise": [0.0, 0.0], "kind": ["a", "b"]})
        low, high = workflow.model.predict(new)
        assert low < high
        columns = workflow.model.predict_columns(new)
        assert list(columns) == list(workflow.task.form.names)
        if guest == "quantiles":
            assert (columns["q10"] < columns["q90"]).all()
            assert columns["q50"].tolist() == [low, high]
        else:
            assert low >= 0

    def test_saved_model_answers_the_same(self, workflow, tmp_path):
        again = load_model(workflow.model.save(tmp_path))
        new = pd.DataFrame({"x": [-1.0, 2.0], "noise": [0.0, 0.0], "kind": ["a", "b"]})
        assert (again.predict(new) == workflow.model.predict(new)).all()

    def test_script_runs_and_gives_the_workflows_holdout(self, workflow, tmp_path):
        script, path = workflow.output / "solution.py", tmp_path / "predictions.csv"
        done = subprocess.run(
            [sys.executable, script, "--output", path], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert done.returncode == 0, done.stderr
        ours = pd.read_csv(workflow.output / "holdout_predictions.csv").sort_values("row").drop(columns="solution")
        theirs = pd.read_csv(path).sort_values("row")[list(ours)]
        np.testing.assert_allclose(theirs.to_numpy(), ours.to_numpy(), rtol=1e-6)
        score = float(done.stdout.rpartition(":")[2])
        assert score == pytest.approx(workflow.results["validation"].holdout.score, rel=1e-4)

    def test_service_answers_like_the_model(self, workflow):
        assert workflow.results["deployment"].report.equal
