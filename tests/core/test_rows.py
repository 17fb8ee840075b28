"""Rows of every table type and file, read alike; what does not fit is refused in one line."""

import gzip
import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.dummy import DummyRegressor

from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.rows import Contract, RowsError, to_frame
from mlestar_jupyter.core.script import reading_source
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.values import Column, read_column
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive
from mlestar_jupyter.problems.recognition import load_model, make_dataset
from mlestar_jupyter.problems.source import preparation_code, solution_script
from tests import scripts_for_tests
from tests.core.blocks_for_tests import BLOCKS

FRAME = pd.DataFrame({"a": np.arange(60.0), "kind": ["u", "v", "w"] * 20, "y": ["no", "yes"] * 30})


@pytest.fixture(scope="module")
def model():
    dataset = make_dataset(read_table(FRAME), "y", test=0)
    solution, rows = Solution.of(BLOCKS), dataset.development
    return FittedModel(solution.build().fit(rows.X, rows.y), solution, dataset.task)


@pytest.mark.parametrize(
    "rows",
    [
        {"a": 3, "kind": "u"},
        {"kind": ["u"], "a": [3]},
        {"a": {0: 3}, "kind": {0: "u"}},
        [{"kind": "u", "a": "3"}],
        pd.Series({"kind": "u", "a": 3}),
        pa.table({"kind": ["u"], "a": [3]}),
        np.array([("u", 3)], dtype=[("kind", "U1"), ("a", float)]),
        pd.DataFrame({"kind": pd.Categorical(["u"]), "a": pd.array([3], dtype="Int64")}),
    ],
)
def test_a_row_of_any_table_type(model, rows):  # T4
    wanted = model.predict_proba(FRAME.iloc[[3]].assign(kind="u")[["a", "kind"]])
    np.testing.assert_array_equal(model.predict_proba(rows), wanted)


def test_no_rows_give_no_answers(model):  # T4
    for rows in (FRAME.head(0)[["a", "kind"]], [], {"a": [], "kind": []}):
        assert model.predict(rows).shape == (0,)
        assert model.predict_proba(rows).shape == (0, 2)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (np.zeros((2, 2)), "Rows of the type ndarray have no names of columns."),
        ("new.csv", "Rows of the type str have no names of columns."),
        (
            {"a": [1, 2], "kind": ["u"]},
            "The columns have different numbers of rows: [1, 2]. Give all columns as many rows.",
        ),
        ([[1, 2]], "Row 1 is of the type list, without names of columns."),
        ([{"a": 1, "kind": "u"}, {"a": 1}], "Row 2 has no 'kind'. Add it; null means missing."),
        ([{}], "Row 1 has no 'a', 'kind'. Add them; null means missing."),
        ([{"A": 1, "kind": "u"}], "Row 1 has no 'a'. There is 'A': rename it."),
        (FRAME[["a"]], "The rows have no column 'kind'. Add it; empty values are fine."),
        (FRAME[["y"]], "The rows have no columns 'a', 'kind'. Add them; empty values are fine."),
        (FRAME[["a", "kind"]].rename(columns=str.upper), "Rename 'A' to 'a', 'KIND' to 'kind'."),
        (FRAME[["a", "kind", "kind"]], "The column 'kind' is there twice. Drop all but one."),
        ([{"a": 1, ("a", ""): 1, "kind": "u"}], "The column 'a' is there twice."),
        ({"a": [1, 2], "kind": ["u"]}, "different numbers of rows"),
    ],
)
def test_what_cannot_be_rows_is_one_clear_line(model, rows, line):  # T4
    with pytest.raises(DataError) as error:
        model.predict(rows)
    assert line in str(error.value)


def test_more_columns_are_ignored_with_a_warning(model):
    with pytest.warns(UserWarning, match="Columns that the model does not use: 'more'"):
        model.predict(FRAME.assign(more=1))


