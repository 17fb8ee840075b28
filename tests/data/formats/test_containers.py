"""Which of several files is the table: zip archives and folders."""

import zipfile

import pandas as pd
import pytest

from mlestar_jupyter.core.containers import choose, parts_of
from mlestar_jupyter.core.rows import RowsError
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive

pytestmark = pytest.mark.fast

TEXT = "a,b,y\n1,x,no\n2,y,yes\n3,x,no\n"
FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "x"], "y": ["no", "yes", "no"]})


def archive(path, **members):
    with zipfile.ZipFile(path, "w") as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def line(path):
    with pytest.raises(DataError) as error:
        read_table(path)
    return str(error.value)


def test_what_systems_add_to_an_archive_is_no_file(tmp_path):
    members = {"train.csv": TEXT, "__MACOSX/._train.csv": "x", ".DS_Store": "x", "Thumbs.db": "x", "folder/": ""}
    table = read_table(archive(tmp_path / "train.zip", **members))
    pd.testing.assert_frame_equal(table.frame, FRAME)
    assert table.notices == ()


@pytest.mark.parametrize("beside", ["README.md", "readme.txt", "data_description.txt", "LICENSE", "logo.png"])
def test_a_table_beside_papers_is_taken_and_named(tmp_path, beside):
    table = read_table(archive(tmp_path / "shop.zip", **{beside: "hello", "data/shop.csv": TEXT}))
    pd.testing.assert_frame_equal(table.frame, FRAME)
    assert table.notices == ("The table is data/shop.csv of shop.zip.",)


def test_several_tables_are_named_in_a_line_those_to_learn_from_first(tmp_path):
    path = archive(tmp_path / "kaggle.zip", **dict.fromkeys(["sample_submission.csv", "test.csv", "train.csv"], TEXT))
    assert line(path) == (
        "'kaggle.zip' has 3 files: train.csv, sample_submission.csv, test.csv. "
        f"Name one: '{path}::train.csv'."
    )  # fmt: skip


@pytest.mark.parametrize("named", ["train.csv", "data/train.csv"])
def test_a_member_is_chosen_by_its_name_for_the_table_and_for_new_rows(tmp_path, named):
    other = "a,b,y\n9,z,no\n"
    path = f"{archive(tmp_path / 'kaggle.zip', **{'data/train.csv': TEXT, 'data/test.csv': other})}::{named}"
    table = read_table(path)
    pd.testing.assert_frame_equal(table.frame, FRAME)
    contract = derive(table.frame, "y", function=table.source.function)
    assert len(contract.read_file(path)) == 3
    assert len(contract.read_file(path.replace("train", "test"))) == 1
    assert table.source.stem == "kaggle-train"


def test_a_member_that_is_absent_is_a_line(tmp_path):
    path = archive(tmp_path / "kaggle.zip", **{"train.csv": TEXT, "test.csv": TEXT})
    assert line(f"{path}::tain.csv") == "'kaggle.zip' has no file 'tain.csv'. Name one of these: train.csv, test.csv."


def test_an_archive_without_a_file_is_a_line(tmp_path):
    path = archive(tmp_path / "empty.zip", **{"__MACOSX/._a.csv": "x"})
    assert line(path) == "The archive 'empty.zip' has no file in it. Name one with a table."


def test_an_archive_under_another_ending_is_read(tmp_path):
    path = archive(tmp_path / "train.csv", **{"train.csv": TEXT, "__MACOSX/._train.csv": "x"})
    pd.testing.assert_frame_equal(read_table(path).frame, FRAME)


def test_an_archive_in_an_archive_is_a_line(tmp_path):
    inner = archive(tmp_path / "inner.zip", **{"train.csv": TEXT})
    path = archive(tmp_path / "outer.zip", **{"inner.csv.zip": inner.read_bytes()})
    assert line(path) == (
        "The file 'outer.zip' is an archive in an archive. Unpack it and name the file."
    )  # fmt: skip


