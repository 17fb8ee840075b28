"""A table whose names and values are code, markup and formulas goes the whole way; nothing of it runs."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Failed
from tests.hostile import code, hostile_table
from tests.workers_for_tests import workers

pytestmark = pytest.mark.slow

SMALL = {
    "foundation": {"candidates": 4},
    "ablation": {"repeats": 1, "blocks": ["features", "preprocessing"]},
    "refinement": {"iterations": 1, "attempts": 2},
    "ensemble": {"members": 2},
    "deployment": {"requests": 5},
}
PHASES = ["search", "foundation", "ablation", "refinement", "ensemble", "validation", "deployment"]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The finished run, its folder, its table, and the file that any code of the table would leave."""
    folder = tmp_path_factory.mktemp("hostile")
    canary, place = folder / "canary", folder / """it's {a} $HOME "q" """
    place.mkdir()
    table = hostile_table(canary)
    path = place / """ta'ble {x} $HOME "q".csv"""
    table.to_csv(path, index=False)
    workflow = Workflow(
        path,
        table.columns[-1],
        name="""run's "{x}" $HOME <b>""",
        output=place / """o'ut {x} "q" """,
        executor=workers(),
    )
    workflow.defaults = SMALL
    workflow.run()
    ran = canary.exists()
    canary.unlink(missing_ok=True)
    yield workflow, place, table, canary, ran
    workflow.close()


def test_no_code_of_the_table_runs_in_any_phase(hostile):
    *_, ran = hostile
    assert not ran


def test_all_phases_run_and_no_candidate_fails(hostile):
    workflow, *_ = hostile
    assert list(workflow.results) == PHASES
    assert [(e.candidate.label, e.reason) for e in workflow.candidates() if isinstance(e, Failed)] == []


@pytest.mark.parametrize("phase", PHASES)
def test_views_show_names_as_text(hostile, phase):
    view = hostile[0].results[phase].view()
    for markup in ("<script>alert", "<img src=x", "<b>,"):
        assert markup not in view.html()
    assert "\x1b" not in view.text()


def test_report_shows_names_as_text(hostile):
    output = hostile[0].output
    page = (output / "report.html").read_text()
    for markup in ("<script>alert", "<img src=x", "<b>,"):
        assert markup not in page
    assert json.loads((output / "report.json").read_text())["schema"]


def test_model_predicts_raw_rows_in_the_labels_of_the_table(hostile):
    workflow, _, table, *_ = hostile
    rows, target = table.drop(columns=table.columns[-1]), table[table.columns[-1]]
    assert set(workflow.model.classes_) == set(target)
    assert (workflow.model.predict(rows) == target).mean() > 0.7


def test_script_predicts_as_the_model_does(hostile):
    workflow, place, _, canary, _ = hostile
    script, made = workflow.output / "solution.py", place / "pre'dict {x}.csv"
    subprocess.run([sys.executable, "-P", str(script), "--output", str(made)], check=True, cwd=place)
    ours, theirs = pd.read_csv(workflow.output / "holdout_predictions.csv"), pd.read_csv(made)
    assert list(theirs["prediction"]) == list(ours["prediction"])
    np.testing.assert_allclose(theirs.filter(like="probability"), ours.filter(like="probability"), rtol=0, atol=1e-9)
    assert not canary.exists()


def test_service_answers_for_every_column(hostile):
    """The probe started it as a process and compared its predictions with the model's."""
    report = hostile[0].results["deployment"].report
    assert report.started
    assert report.equal
    assert report.succeeded == report.requests


def test_exported_notebook_runs_again_and_fits_nothing(hostile):
    from nbclient import NotebookClient

    workflow, place, _, canary, _ = hostile
    path = workflow.export(format="ipynb")
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    assert "<b>" not in notebook.cells[0].source
    fits = workflow.journal.count_fits()
    workflow.close()  # one run, one writer
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(place)}}).execute()
    again = Workflow.resume(workflow.output, executor=workers())
    assert again.journal.count_fits() == fits
    again.close()
    assert not canary.exists()


@pytest.mark.parametrize("role", ["time", "group"])
def test_name_of_a_time_or_group_column_runs_through_foundation_and_script(tmp_path, role):
    """A regression in order of time or in groups: the column stands in other places of the source."""
    canary = tmp_path / "canary"
    run = code(canary)
    table = hostile_table(canary).rename(columns={f"at\n{run}": f"time'''\n{run}", "self": f'group"]\n{run} #'})
    column = next(name for name in table if name.startswith(role))
    table.to_csv(tmp_path / "ta'ble.csv", index=False)
    workflow = Workflow(
        tmp_path / "ta'ble.csv", table.columns[0], output=tmp_path / "run", executor=workers(), **{role: column}
    )
    workflow.foundation(candidates=3)
    assert [e for e in workflow.candidates() if isinstance(e, Failed)] == []
    workflow.close()
    command = [sys.executable, "-P", str(tmp_path / "run" / "solution.py"), "--output", str(tmp_path / "made.csv")]
    subprocess.run(command, check=True, cwd=tmp_path)
    assert np.isfinite(pd.read_csv(tmp_path / "made.csv")["prediction"]).all()
    assert not canary.exists()
