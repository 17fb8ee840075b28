import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.executors.local.sharing import read_table, write_table

pytestmark = pytest.mark.fast


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "number": np.arange(5.0),
            "count": np.arange(5),
            "text": ["a", None, "b", "é", ""],
            "object": pd.Series([1, "a", None, 2.5, True], dtype=object),
            "kind": pd.Categorical(["x", "y", "x", None, "y"]),
            "date": pd.date_range("2026-01-01", periods=5),
            "gaps": pd.array([1, None, 3, 4, 5], dtype="Int64"),
        }
    )


def test_a_table_comes_back_as_it_was(table, tmp_path):
    write_table(table, tmp_path / "table.buffers")
    pd.testing.assert_frame_equal(read_table(tmp_path / "table.buffers"), table)


@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_without_rows_or_buffers_comes_back(table, rows, tmp_path):
    small = table[["object"]].head(rows)
    write_table(small, tmp_path / "table.buffers")
    pd.testing.assert_frame_equal(read_table(tmp_path / "table.buffers"), small)


def test_numbers_are_mapped_and_cannot_be_written_to(table, tmp_path):
    write_table(table, tmp_path / "table.buffers")
    values = read_table(tmp_path / "table.buffers")["number"].to_numpy()
    assert not values.flags.writeable
    assert not values.flags.owndata


def test_writing_to_a_shallow_copy_leaves_the_shared_table_alone(table, tmp_path):
    write_table(table, tmp_path / "table.buffers")
    shared = read_table(tmp_path / "table.buffers")
    own = shared.copy(deep=int(pd.__version__.partition(".")[0]) < 3)
    own.loc[own["number"] > 2, "number"] = -1.0
    own["text"] = "new"
    pd.testing.assert_frame_equal(shared, table)
