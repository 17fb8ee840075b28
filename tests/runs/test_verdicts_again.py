"""A verdict that is asked for again takes into account what was found since."""

import numpy as np
import pytest

from mlestar_jupyter import Workflow
from tests.checks.inputs_for_tests import table
from tests.workers_for_tests import workers


@pytest.fixture
def leaking(tmp_path):
    frame = table(300).assign(status=lambda t: np.where(t["bought"] == "yes", "A", "B"))
    workflow = Workflow(frame, "bought", output=tmp_path / "run", executor=workers(), max_agents=1)
    workflow.foundation(candidates=1)
    yield workflow
    workflow.close()


def test_deployment_after_a_validation_is_refused_though_it_had_run_before(leaking):
    first = leaking.deployment(requests=2, despite=["leakage"])
    assert not first.is_validated
    leaking.validation(checks="quick")
    assert leaking.phase_states()["deployment"].word == "! out of date, run again"
    again = leaking.deployment(requests=2)
    assert again.refused
    assert not again.replayed
    assert again.summary.endswith(f" The service of an earlier deployment stays in {leaking.output / 'service'}.")
    assert leaking.verdict == "not ready"
    assert leaking.phase_states()["validation"].state != "out of date"
    despite = leaking.deployment(requests=2, despite=["leakage"])
    assert despite.card.despite == ("leakage",)
    assert leaking.verdict == "not ready"


def test_phase_that_improves_between_two_verdicts_stays(leaking):
    leaking.validation(checks="quick")
    leaking.ablation(max_evaluations=1)
    leaking.validation(checks="quick")
    assert "ablation" in [link.name for link in leaking.standing.recorded()]
