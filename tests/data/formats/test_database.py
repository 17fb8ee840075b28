"""Databases in one file: which table, and their types."""

import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.derivation import derive

pytestmark = pytest.mark.fast

FRAME = pd.DataFrame({"size": [1, 2, 3], "kind": ["x", "y", "x"], "y": ["no", "yes", "no"]})
OTHER = pd.DataFrame({"z": [1, 2]})


def sqlite(path, **tables):
    with closing(sqlite3.connect(path)) as database:
        for name, frame in tables.items():
            frame.to_sql(name, database, index=False)
    return path


def duck(path, *statements, **tables):
    with closing(pytest.importorskip("duckdb").connect(str(path))) as database:
        for name, frame in tables.items():
            database.register("given", frame)
            database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')
        for statement in statements:
            database.execute(statement)
    return path


@pytest.fixture(params=[sqlite, duck])
def database(request, tmp_path):
    return lambda **tables: request.param(tmp_path / "shop.db", **tables)


def line(path):
    with pytest.raises(DataError) as error:
        read_table(path)
    return str(error.value)


def test_the_only_table_needs_no_name(database):
    table = read_table(database(people=FRAME))
    pd.testing.assert_frame_equal(table.frame, FRAME)
    assert table.notices == ("The table is 'people' of shop.db.",)


def test_several_tables_are_named_in_a_line(database):
    path = database(orders=OTHER, people=FRAME)
    assert line(path) == f"'shop.db' has 2 tables: orders, people. Name one: '{path}::orders'."


def test_the_table_with_the_target_is_named(database):
    """Seen: customers was named, and orders has the target."""
    path = database(orders=OTHER, people=FRAME)
    target = next(name for name in FRAME if name not in OTHER)
    with pytest.raises(DataError) as error:
        read_table(path, target=target)
    assert str(error.value).endswith(f"Name one: '{path}::people', which has {target!r}.")


@pytest.mark.parametrize(
    "name", ["people", "my.people.2024", "order by 1", 'say "so"', "Robert'); DROP TABLE people;--"]
)
def test_a_table_is_chosen_by_its_name_which_is_no_sql(database, name):
    pytest.importorskip("duckdb") if '"' in name else None
    path = database(**{"a": OTHER, name.replace('"', ""): FRAME})
    part = name.replace('"', "")
    if "." in name and path.read_bytes()[8:12] == b"DUCK":
        part = f"main.{part}"
    table = read_table(f"{path}::{part}")
    pd.testing.assert_frame_equal(table.frame, FRAME)
    assert table.notices == ()


def test_a_table_that_is_absent_is_a_line(database):
    path = database(orders=OTHER, people=FRAME)
    assert line(f"{path}::peeple") == "'shop.db' has no table 'peeple'. Name one of these: orders, people."


def test_a_database_without_a_table_is_a_line(tmp_path):
    path = sqlite(tmp_path / "empty.db", a=OTHER)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE a")
        database.commit()
    assert line(path) == "The database 'empty.db' has no table. Name another file."


def test_new_rows_are_found_among_tables_by_their_columns(database):
    path = database(orders=OTHER, people=FRAME)
    contract = derive(FRAME, "y")
    assert contract.read_file(path)["size"].tolist() == [1, 2, 3]


def test_reading_changes_nothing_and_needs_no_right_to_write(tmp_path):
    path = sqlite(tmp_path / "shop.db", people=FRAME)
    before = path.read_bytes()
    path.chmod(0o444)
    read_table(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["shop.db"]


def test_the_types_of_duckdb_are_read_by_the_contract(tmp_path):
    path = duck(
        tmp_path / "shop.duckdb",
        "CREATE TABLE t AS SELECT * FROM (VALUES "
        "(1.25::DECIMAL(9,2), DATE '2024-01-05', TIMESTAMPTZ '2024-01-05 10:00:00+02', INTERVAL 3 HOUR, 'no', true),"
        "(NULL, NULL, NULL, NULL, 'yes', NULL),"
        "(2.5, DATE '2024-02-01', TIMESTAMPTZ '2024-01-06 10:00:00+02', INTERVAL 90 MINUTE, 'no', false)) "
        "AS v(amount, day, moment, lasts, y, flag)",
    )
    table = read_table(path)
    contract = derive(table.frame, "y", function=table.source.function)
    found, notices = contract.read_known(table.frame)
    assert notices == []
    assert found["amount"].tolist()[::2] == [1.25, 2.5]
    assert found["day"].tolist()[::2] == [pd.Timestamp("2024-01-05"), pd.Timestamp("2024-02-01")]
    assert found["moment"].dt.tz_convert("UTC").tolist()[0] == pd.Timestamp("2024-01-05 08:00", tz="UTC")
    assert found["lasts"].tolist()[::2] == [10800.0, 5400.0]
    assert found["flag"].tolist()[::2] == [1.0, 0.0]
    assert found.drop(columns="y").iloc[1].isna().all()


def test_a_database_that_this_process_has_open_is_read(tmp_path):
    path = tmp_path / "shop.duckdb"
    with closing(pytest.importorskip("duckdb").connect(str(path))) as database:
        database.register("given", FRAME)
        database.execute("CREATE TABLE people AS SELECT * FROM given")
        pd.testing.assert_frame_equal(read_table(path).frame, FRAME)


def test_a_view_of_what_is_gone_is_no_table(tmp_path):
    path = sqlite(tmp_path / "shop.db", people=FRAME, gone=OTHER)
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE VIEW of_gone AS SELECT * FROM gone")
        database.execute("DROP TABLE gone")
        database.commit()
    assert read_table(path).notices == ("The table is 'people' of shop.db.",)
