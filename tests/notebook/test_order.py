"""Cells that come in another order than on record: what is new is announced before anything is fitted, and stays."""

import re

import pytest

HYPERPARAMETERS = "# mlestar: hyperparameters\nPARAMS = {'C': 0.5}"
CLEANING = "# mlestar: cleaning\ndef clean(X):\n    return X.assign(tenure=X['tenure'].clip(upper=60))"
FOUNDATION = "%%mlestar foundation\ncandidates: 2"


@pytest.fixture(params=["headless", "jupyterlab"])
def edited(open_notebook, churn, run_folder, request):
    """A notebook whose run was edited twice, after a restart of its kernel."""
    notebook = open_notebook(request.param)
    start = f"%mlestar start --dataset churn --target Churn --name churn --output {run_folder}"
    notebook.run("pass", churn=churn)
    for source in (start, FOUNDATION, HYPERPARAMETERS, CLEANING, start):
        assert notebook.run(source).reply["status"] == "ok"
    return notebook


def test_same_order_announces_nothing_and_fits_nothing(edited):
    fits = edited.session.workflow.journal.count_fits()
    said = "".join(edited.run(source).text() for source in (FOUNDATION, HYPERPARAMETERS, CLEANING))
    assert "The record has" not in said
    assert edited.session.workflow.journal.count_fits() == fits


def test_other_order_is_announced_before_the_first_fit_and_stays(edited):
    edited.run(FOUNDATION)
    answer = edited.run(CLEANING)
    assert answer.reply["status"] == "ok"
    assert "The record has " in answer.text()
    assert "New: 1 evaluation with 5 fits." in answer.text()
    kinds = [m["msg_type"] for m in answer.messages if m["msg_type"] in ("stream", "display_data", "comm_open")]
    assert kinds[0] == "stream"


def test_status_after_a_restart_names_what_is_on_record(edited):
    states = {name: state.state for name, state in edited.session.workflow.phase_states().items()}
    assert states["foundation"] == "recorded"
    assert states["ablation"] == "to do"


def said(answer):
    """What was printed and shown, as text."""
    return answer.text() + "".join(c["data"]["text/plain"] for c in answer.data("execute_result"))


def test_validation_between_two_deployments_refuses_the_second(open_notebook, churn, run_folder):
    notebook = open_notebook("headless")
    notebook.run("pass", churn=churn)
    notebook.run("leaking = churn.assign(status=churn['Churn'].map({'Yes': 'gone', 'No': 'here'}))")
    deployment = "%%mlestar deployment\nrequests: 2"
    cells = (
        f"%mlestar start --dataset leaking --target Churn --name leaking --output {run_folder.parent / 'leaking'}",
        "%%mlestar foundation\ncandidates: 1", f"{deployment}\ndespite: [leakage]", "%%mlestar validation\nchecks: quick", deployment,
    )  # fmt: skip
    answers = [notebook.run(cell) for cell in cells]
    assert [answer.reply["status"] for answer in answers] == ["ok"] * 5, [a.reply.get("traceback") for a in answers]
    assert re.search("Deployed without validation: |, and not validated: ", said(answers[2]))
    assert "Refused: leakage found by LEAK001" in said(answers[4])
    wrong = notebook.run(f"{deployment}\ndespite: [leek]").reply["traceback"]
    assert wrong == ["SettingError: The setting 'despite' is ['leek']. Give a list of names, each once: leakage."]
