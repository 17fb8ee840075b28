import re

import pytest

from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.notebook.completion import complete
from mlestar_jupyter.notebook.extension import load, unload
from mlestar_jupyter.notebook.magics import PhaseInterrupted, without_body

START_FIRST = "No workflow has been started. Run %mlestar start --dataset FILE --target COLUMN first."
FEATURES = """# mlestar: features
from sklearn.preprocessing import FunctionTransformer


def add_ratio(X):
    return X.assign(ratio=X["TotalCharges"] / X["tenure"].clip(lower=1))


def make_features():
    return FunctionTransformer(add_ratio)
"""


def line_of(shell, source):
    """The one line that a user's mistake shows."""
    result = shell.run_cell(source)
    error = result.error_in_exec or result.error_before_exec
    assert isinstance(error, MLEStarError), error
    (line,) = error._render_traceback_()
    return line


@pytest.fixture
def started(shell, churn, tmp_path):
    shell.user_ns["churn"] = churn
    assert shell.run_cell(f"%mlestar start --dataset churn --target Churn --output {tmp_path}").success
    return shell


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("%mlestar serch", "SettingError: There is no command 'serch'. Did you mean 'search'?"),
        ("%%mlestar foundatoin\n# x", "SettingError: There is no command 'foundatoin'. Did you mean 'foundation'?"),
        ("%mlestar start --datset x", "SettingError: There is no flag '--datset'. Did you mean '--dataset'?"),
        (
            "%mlestar start --target y",
            "SettingError: --dataset is missing. Write %mlestar start --dataset FILE --target COLUMN.",
        ),
        ("%mlestar start --dataset", "SettingError: --dataset has no value. Write --dataset FILE or variable."),
        (
            "%mlestar start --dataset nope --target y",
            "SettingError: There is no file and no DataFrame 'nope'. Give a file, or the name of a DataFrame.",
        ),
        ("%mlestar start --dataset a.csv --target y --seed x", "SettingError: --seed is 'x'. Give a whole number."),
        (
            "%mlestar start --dataset a.csv --target y --llm a",
            "SettingError: --llm is 'a'. Write PROVIDER:MODEL, as in openai:gpt-5 or ollama:qwen3.",
        ),
        ("%%mlestar foundation\n# x", f"OrderError: {START_FIRST}"),
        ("%mlestar status", f"OrderError: {START_FIRST}"),
        (
            "%mlestar start --dataset 'a",
            "SettingError: A quote is not closed in: start --dataset 'a. Close it, or leave it out.",
        ),
    ],
)
def test_mistakes_before_start_are_one_line(shell, source, line):
    assert line_of(shell, source) == line


def test_mistakes_after_start_are_one_line(started):
    lines = {
        "%mlestar run --study atribution": "SettingError: There is no study 'atribution'. Did you mean 'attribution'?",
        "%mlestar run --study attribution --seeds 1": "SettingError: seeds is 1. Give 2 or more: one run says nothing.",
        "%mlestar run --studdy x": "SettingError: There is no flag '--studdy'. Did you mean '--study'?",
        "%%mlestar foundation\ncandidate: 3": "SettingError: There is no setting 'candidate'. Did you mean 'candidates'?",
        "%%mlestar foundation\ncandidates: many": "SettingError: The setting 'candidates' is 'many'. Give a whole number, 0 or more.",
        "%%mlestar foundation\na: b: c": "SettingError: The settings are not valid YAML in line 2 of the cell. Write one `key: value` a line.",
        "%%mlestar foundation\n- a": "SettingError: The settings are list, not keys. Write one `key: value` a line.",
        "%%mlestar ablation\n# x": "OrderError: ablation needs foundation, which has not run. Run %%mlestar foundation first.",
        "%mlestar show": "SettingError: show needs 1 id. Write %mlestar show ID; ids are in %mlestar tree.",
        "%mlestar run validaton": "SettingError: There is no phase 'validaton'. Did you mean 'validation'?",
        "%mlestar export --format docx": "SettingError: There is no format 'docx'. Valid: ipynb, py.",
        "%mlestar start --dataset churn --target Chrun": "DataError: ",
        "%mlestar start --dataset churn --target Churn --metric acuracy": "SettingError: There is no metric 'acuracy'. Did you mean 'accuracy'?",
        "%mlestar start --dataset churn --target Churn --metric rmse": "SettingError: The metric 'neg_root_mean_squared_error' does not fit a binary problem.",
    }
    for source, line in lines.items():
        assert line_of(started, source).startswith(line), source


def test_bare_magic_lists_every_command(shell):
    text = str(shell.run_line_magic("mlestar", ""))
    for command in ("start", "foundation", "checkout", "export"):
        assert command in text


def test_loading_twice_is_harmless_and_unloading_takes_all_back(shell):
    load(shell)
    assert len([f for f in shell.events.callbacks["post_run_cell"] if "after_cell" in str(f)]) == 1
    unload(shell)
    assert shell.find_line_magic("mlestar") is None
    load(shell)


