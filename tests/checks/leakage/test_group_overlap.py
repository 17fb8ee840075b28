import dataclasses

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
    assert GroupOverlap().check(dataclasses.replace(right, holdout=right.development)).outcome == "found"
