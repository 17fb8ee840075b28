"""`--online` in a notebook: what the flags of start become. Nothing is asked here."""

import pytest

pytestmark = pytest.mark.fast


@pytest.fixture
def start(shell, churn, tmp_path):
    shell.user_ns["churn"] = churn
    started = []

    def start_(more):
        shell.run_line_magic("mlestar", f"start --dataset churn --target Churn --output {tmp_path / 'run'} {more}")
        workflow = shell._mlestar_session.workflow
        started.append(workflow)
        return workflow

    yield start_
    for workflow in started:
        workflow.close()


def test_online_flag_lets_the_search_look_online(start):
    workflow = start("--online --search-iterations 3")
    assert workflow.options["online"]
    assert workflow.defaults == {"search": {"rounds": 3}}


def test_without_it_the_search_stays_at_home(start):
    workflow = start("--search-iterations 3")
    assert not workflow.options["online"]
    assert workflow.defaults == {"search": {"approaches": 3}}
