"""Splitters: what all folds of a task keep, whatever its rows are; the blocks run without this package."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlestar_jupyter.core.build import make_splitter
from mlestar_jupyter.core.folds import make_folds
from mlestar_jupyter.core.split import length_of, read_split
from mlestar_jupyter.core.task import Folding
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError, SettingError
from mlestar_jupyter.problems.recognition import make_dataset
from mlestar_jupyter.problems.registry import problem_of

pytestmark = pytest.mark.fast


def table(n_rows, n_days, n_groups, *, as_dates=True, seed=0):
    r = np.random.default_rng(seed)
    days = r.permutation(np.arange(n_rows) % n_days)
    when = pd.Timestamp("2026-01-01") + pd.to_timedelta(days, "D") if as_dates else days
    groups = [f"g{g}" for g in r.integers(0, n_groups, n_rows)]
    return pd.DataFrame({"day": when, "g": groups, "x": r.normal(size=n_rows), "y": r.normal(size=n_rows)})


def folds_of(frame, **how):
    data = make_dataset(read_table(frame), "y", **how)
    source = problem_of(data.task).splitters.of(data.task).source
    assert "mlestar_jupyter" not in source
    return data, make_folds(make_splitter(source), data.development, 0, 0, time=data.task.time)


HOW = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["expanding", "sliding", "monte carlo"]),
        "gap": st.sampled_from(["1d", "48h", "2d"]),
        "folds": st.integers(2, 7),
    },
)


@given(HOW, st.integers(120, 300), st.integers(12, 60), st.integers(6, 60), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_folds_in_time_keep_order_days_gap_and_groups(how, n_rows, n_days, n_groups, has_groups, has_window):
    given_how = {k: str(v) for k, v in how.items()} | ({"window": "9d"} if has_window else {})
    split = read_split(given_how | ({"kind": "sliding"} if has_window else {}))
    frame = table(n_rows, n_days, n_groups)
    try:
        data, folds = folds_of(frame, time="day", group="g" if has_groups else None, split=split)
    except DataError:
        return  # too few days, or groups, for such folds: a line says so
    rows = data.development
    days, gap = rows.X["day"].to_numpy(), length_of(split.gap or "0d")
    window = length_of("9d") if has_window else np.timedelta64(1000, "D")
    for fold in folds:
        assert len(fold.train)
        assert len(fold.test)
        assert not set(fold.train) & set(fold.test)
        assert days[fold.train].max() < days[fold.test].min() - (gap - np.timedelta64(1, "ns"))
        if not has_groups:  # else the first day of the test may have none of the groups that are tested
            assert days[fold.train].min() >= days[fold.test].min() - gap - window
        if has_groups:
            assert not set(rows.groups[fold.train]) & set(rows.groups[fold.test])
        whole = np.isin(days, np.unique(days[fold.test]))
        assert has_groups or set(np.flatnonzero(whole)) == set(fold.test)


def test_one_day_is_on_one_side_and_every_store_too():
    """V7: 38 stores each day; scikit-learn's folds in time have all of them, and parts of days, on both sides."""
    data, folds = folds_of(table(1900, 50, 38), time="day", group="g")
    groups, days = data.development.groups, data.development.X["day"].to_numpy()
    assert len(folds) == 5
    for fold in folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])
        assert days[fold.train].max() < days[fold.test].min()
        assert len(set(groups[fold.test])) in (9, 10)
    tested = np.concatenate([f.test for f in folds])
    assert len(set(tested)) == len(tested)
    assert len(tested) == pytest.approx(0.4 * len(groups), rel=0.1)
    holdout = data.holdout.open("test")
    assert not set(holdout.X["g"]) & set(data.development.X["g"])
    assert holdout.X["day"].min() > data.development.X["day"].max()


def test_distinct_times_alone_need_only_scikit_learn():
    data, folds = folds_of(table(200, 200, 5), time="day")
    source = problem_of(data.task).splitters.of(data.task).source
    assert "TimeSeriesSplit(5, test_size=16)" in source
    assert [len(f.test) for f in folds] == [16] * 5


def test_sliding_folds_have_as_many_rows_as_the_first():
    _, folds = folds_of(table(200, 200, 5), time="day", split=read_split("sliding"))
    assert [len(f.train) for f in folds] == [80] * 5


def test_more_folds_in_time_share_the_second_half():
    _, folds = folds_of(table(1000, 1000, 5), time="day", split=read_split("folds=10"))
    assert [len(f.test) for f in folds] == [40] * 10
    assert len(folds[0].train) == 400


def test_monte_carlo_draws_anew_and_can_be_repeated():
    data, first = folds_of(table(1000, 100, 5), time="day", split=read_split("monte carlo"))
    splitter = problem_of(data.task).splitters.of(data.task).make()
    again = make_folds(splitter, data.development, 0, 1, time="day")
    assert {f.id for f in first} != {f.id for f in again}
    _, drawn = folds_of(table(1000, 100, 5).drop(columns=["day", "g"]), split=read_split("monte carlo, folds=3"))
    assert [len(f.test) for f in drawn] == [160] * 3


def test_monte_carlo_keeps_groups_together():
    data, folds = folds_of(table(600, 100, 20), group="g", split=read_split("monte-carlo"))
    groups = data.development.groups
    assert all(not set(groups[f.train]) & set(groups[f.test]) for f in folds)


