"""Reading tables: the frame is what the printed pandas call returns."""

import bz2
import gzip
import lzma
import zipfile

import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError

TEXT = "name,size,y\nÄnne,1.5,0\nBob,2.5,1\n"


def frame_of(source):
    """Run the printed call."""
    return eval(source.call, {"pd": pd})


@pytest.mark.parametrize(
    ("file", "content", "options"),
    [
        ("a.csv", TEXT.encode(), ""),
        ("a.csv", TEXT.encode("utf-8-sig"), ""),
        ("a.csv", TEXT.encode("utf-16"), ', encoding="utf-16"'),
        ("a.csv", TEXT.encode("latin-1"), ', encoding="latin-1"'),
        ("a.csv", TEXT.replace(",", ";").encode(), ', sep=";"'),
        ("a.txt", TEXT.replace(",", "|").encode(), ', sep="|"'),
        ("a.tsv", TEXT.replace(",", "\t").encode(), ', sep="\\t"'),
        ("a.csv", TEXT.replace(",", ";").replace(".", ",").encode(), ', sep=";", decimal=","'),
        ("a.csv", b'name,y\n"x, and\ny",1\nz,0\n', ""),
        ("a.csv.gz", gzip.compress(TEXT.encode(), mtime=0), ""),
        ("a.csv.bz2", bz2.compress(TEXT.encode()), ""),
        ("a.csv.xz", lzma.compress(TEXT.encode()), ""),
    ],
)
def test_delimited_files_are_read_by_the_plain_call(tmp_path, file, content, options):
    path = tmp_path / file
    path.write_bytes(content)
    table = read_table(path)
    assert table.source.call == f'pd.read_csv("{path}"{options})'
    pd.testing.assert_frame_equal(table.frame, frame_of(table.source))
    assert len(table.frame) == 2
    if "size" in table.frame:
        assert table.frame["name"].tolist() == ["Änne", "Bob"]
        assert table.frame["size"].tolist() == [1.5, 2.5]


def test_latin_1_is_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode("latin-1"))
    assert "read as latin-1" in read_table(path).notices[0]


def test_zip_of_one_file(tmp_path):
    path = tmp_path / "a.csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", TEXT)
    assert len(read_table(path).frame) == 2


@pytest.mark.parametrize("ending", ["parquet", "feather", "jsonl", "ndjson", "jsonl.gz", "json"])
def test_other_formats(tmp_path, ending):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"]})
    path = tmp_path / f"t.{ending}"
    match ending:
        case "parquet":
            frame.to_parquet(path)
        case "feather":
            frame.to_feather(path)
        case "json":
            frame.to_json(path, orient="records")
        case _:
            frame.to_json(path, orient="records", lines=True)
    table = read_table(path)
    pd.testing.assert_frame_equal(table.frame, frame_of(table.source))
    assert table.frame["a"].tolist() == [1, 2, 3]


def test_a_dataframe_is_taken_as_it_is_and_not_changed():
    frame = pd.DataFrame({"a": [1, "x", 2.5], 7: [1, 2, 3]}, index=[5, 6, 7])
    table = read_table(frame, "df")
    assert list(table.frame.columns) == ["a", "7"]
    assert table.frame["a"].tolist() == [1, "x", 2.5]
    assert list(table.frame.index) == [0, 1, 2]
    assert list(frame.columns) == ["a", 7]
    assert table.notices == ("Column names that are no text were made text.",)


def test_types_that_pandas_guesses_piece_by_piece_are_read_whole(tmp_path):
    path = tmp_path / "mixed.csv"
    rows = [f"{i},{i % 7}" for i in range(300_000)] + ["x,1"] * 10
    path.write_text("a,b\n" + "\n".join(rows))
    table = read_table(path)
    assert "low_memory=False" in table.source.call
    assert {type(value) for value in table.frame["a"]} == {str}


def test_rows_wider_than_the_header_do_not_shift_the_columns(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2,3\n4,5,6\n")
    with pytest.raises(
        DataError, match="cannot be split into columns: by comma the header has 2 values and row 2 has 3"
    ):
        read_table(path)


def test_the_churn_table_is_read_exactly(churn_path):
    table = read_table(churn_path)
    pd.testing.assert_frame_equal(table.frame, pd.read_csv(churn_path))
    assert table.notices == ()


def test_text_and_numbers_of_json_stay_what_they_are(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"code": "007", "updated_at": 5}\n{"code": "012", "updated_at": 6}\n')
    frame = read_table(path).frame
    assert frame["code"].tolist() == ["007", "012"]
    assert frame["updated_at"].tolist() == [5, 6]


def test_an_arrow_type_that_pandas_cannot_read_back_is_one_line(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    values = pd.Series([[1], [2, 3], None], dtype=pd.ArrowDtype(arrow.list_(arrow.int64())))
    pd.DataFrame({"a": values, "y": [1, 2, 3]}).to_feather(tmp_path / "lists.feather")
    with pytest.raises(DataError, match="'lists.feather' cannot be read"):
        read_table(tmp_path / "lists.feather")
