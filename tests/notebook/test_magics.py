import pytest

from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.notebook.commands import COMMANDS
from mlestar_jupyter.notebook.completion import complete
from mlestar_jupyter.notebook.extension import load, unload
from mlestar_jupyter.notebook.magics import PhaseInterrupted, without_body

pytestmark = pytest.mark.fast

START_FIRST = "No workflow has been started. Run %mlestar start --dataset FILE --target COLUMN first."


def line_of(shell, source):
    """The one line that a user's mistake shows."""
    result = shell.run_cell(source)
    error = result.error_in_exec or result.error_before_exec
    assert isinstance(error, MLEStarError), error
    (line,) = error._render_traceback_()
    return line


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
        (
            "%mlestar start --dataset a.csv --target y --seed x",
            "SettingError: --seed is 'x'. Give a whole number, 0 to 4294967295.",
        ),
        (
            "%mlestar start --dataset a.csv --target y --llm a",
            "SettingError: --llm is 'a'. Give PROVIDER:MODEL, as in openai:gpt-5 or ollama:qwen3.",
        ),
        (
            "%mlestar start churn.csv",
            "SettingError: Unexpected argument 'churn.csv'. Write --dataset FILE --target COLUMN.",
        ),
        (
            "%mlestar start --dataset a.csv --target y --dayfirst vielleicht",
            "SettingError: --dayfirst takes true or false, not 'vielleicht'. Write --dayfirst or --dayfirst false.",
        ),
        (
            "%mlestar start --dataset my table.csv --target y",
            "SettingError: Unexpected argument 'table.csv' after --dataset. Put a value with blanks in quotes.",
        ),
        (
            "%mlestar start --dataset a.csv --target Churn Churn",
            "SettingError: Unexpected argument 'Churn' after --target. Put a value with blanks in quotes.",
        ),
        (
            "%mlestar start --dataset a.csv --target=my Churn",
            "SettingError: Unexpected argument 'Churn' after --target=my. Put a value with blanks in quotes.",
        ),
        ("%mlestar resume", "SettingError: resume needs the folder of a run. Write %mlestar resume DIR."),
        (
            "%mlestar ask",
            "SettingError: ask needs a block. Write %%mlestar ask BLOCK, and below it what is to be done.",
        ),
        (
            "%mlestar foundation candidates=3",
            "SettingError: foundation takes no 'candidates=3' on its line. Write settings below, as `key: value`.",
        ),
        (
            "%mlestar help LEAK01",
            "SettingError: There is no command or check 'LEAK01'. Did you mean 'LEAK001'?",
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


@pytest.mark.parametrize(("library", "made"), [("polars", "from_pandas"), ("pyarrow", "table")])
def test_variables_of_other_libraries_are_tables(shell, churn, tmp_path, library, made):
    make = getattr(pytest.importorskip(library), made)
    shell.user_ns |= {"churn": make(churn), "later": make(churn.head(40))}
    line = f"%mlestar start --dataset churn --target Churn --test later --output {tmp_path}"
    assert shell.run_cell(line).success
    assert shell._mlestar_session.workflow.task.n_holdout == 40


def test_mistakes_after_start_are_one_line(started):
    lines = {
        "%mlestar run --study atribution": "SettingError: --study is 'atribution'. Give attribution.",
        "%mlestar run --seeds 3": "SettingError: --seeds is for a study. Add --study attribution.",
        "%mlestar run --study attribution --seeds 1": "SettingError: seeds is 1. Give 2 or more: one run says nothing.",
        "%mlestar run now --study attribution": "SettingError: A study takes no 'now'. Write %mlestar run [PHASE | --more TIME | --study NAME].",
        "%mlestar run --more": "SettingError: --more has no value. Write --more TIME.",
        "%mlestar run --more soon": "SettingError: --more is 'soon'. Give a time above 0: 90s, 10m, 1h30m.",
        "%mlestar run --more 5m --seeds 3": "SettingError: --more and a study are two things. Write one of them on a line.",
        "%mlestar run ensemble --more 5m": "SettingError: --more goes on with all that has run, not with ensemble alone. Leave ensemble out.",
        "%mlestar run --studdy x": "SettingError: There is no flag '--studdy'. Did you mean '--study'?",
        "%%mlestar foundation\ncandidate: 3": "SettingError: There is no setting 'candidate'. Did you mean 'candidates'?",
        "%%mlestar foundation\ncandidates: many": "SettingError: The setting 'candidates' is 'many'. Give a whole number, 1 or more.",
        "%%mlestar foundation\na: b: c": "SettingError: The settings: a colon too many in line 2 of the cell. Put a value with a colon or a hash in quotes.",
        "%%mlestar foundation\n- a": "SettingError: The settings: a list instead of keys. Write one `key: value` a line.",
        "%%mlestar ablation\n# x": "OrderError: ablation needs foundation, which has not run. Run %%mlestar foundation first.",
        "%mlestar show": "SettingError: show needs 1 id. Write %mlestar show ID; ids are in %mlestar tree.",
        "%mlestar run validaton": "SettingError: There is no phase 'validaton'. Did you mean 'validation'?",
        "%mlestar export --format docx": "SettingError: --format is 'docx'. Give py or ipynb.",
        "%mlestar report now": "SettingError: report takes no 'now'. Write %mlestar report.",
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


SUMMARIES = {
    "start": "Name a table and what to predict.",
    "run": "Run all phases that have not run, go on for a time, or make a study.",
    "plan": "Say what each phase will evaluate, and how long it takes.",
    "status": "Say where the workflow stands.",
    "tree": "List all candidates by what they were made from.",
    "calls": "List the calls of the chat model, with tokens and money.",
    "show": "Show one candidate: scores, origin, blocks.",
    "diff": "Show what differs between two candidates.",
    "checkout": "Make an earlier candidate the solution.",
    "propose": "Ask for one more variant of a block; you decide.",
    "ask": "Have the chat model change a block in your words; you decide.",
    "accept": "Use an attempt's block from now on.",
    "reject": "Do without an attempt; the block before it comes back.",
    "edit": "Put an attempt's block into a cell, to change it and run it.",
    "insert": "Put the code of a block into this cell.",
    "export": "Write the script, or the run as a notebook.",
    "report": "Write report.html and report.json.",
    "resume": "Take up a run from its folder.",
    "help": "Explain all commands, one of them, or a check.",
}


def test_help_says_what_every_command_does(shell):
    lines = str(shell.run_line_magic("mlestar", "help")).split("\n")
    said = {line.split()[1]: line[52:].strip() for line in lines[2 : 2 + len(COMMANDS)]}
    assert {name: said.get(name) for name in SUMMARIES} == SUMMARIES
    assert lines[0] == "MLE-STAR: from a table and its target to a tested, deployable model, in cells that you own."
    assert lines[-2:] == [
        "%mlestar help start explains the flags, %mlestar help foundation the settings of a phase.",
        "A cell that begins with `# mlestar: features` is a block: edit it and run it, and it is scored and used.",
    ]


@pytest.mark.parametrize("line", ["start --help", "start --dataset a.csv -h", "--help"])
def test_help_is_a_flag_of_every_command(shell, line):
    asked = shell.run_cell(f"%mlestar {line}").result
    plain = shell.run_cell("%mlestar help start" if "start" in line else "%mlestar help").result
    assert asked.text == plain.text


def test_loading_twice_is_harmless_and_unloading_takes_all_back(shell):
    load(shell)
    assert len([f for f in shell.events.callbacks["post_run_cell"] if "after_cell" in str(f)]) == 1
    unload(shell)
    assert shell.find_line_magic("mlestar") is None
    load(shell)


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


def test_name_that_is_given_goes_before_the_variables(shell, churn, tmp_path):
    shell.user_ns["churn"] = churn
    assert shell.run_cell(f"%mlestar start --dataset churn --target Churn --name mine --output {tmp_path}").success
    assert shell._mlestar_session.workflow.name == "mine"
