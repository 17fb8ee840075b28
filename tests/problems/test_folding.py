"""Few rows, few positives, few groups: the folds that they allow, or a line that says what is lacking."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.build import make_splitter
from mlestar_jupyter.core.folds import make_folds
from mlestar_jupyter.core.task import Folding
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.problems.folding import is_defined
from mlestar_jupyter.problems.multiclass import MULTICLASS
from mlestar_jupyter.problems.recognition import make_dataset

pytestmark = pytest.mark.fast


def table(n_rows, y, **more):
    r = np.random.default_rng(0)
    return pd.DataFrame({"a": r.normal(size=n_rows), "b": r.normal(size=n_rows), "y": y, **more})


def rare(n_rows, count):
    y = np.full(n_rows, "no", dtype=object)
    y[:: n_rows // count][:count] = "yes"
    return y


def days(n_rows):
    return pd.date_range("2020-01-01", periods=n_rows)


def where(n_rows, first, last):
    """A target that is 1 in every second row of some rows, as they come in time."""
    rows = np.arange(n_rows)
    return ((rows >= first) & (rows < last) & (rows % 2 == 0)).astype(int)


IN_TIME = {"t": days(300)}
CASES = [
    ("four positives", table(500, rare(500, 4)), {"test": 0}, 4, "the class 'yes' has 4 rows to learn from"),
    ("four, one sealed", table(500, rare(500, 4)), {}, 3, "the class 'yes' has 3 rows to learn from"),
    ("three positives", table(90, rare(90, 3)), {}, 2, "the class 'yes' has 2 rows to learn from"),
    ("six of four", table(24, list("abcdef") * 4), {"test": 0}, 4, "the class 'a' has 4 rows to learn from"),
    ("a class of three", table(200, [*"c" * 3, *"ab" * 98, "a"]), {"metric": "roc_auc_ovr"}, 2, "the class 'c' has 2"),
    ("two groups", table(60, [0, 1] * 30, g=np.arange(60) // 30), {"group": "g", "test": 0}, 2, "there are 2 groups"),
    ("three groups", table(60, np.arange(60.0), g=np.arange(60) % 3), {"group": "g"}, 2, "there are 2 groups"),
    ("ten rows", table(10, [0, 1] * 5), {}, 4, "the class 0 has 4 rows to learn from"),
    ("ten numbers", table(10, np.arange(10.0)), {"metric": "r2"}, 4, "there are 8 rows to learn from"),
    (
        "late",
        table(300, where(300, 200, 300), **IN_TIME),
        {"time": "t"},
        3,
        "some of the usual ones would have nothing to measure",
    ),
]


@pytest.mark.parametrize(("frame", "how", "count", "why"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_folds_are_as_many_as_the_rows_allow_and_the_task_says_so(frame, how, count, why):
    data = make_dataset(read_table(frame), "y", **how)
    assert data.task.folding.count == count
    assert data.task.notices[-1].startswith(f"{count} folds")
    assert why in data.task.notices[-1]
    rows = data.development
    folds = make_folds(make_splitter(recipes.validation(data.task)), rows, 0, 0)
    assert len(folds) == count
    for fold in folds:
        assert not data.task.classes or len(np.unique(rows.y[fold.train])) > 1
        assert len(np.unique(rows.y[fold.test])) > 1 or data.task.problem == "multiclass"


def test_notice_says_how_many_and_why():
    task = make_dataset(read_table(table(500, rare(500, 4))), "y", test=0).task
    assert task.notices[-1] == (
        "4 folds, not the usual 5: the class 'yes' has 4 rows to learn from. Scores of so few rows are rough."
    )


@pytest.mark.parametrize(
    ("first", "line"),
    [
        (120, "4 folds of 24 rows each, not the usual 5 of 24: some of the usual ones would have nothing to measure."),
        (
            200,
            "3 folds of 12 rows each, not the usual 5 of 24: some of the usual ones would have nothing to measure. "
            "Scores of so few rows are rough.",
        ),
    ],
)
def test_notice_of_folds_in_time_says_how_many_rows_are_usual(first, line):
    frame = table(300, where(300, first, 300), **IN_TIME)
    assert make_dataset(read_table(frame), "y", time="t").task.notices[-1] == line


SIZES = [36, 1, 121, 36, 9, 36, 25]
UNEVEN = np.repeat(np.arange(7), SIZES)
LARGE = np.arange(4000) // 1000


@pytest.mark.parametrize(
    ("groups", "y", "line"),
    [
        (LARGE, np.arange(4000) % 2, "4 folds, not the usual 5: there are 4 groups to learn from."),
        (
            np.arange(900) // 100,
            (np.arange(900) < 400).astype(int),
            "4 folds, not the usual 5: the class 1 is in 4 groups of the rows to learn from.",
        ),
        (
            UNEVEN,
            np.concatenate(
                [np.arange(n) < n_ones for n, n_ones in zip(SIZES, [34, 1, 10, 3, 8, 30, 25], strict=True)]
            ).astype(int),
            "3 folds, not the usual 5: some of the usual ones would have nothing to measure.",
        ),
    ],
    ids=["few groups", "few groups of a class", "uneven groups"],
)
def test_the_notice_names_the_cause_and_calls_only_few_rows_rough(groups, y, line):
    assert make_dataset(read_table(table(len(y), y, g=groups)), "y", group="g", test=0).task.notices[-1] == line


ONE_GROUP = np.arange(200) // 10
LACKING = [
    (
        table(300, where(300, 0, 60), **IN_TIME),
        {"time": "t", "test": 0},
        "No folds by t have rows of both classes in every fold: 1 is in rows 1 to 59 of 300. "
        "Leave --time out, take another --metric, or give more rows.",
    ),
    (
        table(300, where(300, 0, 60), **IN_TIME),
        {"time": "t"},
        "The holdout has 60 rows, the last by t, all of the class 0: roc_auc is not defined on it. "
        "Give another --test (0 for no holdout), or another --metric.",
    ),
    (
        table(200, (ONE_GROUP == 3).astype(int), g=ONE_GROUP),
        {"group": "g", "test": 0},
        "All rows of the class 1 to learn from are in one group of 'g': folds need one to learn from and another to score. "
        "Leave --group out, or give more groups.",
    ),
    (
        table(60, [0, 1] * 30, g=np.arange(60) // 30),
        {"group": "g"},
        "All rows to learn from are in one group of 'g': folds need one to learn from and another to score. "
        "Leave --group out, hold out fewer rows with --test, or give more groups.",
    ),
    (
        table(40, np.arange(40.0), g=1),
        {"group": "g", "test": 0},
        "All rows to learn from are in one group of 'g': folds need one to learn from and another to score. "
        "Leave --group out, or give more groups.",
    ),
    (
        table(41, np.arange(41.0), g=np.arange(41) // 40),
        {"group": "g", "test": 0, "metric": "r2"},
        "No folds of whole groups of 'g' have what r2 needs in every fold. Leave --group out, or give more groups.",
    ),
    (
        table(40, rare(40, 3)),
        {"test": 0.6},
        "The class 'yes' has 1 row to learn from: roc_auc is not defined on any folds of them. "
        "Take another --metric, hold out fewer rows with --test, or give more rows.",
    ),
]


@pytest.mark.parametrize(("frame", "how", "line"), LACKING)
def test_what_is_lacking_is_said_at_the_start(frame, how, line):
    with pytest.raises(DataError) as caught:
        make_dataset(read_table(frame), "y", **how)
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("frame", "how"),
    [
        (table(200, rare(200, 20)), {}),
        (table(200, np.arange(200.0)), {}),
        (table(300, where(300, 0, 300), **IN_TIME), {"time": "t"}),
        (table(400, [0, 1] * 200, g=np.arange(400) // 4), {"group": "g"}),
        (table(300, where(300, 0, 60), **IN_TIME), {"time": "t", "metric": "accuracy"}),
        (table(200, [*"c" * 4, *"ab" * 98]), {}),
    ],
)
def test_usual_folds_stay_where_they_serve(frame, how):
    task = make_dataset(read_table(frame), "y", **how).task
    assert (task.folding.count, task.folding.width) == (Folding().count, Folding().width)
    assert not any("folds" in notice and "usual" in notice for notice in task.notices)


def test_fits_get_no_more_inner_folds_than_their_rows_allow():
    task = make_dataset(read_table(table(24, list("abcdef") * 4)), "y", test=0).task
    assert task.folding.inner == 3
    assert "StratifiedKFold(3," in recipes.preprocessing(task, "target encoding")
    assert "cv=3" in recipes.calibrated_inside(task, "def make_model(**params):\n    return Tree()\n")


def test_folding_changes_no_id_of_a_task():
    task = make_dataset(read_table(table(200, rare(200, 20))), "y").task
    assert replace(task, folding=Folding(2)).id == task.id


@pytest.mark.parametrize(("metric", "has_all", "expected"), [
    ("neg_log_loss", True, True), ("accuracy", False, True), ("roc_auc_ovr", True, True), ("roc_auc_ovr", False, False),
])  # fmt: skip
def test_of_very_many_labels_a_few_show_whether_a_metric_is_defined(metric, has_all, expected):
    labels = tuple(f"c{k:04}" for k in range(3000))
    y = np.repeat(np.arange(3000 if has_all else 2000), 10)
    assert is_defined(MULTICLASS.find_metric(metric), y, MULTICLASS, labels) is expected
