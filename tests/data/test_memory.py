"""Tables in memory: of other libraries, NumPy and Python."""

import collections
import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive
from mlestar_jupyter.problems.recognition import make_dataset

pytestmark = pytest.mark.fast

N = 40
FRAME = pd.DataFrame(
    {
        "size": np.arange(N) / 4,
        "gap": [None, *range(1, N)],
        "word": [None, *["a", "Ä", "b"] * (N // 3)],
        "flag": [True, False] * (N // 2),
        "day": pd.date_range("2024-01-01", periods=N, unit="us"),
        "kind": pd.Categorical(["x", "y"] * (N // 2)),
        "y": ["no", "yes"] * (N // 2),
    }
)
Point = collections.namedtuple("Point", "a y")


@dataclasses.dataclass
class Row:
    a: int
    y: str


def polars(frame):
    return pytest.importorskip("polars").from_pandas(frame)


def lazy(frame):
    return polars(frame).lazy()


def arrow(frame):
    return pytest.importorskip("pyarrow").Table.from_pandas(frame)


def batch(frame):
    return pytest.importorskip("pyarrow").RecordBatch.from_pandas(frame)


def relation(frame):
    return pytest.importorskip("duckdb").from_df(frame)


def wrapped(frame):
    return pytest.importorskip("narwhals").from_native(lazy(frame))


LIBRARIES = [polars, lazy, arrow, batch, relation, wrapped]


def values(frame):
    contract = derive(frame, "y")
    return contract, contract.read_known(frame)[0]


@pytest.mark.parametrize("made", LIBRARIES)
def test_tables_of_other_libraries_are_read_as_the_frame(made):
    table = read_table(made(FRAME), "shop")
    assert table.source.call == "shop"
    contract, found = values(table.frame)
    pd.testing.assert_frame_equal(found, values(FRAME)[1])
    pd.testing.assert_frame_equal(contract.read(made(FRAME))[0], contract.read(FRAME)[0])


@pytest.mark.parametrize("made", LIBRARIES)
def test_they_are_test_tables_too(made):
    dataset = make_dataset(read_table(made(FRAME)), "y", test=made(FRAME.head(20)))
    assert (dataset.task.n_development, dataset.task.n_holdout) == (N, 20)


@pytest.mark.parametrize(
    "table",
    [
        np.array([(1, "no"), (2, "yes")], dtype=[("a", int), ("y", "U3")]),
        np.rec.array([(1, "no"), (2, "yes")], dtype=[("a", int), ("y", "U3")]),
        {"a": [1, 2], "y": ["no", "yes"]},
        {"a": np.array([1, 2]), "y": pd.Series(["no", "yes"])},
        [{"a": 1, "y": "no"}, {"a": 2, "y": "yes"}],
        [Point(1, "no"), Point(2, "yes")],
        [Row(1, "no"), Row(2, "yes")],
    ],
    ids=["structured", "record", "dict", "dict of arrays", "dicts", "named tuples", "dataclasses"],
)
def test_arrays_dicts_and_lists_with_names_are_tables(table):
    found = read_table(table).frame
    pd.testing.assert_frame_equal(found, pd.DataFrame({"a": [1, 2], "y": ["no", "yes"]}))


def test_objects_in_dicts_become_columns_as_in_json():
    found = read_table([{"a": {"b": 1}, "y": "no"}, {"a": {"b": 2}, "y": "yes"}]).frame
    assert found.to_dict("list") == {"a.b": [1, 2], "y": ["no", "yes"]}


def test_data_of_scikit_learn_is_taken_with_its_frame():
    assert read_table(load_iris(as_frame=True)).frame.shape == (150, 5)


def test_lists_in_cells_are_pointed_out():
    notices = read_table(pd.DataFrame({"tags": [["a"], ["b", "c"]], "y": [0, 1]})).notices
    assert notices == ("The values of tags are lists or objects: they are read as text. Make columns of them.",)


def test_names_of_rows_are_pointed_out_and_numbers_of_them_are_not():
    named = pd.DataFrame({"a": [1, 2]}, index=["r1", "r2"])
    assert read_table(named).notices == (
        "The names of the rows, such as 'r1', are no column and are not used. To use them, give the DataFrame with reset_index().",
    )
    assert read_table(named.set_axis([5, 7])).notices == ()


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (
            np.zeros((3, 2)),
            "The dataset is an array, whose columns have no names. Name its columns: pd.DataFrame(array, columns=[…]).",
        ),
        (pd.Series([1, 2]), "The dataset is a Series, which is one column. Give a DataFrame."),
        (
            [[1, 2], [3, 4]],
            "The dataset is a list, in which [1, 2] (list) names no columns. "
            "Give a list of dicts, or name the columns: pd.DataFrame(rows, columns=[…]).",
        ),
        (
            [None, {"a": 1}],
            "The dataset is a list, in which None (NoneType) names no columns. "
            "Give a list of dicts, or name the columns: pd.DataFrame(rows, columns=[…]).",
        ),
        (load_iris(), "The dataset is a Bunch of scikit-learn, without its table. Load it with as_frame=True."),
        (
            {"train": FRAME, "test": FRAME},
            "The dataset is a dict of tables ('train', 'test'). Give one of them: tables['train'].",
        ),
        (
            {"a": [1, 2], "y": [1]},
            "The dataset has columns with different numbers of rows (a: 2, y: 1). Give all columns as many rows.",
        ),
        ({"a": 1}, "The dataset is a dict of single values. Give a dict of columns, each a list."),
        (None, "The dataset is None (NoneType), which is no table. Give the path of a file, or a pandas DataFrame."),
        (b"a,y\n1,2", "The dataset is b'a,y\\n1,2' (bytes), which is no table. Give the path of a file, or a pandas DataFrame."),
    ],
)  # fmt: skip
def test_what_is_no_table_is_a_line(table, line):
    with pytest.raises(DataError) as error:
        read_table(table)
    assert str(error.value) == line


def test_bytes_that_are_no_utf8_stay_different():
    table = pd.DataFrame({"a": np.arange(N), "name": [b"\xe8", b"\xe9"] * (N // 2), "y": [0, 1] * (N // 2)})
    _, found = values(table)
    assert list(found["name"][:2]) == ["\\xe8", "\\xe9"]
    labels = make_dataset(read_table(table.rename(columns={"name": "y", "y": "b"})), "y", test=0).task.classes
    assert labels == ("\\xe8", "\\xe9")


@pytest.mark.parametrize(
    "row", [{"f.k": 9, "f": {"k": 1}}, {"f": {"k": 1}, "f.k": 9}, {"f": {"k.z": 1, "k": {"z": 2}}}]
)
def test_a_column_that_is_there_by_name_and_in_an_object_is_refused(tmp_path, row):
    name = "f.k" if "f.k" in row else "f.k.z"
    (tmp_path / "t.json").write_text(json.dumps([row] * 3))
    for given in ([row] * 3, tmp_path / "t.json"):
        with pytest.raises(DataError) as refused:
            read_table(given)
        assert str(refused.value) == f"The column {name!r} is there twice: an object has it too. Rename one of them."


@pytest.mark.parametrize("test", [[5, 6], {"a": [1], "y": []}, pd.Series([1, 2]), np.zeros((2, 2)), 5j])
def test_what_is_no_test_table_is_called_one(test):
    with pytest.raises(DataError, match="^The test table "):
        make_dataset(read_table(FRAME), "y", test=test)
