"""JSON in every arrangement."""

import json

import pandas as pd
import pytest

from mlestar_jupyter.core.opening import RowsError
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive

pytestmark = pytest.mark.fast

FRAME = pd.DataFrame(
    {"code": ["007", "012", "100"], "size": [1.5, None, 3.0], "made_at": [5, 6, 7], "y": ["no", "yes", "no"]}
)
NESTED = [
    {"id": i, "home": {"city": city, "at": {"zip": code}}, "y": y}
    for i, city, code, y in [(1, "Ulm", "007", "no"), (2, "Bonn", "012", "yes"), (3, None, "100", "no")]
]


def written(path, value):
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def line(path):
    with pytest.raises(DataError) as error:
        read_table(path)
    return str(error.value)


@pytest.mark.parametrize("orient", ["records", "columns", "index", "split", "table"])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("ending", ["json", "csv", "txt", "log"])
def test_every_orientation_of_pandas_is_read(tmp_path, orient, indent, ending):
    path = written(tmp_path / f"t.{ending}", FRAME.to_json(orient=orient, indent=indent))
    table = read_table(path)
    pd.testing.assert_frame_equal(table.frame, FRAME, check_dtype=False)
    assert table.frame["code"].tolist() == ["007", "012", "100"]
    contract = derive(table.frame, "y", function=table.source.function, options=dict(table.source.options))
    rows = contract.read_file(path)[list(FRAME)].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows, FRAME, check_dtype=False)


@pytest.mark.parametrize("orient", ["columns", "index", "split"])
def test_names_of_rows_are_not_lost_without_a_word(tmp_path, orient):
    path = written(tmp_path / "t.json", FRAME.set_index("code").to_json(orient=orient))
    table = read_table(path)
    assert list(table.frame) == ["size", "made_at", "y"]
    assert table.notices == (
        "The names of the rows, such as '007', are no column and are not used. To use them, give the DataFrame with reset_index().",
    )


def test_columns_of_one_kind_are_distinguished_from_rows_by_what_is_known(tmp_path):
    whole = {"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}}
    path = written(tmp_path / "t.json", whole)
    assert list(read_table(path).frame) == ["a", "b"]
    contract = derive(pd.DataFrame({"x": [1, 2, 3], "y": [1, 2, 3], "t": [0, 1, 0]}), "t")
    assert list(contract.read_file(path)) == ["x", "y"]


@pytest.mark.parametrize("whole", [NESTED, {"data": NESTED, "page": 1}])
def test_objects_in_rows_become_columns_here_and_in_new_rows(tmp_path, whole):
    path = written(tmp_path / "t.json", whole)
    table = read_table(path)
    assert list(table.frame) == ["id", "home.city", "home.at.zip", "y"]
    assert table.frame["home.at.zip"].tolist() == ["007", "012", "100"]
    assert "Objects within the rows (home) became columns of their own, such as 'home.city'." in table.notices
    contract = derive(table.frame, "y", function=table.source.function, options=dict(table.source.options))
    expected = contract.read(table.frame)[0]
    pd.testing.assert_frame_equal(contract.read(contract.read_file(path))[0], expected)
    pd.testing.assert_frame_equal(contract.read(NESTED)[0], expected)
    pd.testing.assert_frame_equal(contract.read(NESTED[0])[0], expected.head(1))


def test_rows_under_a_key_are_found_and_named(tmp_path):
    path = written(tmp_path / "t.json", {"results": FRAME.to_dict("records"), "next": None})
    table = read_table(path)
    assert table.frame["code"].tolist() == ["007", "012", "100"]
    assert table.notices == ("The rows are the list 'results' of the file.",)


def test_lists_with_a_header_are_a_table(tmp_path):
    path = written(tmp_path / "t.json", [["a", "y"], [1, "no"], [2, "yes"]])
    assert read_table(path).frame.to_dict("list") == {"a": [1, 2], "y": ["no", "yes"]}
    bare = written(tmp_path / "u.json", [[1, "no"], [2, "yes"]])
    table = read_table(bare)
    assert list(table.frame) == ["0", "1"]
    assert table.notices == ("The rows name no columns: they are called '0', '1', …",)


def test_a_list_with_more_values_than_the_header_is_refused(tmp_path):
    path = written(tmp_path / "t.json", [["a", "y"], [1, 2], [3, 4, 5]])
    assert line(path) == "Row 2 of 't.json' has 3 values for 2 names. Give every column a name."


def test_objects_may_have_points_in_their_names_or_no_values(tmp_path):
    path = written(tmp_path / "t.json", [{"a.b": {"x": i, "z": {}}, "y": i} for i in range(3)])
    table = read_table(path)
    assert table.frame.to_dict("list") == {"a.b.x": [0, 1, 2], "y": [0, 1, 2]}
    contract = derive(table.frame, "y", function=table.source.function)
    assert contract.apply(contract.read_file(path))[0]["a.b.x"].tolist() == [0, 1, 2]
    assert read_table(written(path, [{"a": {"x": {}}, "y": i} for i in range(3)])).notices == ()


def test_a_dict_of_lists_is_a_table(tmp_path):
    path = written(tmp_path / "t.json", {"a": [1, 2], "y": ["no", "yes"]})
    assert read_table(path).frame.to_dict("list") == {"a": [1, 2], "y": ["no", "yes"]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"type": "FeatureCollection", "features": []},
            "The file 't.json' is GeoJSON: a map, not a table. "
            "Read it with geopandas.read_file, and give the DataFrame without its geometry.",
        ),
        (
            {"cells": [], "nbformat": 4},
            "The file 't.json' is a notebook, not a table. Name the file that the notebook reads.",
        ),
        (
            {"a": {"b": 1}, "n": 3, "l": [1, 2]},
            "The file 't.json' is one JSON object ('a', 'n', 'l'), not a table. "
            "Save one JSON object a line, or a list of them.",
        ),
        (
            {"train": [{"a": 1}], "test": [{"a": 1}]},
            "The file 't.json' has several lists of rows: 'train', 'test'. "
            "Save one JSON object a line, or a list of them.",
        ),
        (
            [1, 2, 3],
            "The file 't.json' holds no rows: a list of numbers, texts or nothing. "
            "Save one JSON object a line, or a list of them.",
        ),
        (
            "42",
            "The file 't.json' holds no rows: a list of numbers, texts or nothing. "
            "Save one JSON object a line, or a list of them.",
        ),
    ],
)
def test_what_is_no_table_is_a_line(tmp_path, value, expected):
    assert line(written(tmp_path / "t.json", value)) == expected


