"""The whole run through the library, on real rows."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.errors import OrderError, OutputError
from tests.workers_for_tests import workers

pytestmark = pytest.mark.slow

SMALL = {
    "foundation": {"candidates": 5},
    "ablation": {"repeats": 1},
    "refinement": {"iterations": 1, "attempts": 2},
    "deployment": {"requests": 20},
}


def _run(table, output, **arguments):
    workflow = Workflow(table, output=output, executor=workers(), **arguments)
    workflow.defaults = SMALL
    workflow.run()
    return workflow


def _figures(workflow):
    return [(e.candidate.id, e.candidate.label, getattr(e, "fold_scores", None)) for e in workflow.candidates()]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    table = pd.read_csv(Path(__file__).parents[2] / "examples/data/telco_churn.csv.gz").sample(600, random_state=0)
    path = folder / "churn.csv"
    table.to_csv(path, index=False)
    workflow = _run(path, folder / "out", target="Churn")
    yield path, folder / "out", workflow
    workflow.close()


def test_all_phases_leave_their_files(finished):
    _, output, workflow = finished
    assert list(workflow.results) == [
        "search", "foundation", "ablation", "refinement", "ensemble", "validation", "deployment",
    ]  # fmt: skip
    for name in ("journal.sqlite", "solution.py", "report.html", "report.json", "model", "service"):
        assert (output / name).exists(), name
    assert json.loads((output / "report.json").read_text())["schema"] == 2


def test_views_begin_with_the_summary_of_their_phase(finished):
    _, _, workflow = finished
    for name, result in workflow.results.items():
        assert result.summary == result.view().summary, name


def test_model_predicts_raw_rows_in_the_targets_own_labels(finished):
    path, _, workflow = finished
    rows = pd.read_csv(path).head(5).drop(columns="Churn")
    assert set(workflow.model.predict(rows)) <= {"Yes", "No"}
    assert workflow.model.predict_proba(rows).shape == (5, 2)
    assert list(workflow.model.classes_) == ["No", "Yes"]


def test_replay_fits_nothing_and_gives_the_same_figures(finished):
    path, output, workflow = finished
    fits = workflow.journal.count_fits()
    again = _run(path, output, target="Churn")
    assert again.journal.count_fits() == fits
    assert _figures(again) == _figures(workflow)
    assert again.solution == workflow.solution
    again.close()


def test_resume_stands_where_the_run_stood(finished):
    _, output, workflow = finished
    again = Workflow.resume(output, executor=workers())
    assert again.solution == workflow.solution
    assert list(again.results) == list(workflow.results)
    again.close()


def test_number_of_workers_changes_no_bit(finished, tmp_path):
    path, _, workflow = finished
    single = Workflow(path, "Churn", output=tmp_path / "one", max_agents=1)
    single.defaults = SMALL
    single.run(until="ablation")
    known = {e.candidate.id: e.fold_scores for e in workflow.candidates() if isinstance(e, Scored)}
    ours = [e for e in single.candidates() if isinstance(e, Scored)]
    assert ours
    assert all(known[e.candidate.id] == e.fold_scores for e in ours)
    single.close()


def test_folder_of_another_task_is_refused(finished):
    path, output, _ = finished
    with pytest.raises(OutputError, match="holds the run of another task"):
        Workflow(path, "Churn", output=output, seed=7)


def test_phase_before_its_need_is_one_line(churn, tmp_path):
    workflow = Workflow(churn, "Churn", output=tmp_path, executor=workers())
    with pytest.raises(
        OrderError, match="ablation needs foundation, which has not run. Run %%mlestar foundation first"
    ):
        workflow.ablation()
    workflow.close()


def test_solution_script_gives_the_workflows_holdout_predictions(finished, tmp_path):
    _, output, _ = finished
    made = tmp_path / "predictions.csv"
    subprocess.run(
        [sys.executable, "-P", str((output / "solution.py").resolve()), "--output", str(made)], check=True, cwd=tmp_path
    )
    theirs = pd.read_csv(made)
    ours = pd.read_csv(output / "holdout_predictions.csv")
    assert list(theirs["row"]) == list(ours["row"])
    assert list(theirs["prediction"]) == list(ours["prediction"])
    np.testing.assert_allclose(theirs.filter(like="probability"), ours.filter(like="probability"), rtol=0, atol=1e-12)


RUN_SCRIPTS = """
import runpy, sys
for script in sys.argv[1:]:
    sys.argv[1:] = ["--output", script.replace(".py", ".csv")]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        assert not end.code