def test_a_table_of_floats_is_not_copied():
    frame = pd.DataFrame(np.ones((50, 3)), columns=list("abc"))
    found, _ = derive(frame, "").apply(frame)
    assert np.shares_memory(found.to_numpy(), frame.to_numpy())


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz", "jsonl", "json", "parquet", "feather"])
def test_a_file_of_new_rows_is_read_like_the_frame(tmp_path, ending):  # T2
    frame = pd.DataFrame(
        {"code": ["007", "012", "x"], "n": [1.5, 2.5, None], "when": ["03/09/2023", "13/09/2023", None]}
    )
    contract = derive(frame, "")
    path, new = tmp_path / f"new.{ending}", frame[["when", "n", "code"]].head(2)
    match ending:
        case "parquet" | "feather":
            getattr(new, f"to_{ending}")(path)
        case "json" | "jsonl":
            new.to_json(path, orient="records", lines=ending == "jsonl")
        case _:
            new.to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    wanted, _ = contract.apply(frame.head(2))
    pd.testing.assert_frame_equal(contract.apply(contract.read_file(path))[0], wanted)


@pytest.mark.parametrize(("separator", "decimal"), [(";", ","), (",", "."), ("|", ".")])
def test_a_file_is_read_with_the_separator_whose_header_fits(tmp_path, separator, decimal):
    contract = derive(
        pd.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"]}), "", function="read_csv", options={"sep": ";", "decimal": ","}
    )
    path = tmp_path / "new.csv"
    pd.DataFrame({"b": ["x"], "a": [1.5]}).to_csv(path, index=False, sep=separator, decimal=decimal)
    assert contract.apply(contract.read_file(path))[0].to_dict("records") == [{"a": 1.5, "b": "x"}]


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_a_file_with_a_needed_column_twice_is_refused(tmp_path, model, ending):
    path = tmp_path / f"new.{ending}"
    pd.DataFrame([[1, 2, "u"]], columns=["a", "a", "kind"]).to_csv(path, index=False)
    with pytest.raises(RowsError, match="The column 'a' is there twice"):
        model.contract.read_file(path)
    pd.DataFrame([[1, 2, 3, "u"]], columns=["b", "b", "a", "kind"]).to_csv(path, index=False)
    with pytest.warns(UserWarning, match="does not use"):
        assert len(model.predict(model.contract.read_file(path))) == 1


