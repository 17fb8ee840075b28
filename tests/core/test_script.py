"""The printed script: names of its blocks, and mistakes of those who run it."""

import ast
import builtins
import contextlib
import sqlite3
import zipfile
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.names import outside_names, with_free_names
from mlestar_jupyter.core.script import reading_source, rows_code
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.values import Column
from mlestar_jupyter.data.formats.registry import FORMATS
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.problems.recognition import make_dataset
from mlestar_jupyter.problems.source import preparation_code, solution_script
from tests.core.blocks_for_tests import BLOCKS
from tests.core.test_rows import FRAME, run_script, script_of

HELPER = """def {name}(X):
    return X.assign(square=X["a"] ** 2)
"""
FEATURES = """from sklearn.preprocessing import FunctionTransformer


{helpers}

def apply_all(X):
    for helper in [{names}]:
        X = helper(X)
    return X


def make_features():
    return FunctionTransformer(apply_all)
"""
TAIL_NAMES = [
    "prepare", "split", "fit", "inputs", "predictions", "run", "main", "write", "read_rows", "read_table", "Contract",
    "CONTRACT", "RowsError", "TARGET", "CLASSES", "COLUMNS", "TABLE", "rows_reader", "check_output", "np", "sys",
    "argparse", "os", "get_scorer", "train_test_split", "len", "print", "str", "isinstance", "ValueError", "list",
]  # fmt: skip


def script_with(blocks, path, **options):
    FRAME.to_csv(path, index=False)
    table = read_table(path)
    dataset = make_dataset(table, "y", **options)
    solution = Solution.of({**BLOCKS, **blocks})
    solution.build()  # as workers do
    return solution_script(
        solution, dataset.task, preparation_code(table.source, dataset.task, options.get("test", 0.2))
    )


@pytest.mark.parametrize("names", [TAIL_NAMES, ["prepare"], ["len"], ["CONTRACT"]])
def test_helpers_of_a_block_may_have_any_name(tmp_path, names):
    helpers = "\n\n".join(HELPER.format(name=name) for name in names)
    block = FEATURES.format(helpers=helpers, names=", ".join(names))
    done = run_script(script_with({"features": block}, tmp_path / "t.csv"), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "12 predictions written" in done.stdout


@pytest.mark.parametrize(
    "more",
    [
        "from __future__ import annotations\nimport numpy as pd\nimport math as np",
        "for fit in range(3):\n    pass",
        "def own():\n    global prepare\n    prepare = 1\n\n\nown()\nassert prepare == 1",
        "from sklearn.base import *\nfrom os.path import *",
        "main, *split = 1, 2\nwith open(__import__('os').devnull) as run:\n    pass",
        "[(inputs := i) for i in range(3)]\nprepare_ = fit_ = 1\nprepare = 2",
        "globals()['prepare'] = 1",
    ],
)
def test_names_are_free_however_a_block_binds_them(tmp_path, more):
    blocks = {"cleaning": f"{more}\n\n\n{BLOCKS['cleaning']}"}
    done = run_script(script_with(blocks, tmp_path / "t.csv", test=0.3), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_classes_of_blocks_go_to_other_processes(tmp_path):
    features = """from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, TransformerMixin


def run(X):
    return X * 2


class fit(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return Parallel(n_jobs=2)(delayed(run)(part) for part in (X, X))[0]


def make_features():
    return fit()
"""
    done = run_script(script_with({"features": features}, tmp_path / "t.csv"), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_script_whose_blocks_have_other_names_keeps_its_own(tmp_path):
    text = script_with({}, tmp_path / "t.csv")
    names = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    assert {"prepare", "split", "fit", "inputs", "main"} <= names
    assert "import numpy as np\n" in text


def test_builtins_keep_their_meaning():
    tail = "def body():\n    return len([])\n\n\ndef size(x):\n    return len(x), body()\n"
    names = {}
    exec(
        source := "def len(x):\n    return -1\n" + with_free_names(tail, "def len(x): ...", "    return len([])\n"),
        names,
    )
    assert names["size"]([1, 2]) == (2, 0), source
    assert names["len"]([]) == -1
    assert builtins.len([]) == 0


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "made.py").write_text(script_of(FRAME, "y", tmp_path / "t.csv"))
    return tmp_path


def refusal(folder, *arguments):
    done = run_script((folder / "made.py").read_text(), folder, *arguments)
    assert (done.returncode, len(done.stderr.splitlines()), done.stdout) == (2, 1, ""), done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (FRAME.drop(columns="a"), "The table has no column 'a'. Add it; empty values are fine.\n"),
        (FRAME.drop(columns="y"), "The table has no column 'y'. Name a table that has it.\n"),
        (FRAME.rename(columns={"a": "A"}), "The table has no column 'a'. There is 'A': rename it.\n"),
        (FRAME.assign(y="other"), "No row has a target that can be used. Give a table that has some.\n"),
        (FRAME.head(2), "The table cannot be split: "),
        (FRAME[FRAME["y"] == "no"], "The table has rows of one class only. Give a table with more rows.\n"),
    ],
)
def test_a_table_that_cannot_be_learned_from_is_one_line(folder, table, line):
    table.to_csv(folder / "other.csv", index=False)
    assert refusal(folder, "--table", "other.csv").startswith(line)


