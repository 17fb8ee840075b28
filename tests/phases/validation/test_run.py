import json
import re
import shutil

import pandas as pd
import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.errors import ExecutionError, SettingError
from mlestar_jupyter.problems.recognition import find_metric
from tests.checks.inputs_for_tests import table
from tests.workers_for_tests import workers

AUC = find_metric("roc_auc", "binary")


def _workflow(frame, output, target="bought", **arguments):
    workflow = Workflow(frame, target, output=output, executor=workers(), **arguments)
    workflow.defaults = {"foundation": {"candidates": 3}}
    workflow.foundation()
    return workflow


@pytest.fixture(scope="module")
def validated(tmp_path_factory):
    output = tmp_path_factory.mktemp("validated")
    frame = table(300).assign(region=["north", "south"] * 150)
    workflow = _workflow(frame, output)
    yield frame, workflow, workflow.validation(sensitive=["region"])
    workflow.close()


def test_holdout_is_opened_once_and_only_here(validated):
    _, workflow, _ = validated
    assert [reason for reason, _ in workflow.journal.events("holdout opened")] == ["validation"]


def test_holdout_score_lies_in_its_interval(validated):
    holdout = validated[2].holdout
    assert holdout.low <= holdout.score <= holdout.high
    assert holdout.train is not None


def test_intervals_that_the_model_offers_are_compared_with_the_holdout(validated):
    frame, workflow, result = validated
    holdout = result.holdout
    assert holdout.covered_low <= holdout.covered <= holdout.covered_high
    assert result.to_dict()["coverage"]["stated"] == 0.9
    assert "Intervals of single predictions" in repr(result)
    sets = workflow.model.predict_interval(frame.drop(columns="bought").head(20), coverage=0.9)["labels"]
    assert all(set(one) <= {"no", "yes"} and one for one in sets)


def test_predictions_are_written_in_the_targets_own_labels(validated):
    frame, workflow, result = validated
    written = pd.read_csv(workflow.output / "holdout_predictions.csv")
    assert list(written) == ["row", "prediction", "probability_no", "probability_yes", "solution"]
    assert set(written["prediction"]) <= {"yes", "no"}
    truth = (frame["bought"].iloc[written["row"]] == "yes").to_numpy().astype(int)
    probabilities = written[["probability_no", "probability_yes"]].to_numpy()
    again = AUC.score(truth, Predictions(probabilities.argmax(axis=1), probabilities))
    assert again == pytest.approx(result.holdout.score)


def test_every_leakage_check_reports_and_the_shuffle_is_at_chance(validated):
    outcomes = {f.code: f.outcome for f in validated[2].findings}
    assert list(outcomes) == [f"LEAK00{i}" for i in range(1, 9)]
    assert outcomes["LEAK006"] == "clear"
    assert outcomes["LEAK004"] == outcomes["LEAK005"] == "not applicable"


def test_result_is_plain_json_and_has_text_and_html(validated):
    result = validated[2]
    assert json.loads(json.dumps(result.to_dict(), default=float))["verdict"] == result.verdict
    assert "no leakage" not in repr(result).lower()
    assert "Groups" in result._repr_html_()


def test_replay_shows_the_same_figures(validated, tmp_path):
    frame, workflow, result = validated
    again = _workflow(frame, shutil.copytree(workflow.output, tmp_path / "copy"))
    repeated = again.validation(sensitive=["region"])
    assert repeated.to_dict() == result.to_dict()
    again.close()


def test_without_a_holdout_its_figures_are_not_measured(tmp_path):
    workflow = _workflow(table(), tmp_path, test=0)
    result = workflow.validation()
    status = {g.name: g.status for g in result.gates}
    assert result.holdout is None
    assert result.summary.endswith("; holdout: not measured, there is none.")
    assert status["generalisation"] == "not measured"
    assert result.readiness == "not measured"
    assert "What to do: Seal rows with --test, such as --test 0.2." in result.verdict
    assert status["fairness"] == "not measured"
    assert not (tmp_path / "holdout_predictions.csv").exists()
    workflow.close()


_IS_TARGET = (
    "The sensitive column 'bought' is the target. Name columns by which its predictions are compared, such as a group of "
    "people."
)


def test_unknown_sensitive_column_leaves_the_holdout_sealed(tmp_path):
    workflow = _workflow(table(), tmp_path)
    with pytest.raises(SettingError, match="Did you mean 'useful'"):
        workflow.validation(sensitive=["usefull"])
    with pytest.raises(SettingError, match=re.escape(_IS_TARGET)):
        workflow.validation(sensitive=["bought"])
    assert "validation" not in workflow.results
    assert workflow.journal.events("holdout opened") == []
    workflow.close()


def test_numbers_are_validated(tmp_path):
    frame = table().assign(price=lambda t: t["useful"] * 2 + t["idle"]).drop(columns="bought")
    workflow = _workflow(frame, tmp_path, "price")
    result = workflow.validation()
    assert "mean absolute error" in set(result.details["figure"])
    assert list(pd.read_csv(tmp_path / "holdout_predictions.csv")) == ["row", "prediction", "solution"]
    workflow.close()


def test_solution_that_cannot_be_fitted_on_all_rows_says_so(validated):
    workflow = validated[1]
    n_rows = len(workflow.evaluator.dataset.development)
    broken = workflow.solution.with_block("model", "def make_model(**params):\n    raise ValueError('too many rows')")
    line = (
        f"The solution {broken.id} cannot be fitted on all {n_rows:,} rows: ValueError: too many rows. "
        "Correct the column or the block that it names. Or check out another candidate with %mlestar checkout ID."
    )
    with pytest.raises(ExecutionError) as error:
        workflow.evaluator.fits.fit(broken, workflow.evaluator.dataset.development)
    assert str(error.value) == line


def test_verdict_comes_first_and_gates_are_a_table_in_words(validated):
    result = validated[2]
    view = result.view()
    gates = view.sections[0].table
    assert view.summary.startswith(result.verdict)
    assert list(gates) == ["gate", "verdict", "figure", "limit", "what to do"]
    order = ["✗ fail", "! advice", "✓ pass", "– not measured"]
    positions = [order.index(word) for word in gates["verdict"]]
    assert positions == sorted(positions)


def test_all_but_verdict_gates_and_scores_is_folded(validated):
    sections = validated[2].view().sections
    assert [s.heading for s in sections if not s.folded] == ["Gates", "Scores"]


def test_every_gate_has_figure_limit_and_remedy_or_says_why_not(validated):
    for gate in validated[2].gates:
        values = gate.to_dict()
        assert (gate.verdict == "not measured") == (values["figure"] is None)
        assert bool(values["remedy"]) <= (gate.verdict != "pass")
        assert values["words"]


def test_quick_checks_fit_nothing_but_the_holdouts_score(validated):
    workflow = validated[1]
    result = workflow.validation(checks="quick", sensitive=["region"])
    assert {f.code: f.outcome for f in result.findings}["LEAK006"] == "not applicable"
    assert result.cost is None
    assert "checks: quick" in result.refinement.reason
    verdicts = {g.name: g.verdict for g in result.gates}
    assert verdicts["generalisation"] == verdicts["latency"] == "pass"


def test_checks_that_ask_for_a_look_come_first(validated):
    findings = next(s.table for s in validated[2].view().sections if s.heading == "Checks for leakage")
    order = ["✗ leak", "! look at this", "✓ no evidence", "– not applicable"]
    positions = [order.index(word) for word in findings["finding"]]
    assert positions == sorted(positions)
    assert sorted(findings["code"]) == [f"LEAK00{i}" for i in range(1, 9)]
