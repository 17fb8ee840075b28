import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.phases.registry import PHASES
from tests.runs.conftest import SMALL, small_table
from tests.workers_for_tests import workers


def cells(workflow, column="evaluates"):
    """One column of the plan, by phase."""
    return dict(workflow.plan().view().sections[0].table.set_index("phase")[column])


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """A run right after its start; tests go on with it in their order."""
    workflow = Workflow(small_table(), "churn", output=tmp_path_factory.mktemp("plan") / "run", executor=workers())
    workflow.defaults.update(SMALL)
    yield workflow
    workflow.close()


def test_plan_right_after_the_start_knows_every_phase(started):
    shown = cells(started)
    assert list(shown) == list(PHASES)
    assert shown["search"] == "nothing"
    assert shown["foundation"] == "3 candidates, at most 15 fits"
    assert "to" in shown["ablation"]
    assert "depends on the solution" in cells(started, "what")["ablation"]
    assert cells(started, "about (s)")["foundation"] == ""


def test_plan_after_search_still_estimates_what_needs_a_solution(started):
    before = cells(started)
    started.search()
    shown = cells(started)
    assert cells(started, "about (s)")["search"] == "done"
    assert {name: shown[name] for name in list(PHASES)[1:]} == {name: before[name] for name in list(PHASES)[1:]}


def test_plan_after_foundation_is_about_the_solution_that_it_chose(started):
    started.foundation()
    assert "depends on the solution" not in cells(started, "what")["ablation"]
    assert float(cells(started, "about (s)")["ablation"]) > 0


def test_plan_knows_what_validation_and_deployment_do_beside_their_fits(started):
    """It said a second where gates, trees, a service and its requests take ten and more."""
    started.defaults["deployment"] = {"requests": 200}
    about = cells(started, "about (s)")
    assert float(about["validation"]) > 3
    assert float(about["deployment"]) > 10
    started.defaults["deployment"] = {"requests": 5}
    assert float(cells(started, "about (s)")["deployment"]) < float(about["deployment"])
    started.defaults = dict(SMALL)


def test_plan_after_a_restart_estimates_what_is_on_record_as_before(started):
    started.close()
    again = Workflow(small_table(), "churn", output=started.output, executor=workers())
    again.defaults.update(SMALL)
    assert cells(again)["foundation"] == "3 candidates, at most 15 fits"
    again.close()


def test_plan_says_in_a_line_which_settings_cannot_be_read(workflow):
    workflow.defaults.update({"ablation": {"blocks": ["modle"]}, "refinement": {"iteration": 2}})
    what = cells(workflow, "what")
    assert "modle" in what["ablation"]
    assert "iteration" in what["refinement"]
    assert "\n" not in what["ablation"] + what["refinement"]
    assert cells(workflow)["ensemble"].startswith("at most")


def test_plan_counts_the_twelve_candidates_that_the_shipped_example_recorded(churn, tmp_path):
    """`plan` said "at most 7 candidates" where ablation evaluated twelve: steps, variants and seeds were left out."""
    workflow = Workflow(churn, "Churn", output=tmp_path / "run", executor=workers())
    workflow.foundation(candidates=3)
    known = len(workflow.journal.candidates())
    most = int(cells(workflow)["ablation"].partition(" candidates")[0].rpartition(" ")[2])
    workflow.ablation(repeats=1, importance=False)
    assert len({c.id for c in workflow.journal.candidates()[known:]}) == most > 7
    workflow.close()
