"""Files as they lie: packed, locked, in need of a package, or not there."""

import os
import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.rows import RowsError
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError, MLEStarError
from mlestar_jupyter.modalities.derivation import derive

pytestmark = pytest.mark.fast

FRAME = pd.DataFrame({"a": [1, 2, 3], "y": ["no", "yes", "no"]})


def line(path):
    """What both doors say of a file."""
    with pytest.raises(MLEStarError) as error:
        read_table(path)
    with pytest.raises(RowsError) as refused:
        derive(FRAME, "y").read_file(path)
    return str(error.value), str(refused.value)


def test_a_path_may_have_the_mark_of_a_part_in_its_name(tmp_path):
    path = tmp_path / "a::b.csv"
    FRAME.to_csv(path, index=False)
    assert TableFile.at(path) == TableFile(path)
    pd.testing.assert_frame_equal(read_table(path).frame, FRAME)


def test_an_archive_with_a_password_is_a_line(tmp_path):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("t.csv", FRAME.to_csv(index=False))
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    expected = "The archive 't.zip' is locked by a password. Unpack it and name the file."
    assert line(path) == (expected, expected)


def test_a_package_for_zstd_that_is_missing_is_named(tmp_path, monkeypatch):
    for name in ("zstandard", "backports.zstd", "compression.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    path = tmp_path / "t.csv.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd\x04\x00")
    for said in line(path):
        whole = r"Reading a zstd file needs a package for it: .+ Install it, or unpack the file first\."
        assert re.fullmatch(whole, said)


@pytest.mark.parametrize(
    ("package", "extra", "file", "content"),
    [
        ("pyarrow", "arrow", "t.parquet", b"PAR1\x00"),
        ("python_calamine", "excel", "t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00"),
        ("pyreadstat", "stats", "t.sav", b"$FL2\x00"),
        ("duckdb", "duckdb", "t.db", b"\x00" * 8 + b"DUCK\x00"),
    ],
)
def test_a_package_that_is_missing_is_named_with_how_to_get_it(tmp_path, monkeypatch, package, extra, file, content):
    monkeypatch.setitem(sys.modules, package, None)
    path = tmp_path / file
    path.write_bytes(content)
    here, alone = line(path)
    assert here == (
        f"Reading {file!r} needs the package {package!r}, which is not installed. "
        f"Run: pip install 'mlestar-jupyter[{extra}]'"
    )
    assert alone == (
        f"Reading {file!r} needs the package {package!r}. Run: pip install {package.replace('_', '-')}"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("t.parquet", b"PAR1\x00\x00"), ("t.feather", b"ARROW1\x00\x00"), ("t.orc", b"ORC\x00"), ("t.sav", b"$FL2\x00"),
        ("t.xlsx", b"PK\x03\x04\x00"), ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00"), ("t.dta", b"<stata_dta>"),
        ("t.sas7bdat", b"\x00" * 12 + b"\xc2\xea\x81\x60\x00"), ("t.xpt", b"HEADER RECORD*******LIB"),
        ("t.db", b"SQLite format 3\x00"), ("t.duckdb", b"\x00" * 8 + b"DUCK\x00"), ("t.json", b"{ this is not it"),
        ("t.csv.gz", b"\x1f\x8b\x08\x00"), ("t.csv.xz", b"\xfd7zXZ\x00\x00"),
    ],
)  # fmt: skip
def test_a_file_that_is_broken_is_a_line_in_the_words_of_its_reader(tmp_path, file, content):
    for name in ("pyarrow", "python_calamine", "pyreadstat", "duckdb"):
        pytest.importorskip(name)
    path = tmp_path / file
    path.write_bytes(content)
    for said in line(path):
        assert re.fullmatch(
            r"The file '.+' cannot be read: .+\. Check that it is whole(\.| and that its ending .+)", said
        )
    assert re.fullmatch(r"The file '.+' cannot be read: .+\. Check that it is whole\.", line(path)[1])


def test_a_reader_that_needs_the_file_itself_says_so(tmp_path):
    spss = pytest.importorskip("pyreadstat")
    spss.write_sav(FRAME, tmp_path / "t.sav")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.write(tmp_path / "t.sav", "t.sav")
    expected = "The file 't.zip' cannot be read while it is packed. Unpack it and name the file."
    assert line(tmp_path / "t.zip") == (expected, expected)


