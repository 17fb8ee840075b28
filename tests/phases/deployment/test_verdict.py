import json
from dataclasses import replace

import numpy as np
import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.deployment.card import NEVER_SCORED, Card
from mlestar_jupyter.deployment.probe import ProbeReport
from mlestar_jupyter.phases.deployment.result import DeploymentResult
from mlestar_jupyter.phases.deployment.verdict import leak_gate, note_of, refusal, service_gate
from mlestar_jupyter.phases.validation.gates.base import judged
from tests.checks.inputs_for_tests import table
from tests.workers_for_tests import workers


@pytest.fixture(scope="module")
def leaking(tmp_path_factory):
    """A run on a table with a copy of the target, validated and deployed as `run` does it."""
    frame = table(400).assign(status=lambda t: np.where(t["bought"] == "yes", "A", "B"))
    workflow = Workflow(frame, "bought", output=tmp_path_factory.mktemp("leaking"), executor=workers(), max_agents=1)
    workflow.defaults = {
        "search": {"approaches": 1}, "foundation": {"candidates": 2}, "ablation": {"max_evaluations": 1},
        "refinement": {"iterations": 1, "max_evaluations": 1}, "ensemble": {"max_evaluations": 1},
        "deployment": {"requests": 2},
    }  # fmt: skip
    yield workflow, workflow.run()
    workflow.close()


def test_leakage_beyond_doubt_stops_deployment_in_a_line_and_the_run_ends(leaking):
    workflow, result = leaking
    assert workflow.verdict == "not ready"
    assert result.refused
    assert result.summary.startswith("Refused: leakage found by LEAK001")
    (gate,) = [g for g in workflow.gates if g.name == "leakage"]
    assert result.reason == f"leakage {gate.words}. {gate.remedy} Or deploy all the same with despite: [leakage]."
    assert "\n" not in result.summary
    assert not (workflow.output / "service").exists()
    assert workflow.phase_states()["deployment"].word == "✗ refused"
    report = json.loads((workflow.output / "report.json").read_text(encoding="utf-8"))
    assert report["phases"]["deployment"]["refused"] == result.reason
    assert report["verdict"] == "not ready"
    assert "Deployment refused" in (workflow.output / "report.html").read_text(encoding="utf-8")


def test_verdict_gates_and_findings_are_values(leaking):
    workflow, _ = leaking
    assert workflow.gates[0].name == "improvement"
    assert {g.name: g.verdict for g in workflow.gates}["leakage"] == "fail"
    assert "high" in set(workflow.findings.table["severity"])
    assert workflow.findings.table["severity"].iloc[0] == "high"
    for value in (workflow.verdict, workflow.gates, workflow.findings):
        assert repr(value)
        assert "<" in value._repr_html_()
    assert "What to do:" in repr(workflow.verdict)


@pytest.mark.slow
def test_despite_deploys_and_says_so_on_record_and_card(leaking):
    workflow, _ = leaking
    result = workflow.deployment(despite=["leakage"], requests=2)
    assert not result.refused
    assert result.summary.endswith("Deployed despite failed gates: leakage.")
    assert workflow.results["deployment"].to_dict()["despite"] == ["leakage"]
    card = (workflow.output / "service" / "README.md").read_text(encoding="utf-8")
    assert "Deployed all the same, despite: leakage." in card
    assert "Failed gate leakage: found by LEAK001; look at LEAK002; limit: no evidence found." in card
    assert "Verdict of the validation. Not ready: " in card
    assert "Holdout roc\\_auc (higher is better): 1" in card
    assert (
        "These figures are those of the same solution fitted on the development rows. The model here was fitted on all "
        "rows, those of the holdout too, and was never scored itself."
    ) in card
    (service,) = [g for g in workflow.gates if g.name == "service"]
    assert service.figure == 1.0


@pytest.mark.fast
def test_without_a_validation_nothing_stops_deployment_and_the_card_says_so():
    assert refusal(leak_gate(None), ()) == ""
    assert Card().lines == ("Verdict of the validation. Not validated.",)


