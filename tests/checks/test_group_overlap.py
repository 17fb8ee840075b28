import dataclasses

from mlestar_jupyter.checks.leakage import group_overlap
from tests.checks.inputs_for_tests import inputs, table


def _grouped():
    return table().assign(store=[f"s{i % 20}" for i in range(200)])


def test_without_groups_it_does_not_apply():
    assert group_overlap(inputs(table())).outcome == "not applicable"


def test_split_by_group_is_clear():
    assert group_overlap(inputs(_grouped(), group="store")).outcome == "clear"


def test_group_on_both_sides_is_found():
    right = inputs(_grouped(), group="store")
    assert group_overlap(dataclasses.replace(right, holdout=right.development)).outcome == "found"