def test_one_table_in_a_folder_is_taken_and_named(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.csv").write_text(TEXT)
    (folder / "README.md").write_text("hello")
    (folder / ".hidden.csv").write_text("x")
    table = read_table(folder)
    pd.testing.assert_frame_equal(table.frame, FRAME)
    assert table.notices == (f"The table is shop.csv of the folder '{folder}'.",)
    assert table.source.path == str(folder / "shop.csv")


def test_several_tables_in_a_folder_are_named_in_a_line(tmp_path):
    for name in ("test.csv", "train.csv"):
        (tmp_path / name).write_text(TEXT)
    assert line(tmp_path) == (
        f"'{tmp_path}' is a folder with 2 tables: train.csv, test.csv. Name one: '{tmp_path / 'train.csv'}'."
    )


def test_a_folder_without_a_table_is_a_line(tmp_path):
    assert line(tmp_path) == f"'{tmp_path}' is a folder without a table. Name a file."


@pytest.mark.parametrize(
    "names",
    [
        [
            "part-00000-2f6c7d1e-90ab-4cde-8f01-23456789abcd.snappy.parquet",
            "part-00001-2f6c7d1e-90ab-4cde-8f01-23456789abcd.snappy.parquet",
        ],
        ["part.0.parquet", "part.1.parquet", "part.10.parquet"],
        ["year=2023/a.parquet", "year=2024/b.parquet"],
    ],
)
def test_parquet_parts_are_one_table(tmp_path, names):
    pytest.importorskip("pyarrow")
    folder = tmp_path / "parts"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        FRAME.to_parquet(folder / name)
    (folder / "_SUCCESS").touch()
    table = read_table(folder)
    pd.testing.assert_frame_equal(table.frame[list(FRAME)], pd.concat([FRAME] * len(names), ignore_index=True))
    assert table.notices == (f"parts is a folder: its {len(names)} files are one table.",)
    contract = derive(table.frame, "y", function=table.source.function)
    assert len(contract.read_file(folder)) == len(table.frame)


def test_arrow_parts_are_one_table(tmp_path):
    pytest.importorskip("pyarrow")
    for number in range(2):
        FRAME.to_feather(tmp_path / f"data-0000{number}-of-00002.arrow")
    (tmp_path / "state.json").write_text("{}")
    table = read_table(tmp_path)
    pd.testing.assert_frame_equal(table.frame, pd.concat([FRAME, FRAME], ignore_index=True))


def test_two_tables_of_parquet_are_no_parts(tmp_path):
    pytest.importorskip("pyarrow")
    for name in ("train.parquet", "test.parquet"):
        FRAME.to_parquet(tmp_path / name)
    assert parts_of(tmp_path) == []
    assert "is a folder with 2 tables: train.parquet, test.parquet." in line(tmp_path)


def test_a_delta_table_is_named_for_what_it_is(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "_delta_log").mkdir()
    for number in range(2):
        FRAME.to_parquet(tmp_path / f"part-0000{number}.parquet")
    assert line(tmp_path) == (
        f"'{tmp_path}' is a table of Delta Lake, which may keep rows that were deleted. "
        "Read it with polars and give the DataFrame."
    )


def test_papers_alone_may_be_the_table():
    assert choose(["readme.csv"]) == ["readme.csv"]
    assert choose(["a.txt", "b.csv"]) == ["b.csv"]
    assert choose(["a.txt", "b.txt"]) == ["a.txt", "b.txt"]


def test_new_rows_in_a_folder_with_several_tables_are_refused_in_a_line(tmp_path):
    for name in ("test.csv", "train.csv"):
        (tmp_path / name).write_text(TEXT)
    with pytest.raises(RowsError, match="is a folder with 2 tables"):
        derive(FRAME, "y").read_file(tmp_path)


def test_parts_of_text_are_to_be_joined(tmp_path):
    for number in range(2):
        (tmp_path / f"part-0000{number}.csv").write_text(TEXT)
    assert line(tmp_path) == (
        f"'{tmp_path}' is a folder with 2 tables: part-00000.csv, part-00001.csv. "
        "If they are one table, join them with pd.concat and give the DataFrame."
    )


def test_a_part_of_what_has_none_is_a_line(tmp_path):
    (tmp_path / "t.csv").write_text(TEXT)
    assert line(f"{tmp_path / 't.csv'}::Sheet1") == (
        "'t.csv' has no parts such as 'Sheet1'. Leave out what follows '::'."
    )  # fmt: skip


def test_no_more_is_looked_through_than_a_table_has_parts(tmp_path):
    for year in range(2):
        (tmp_path / f"year={year}").mkdir()
        FRAME.to_parquet(tmp_path / f"year={year}" / "part-0.parquet")
    assert len(parts_of(tmp_path, 4)) == 2
    with pytest.raises(OSError, match=r"^more than 3 files and folders lie below it$"):
        parts_of(tmp_path, 3)


@pytest.mark.parametrize("lacks", ["part-0.parquet", "part-1.parquet"])
def test_columns_that_some_parts_lack_are_named(tmp_path, lacks):
    folder = tmp_path / "parts"
    folder.mkdir()
    for name in ("part-0.parquet", "part-1.parquet"):
        FRAME.drop(columns=["b"] if name == lacks else []).to_parquet(folder / name)
    table = read_table(folder)
    is_read = lacks == "part-1.parquet"
    assert ("b" in table.frame) is is_read
    assert table.notices[1:] == (
        ("Not all of its files have b: missing in their rows.",)
        if is_read
        else ("Not all of its files have b: not read. Write all files with the same columns.",)
    )