@pytest.mark.parametrize("ending", ["parquet", "csv.xz", "csv.gz", "csv.zip", "jsonl", "feather", "csv"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff\x00", b"\xfd7zXZ\x00broken", b"a"])
def test_a_broken_file_is_one_line(tmp_path, model, ending, content):
    (tmp_path / f"new.{ending}").write_bytes(content)
    with pytest.raises((RowsError, DataError)) as error:
        model.predict(model.contract.read_file(tmp_path / f"new.{ending}"))
    assert "\n" not in str(error.value)


def test_names_of_several_levels_are_joined_in_dicts_as_in_frames():
    frame = pd.DataFrame([[1.0, 2.0]] * 2, columns=pd.MultiIndex.from_tuples([("a", "b"), ("c", "")]))
    contract = derive(read_table(frame).frame, "")
    for rows in (frame, frame.to_dict("records"), frame.to_dict("list"), frame.iloc[0], frame.to_dict("records")[0]):
        assert contract.apply(rows)[0].iloc[0].to_dict() == {"a_b": 1.0, "c": 2.0}


def test_the_reading_part_runs_alone(tmp_path):
    (tmp_path / "rows.py").write_text(reading_source())
    program = "import rows, sys; print(rows.Contract(), any(m.startswith('mlestar') for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")


HOSTILE = ['y"""\nimport os; os.system("touch pwned")\n"""', "C:\\Users\\N", "it's {x} $a$ <b>", "float"]


def script_of(frame, target, path, *, seed=0, metric=None):
    frame.to_csv(path, index=False)
    table = read_table(path)
    dataset = make_dataset(table, target, metric=metric, seed=seed)
    model = (
        BLOCKS["model"] if dataset.task.classes else BLOCKS["model"].replace("LogisticRegression", "LinearRegression")
    )
    return solution_script(
        Solution.of({**BLOCKS, "model": model}), dataset.task, preparation_code(table.source, dataset.task, 0.2)
    )


def run_script(text, folder, *arguments):
    (folder / "solution.py").write_text(text)
    return scripts_for_tests.run_script("solution.py", *arguments, folder=folder)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_in_the_script(tmp_path, name):  # S3, S9
    frame = FRAME.rename(columns={"y": name, "kind": name[::-1]}).assign(
        **{f"{name} at": pd.date_range("2026-01-01", periods=60)}
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    table = read_table(tmp_path / "t.csv")
    dataset = make_dataset(table, name, time=f"{name} at")
    text = solution_script(Solution.of(BLOCKS), dataset.task, preparation_code(table.source, dataset.task, 0.2))
    done = run_script(text, tmp_path)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "pwned").exists()


def test_the_script_refuses_what_the_model_refuses(tmp_path):  # T2
    text = script_of(FRAME, "y", tmp_path / "t.csv")
    FRAME[["a"]].rename(columns={"a": "A"}).to_csv(tmp_path / "new.csv", index=False)
    done = run_script(text, tmp_path, "--predict", "new.csv")
    assert (done.returncode, done.stderr) == (
        2,
        "The rows have no columns 'a', 'kind'. Rename 'A' to 'a'; then add what is still missing.\n",
    )
    FRAME[["a", "kind"]].assign(a="12,5").to_csv(tmp_path / "new.csv", index=False)
    done = run_script(text, tmp_path, "--predict", "new.csv")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    line = "Column 'a', row 1: '12,5' is not a number such as '12.5' (and 59 more rows). Correct it, or leave it empty."
    assert done.stderr == f"{line}\n"


def test_the_script_helps_without_its_table(tmp_path):
    text = script_of(FRAME, "y", tmp_path / "t.csv")
    (tmp_path / "t.csv").unlink()
    assert run_script(text, tmp_path, "--help").returncode == 0
    done = run_script(text, tmp_path)
    assert (done.returncode, done.stderr) == (
        2, f"The training table {str(tmp_path / 't.csv')!r} is not here. Give it with --table FILE.\n",
    )  # fmt: skip


def test_the_script_of_a_dataframe_asks_for_a_file(tmp_path):  # T16
    dataset = make_dataset(read_table(FRAME, "shop"), "y")
    source = read_table(FRAME, "shop").source
    text = solution_script(Solution.of(BLOCKS), dataset.task, preparation_code(source, dataset.task, 0.2))
    done = run_script(text, tmp_path)
    assert (done.returncode, done.stderr) == (
        2, "The training table was a DataFrame, not a file. Save it and give it with --table FILE.\n",
    )  # fmt: skip
    (tmp_path / "shop.csv.gz").write_bytes(gzip.compress(FRAME.to_csv(index=False).encode()))
    done = run_script(text, tmp_path, "--table", "shop.csv.gz")
    assert done.returncode == 0, done.stderr


def test_the_script_prints_a_score_with_its_sign(tmp_path):  # T16
    random = np.random.default_rng(0)
    noise = pd.DataFrame(random.normal(size=(60, 12)), columns=[f"x{i}" for i in range(11)] + ["y"])
    assert (
        "r2 on 12 holdout rows: -"
        in run_script(script_of(noise, "y", tmp_path / "t.csv", metric="r2"), tmp_path).stdout
    )
    other = run_script(script_of(noise, "y", tmp_path / "t.csv"), tmp_path)
    assert "rows: -" not in other.stdout


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("ending", ["csv", "csv.gz", "csv.zip"])
def test_a_file_is_read_in_its_own_encoding_not_in_that_of_the_table(tmp_path, encoding, ending):
    frame = pd.DataFrame({"x": [1.0, 2.0], "city": ["Köln", "Bonn"]})
    frame.to_csv(tmp_path / "table.csv", index=False, encoding="latin-1")
    table = read_table(tmp_path / "table.csv")
    contract = derive(table.frame, "", function=table.source.function, options=dict(table.source.options))
    path = tmp_path / f"new.{ending}"
    frame.to_csv(path, index=False, encoding=encoding)
    pd.testing.assert_frame_equal(contract.apply(contract.read_file(path))[0], frame)


def test_a_letter_that_is_not_utf8_is_found_far_down_a_file(tmp_path):
    frame = pd.DataFrame({"city": [*["Bonn"] * 300_000, "Köln"]})
    contract = derive(frame, "", function="read_csv")
    frame.to_csv(tmp_path / "new.csv", index=False, encoding="latin-1")
    assert contract.read_file(tmp_path / "new.csv")["city"].iloc[-1] == "Köln"


def written(rows, folder, ending):
    """A file of rows, given as a list of dicts."""
    path = folder / f"new.{ending}"
    frame = pd.DataFrame(rows)
    if ending == "parquet":
        frame.to_parquet(path)
    elif ending == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False)
    return path


