"""What every format keeps: a class of tests to be run with the case of each."""

import bz2
import contextlib
import dataclasses
import gzip
import json
import lzma
import pathlib
import shutil
import sqlite3
import zipfile
from collections.abc import Callable

import pandas as pd
import pytest

from mlestar_jupyter.core.contract import to_json
from mlestar_jupyter.core.formats import format_of
from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.rows import RowsError
from mlestar_jupyter.core.script import reading_source
from mlestar_jupyter.data.formats.registry import FORMATS
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive

FRAME = pd.DataFrame(
    {
        "size": [1.5, None, 2.0, -3.25, 1e6, 0.1] * 4,
        "count": [1, 2, 3, 40, 5, 6] * 4,
        "word": ["a b", "Änne", None, "x,y", 'say "so"', "NA-17"] * 4,
        "flag": [True, False, True, True, False, False] * 4,
        "day": pd.to_datetime(["2024-01-05", "2024-02-29", None, "2023-12-31", "2024-07-01", "2023-05-17"] * 4),
        "code": ["A007", "B012", "A100", "C001", "B002", "C003"] * 4,
        "y": ["no", "yes", "no", "yes", "no", "yes"] * 4,
    }
)


@dataclasses.dataclass(frozen=True)
class Case:
    """A file of a format.

    Parameters
    ----------
    format : str
    file : str
    write : callable
        Writes a frame to a path.
    can_be_packed : bool
        Whether it is read from an archive too.
    """

    format: str
    file: str
    write: Callable[[pd.DataFrame, pathlib.Path], object]
    can_be_packed: bool = True


def values_of(table):
    """What the contract makes of a table, and the contract."""
    contract = derive(table.frame, "y", function=table.source.function, options=dict(table.source.options))
    return contract.read_known(table.frame)[0], contract


def run(call):
    """Run the printed call."""
    names = {"pd": pd, "json": json, "gzip": gzip, "zipfile": zipfile, "sqlite3": sqlite3, "pathlib": pathlib}
    for name in ("duckdb", "pyarrow", "pyreadstat"):
        if name in call:
            names[name] = pytest.importorskip(name)
            pytest.importorskip("pyarrow.ipc")
    return eval(call, names)


class FormatContract:
    """A subclass has the fixture `case`."""

    @pytest.fixture
    def path(self, case, tmp_path):
        path = tmp_path / case.file
        case.write(FRAME, path)
        return path

    @pytest.mark.fast
    def test_it_is_known_by_its_bytes_and_by_its_ending(self, case, path):
        assert format_of(TableFile.at(path)) == case.format
        assert TableFile.at(path).ending in FORMATS[case.format].endings

    @pytest.mark.fast
    def test_values_are_those_of_the_frame(self, path):
        found, _ = values_of(read_table(path))
        expected, _ = values_of(read_table(FRAME))
        pd.testing.assert_frame_equal(found, expected)

    def test_new_files_are_read_alike_here_and_in_a_script(self, path):
        table = read_table(path)
        found, contract = values_of(table)
        pd.testing.assert_frame_equal(contract.read_known(contract.read_table(path))[0], found)
        rows, _ = contract.read(contract.read_file(path))
        pd.testing.assert_frame_equal(rows, found.drop(columns="y"))
        names: dict[str, object] = {}
        exec(reading_source(), names)
        alone = names["Contract"].from_dict(json.loads(to_json(contract)))
        pd.testing.assert_frame_equal(alone.read(alone.read_file(path))[0], rows)

    def test_a_table_of_another_format_takes_it_for_new_rows(self, path):
        expected, contract = values_of(read_table(FRAME))
        rows, _ = contract.read(contract.read_file(path))
        pd.testing.assert_frame_equal(rows, expected.drop(columns="y"))

    def test_a_test_table_may_be_of_it(self, path):
        found, contract = values_of(read_table(FRAME))
        pd.testing.assert_frame_equal(contract.read_known(read_table(path).frame)[0], found)

    @pytest.mark.fast
    def test_the_printed_call_reads_it(self, path):
        table = read_table(path)
        assert run(table.source.call).shape[0] == len(table.frame)

    @pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zip"])
    def test_packed_it_is_read_or_refused_in_a_line(self, case, path, tmp_path, packing):
        packed = tmp_path / f"{case.file}.{packing}"
        pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
        if packing == "zip":
            with zipfile.ZipFile(packed, "w") as archive:
                archive.write(path, f"folder/{case.file}")
                archive.writestr(f"__MACOSX/folder/._{case.file}", b"\x00\x05\x16\x07")
                archive.writestr(".DS_Store", b"\x00")
        else:
            packed.write_bytes(pack[packing](path.read_bytes()))
        if case.can_be_packed:
            pd.testing.assert_frame_equal(read_table(packed).frame, read_table(path).frame)
            found, contract = values_of(read_table(packed))
            pd.testing.assert_frame_equal(contract.read_known(contract.read_table(packed))[0], found)
        else:
            with pytest.raises(DataError, match=r"cannot be read while it is packed. Unpack it and name the file.$"):
                read_table(packed)

    @pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".txt", ""])
    def test_a_wrong_ending_is_no_dead_end(self, case, path, tmp_path, ending):
        other = tmp_path / f"other{ending}"
        shutil.copy(path, other)
        table = read_table(other)
        pd.testing.assert_frame_equal(table.frame, read_table(path).frame)
        is_usual = ending in FORMATS[case.format].endings
        said = f"other{ending} is {FORMATS[case.format].title}, whatever its ending says: it was read as that."
        assert is_usual or ending == "" or said in table.notices

    @pytest.mark.fast
    def test_half_a_file_is_a_line(self, case, path):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        with contextlib.suppress(DataError, RowsError):  # half a text may be a table
            assert len(read_table(path).frame) < len(FRAME)
        contract = derive(FRAME, "y")
        with contextlib.suppress(RowsError):
            contract.read_file(path)
