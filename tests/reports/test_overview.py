import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.environment import distribution
from tests.workers_for_tests import workers


def seconds(workflow):
    """What the plan says of each phase's time."""
    return dict(workflow.plan().view().sections[0].table.set_index("phase")["at most (s)"])


@pytest.fixture
def limited(churn, run_folder):
    workflow = Workflow(churn, "Churn", name="churn", output=run_folder, timeout="10m", executor=workers())
    workflow.foundation(candidates=2)
    yield workflow
    workflow.close()


def test_plan_shares_out_what_is_left_of_the_time_limit_among_the_phases_to_come(limited):
    shown = seconds(limited)
    assert shown.pop("foundation") == ""
    assert 550 < sum(map(float, shown.values())) < 602


def test_plan_has_no_time_for_a_phase_whose_time_was_used(limited):
    before = seconds(limited)
    limited.results["foundation"].took_over = ("refinement",)
    assert float(before["refinement"]) > 0
    assert seconds(limited)["refinement"] == "0"


def test_plan_tells_no_seconds_without_a_time_limit(workflow):
    assert set(seconds(workflow).values()) == {""}


def test_status_notices_two_builds_of_one_package(workflow, tmp_path, monkeypatch):
    _, version = distribution("xgboost")
    for name in ("xgboost", "xgboost_cpu"):
        (tmp_path / f"{name}-{version}.dist-info").mkdir()
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (tmp_path / f"{name}-{version}.dist-info" / "METADATA").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert "xgboost and xgboost-cpu are both installed" in workflow.status().view().text()