def contract_of(path):
    table = read_table(path)
    return derive(table.frame, "", function=table.source.function, options=dict(table.source.options))


@pytest.mark.parametrize("text", ["NA", "", "null", "n/a"])
def test_a_text_that_was_missing_in_the_file_is_missing_however_it_comes(tmp_path, text):
    rows = [{"p": p, "n": n} for p, n in (("u", "1"), ("v", "2"), (text, text), ("u", "1"))]
    contract = contract_of(written(rows, tmp_path, "csv"))
    ways = [{"p": text, "n": text}, rows, pd.DataFrame(rows), pd.DataFrame(rows, dtype=object)]
    ways += [contract.read_file(written(rows, tmp_path, ending)) for ending in ("csv", "jsonl", "parquet")]
    for way in ways:
        found, _ = contract.apply(way)
        assert found.isna().all(axis=1).tolist() == ([False, False, True, False] if len(found) > 1 else [True])


def test_a_text_that_was_a_category_of_a_frame_stays_one():
    contract = derive(pd.DataFrame({"p": ["u", "NA", None]}), "")
    assert contract.apply({"p": ["NA", None]})[0]["p"].isna().tolist() == [False, True]


@pytest.mark.parametrize("ending", ["jsonl", "json", "jsonl.gz"])
@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (['{"a": 1, "kind": "u"}', '{"a": 1}'], "Row 2 has no 'kind'. Add it; null means missing."),
        (['{"a": 1, "kind": "u", "a": 2}'], "The column 'a' is there twice. Drop all but one."),
    ],
)
def test_a_json_row_that_lacks_a_key_or_has_it_twice_is_refused(tmp_path, model, ending, rows, line):
    text = f"[{', '.join(rows)}]" if ending == "json" else "\n\r\n".join(rows)
    data = text.encode("utf-8-sig")
    (tmp_path / f"new.{ending}").write_bytes(gzip.compress(data) if ending.endswith("gz") else data)
    with pytest.raises(RowsError) as error:
        model.contract.read_file(tmp_path / f"new.{ending}")
    assert str(error.value) == line


def test_json_rows_with_null_and_a_byte_order_mark_are_read(tmp_path, model):
    text = '{"kind": null, "a": 1.5}\n\n{"a": 2, "kind": "u", "b": {"c": [1]}}\n'
    (tmp_path / "new.jsonl").write_text(text, encoding="utf-8-sig")
    found, _ = model.contract.apply(model.contract.read_file(tmp_path / "new.jsonl"))
    assert (found["a"].tolist(), found["kind"].isna().tolist()) == ([1.5, 2.0], [True, False])


def test_a_json_table_may_leave_out_keys_but_not_repeat_them(tmp_path):
    rows = [{"a": i, "y": "uv"[i % 2]} | ({} if i % 3 else {"b": 1}) for i in range(60)]
    lines = [json.dumps(row) for row in rows]
    (tmp_path / "t.jsonl").write_text("\n".join(lines), encoding="utf-8-sig")
    contract = contract_of(tmp_path / "t.jsonl")
    assert contract.read_table(tmp_path / "t.jsonl")["b"].isna().sum() == 40
    (tmp_path / "t.jsonl").write_text("\n".join([*lines, '{"a": 1, "y": "u", "y": "v"}']))
    with pytest.raises(DataError, match="'t.jsonl' has columns with the same name: 'y'"):
        read_table(tmp_path / "t.jsonl")