def test_marked_cells_are_scored_and_used_or_refused_in_a_line(started, capsys):
    started.run_cell("%%mlestar foundation\ncandidates: 2")
    workflow = started._mlestar_session.workflow
    count = len(workflow.candidates())
    started.run_cell(workflow.solution.blocks["cleaning"])
    assert len(workflow.candidates()) == count  # unchanged text evaluates nothing
    assert started.run_cell(FEATURES).success
    assert workflow.score.candidate.author == "human"
    assert "add_ratio" in workflow.solution.blocks["features"]
    assert re.search(r"roc_auc .* → .*: gain", capsys.readouterr().out)
    before = workflow.solution
    broken = {
        "# mlestar: features\ndef make_feature():\n    return 1": "does not define 'make_features'",
        "# mlestar: features\ndef make_features(:\n    return 1": "has a syntax error",
        "# mlestar: model\ndef make_model(**params):\n    raise ValueError('on purpose')": "ValueError: on purpose (in fold 1 of 5)",
        "# mlestar: feature\nx = 1": "There is no block 'feature'. Did you mean 'features'?",
    }
    for source, line in broken.items():
        started.run_cell(source)
        assert line in capsys.readouterr().err, source
        assert workflow.solution == before


def test_estimator_that_fails_in_one_fold_names_the_fold(started, capsys):
    started.run_cell("%%mlestar foundation\ncandidates: 2")
    folds = started._mlestar_session.workflow.evaluator.folds(started._mlestar_session.workflow.solution)
    X = started._mlestar_session.workflow.dataset.development.X
    third = X.iloc[folds[2].train]
    clean = (
        "# mlestar: cleaning\ndef clean(X):\n"
        f"    if abs(X['MonthlyCharges'].sum() - {float(third['MonthlyCharges'].sum())!r}) < 1e-6:\n"
        "        raise ValueError('not this fold')\n    return X"
    )
    started.run_cell(clean)
    assert "ValueError: not this fold (in fold 3 of 5)" in capsys.readouterr().err


def test_stop_button_is_one_line():
    assert PhaseInterrupted("All is kept.")._render_traceback_() == ["Stopped. All is kept."]


@pytest.mark.parametrize(
    ("line", "word", "found"),
    [
        ("%mlestar fo", "fo", ["foundation"]),
        ("%mlestar start --dat", "--dat", ["--dataset"]),
        ("%mlestar start --dataset churn --target Ch", "Ch", ["Churn"]),
        ("%%mlestar foundation\ncand", "cand", ["candidates:"]),
        ("%mlestar run --st", "--st", ["--study"]),
        ("%mlestar run --study at", "at", ["attribution"]),
        ("print(fo", "fo", []),
    ],
)
def test_completion(shell, churn, line, word, found):
    shell.user_ns["churn"] = churn
    assert complete(shell._mlestar_session, line, word) == found


@pytest.mark.parametrize("blank", ["", "\n", "\n   \n\n"])
def test_cell_magic_stands_without_a_body(started, blank):
    assert started.run_cell("%%mlestar search" + blank).success
    assert list(started._mlestar_session.workflow.results) == ["search"]


def test_cell_magic_without_a_body_makes_mistakes_of_one_line(shell):
    assert line_of(shell, "%%mlestar ensemble") == f"OrderError: {START_FIRST}"


@pytest.mark.parametrize(
    "cell",
    [
        "%%mlestar ensemble\nmembers: 3\n",
        "%%mlestar ensemble\n# a comment\n",
        "%%mlestar_other ensemble\n",
        "%%time\n",
        "%mlestar status\n",
        "x = 1\n%%mlestar ensemble\n",
        "",
    ],
)
def test_other_cells_are_untouched(cell):
    lines = cell.splitlines(keepends=True)
    assert without_body(lines) == lines


@pytest.fixture
def settled(shell, workflow):
    """A shell whose workflow is after its foundation."""
    shell._mlestar_session.begin(workflow)
    return shell


def test_merged_cells_are_adopted_one_block_after_another(settled, workflow):
    assert settled.run_cell(FEATURES + "\n# mlestar: hyperparameters\nPARAMS = {'C': 0.5}").success
    assert workflow.edited_blocks == {"features", "hyperparameters"}


def test_merged_cell_with_a_misspelt_marker_changes_nothing(settled, workflow, capsys):
    before = workflow.solution
    settled.run_cell(FEATURES + "\n# mlestar: hyperparametres\nPARAMS = {'C': 0.5}")
    assert "There is no block 'hyperparametres'. Did you mean 'hyperparameters'?" in capsys.readouterr().err
    assert workflow.solution == before


def test_insert_offers_the_block_as_the_next_input(settled, workflow):
    settled.run_cell("%mlestar insert model")
    assert settled.rl_next_input == workflow.solution.blocks["model"]


def test_insert_of_an_unknown_block_names_the_nearest(settled):
    assert line_of(settled, "%mlestar insert modl") == "SettingError: There is no block 'modl'. Did you mean 'model'?"