def test_rows_within_the_gap_are_left_out_of_the_holdouts_split_and_a_notice_says_so():
    data, _ = folds_of(table(1000, 100, 5).drop(columns="g"), time="day", split=read_split("gap=3d"))
    last, first = data.development.X["day"].max(), data.holdout.open("test").X["day"].min()
    assert first - last > np.timedelta64(3, "D")
    assert len(data.aside) == data.task.n_aside == 30
    assert data.task.notices[0] == (
        "30 rows left out of both sides of the split, within the gap of 3d before the holdout: 770 to learn from, 200 "
        "sealed. Deployment's last fit has them too."
    )


WRONG = [
    (
        {"split": read_split("sliding")},
        "The split 'sliding' needs a time column. Name one with --time, or leave --split out.",
    ),
    (
        {"split": read_split("gap=3d")},
        "The split 'auto, gap=3d' needs a time column. Name one with --time, or leave --split out.",
    ),
    (
        {"split": read_split("gap=30"), "time": "day"},
        "The split has a gap of 30, but the time column 'day' has dates. Give a length such as 7d or 12h.",
    ),
    (
        {"split": read_split("sliding, window=2w"), "time": "x"},
        "The split has a window of 2w, but the time column 'x' has numbers. Give a length such as 30.",
    ),
]


@pytest.mark.parametrize(("how", "line"), WRONG)
def test_a_split_that_does_not_fit_the_table_is_refused_at_the_start(how, line):
    with pytest.raises(SettingError) as error:
        make_dataset(read_table(table(100, 20, 5)), "y", **how)
    assert str(error.value) == line


def test_a_gap_longer_than_the_past_is_refused_with_the_remedy():
    with pytest.raises(DataError) as error:
        make_dataset(read_table(table(100, 50, 5)), "y", time="day", split=read_split("gap=60d"))
    assert str(error.value) == (
        "The holdout leaves 0 rows to learn from. Give a smaller gap in --split, a smaller --test, or 0 for none."
    )
    with pytest.raises(DataError) as error:
        make_dataset(read_table(table(200, 100, 5)), "y", time="day", test=0, split=read_split("gap=95d"))
    assert str(error.value) == (
        "No folds by day have what root_mean_squared_error needs in every fold. Give a smaller gap or window in --split, "
        "leave --time out, take another --metric, or give more rows."
    )


def test_groups_of_one_row_each_are_pointed_out():
    frame = table(100, 20, 5).assign(g=[f"g{i}" for i in range(100)])
    task = make_dataset(read_table(frame), "y", group="g").task
    assert "Each row has a g of its own: --group keeps nothing together." in task.notices


def test_a_class_that_is_on_neither_side_is_refused():
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(100), "D")
    frame = pd.DataFrame(
        {
            "day": days,
            "x": np.random.default_rng(0).normal(size=100),
            "y": ["a", "b"] * 38 + ["c"] * 4 + ["a", "b"] * 10,
        }
    )
    with pytest.raises(DataError) as error:
        make_dataset(read_table(frame), "y", time="day", split=read_split("gap=5d"))
    assert str(error.value) == (
        "All rows of the class 'c' fall into the holdout (0.2 of the rows) or on neither side. Give a smaller gap in "
        "--split, a smaller --test, or 0 for none."
    )


def test_equal_times_alone_are_no_order():
    with pytest.raises(DataError) as error:
        make_dataset(read_table(table(100, 1, 5)), "y", time="day")
    assert str(error.value) == (
        "All rows to learn from have the same 'day': nothing comes before or after. Name another time column, or leave "
        "--time out."
    )


def test_two_days_leave_nothing_for_folds_and_a_line_says_so():
    with pytest.raises(DataError) as error:
        make_dataset(read_table(table(100, 2, 5)), "y", time="day")
    assert str(error.value) == (
        "The rows to learn from have 1 value of 'day': folds in time need 3 or more. Name another time column, leave "
        "--time out, hold out fewer rows with --test, or give more rows."
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("sliding, window=90d, gap=7d, folds=4", "sliding, folds=4, gap=7d, window=90d"),
        ("gap=0d", "auto"),
        ("Monte_Carlo", "monte carlo"),
        ({"kind": "expanding", "gap": 3}, "expanding, gap=3"),
    ],
)
def test_a_split_is_written_in_one_way(text, written):
    assert str(read_split(text)) == written
    assert read_split(written) == read_split(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("slidding", "'slidding' is none of auto, expanding, sliding, monte carlo"),
        ("gap=soon", "gap=soon is no length such as 7d, 12h or, for a time in numbers, 30"),
        ("folds=1", "folds=1 is no whole number from 2 to 50"),
        ("sliding, expanding", "'expanding' is a second kind"),
        ("size=3", "size is none of kind, folds, gap, window"),
        ("window=3d", "only sliding folds have a window, so write sliding before it"),
    ],
)
def test_what_is_no_split_says_why(text, why):
    with pytest.raises(ValueError, match=why):
        read_split(text)


def test_tasks_without_a_choice_keep_their_id():
    task = make_dataset(read_table(table(100, 20, 5)), "y").task
    assert task.id != replace(task, split=read_split("monte carlo")).id
    assert task.id == replace(task, folding=Folding(4)).id