def test_a_bare_duration_in_a_json_file_is_refused_and_text_is_read(tmp_path):
    frame = pd.DataFrame({"d": pd.to_timedelta(["189s", None, "2h"]), "at": [10**9, 1, 2]})
    contract = derive(frame.rename(columns={"at": "loaded_at"}), "")
    frame = frame.rename(columns={"at": "loaded_at"})
    path = tmp_path / "new.jsonl"
    frame.to_json(path, orient="records", lines=True, date_format="epoch")  # as by default
    with pytest.raises(RowsError) as error:
        contract.read_file(path)
    assert str(error.value) == (
        "Column 'd', row 1: 189000 does not say its unit (and 1 more row). "
        "Write durations in JSON files as text, such as '189 seconds' or '0 days 00:03:09'."
    )
    wanted = contract.apply(frame)[0]
    frame.to_json(path, orient="records", lines=True, date_format="iso")
    pd.testing.assert_frame_equal(contract.apply(contract.read_file(path))[0], wanted)
    path.write_text(
        '{"d": "189 seconds", "loaded_at": 1}\n{"d": null, "loaded_at": 1}\n{"d": "0 days 02:00:00", "loaded_at": 1}'
    )
    assert contract.apply(contract.read_file(path))[0]["d"].equals(wanted["d"])
    assert contract.apply({"d": 189, "loaded_at": 1})[0]["d"].tolist() == [189.0]


USES_ID = "def clean(X):\n    X = X.assign(odd=X['id'].str[1:].astype(float) % 2)\n    return X.select_dtypes('number')"


@pytest.mark.parametrize("is_used", [True, False])
def test_an_identifier_that_a_block_uses_is_needed(tmp_path, is_used):
    frame = FRAME.assign(id=[f"k{i:03}x"[:4] for i in range(60)], same=1.0)
    frame.to_csv(tmp_path / "t.csv", index=False)
    table = read_table(tmp_path / "t.csv")
    dataset = make_dataset(table, "y")
    assert dataset.task.contract.needed == ["a", "kind"]
    solution, rows = Solution.of(BLOCKS | ({"cleaning": USES_ID} if is_used else {})), dataset.development
    model = FittedModel(solution.build().fit(rows.X, rows.y), solution, dataset.task).with_needs(rows.X)
    new = frame[["a", "kind"]].head(4)
    new.to_csv(tmp_path / "new.csv", index=False)
    text = solution_script(solution, dataset.task, preparation_code(table.source, dataset.task, 0.2))
    done = run_script(text, tmp_path, "--predict", "new.csv")
    if not is_used:
        assert (len(model.predict(new)), done.returncode) == (4, 0), done.stderr
        return
    with pytest.raises(DataError, match="no column 'id'"):
        model.predict(new)
    assert load_model(model.save(tmp_path / "saved")).contract.needed == ["a", "kind", "id"]
    assert (done.returncode, done.stderr) == (2, "The rows have no column 'id'. Add it; empty values are fine.\n")


def test_model_of_numbers_gives_no_probabilities():
    X = pd.DataFrame({"x": np.arange(40.0)})
    dataset = make_dataset(read_table(X.assign(y=X["x"] * 1.5 + X["x"] % 3), "df"), "y", on_open=lambda reason: None)
    model = FittedModel(
        DummyRegressor().fit(dataset.development.X, dataset.development.y), Solution.of(BLOCKS), dataset.task
    )
    with pytest.raises(DataError) as error:
        model.predict_proba(X)
    assert str(error.value) == "This model gives no probabilities. Use predict()."