def test_broken_json_is_a_line(tmp_path):
    assert line(written(tmp_path / "t.json", '{"a": [1, 2')).startswith("The file 't.json' cannot be read: Expecting")


def test_a_broken_line_of_json_lines_is_named_as_an_editor_counts(tmp_path):
    path = written(tmp_path / "t.jsonl", '\n{"a": 1, "y": 2}\n\n{"a": 1, y: 3}\n{"a": 3, "y": 4}\n')
    assert line(path) == (
        "Line 4 of 't.jsonl' is no JSON: Expecting property name enclosed in double quotes, at character 10. "
        "Correct it, or leave it out."
    )
    with pytest.raises(RowsError, match="^Line 4 of 't.jsonl' is no JSON: "):
        derive(FRAME, "y", function="read_json").read_file(path)


@pytest.mark.parametrize("start", ["// made by x", "var rows =", "name: x", "call(["])
def test_what_stands_before_json_is_named(tmp_path, start):
    path = written(tmp_path / "t.json", f'{start}\n[{{"a": 1, "y": 2}}]')
    assert line(path) == f"The file 't.json' is no JSON: it begins with {start!r}. Remove what is not JSON there."


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("lines", [True, False])
def test_json_in_other_encodings_is_read(tmp_path, encoding, lines):
    path = tmp_path / "t.json"
    path.write_bytes(FRAME.assign(code="Ä").to_json(orient="records", lines=lines, force_ascii=False).encode(encoding))
    table = read_table(path)
    assert table.frame["code"].tolist() == ["Ä"] * 3
    contract = derive(table.frame, "y", function=table.source.function, options=dict(table.source.options))
    assert contract.read_file(path)["code"].tolist() == ["Ä"] * 3


def test_numbers_of_many_digits_stay_what_they_are(tmp_path):
    ids = [12345678901234567890123, 12345678901234567890124, 1]
    path = written(tmp_path / "t.json", [{"id": each, "y": 0} for each in ids])
    assert read_table(path).frame["id"].tolist() == ids


@pytest.mark.parametrize(
    "value",
    [
        {"features": [1, 2, 3], "y": [0, 1, 0]},
        {"type": ["a", "b"], "features": ["x", "y"]},
        {"columns": ["a", "b"], "data": [1, 2]},
        {"schema": ["a", "b"], "data": [1, 2]},
        {"nbformat": [1, 2], "cells": [3, 4]},
    ],
)
def test_columns_may_have_the_names_that_other_kinds_of_json_have(tmp_path, value):
    frame = read_table(written(tmp_path / "t.json", value)).frame
    assert frame.to_dict("list") == value


@pytest.mark.parametrize(
    "value",
    [
        {"type": "FeatureCollection", "features": []},
        {"features": [{"attributes": {"a": 1}, "geometry": {"x": 1}}], "geometryType": "point"},
    ],
)
def test_a_map_is_no_table(tmp_path, value):
    assert "is GeoJSON: a map, not a table." in line(written(tmp_path / "t.json", value))


def test_rows_that_are_no_rows_are_named(tmp_path):
    path = written(tmp_path / "t.json", [["a", "b"], 3])
    expected = (
        "The file 't.json' is a list of lists and of other values, such as '3'. "
        "Save one JSON object a line, or a list of them."
    )
    assert line(path) == expected
    contract = derive(FRAME, "y")
    with pytest.raises(RowsError) as error:
        contract.read_file(path)
    assert str(error.value) == expected
    path = written(path, [{"code": "a", "size": 2, "made_at": 5}, 3])
    assert line(path) == "Row 2 of 't.json' is no object, but '3'. Save one JSON object a line, or a list of them."
    with pytest.raises(RowsError, match="Row 2 is of the type int, without names of columns"):
        contract.read_file(path)