def test_what_is_not_there_or_empty_is_a_line(tmp_path):
    assert line(tmp_path / "zzz.xlsx")[0] == (
        f"There is no file '{tmp_path}/zzz.xlsx'. Check the path, or give a DataFrame."
    )  # fmt: skip
    (tmp_path / "t.py").write_text("import pandas\n")
    assert line(tmp_path / "t.py")[0] == (
        "The file 't.py' is source code, not a table. Name the file that it reads or writes."
    )  # fmt: skip
    (tmp_path / "t.jsonl").write_text(" \n ")
    assert line(tmp_path / "t.jsonl")[0] == "The file 't.jsonl' is empty. Name a file with rows."


@pytest.mark.skipif(os.name == "nt", reason="Windows says that there is no such file")
def test_a_path_that_the_system_refuses_is_a_line():
    text = "a,b\n" + "1,2\n" * 300
    expected = f"{text[:60]!r} cannot be opened: File name too long. Check the path."
    assert line(text) == (expected, expected)
    assert line(f"/tmp/{'x' * 300}/t.csv")[0].endswith("' cannot be opened: File name too long. Check the path.")


def test_a_name_with_a_tilde_is_no_folder_of_a_user(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("~t.csv", index=False)
    pd.testing.assert_frame_equal(read_table("~t.csv").frame, FRAME)
    pd.testing.assert_frame_equal(derive(FRAME, "y").read_file("~t.csv"), FRAME)
    assert line("~nobody-of-this-name/x.csv") == (
        "There is no file '~nobody-of-this-name/x.csv': the folder '~nobody-of-this-name' does not exist. Check the path.",
        "There is no file '~nobody-of-this-name/x.csv'. Check the path.",
    )


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has it")
def test_a_folder_whose_files_come_and_go_is_not_walked_through():
    """Folders of processes end with these; no table is so deep that all of a disk has to be looked at."""
    assert line("/proc/self") == ("'/proc/self' is a folder without a table. Name a file.",) * 2


def test_an_address_for_new_rows_is_to_be_downloaded():
    with pytest.raises(RowsError) as refused:
        derive(FRAME, "y").read_file("https://example.org/new.csv")
    assert str(refused.value) == "There is no file 'https://example.org/new.csv'. Download the file and name it."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    expected = f"'{tmp_path / 'pipe.csv'}' is neither a file nor a folder. Name a file."
    assert line(tmp_path / "pipe.csv") == (expected, expected)


def test_an_index_with_a_name_is_pointed_out():
    table = read_table(FRAME.set_index("a"))
    assert table.notices == (
        "The index 'a' is no column and is not used. To use it, give the DataFrame with reset_index().",
    )
    levels = read_table(FRAME.assign(b=1, c=2).set_index(["a", "b"])).notices[0]
    assert levels == (
        "The levels of the index ('a', 'b') are no columns and are not used. To use them, give the DataFrame with "
        "reset_index()."
    )
    levels = read_table(FRAME.assign(b=1, c=2).set_index(["b", FRAME.a.to_numpy()])).notices[0]
    assert levels.startswith("The levels of the index ('b', one without a name) are no columns")
    with pytest.raises(DataError) as error:
        read_table(FRAME[[]])
    assert str(error.value) == (
        "The DataFrame 'table' has no columns. Give a table with a target and at least one input column."
    )


class Odd:
    """A table of a library whose conversion fails."""

    def __init__(self, error):
        self.error = error

    def to_pandas(self):
        raise self.error


class Lazy(Odd):
    """A table that is not computed yet, and cannot be."""

    to_pandas = None

    def collect(self):
        raise self.error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            ImportError("pyarrow is required"),
            "A table of the type Odd is converted by a package that is not installed: pyarrow is required. "
            "Install it, or give a DataFrame.",
        ),
        (
            TypeError("no such type"),
            "The table cannot be made a DataFrame: no such type. "
            "Give a DataFrame, a dict, or a list of dicts, with the names of the columns.",
        ),
        (
            ValueError("lengths differ"),
            "The table cannot be made a DataFrame: lengths differ. "
            "Give a DataFrame, a dict, or a list of dicts, with the names of the columns.",
        ),
    ],
)
@pytest.mark.parametrize("kind", [Odd, Lazy])
def test_a_table_that_cannot_be_converted_is_a_line(kind, error, expected):
    with pytest.raises(DataError) as here:
        read_table(kind(error))
    with pytest.raises(RowsError) as alone:
        derive(FRAME.assign(b=np.arange(3)), "y").read(kind(error))
    expected = expected.replace("Odd", kind.__name__)
    assert (str(here.value), str(alone.value)) == (expected, expected)