def test_file_without_names_has_as_many_columns_as_the_table(tmp_path):
    rows = "\n".join(f"{i}.5,{i % 7},{'yes' if i % 2 else 'no'}" for i in range(60))
    (tmp_path / "table.csv").write_text(rows)
    (tmp_path / "new.csv").write_text("\n".join(f"{i}.5,{i},{i},yes" for i in range(9)))
    table = read_table(tmp_path / "table.csv")
    contract = make_dataset(table, "column_3", test=0).task.contract
    with pytest.raises(RowsError) as error:
        contract.read_file(tmp_path / "new.csv")
    assert str(error.value) == (
        "The file 'new.csv' has 4 columns and no names; the table has 3. Give a file with those columns, or one with a line of names."
    )


NUMBERS = Contract(tuple(Column(name, "number") for name in "abc"))


@pytest.mark.parametrize(
    "rows",
    [
        pd.DataFrame({"c": [1.5, np.nan], "a": [2.0, 3.0], "b": [1, 2]}),
        pd.DataFrame({"a": [1.0], "b": [2.0], "c": [3.0]}),
        [{"a": 1, "b": 2.5, "c": None}, {"a": 2**60 + 1, "b": -0.0, "c": float("nan")}],
        [{"a": 1, "b": "2.5", "c": 3}, {"a": 1.5, "b": 2, "c": 3}],
        [{"a": 1e300, "b": 2.5, "c": 3}],
        {"a": 1, "b": True, "c": 3},
    ],
    ids=["frame", "in order", "whole numbers", "a text", "too large", "a boolean"],
)
def test_numbers_of_few_rows_are_read_together_as_one_by_one(rows):
    frame = to_frame(rows, NUMBERS.names)
    apart = {c.name: read_column(frame[c.name], c) for c in NUMBERS.columns}
    found, unread = NUMBERS._convert(frame)
    assert list(found.columns) == ["a", "b", "c"]
    for name, (values, wrong) in apart.items():
        assert found[name].dtype == np.float64
        assert found[name].to_numpy().tobytes() == values.to_numpy(dtype=np.float64).tobytes()
        assert (name in unread) == (wrong is not None)


def test_a_column_may_be_called_as_an_argument_of_pandas():
    contract = Contract((Column("a", "number"), Column("self", "text"), Column("index", "number")))
    found, _ = contract.read([{"a": 1.5, "self": "x", "index": 2}])
    assert found.to_dict("records") == [{"a": 1.5, "self": "x", "index": 2.0}]


def test_rows_with_other_keys_than_the_first_are_looked_at_by_themselves():
    contract = Contract((Column("a", "number"), Column("place.x", "number")))
    rows = [{"a": 1, "place.x": 2}, {"a": 3, "place": {"x": 4}}, {"a": 5, "place.x": 6}]
    assert contract.read(rows)[0].to_numpy().tolist() == [[1, 2], [3, 4], [5, 6]]
    with pytest.raises(RowsError, match=r"Row 3 has no 'a'\."):
        contract.read([*rows[:2], {"place.x": 6}])


ONE = {"a": None, "b": float("nan"), "c": [1], "d": pd.NaT, "e": np.float32(3), "f": "x", "g": (1, 2)}


@pytest.mark.parametrize("given", [ONE, pd.Series(ONE), [ONE]], ids=["dict", "Series", "list"])
def test_one_row_keeps_its_values_of_any_type(given):
    found = to_frame(given, [])
    pd.testing.assert_frame_equal(found, pd.DataFrame([ONE], dtype=object))
    assert [type(value) for value in found.iloc[0]] == [type(value) for value in ONE.values()]


def test_one_row_of_many_columns_takes_little_time():
    names = [f"n{k}" for k in range(1_500)]
    contract = Contract(tuple(Column(name, "number") for name in names))
    row = dict.fromkeys(names, 1.5)

    def quickest(call):
        times = []
        for _ in range(5):
            started = time.process_time()
            call()
            times.append(time.process_time() - started)
        return min(times)

    # pandas alone makes a frame of the row in about half of the time that was needed before
    assert quickest(lambda: contract.read(row)) < 3 * quickest(lambda: pd.DataFrame([row], dtype=object))