def test_a_table_that_is_no_file_or_no_table_is_one_line(folder):
    (folder / "bad.parquet").write_text("no parquet")
    assert refusal(folder, "--table", "none.csv") == (
        "The training table 'none.csv' is not here. Give it with --table FILE.\n"
    )
    assert "The file 'bad.parquet' cannot be read" in refusal(folder, "--table", "bad.parquet")
    assert "The file 'bad.parquet' cannot be read" in refusal(folder, "--predict", "bad.parquet")


@pytest.mark.parametrize("ending", ["parquet", "csv.gz", "tsv"])
def test_the_table_may_be_a_file_of_another_format(folder, ending):
    text, path = (folder / "made.py").read_text(), folder / f"full.{ending}"
    match ending:
        case "parquet":
            FRAME.to_parquet(path)
        case _:
            FRAME.to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    own, other = run_script(text, folder), run_script(text, folder, "--table", path.name)
    assert own.stdout == other.stdout
    assert other.returncode == 0, other.stderr


def test_a_file_of_a_format_that_the_script_does_not_read_is_one_line(folder):
    (folder / "new.jsonl").write_text('{"a": 1, "kind": "u"}\n')
    assert refusal(folder, "--predict", "new.jsonl") == (
        "The file 'new.jsonl' is json: this script reads text, parquet. Save it in one of these.\n"
    )


def test_every_kind_is_read_by_the_script_as_by_the_model(tmp_path):
    """Dates with zones and marks, times, durations, amounts and labels: by the part of the reader that is written."""
    days = pd.date_range("2026-01-01", periods=60, freq="7D")
    frame = FRAME.assign(
        when=days.strftime("%d.%m.%Y"), at=[f"{k % 24:02}:30" for k in range(60)], price=[f"{k},5 €" for k in range(60)],
        took=[f"{k} days 02:00:00" for k in range(60)], zoned=days.strftime("%Y-%m-%dT%H:%M:%S+02:00"), sure=[True, False] * 30,
    )  # fmt: skip
    text = script_of(frame, "y", tmp_path / "t.csv")
    contract = make_dataset(read_table(tmp_path / "t.csv"), "y").task.contract
    assert {c.kind for c in contract.columns} >= {"number", "date", "time", "duration", "boolean", "text"}
    frame.drop(columns="y").to_csv(tmp_path / "new.csv", index=False)
    names = {"__name__": "solution"}
    exec(compile(text, "solution.py", "exec"), names)
    found, notices = names["CONTRACT"].read_frame(names["CONTRACT"].read_file(tmp_path / "new.csv"))
    pd.testing.assert_frame_equal(found, contract.read(contract.read_file(tmp_path / "new.csv"))[0])
    assert notices == []


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_has_its_reader_in_the_script(name):
    text = rows_code(Contract((Column("a", "number"),)), {"text", name})
    names = {}
    exec("import pandas as pd\n" + text, names)
    with pytest.raises(names["RowsError"], match="There is no file 'x'. Check the path."):
        names["CONTRACT"].read_file("x")
    used, defined = outside_names(text), {node.name for node in ast.walk(ast.parse(text)) if hasattr(node, "name")}
    assert used - defined - set(dir(builtins)) <= {"pd", "CONTRACT", "Contract", "RowsError"}


