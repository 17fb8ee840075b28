"""Reading a run's table: what is known then, and what a bad one leaves behind."""

import os

import pandas as pd
import psutil
import pytest

from mlestar_jupyter import Workflow
from mlestar_jupyter.errors import DataError, MLEStarError
from mlestar_jupyter.runs.opening import open_dataset

pytestmark = pytest.mark.fast


@pytest.fixture
def table():
    return pd.DataFrame({"x": [0.5 * (i % 7) for i in range(400)], "y": [0, 1] * 200})


def _open(table, **given):
    how = {"test": 0.2, "timeout": None, "sample": None, "seed": 0, "on_open": lambda reason: None}
    return open_dataset(table, "y", **how | given)


def test_sample_is_taken_where_one_is_asked_for(table):
    assert len(_open(table, sample=100).dataset.development) == 100
    assert len(_open(table).dataset.development) == 320


def test_sealed_rows_are_a_share_or_a_table_of_their_own(table, tmp_path):
    path = tmp_path / "sealed.csv"
    table[:50].to_csv(path, index=False)
    assert _open(table).test == 0.2
    assert _open(table, test=path).test.path == str(path)


@pytest.mark.parametrize("given", [{"dataset": "nowhere.csv"}, {"target": "z"}, {"output": "file"}])
def test_run_that_cannot_start_leaves_no_process(table, tmp_path, given):
    (tmp_path / "file").write_text("not a folder")
    output = tmp_path / given.get("output", "run")
    before = set(psutil.Process(os.getpid()).children())
    with pytest.raises(MLEStarError):
        Workflow(given.get("dataset", table), given.get("target", "y"), output=output)
    assert set(psutil.Process(os.getpid()).children()) <= before


def test_missing_file_is_said_as_such():
    with pytest.raises(DataError, match="nowhere"):
        _open("nowhere.csv")
