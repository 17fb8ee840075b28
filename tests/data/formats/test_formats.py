"""Each format keeps the contract."""

import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from mlestar_jupyter.data.formats.registry import FORMATS
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.problems.recognition import make_dataset
from tests.data.formats.contract import Case, FormatContract


def to_sqlite(frame, path):
    database = sqlite3.connect(path)
    frame.to_sql("people", database, index=False)
    database.close()


def to_duckdb(frame, path):
    database = pytest.importorskip("duckdb").connect(str(path))
    database.register("given", frame)
    database.execute("CREATE TABLE people AS SELECT * FROM given")
    database.close()


def to_excel(frame, path):
    pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    frame.to_excel(path, index=False)


def to_spss(frame, path):
    pytest.importorskip("pyreadstat").write_sav(frame, path)


def to_transport(frame, path):
    pytest.importorskip("pyreadstat").write_xport(frame.assign(flag=frame["flag"].astype(int)), path)


def to_old_transport(frame, path):
    frame = frame.assign(flag=frame["flag"].astype(int))
    pytest.importorskip("pyreadstat").write_xport(frame, path, file_format_version=5)


def to_stata(frame, path):
    frame.assign(flag=frame["flag"].astype("int8")).to_stata(path, write_index=False, version=118)


def to_stream(frame, path):
    arrow = pytest.importorskip("pyarrow")
    ipc = pytest.importorskip("pyarrow.ipc")
    table = arrow.Table.from_pandas(frame)
    with arrow.OSFile(str(path), "wb") as file, ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)


def by_arrow(method):
    def write(frame, path):
        pytest.importorskip("pyarrow")
        getattr(frame, method)(path)

    return write


def to_json(orient, **options):
    def write(frame, path):
        days = frame["day"].dt.strftime("%Y-%m-%d")
        frame.assign(day=days).to_json(path, orient=orient, **options)

    return write


CASES = {
    "text": Case("text", "table.csv", lambda frame, path: frame.to_csv(path, index=False)),
    "json lines": Case("json", "table.jsonl", to_json("records", lines=True)),
    "json records": Case("json", "table.json", to_json("records")),
    "json columns": Case("json", "table.json", to_json("columns")),
    "json index": Case("json", "table.json", to_json("index")),
    "json split": Case("json", "table.json", to_json("split")),
    "json table": Case("json", "table.json", to_json("table")),
    "excel": Case("excel", "table.xlsx", to_excel),
    "parquet": Case("parquet", "table.parquet", by_arrow("to_parquet")),
    "feather": Case("feather", "table.feather", by_arrow("to_feather")),
    "arrow stream": Case("arrow stream", "table.arrow", to_stream),
    "orc": Case("orc", "table.orc", by_arrow("to_orc")),
    "spss": Case("spss", "table.sav", to_spss, can_be_packed=False),
    "stata": Case("stata", "table.dta", to_stata),
    "sas transport 8": Case("sas transport", "table.xpt", to_transport, can_be_packed=False),
    "sas transport 5": Case("sas transport", "table.xpt", to_old_transport, can_be_packed=False),
    "sqlite": Case("sqlite", "table.sqlite", to_sqlite, can_be_packed=False),
    "duckdb": Case("duckdb", "table.duckdb", to_duckdb, can_be_packed=False),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
class TestFormats(FormatContract):
    pass


@pytest.mark.parametrize("name", ["parquet", "feather", "arrow stream", "orc", "duckdb"])
def test_labels_that_are_floats_stay_floats_where_the_format_has_types(tmp_path, name):
    case = CASES[name]
    frame = pd.DataFrame({"x": [k % 7 for k in range(40)], "y": [1.0, 2.0] * 20})
    case.write(frame, tmp_path / case.file)
    classes = make_dataset(read_table(tmp_path / case.file), "y").task.classes
    assert classes == (1, 2)
    assert {type(label) for label in classes} == {float}


@pytest.mark.fast
def test_each_format_is_tested():
    written = {case.format for case in CASES.values()}
    assert written == set(FORMATS) - {"sas"}  # only SAS writes its tables


@pytest.mark.fast
def test_each_format_has_a_name_and_endings_of_its_own():
    for name, each in FORMATS.items():
        assert each.name == name
        assert each.title
        assert all(ending == "" or ending.startswith(".") for ending in each.endings)


@pytest.mark.fast
def test_each_format_has_its_row_in_the_docs():
    text = (Path(__file__).parents[3] / "docs" / "formats.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    for each in FORMATS.values():
        row = next(row for row in rows if each.title in row)
        assert all(f" {ending[1:]}" in row for ending in each.endings if ending)
        assert (f"`{each.extra}`" in row) if each.extra else "`" not in row.split("|")[3]
