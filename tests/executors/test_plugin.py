"""An executor of another package passes the contract, and a run of all phases goes through it and a planner of theirs."""

import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.errors import PluginError, SettingError
from mlestar_jupyter.executors.registry import executors, open_executor
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.planners.base import Planner
from mlestar_jupyter.planners.registry import open_planner, planners
from tests.executors.contract import ExecutorContract
from tests.executors.guest import GUEST, PARTS
from tests.plugins_for_tests import installed
from tests.runs.conftest import SMALL, small_table


@pytest.fixture(scope="module", autouse=True)
def guest(tmp_path_factory):
    """The package, installed."""
    with installed(tmp_path_factory.mktemp("site"), GUEST, *PARTS):
        yield


class TestElsewhere(ExecutorContract):
    @pytest.fixture
    def executor(self):
        executor = open_executor("elsewhere", 2)
        yield executor
        executor.close()

    @pytest.fixture
    def executor_with_key(self, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
        executor = open_executor("elsewhere", 1)
        yield executor
        executor.close()


def test_built_in_parts_come_first():
    assert list(executors()) == ["local", "elsewhere"]
    assert list(planners()) == ["recipes", "linear"]


@pytest.mark.slow
def test_all_phases_run_with_parts_of_another_package(tmp_path):
    workflow = Workflow(small_table(), "churn", output=tmp_path / "run", executor="elsewhere", planner="linear")
    workflow.defaults = SMALL
    workflow.run()
    assert list(workflow.results) == list(PHASES)
    assert workflow.evaluator.fits.workers >= 1
    assert {e.candidate.label for e in workflow.candidates() if e.candidate.phase == "foundation"} <= {
        "constant", "linear",
    }  # fmt: skip
    score = workflow.score.score
    workflow.close()
    again = Workflow.resume(tmp_path / "run", small_table())
    assert again.score.score == score
    assert (again.options["executor"], again.options["planner"]) == ("elsewhere", "linear")
    again.close()


def test_parts_in_memory_are_taken_as_they_are_and_given_back_open(tmp_path):
    executor, planner = open_executor("elsewhere", 2), open_planner("linear")
    jobs = []
    for folder in ("first", "second"):
        workflow = Workflow(small_table(), "churn", output=tmp_path / folder, executor=executor, planner=planner)
        workflow.foundation(candidates=2)
        workflow.close()  # leaves what it did not make
        jobs.append(executor.jobs)
    executor.close()
    assert 0 < jobs[0] < jobs[1]


def test_one_executor_keeps_the_tables_of_two_runs_apart(tmp_path):
    executor, found = open_executor("local", 1), []
    table = small_table()
    for number, part in enumerate(
        (table, table.assign(tenure=table["tenure"].sample(frac=1, random_state=0).to_numpy()))
    ):
        own = Workflow(part, "churn", output=tmp_path / f"own {number}", max_agents=1)
        shared = Workflow(part, "churn", output=tmp_path / f"shared {number}", executor=executor)
        scores = [w.foundation(candidates=2).best.score for w in (own, shared)]
        found.append(scores)
        own.close(), shared.close()
    executor.close()
    assert all(one == other for one, other in found)
    assert found[0] != found[1]


@pytest.mark.parametrize("option", ["executor", "planner"])
def test_unknown_part_is_one_line_that_names_those_there_are(tmp_path, option):
    with pytest.raises(SettingError, match=option) as caught:
        Workflow(small_table(), "churn", output=tmp_path, **{option: "nowhere"})
    assert {"executor": "elsewhere", "planner": "linear"}[option] in str(caught.value)


@pytest.mark.parametrize("option", ["executor", "planner"])
def test_object_that_does_not_follow_the_protocol_is_refused(tmp_path, option):
    with pytest.raises(SettingError, match=option):
        Workflow(small_table(), "churn", output=tmp_path, **{option: object()})


def test_name_that_is_taken_is_refused(tmp_path):
    source = GUEST.replace('PlannerKind("linear"', 'PlannerKind("recipes"')
    with installed(tmp_path, source, ("planners", "recipes", "LINEAR"), name="thief"), pytest.raises(PluginError):
        planners()


def test_planner_of_another_package_follows_the_protocol():
    assert isinstance(open_planner("linear"), Planner)
