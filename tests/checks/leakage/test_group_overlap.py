import dataclasses

import pandas as pd
import pytest

from mlestar_jupyter.checks.leakage.group_overlap import GroupOverlap
from tests.checks.inputs_for_tests import inputs, table

pytestmark = pytest.mark.fast


def _grouped():
    return table().assign(store=[f"s{i % 20}" for i in range(200)])


def test_without_groups_it_does_not_apply():
    assert GroupOverlap().check(inputs(table())).outcome == "not applicable"


def test_split_by_group_is_clear():
    assert GroupOverlap().check(inputs(_grouped(), group="store")).outcome == "clear"


def test_group_on_both_sides_is_found():
    right = inputs(_grouped(), group="store")
    finding = GroupOverlap().check(dataclasses.replace(right, holdout=right.development))
    assert finding.outcome == "found"
    assert finding.remedy == "Give a --test table with other values of store."


def test_split_by_time_keeps_groups_whole_too():
    frame = _grouped().assign(day=pd.date_range("2025-01-01", periods=200))
    assert GroupOverlap().check(inputs(frame, group="store", time="day")).outcome == "clear"


def test_group_on_both_sides_of_a_later_test_table_is_suspect():
    frame = _grouped().assign(day=pd.date_range("2025-01-01", periods=200))
    right = inputs(frame, group="store", time="day")
    finding = GroupOverlap().check(dataclasses.replace(right, holdout=right.development))
    assert finding.outcome == "suspect"
    assert finding.remedy == "If the model is for new values of store, give a --test table that has only such."
