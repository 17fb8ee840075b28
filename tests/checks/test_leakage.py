import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.checks import leakage
from mlestar_jupyter.checks.base import CheckInputs
from mlestar_jupyter.data.dataset import make_dataset
from mlestar_jupyter.data.reading import read_table


def inputs_of(table, target="y", shuffled=None, **arguments):
    dataset = make_dataset(read_table(table), target, on_open=lambda reason: None, **arguments)
    return CheckInputs(dataset.task, dataset.development, dataset.holdout.open("test"), None, None, shuffled)


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 3)), columns=["a", "b", "c"])
    return X.assign(y=np.where(X["a"] + rng.normal(size=400) > 0, "yes", "no"))


def test_copy_of_the_target_is_found_under_other_labels(table):
    found = leakage.target_copies(inputs_of(table.assign(status=table["y"].map({"yes": "lost", "no": "kept"}))))
    assert found.outcome == "found"
    assert "status" in found.evidence


def test_scaled_copy_of_a_number_is_found():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=300), "y": rng.normal(size=300)})
    found = leakage.target_copies(inputs_of(table.assign(again=table["y"] * 3 + 1)))
    assert found.outcome == "found"
    assert "again" in found.evidence


def test_honest_columns_are_no_copies(table):
    assert leakage.target_copies(inputs_of(table)).outcome == "clear"


def test_near_copy_raises_the_single_column_alarm(table):
    rng = np.random.default_rng(1)
    near = (table["y"] == "yes") + rng.normal(0, 0.15, len(table))
    found = leakage.single_features(inputs_of(table.assign(near=near)))
    assert found.outcome == "suspect"
    assert "near" in found.evidence


def test_honest_columns_raise_no_alarm(table):
    assert leakage.single_features(inputs_of(table)).outcome == "clear"


def test_repeated_rows_across_the_split_are_noticed(table):
    assert leakage.duplicates(inputs_of(pd.concat([table, table.head(200)], ignore_index=True))).outcome == "suspect"
    assert leakage.duplicates(inputs_of(table)).outcome == "clear"


def test_time_and_group_checks_do_not_apply_without_their_columns(table):
    inputs = inputs_of(table)
    assert leakage.time_order(inputs).outcome == "not applicable"
    assert leakage.group_overlap(inputs).outcome == "not applicable"


def test_time_split_is_in_order(table):
    days = pd.date_range("2024-01-01", periods=len(table), freq="D").strftime("%Y-%m-%d")
    assert leakage.time_order(inputs_of(table.assign(day=days), time="day")).outcome == "clear"


def test_groups_are_on_one_side(table):
    assert leakage.group_overlap(inputs_of(table.assign(g=np.arange(len(table)) // 10), group="g")).outcome == "clear"


def test_sorted_table_is_noticed(table):
    ordered = table.sort_values("y", kind="stable").reset_index(drop=True)
    assert leakage.row_order(inputs_of(ordered)).outcome == "suspect"
    assert leakage.row_order(inputs_of(table)).outcome == "clear"


def test_missingness_that_tells_the_target_is_noticed(table):
    filled_later = table.assign(result=np.where(table["y"] == "yes", 1.5, np.nan))
    assert leakage.missingness(inputs_of(filled_later)).outcome == "suspect"
    assert leakage.missingness(inputs_of(table)).outcome == "not applicable"