@pytest.mark.fast
def test_service_that_does_not_start_is_a_failed_gate(tmp_path):
    silent = ProbeReport(False, 20.0)
    gate = service_gate(DeploymentResult(tmp_path, lambda: None, "s", True, 10, silent, "", 0.999))
    assert (gate.verdict, gate.figure) == ("fail", 0.0)
    assert gate.words == "the service did not start within 20 s"
    assert gate.remedy == "Look at the log in the view of deployment."


@pytest.mark.fast
def test_model_that_was_not_refitted_was_scored():
    assert NEVER_SCORED not in Card("Ready.", ("Holdout rmse: 1.",)).lines
    assert NEVER_SCORED in Card("Ready.", ("Holdout rmse: 1.",), is_refitted=True).lines


@pytest.mark.fast
@pytest.mark.parametrize(
    ("verdict", "despite", "note"),
    [
        ("pass", (), ""), ("fail", ("leakage",), ""),
        ("pass", ("leakage",), "despite: [leakage] has no effect: leakage has not failed."),
    ],
)  # fmt: skip
def test_despite_without_a_failed_gate_has_no_effect_and_says_so(verdict, despite, note):
    gate = judged("leakage", verdict, "found", 1.0, limit="no evidence found", remedy="")
    assert note_of(gate, despite) == note


@pytest.mark.fast
@pytest.mark.parametrize(
    ("report", "state"),
    [
        (ProbeReport(True, 1.0, 10, 10, True, 0.0, 1.0, 2.0, True), "Deployed without validation"),
        (ProbeReport(False, 20.0), "Not deployable, and not validated"),
        (None, "Built without validation, not measured"),
    ],
)
def test_first_line_says_that_there_was_no_validation(tmp_path, report, state):
    result = DeploymentResult(tmp_path, lambda: None, "s", True, 10, report, "", 0.999, is_validated=False)
    assert result.summary.startswith(f"{state}: the service in ")


@pytest.mark.fast
def test_first_line_says_what_the_validation_found_against_it(tmp_path):
    """Seen: *Deployable* alone, for a model that was not ready."""
    works = ProbeReport(True, 1.0, 10, 10, True, 0.0, 1.0, 2.0, True)
    card = Card("Not ready: generalisation. What to do: Look for drift.", against="generalisation")
    result = DeploymentResult(tmp_path, lambda: None, "s", True, 10, works, "", 0.999, card=card)
    assert result.summary == (
        f"Deployable: the service in {tmp_path}, fitted on all 10 rows, the holdout included. "
        "But the validation says: not ready, generalisation."
    )
    assert "But" not in replace(result, card=Card("Ready: all gates are passed.")).summary


@pytest.fixture
def unvalidated(tmp_path):
    """Runs on a table, up to foundation, by whether it has a copy of the target."""
    opened = []

    def make(*, leaks):
        frame = table(300)
        frame = frame.assign(status=np.where(frame["bought"] == "yes", "A", "B")) if leaks else frame
        workflow = Workflow(frame, "bought", output=tmp_path / f"run{len(opened)}", executor=workers(), max_agents=1)
        workflow.foundation(candidates=1)
        opened.append(workflow)
        return workflow

    yield make
    for workflow in opened:
        workflow.close()


def test_leak_stops_a_deployment_without_a_validation(unvalidated):
    """Seen: after a refusal one trivial edit, and the same leak was deployable."""
    workflow = unvalidated(leaks=True)
    result = workflow.deployment(requests=2)
    assert result.refused
    assert result.summary.startswith("Refused: leakage found by LEAK001")
    assert not (workflow.output / "service").exists()
    despite = workflow.deployment(requests=2, despite=["leakage"])
    assert not despite.is_validated
    assert despite.summary.endswith("Deployed despite failed gates: leakage.")
    assert "Deployed all the same, despite: leakage." in (workflow.output / "service" / "README.md").read_text("utf-8")


def test_deployment_without_a_validation_says_so_and_has_the_score_that_is_known(unvalidated):
    workflow = unvalidated(leaks=False)
    result = workflow.deployment(requests=2)
    assert not result.is_validated
    verdict, score, scored_before_refit = result.card.lines
    assert verdict.startswith(
        "Verdict of the validation. Not validated. Leakage: no evidence found by the checks LEAK001"
    )
    assert score.startswith("Cross-validated roc_auc: 0.")
    assert scored_before_refit == NEVER_SCORED
    assert len(workflow.journal.events("holdout opened")) == 1