assert not any(name.startswith("mlestar") for name in sys.modules)
"""


@pytest.mark.parametrize("target", ["Churn", "MonthlyCharges"])
def test_script_of_every_kind_of_ensemble_gives_the_models_predictions(churn, tmp_path, target):
    churn.head(300).to_csv(tmp_path / "churn.csv", index=False)
    workflow = Workflow(tmp_path / "churn.csv", target, output=tmp_path / "run", executor=workers())
    workflow.foundation(candidates=4)
    ours = {}
    for combination in workflow.ensemble(members=2, calibrate=False).combinations:
        workflow.checkout(combination.evaluation.candidate.id)
        script = workflow.export(tmp_path / f"{combination.strategy}.py")
        assert "import mlestar" not in script.read_text()
        ours[script] = workflow.model
    workflow.close()
    scripts = [str(script) for script in ours]
    subprocess.run([sys.executable, "-P", "-c", RUN_SCRIPTS, *scripts], check=True, cwd=tmp_path)
    for script, model in ours.items():
        theirs = pd.read_csv(script.with_suffix(".csv"))
        holdout = pd.read_csv(tmp_path / "churn.csv").loc[theirs["row"]]
        predicted = model.predict_proba(holdout)[:, 1] if target == "Churn" else model.predict(holdout)
        np.testing.assert_allclose(theirs.iloc[:, -1], predicted, rtol=1e-12)


def test_weights_follow_the_time_where_rows_have_an_order(churn, tmp_path):
    table = churn.head(400).assign(day=pd.date_range("2025-01-01", periods=400).astype(str))
    workflow = Workflow(table, "Churn", output=tmp_path, time="day", executor=workers())
    workflow.foundation(candidates=6)
    found = {c.strategy: c for c in workflow.ensemble(members=4).combinations}
    assert sum(found["recent"].weights) == pytest.approx(1, abs=0.02)
    assert all(np.isfinite(weights).all() for weights in found["bayesian"].alternatives.values())
    assert all(np.isfinite(c.score) and c.quality.after is not None for c in found.values())
    workflow.close()


KILLED = """
from mlestar_jupyter import Workflow
workflow = Workflow({path!r}, "Churn", output={output!r})
workflow.defaults = {settings!r}
workflow.listen(lambda event: print(type(event).__name__, getattr(event, "phase", ""), flush=True))
workflow.run(until="refinement")
"""


def test_kill_in_the_middle_of_refinement_loses_at_most_what_was_under_way(finished, tmp_path):
    path, _, workflow = finished
    output = tmp_path / "killed"
    program = KILLED.format(path=str(path), output=str(output), settings=SMALL)
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    folds = 0
    for line in process.stdout:
        folds += line.startswith("FoldDone")
        if line.startswith("FoldDone refinement"):
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    again = Workflow(path, "Churn", output=output, executor=workers())
    again.defaults = SMALL
    assert again.journal.count_fits() >= folds
    again.run(until="refinement")
    theirs = [f for f in _figures(workflow) if f[0] in {x[0] for x in _figures(again)}]
    assert {f[0]: f[2] for f in _figures(again)} == {f[0]: f[2] for f in theirs}
    again.close()


def test_human_edit_is_scored_recorded_and_used(churn, tmp_path):
    workflow = Workflow(churn, "Churn", output=tmp_path, executor=workers())
    workflow.defaults = SMALL
    workflow.foundation()
    source = "def make_features():\n    from sklearn.preprocessing import FunctionTransformer\n\n    return FunctionTransformer()\n"
    edited = source.replace("def make", "# mine\ndef make")
    evaluation = workflow.adopt("features", edited)
    assert isinstance(evaluation, Scored)
    assert evaluation.candidate.author == "human"
    assert "# mine" in workflow.solution.blocks["features"]
    assert workflow.ablation().reference.candidate.solution.blocks["features"] == workflow.solution.blocks["features"]
    workflow.close()


def test_failing_edit_leaves_the_earlier_block_in_use(churn, tmp_path):
    workflow = Workflow(churn, "Churn", output=tmp_path, executor=workers())
    workflow.defaults = SMALL
    workflow.foundation()
    before = workflow.solution
    failed = workflow.adopt("model", "def make_model(**params):\n    raise ValueError('broken on purpose')\n")
    assert "broken on purpose" in failed.reason
    assert workflow.solution == before
    workflow.close()


def test_time_limit_is_kept_and_leaves_a_model(churn_path, tmp_path):
    start = time.monotonic()
    workflow = Workflow(churn_path, "Churn", output=tmp_path, timeout=20, test=0)
    workflow.run(until="ensemble")
    assert time.monotonic() - start < 24
    assert workflow.model.predict(pd.read_csv(churn_path).head(2)).shape == (2,)
    workflow.close()


def test_holdout_may_be_a_table_of_its_own(churn, tmp_path):
    rows, path = churn.head(450), tmp_path / "holdout.csv"
    churn.tail(150).to_csv(path, index=False)
    for number, test in enumerate([path, churn.tail(150)]):
        workflow = Workflow(rows, "Churn", output=tmp_path / str(number), test=test, executor=workers())
        workflow.foundation(candidates=2)
        assert workflow.task.n_holdout == 150
        assert "def read_test(" in (tmp_path / str(number) / "solution.py").read_text()
        workflow.close()


def test_without_a_holdout_validation_says_not_measured(churn, tmp_path):
    workflow = Workflow(churn, "Churn", output=tmp_path, test=0, executor=workers())
    workflow.foundation(candidates=3)
    gates = {g.name: g.status for g in workflow.validation().gates}
    assert gates["generalisation"] == "not measured"
    workflow.close()


def test_human_can_go_back_to_an_earlier_candidate(churn, tmp_path):
    workflow = Workflow(churn, "Churn", output=tmp_path, executor=workers())
    workflow.foundation(candidates=3)
    first = workflow.candidates()[0].candidate.id
    workflow.checkout(first[:6])
    assert workflow.solution.id == first
    assert workflow.diff(first, workflow.candidates()[1].candidate.id)
    workflow.close()
