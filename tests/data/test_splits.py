"""The split: whole, disjoint, and of the size that was asked for."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.data.splits import end_to_end, joined, split_code, split_holdout, split_in_time

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("fraction", [0, 0.1, 0.2, 0.33, 0.9])
@pytest.mark.parametrize("kind", ["random", "class", "group"])
def test_every_row_is_on_one_side(fraction, kind):
    y = np.arange(60) % 3
    groups = np.repeat(np.arange(20), 3) if kind == "group" else None
    development, holdout = split_holdout(y, groups, 60, fraction, 0, is_stratified=kind == "class")
    assert sorted([*development, *holdout]) == list(range(60))
    assert len(holdout) == pytest.approx(60 * fraction, abs=3)
    if groups is not None:
        assert not set(groups[development]) & set(groups[holdout])


def test_more_classes_than_holdout_rows_are_not_stratified():
    y = np.repeat(np.arange(5), 3)
    _, holdout = split_holdout(y, None, 15, 0.2, 0, is_stratified=True)
    assert len(holdout) == 3


DAYS = st.lists(st.integers(0, 30), min_size=12, max_size=80).filter(lambda days: len(set(days)) > 1)


@given(DAYS, st.integers(1, 12), st.booleans(), st.sampled_from(["", "2"]), st.sampled_from([0.1, 0.25, 0.5]))
@settings(max_examples=60, deadline=None)
def test_cut_in_time_keeps_days_groups_and_gap_and_is_the_same_in_a_script(days, n_groups, has_groups, gap, fraction):
    times = np.sort(np.array(days))
    groups = np.random.default_rng(0).integers(0, n_groups, len(times)) if has_groups else None
    groups = None if groups is None else pd.factorize(groups)[0]
    development, holdout = split_in_time(times, groups, fraction, 7, gap)
    assert len(holdout) or groups is not None
    if len(development) and len(holdout):
        assert times[development].max() + float(gap or 0) < times[holdout].min() + (0 if gap else 1e-9)
    if groups is None:
        assert not set(range(len(times))) - set(development) - set(holdout) or gap
    else:
        assert not set(groups[development]) & set(groups[holdout])
    named = {"table": pd.DataFrame({"t": times, "g": groups if has_groups else 0}), "np": np, "pd": pd}
    code = split_code(fraction, 7, stratified=False, time="t", group="g" if has_groups else None, gap=gap)
    exec("import math\n" + code, named)
    assert list(named["development"].index) == list(development)
    assert list(named["holdout"].index) == list(holdout)


def test_cut_is_where_the_day_changes_that_is_nearest_to_the_share():
    times = np.repeat([1, 2, 3, 4], [40, 30, 20, 10])
    assert [len(part) for part in split_in_time(times, None, 0.25, 0)] == [70, 30]
    assert [len(part) for part in split_in_time(times, None, 0.1, 0)] == [90, 10]


def test_equal_times_cannot_be_cut():
    assert [len(part) for part in split_in_time(np.zeros(20), None, 0.25, 0)] == [0, 0]


def part(days, first=0):
    """Rows of some days, with their positions in a table."""
    X = pd.DataFrame({"day": days, "n": [f"{first}:{d}" for d in days]})
    return Rows(X, np.array(days, dtype=float), None, np.arange(first, first + len(days)))


def test_all_rows_are_in_order_of_time_whatever_their_order_in_the_file():
    """V7: an unsorted file, whose holdout stands in it before the development rows."""
    together = joined([part([3, 4, 9], first=5), part([10, 11])], "day", of_one_table=True)
    assert list(together.X["day"]) == [3, 4, 9, 10, 11]
    assert list(together.y) == [3, 4, 9, 10, 11]
    assert list(together.source) == [5, 6, 7, 0, 1]


def test_a_test_table_of_its_own_is_joined_in_time_and_else_behind():
    """V7: positions of two tables do not compare."""
    parts = [part([1, 3, 5]), part([2, 6])]
    assert list(joined(parts, "day", of_one_table=False).X["day"]) == [1, 2, 3, 5, 6]
    assert list(joined(parts, None, of_one_table=False).X["day"]) == [1, 3, 5, 2, 6]


def test_rows_of_one_table_come_back_in_its_order():
    assert list(joined([part([1, 3], first=1), part([2])], None, of_one_table=True).source) == [0, 1, 2]


@pytest.mark.parametrize(("of_one_table", "codes"), [(True, [3, 0, 3, 3, 5]), (False, [1, 0, 1, 2, 3])])
def test_groups_of_another_table_are_others(of_one_table, codes):
    first, second = (
        Rows(pd.DataFrame({"x": g}), np.zeros(len(g)), g, np.arange(len(g)))
        for g in (np.array([3, 0, 3]), np.array([3, 5]))
    )
    assert end_to_end([first, second], of_one_table=of_one_table).groups.tolist() == codes
