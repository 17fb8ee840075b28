"""A block cell is scored and used, or it fails as a cell: in a shell, a kernel, and programs that run notebooks."""

import re
import subprocess
import sys

import pytest

from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.notebook import blocks

FEATURES = """# mlestar: features
from sklearn.preprocessing import FunctionTransformer


def add_ratio(X):
    return X.assign(ratio=X["TotalCharges"] / X["tenure"].clip(lower=1))


def make_features():
    return FunctionTransformer(add_ratio)
"""
NOPE = FEATURES.replace('X["TotalCharges"] /', 'X["nope"] /')
BROKEN = {
    "# mlestar: features\ndef make_feature():\n    return 1": "does not define 'make_features'",
    "# mlestar: model\ndef make_model(**params):\n    raise ValueError('on purpose')": (
        "Your block 'model' cannot be used: ValueError: on purpose (in fold 1 of 5). "
        "Correct the cell and run it again; the block before stays in use."
    ),
    NOPE: "KeyError: 'nope' (in fold 1 of 5)",
    "# mlestar: feature\nx = 1": "There is no block 'feature'. Did you mean 'features'?",
    "# mlestar: ensemble\ndef make_ensemble(members):\n    return members[0]": (
        "There is no ensemble yet whose block could change. Run %%mlestar ensemble first."
    ),
}


@pytest.fixture
def settled(shell, workflow):
    """A shell whose workflow is after its foundation."""
    shell._mlestar_session.begin(workflow)
    return shell


@pytest.fixture
def notebook(open_notebook, workflow):
    """A kernel whose workflow is after its foundation."""
    found = open_notebook("headless")
    found.session.begin(workflow)
    return found


def line_of(result):
    """The one line of the mistake that a cell made."""
    assert isinstance(result.error_in_exec, MLEStarError), result.error_in_exec
    (line,) = result.error_in_exec._render_traceback_()
    return line


# --- it is used ---------------------------------------------------------------------------------------------------


def test_edited_block_is_scored_and_used(settled, workflow, capsys):
    assert settled.run_cell(FEATURES).success
    assert workflow.score.candidate.author == "human"
    assert "add_ratio" in workflow.solution.blocks["features"]
    assert re.search(
        r"roc_auc .* → .*: (better|worse|no clear difference) \(gain .+\)"
        r"\. Your features block is used from now on \(\w+\)\.",
        " ".join(capsys.readouterr().out.split()),
    )


def test_block_that_has_not_changed_is_not_scored_again(settled, workflow):
    count = len(workflow.candidates())
    assert settled.run_cell(workflow.solution.blocks["cleaning"]).success
    assert len(workflow.candidates()) == count


def test_merged_cells_are_adopted_one_block_after_another(settled, workflow):
    assert settled.run_cell(FEATURES + "\n# mlestar: hyperparameters\nPARAMS = {'C': 0.5}").success
    assert workflow.standing.edited_blocks == {"features", "hyperparameters"}


# --- it fails -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "line"), BROKEN.items())
def test_block_that_cannot_be_used_fails_its_cell_in_one_line(settled, workflow, source, line):
    before = workflow.solution
    result = settled.run_cell(source)
    assert line in line_of(result)
    assert not result.success
    assert workflow.solution == before


@pytest.mark.parametrize("source", BROKEN)
def test_kernel_replies_with_the_error_and_shows_it_once(notebook, source):
    answer = notebook.run(source)
    assert answer.reply["status"] == "error"
    (shown,) = answer.data("error")
    assert len(shown["traceback"]) == 1
    assert (answer.reply["ename"], answer.reply["evalue"]) == (shown["ename"], shown["evalue"])
    assert shown["evalue"] in shown["traceback"][0]


@pytest.mark.parametrize("source", ["# mlestar: features\ndef make_features(:", "# mlestar: features\n1 / 0"])
def test_cell_that_fails_by_itself_shows_its_own_error_and_says_what_stays(notebook, workflow, source):
    before = workflow.solution
    answer = notebook.run(source)
    assert answer.reply["status"] == "error"
    assert answer.reply["ename"] in ("SyntaxError", "ZeroDivisionError")
    assert answer.text("stderr") == "This cell failed: the features block before it stays in use.\n"
    assert workflow.solution == before


def test_merged_cell_with_a_misspelt_marker_changes_nothing(settled, workflow):
    before = workflow.solution
    line = line_of(settled.run_cell(FEATURES + "\n# mlestar: hyperparametres\nPARAMS = {'C': 0.5}"))
    assert "There is no block 'hyperparametres'. Did you mean 'hyperparameters'?" in line
    assert workflow.solution == before


def test_estimator_that_fails_in_one_fold_names_the_fold(settled, workflow):
    folds = workflow.evaluator.folds(workflow.solution)
    third = workflow.dataset.development.X.iloc[folds[2].train]
    clean = (
        "# mlestar: cleaning\ndef clean(X):\n"
        f"    if abs(X['MonthlyCharges'].sum() - {float(third['MonthlyCharges'].sum())!r}) < 1e-6:\n"
        "        raise ValueError('not this fold')\n    return X"
    )
    assert "ValueError: not this fold (in fold 3 of 5)" in line_of(settled.run_cell(clean))


def test_defect_keeps_its_traceback_and_fails_the_cell(notebook, monkeypatch):
    monkeypatch.delattr(blocks, "block_hash")
    answer = notebook.run(FEATURES)
    assert (answer.reply["status"], answer.reply["ename"]) == ("error", "NameError")
    assert len(answer.data("error")[0]["traceback"]) > 1


def test_block_that_was_stopped_fails_its_cell(settled, workflow):
    def stop(event):
        raise KeyboardInterrupt

    before, end = workflow.solution, workflow.listen(stop)
    result = settled.run_cell(FEATURES)
    end()
    (line,) = result.error_in_exec._render_traceback_()
    assert line == "Stopped. The edited block was not scored and is not used yet; run the cell again."
    assert workflow.solution == before


def test_cells_that_waited_are_left_although_the_block_failed(notebook):
    notebook.run("%%mlestar search\napproaches: 2")
    answer = notebook.run("# mlestar: features\n%mlestar search\ndef make_feature(): ...")
    assert answer.reply["status"] == "error"
    assert [b["phase"] for b in answer.batches] == ["search"]


@pytest.mark.slow
def test_programs_that_run_notebooks_stop_at_the_block_that_fails(churn_path, tmp_path):
    start = f"%load_ext mlestar\n%mlestar start --dataset {churn_path} --target Churn --output run --sample 500"
    cells = [start, "%%mlestar foundation\ncandidates: 2", NOPE, "print('went on')"]
    path = tmp_path / "run.ipynb"
    import nbformat
    from nbformat import v4

    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(source) for source in cells]), path)
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "out.ipynb", path.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode != 0
    assert "BlockError: Your block 'features' cannot be used: KeyError: 'nope'" in done.stderr
    assert "went on" not in done.stderr + done.stdout