def test_a_script_holds_no_more_of_the_reader_than_its_table_needs(folder):
    text = (folder / "made.py").read_text()
    defined = {n.name for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    assert {"read_numbers", "find_dialect", "read_frame"} <= defined
    assert not {"read_dates", "amount_reader", "read_durations", "read_json", "read_excel", "to_frame"} & defined
    assert len(text.splitlines()) < 0.6 * len(reading_source().splitlines())


@pytest.mark.parametrize("output", ["nope/x.csv", ".", "t.csv/x.csv"])
def test_a_place_for_the_predictions_is_checked_before_the_fit(folder, output):
    (folder / "t.csv").write_text("broken")  # is not looked at
    assert refusal(folder, "--output", output) == (
        f"No file can be written to {output!r}. Give --output a file in a folder that exists.\n"
    )


def test_a_file_without_rows_gives_a_table_without_rows(folder):
    text = (folder / "made.py").read_text()
    (folder / "t.csv").unlink()  # nothing is fitted
    FRAME[["kind", "a"]].head(0).to_csv(folder / "new.csv", index=False)
    done = run_script(text, folder, "--predict", "new.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "There are no rows to predict.\n0 predictions written to predictions.csv\n"
    assert (folder / "predictions.csv").read_text() == "row,prediction,probability_no,probability_yes\n"


def test_a_quantity_that_is_text_in_another_table_is_one_line(tmp_path):
    numbers = pd.DataFrame({"a": np.arange(60.0), "y": np.arange(60.0) ** 1.5})
    (tmp_path / "made.py").write_text(script_of(numbers, "y", tmp_path / "t.csv"))
    numbers.assign(y="much").to_csv(tmp_path / "other.csv", index=False)
    assert refusal(tmp_path, "--table", "other.csv").startswith("No row has a target that can be used.")


def test_the_columns_that_split_the_table_are_needed_in_it(tmp_path):
    frame = FRAME.assign(shop=np.arange(60) // 6, more=np.arange(60) % 7)
    frame.to_csv(tmp_path / "t.csv", index=False)
    table = read_table(tmp_path / "t.csv")
    for options in ({"group": "shop"}, {"time": "shop"}):
        task = make_dataset(table, "y", **options).task
        text = solution_script(Solution.of(BLOCKS), task, preparation_code(table.source, task, 0.2))
        (tmp_path / "made.py").write_text(text)
        frame.drop(columns="shop").to_csv(tmp_path / "other.csv", index=False)
        assert refusal(tmp_path, "--table", "other.csv").startswith("The table has no column 'shop'.")


def test_the_test_table_is_read_as_it_was_written(tmp_path):
    numbers = pd.DataFrame({"a": np.arange(60) + 0.5, "y": np.arange(60) ** 1.5})
    numbers.to_csv(tmp_path / "t.csv", index=False)
    numbers.head(9).to_csv(tmp_path / "test.csv", index=False, sep=";", decimal=",")
    table, test = read_table(tmp_path / "t.csv"), read_table(tmp_path / "test.csv").source
    task = make_dataset(table, "y", test=tmp_path / "test.csv").task
    model = BLOCKS["model"].replace("LogisticRegression", "LinearRegression")
    text = solution_script(Solution.of({**BLOCKS, "model": model}), task, preparation_code(table.source, task, test))
    done = run_script(text, tmp_path)
    assert "9 predictions written" in done.stdout, done.stderr


def test_the_script_reads_numbers_in_text_as_the_model_does(tmp_path):
    """Prices as inputs and as the target, in the table, the test table and new rows."""
    values = np.random.default_rng(0).uniform(500, 9000, 120)
    german = [f"{v:,.2f}".translate(str.maketrans(",.", ".,")) for v in values]
    frame = pd.DataFrame({"a": [f"{v} €" for v in german], "b": [f"{v / 100:.1f} %" for v in values], "y": german})
    frame.head(90).to_csv(tmp_path / "t.csv", index=False, sep=";")
    frame.tail(30).to_csv(tmp_path / "test.csv", index=False, sep=";")
    frame.tail(9).drop(columns="y").to_csv(tmp_path / "new.csv", index=False, sep=";")
    table, test = read_table(tmp_path / "t.csv"), read_table(tmp_path / "test.csv").source
    task = make_dataset(table, "y", test=tmp_path / "test.csv").task
    assert (task.problem, task.n_holdout) == ("regression", 30)
    blocks = {**BLOCKS, "model": BLOCKS["model"].replace("LogisticRegression", "LinearRegression")}
    text = solution_script(Solution.of(blocks), task, preparation_code(table.source, task, test))
    done = run_script(text, tmp_path, "--predict", "new.csv")
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(pd.read_csv(tmp_path / "predictions.csv")["prediction"], values[-9:], rtol=1e-3)


def test_no_part_of_the_reader_hides_a_name_of_another():
    """The parts are written into one module: a name that two of them had was read by the one and meant by the other."""
    body = ast.parse(reading_source()).body
    functions = [node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    values = [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    twice = [name for name, count in Counter([*functions, *values]).items() if count > 1]
    assert twice == []


def in_workbook(frame, path):
    pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    frame.to_excel(path / "t.xlsx", index=False, startrow=2)
    return "t.xlsx"


def in_database(frame, path):
    with contextlib.closing(sqlite3.connect(path / "t.db")) as database:
        frame.to_sql("shop", database, index=False)
        frame.to_sql("other", database, index=False)
    return "t.db::shop"


def in_archive(frame, path):
    with zipfile.ZipFile(path / "t.zip", "w") as archive:
        archive.writestr("train.csv", frame.to_csv(index=False))
        archive.writestr("__MACOSX/._train.csv", "x")
    return "t.zip"


def in_columns(frame, path):
    frame.to_json(path / "t.json")
    return "t.json"


@pytest.mark.parametrize("written", [in_workbook, in_database, in_archive, in_columns])
def test_tables_of_every_format_are_read_by_the_script(tmp_path, monkeypatch, written):
    monkeypatch.chdir(tmp_path)
    name = written(FRAME, tmp_path)
    table = read_table(name)
    task = make_dataset(table, "y").task
    text = solution_script(Solution.of(BLOCKS), task, preparation_code(table.source, task, 0.2))
    assert f"# {table.source.call}\nTABLE = " in text
    done = run_script(text, tmp_path, "--predict", name)
    assert (done.returncode, done.stdout) == (0, "60 predictions written to predictions.csv\n"), done.stderr
    FRAME.drop(columns="y").to_csv(tmp_path / "new.csv", index=False)
    predicted = (tmp_path / "predictions.csv").read_text()
    done = run_script(text, tmp_path, "--predict", "new.csv")
    assert (done.returncode, (tmp_path / "predictions.csv").read_text()) == (0, predicted), done.stderr


@pytest.mark.fast
def test_no_name_is_defined_by_two_modules_of_the_reader():
    """They become one module, in which the later one would win."""
    names = Counter()
    for node in ast.parse(reading_source()).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
        names.update(getattr(t, "id", getattr(t, "name", "")) for t in targets if not isinstance(t, ast.alias))
    assert [name for name, count in names.items() if name and count > 1] == []
