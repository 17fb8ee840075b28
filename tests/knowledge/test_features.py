"""The features block: what the techniques add, and how a block of ours is taken apart."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.build import load_module
from mlestar_jupyter.core.task import Column
from mlestar_jupyter.knowledge import recipes
from tests.planners.tables import make_table, make_task, unseen_row

EVERY = recipes.feature_techniques(make_task())


def _cleaned(problem="binary"):
    X, y = make_table(problem)
    space = {}
    exec(recipes.cleaning(make_task(problem)), space)
    return space["clean"](X), y, space["clean"](unseen_row(X))


def _transformer(*names, problem="binary", task=None):
    known = recipes.feature_techniques(task or make_task(problem))
    return load_module(f"features_of_{'_'.join(names)}", recipes.features([known[n] for n in names])).make_features()


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("name", EVERY)
def test_technique_gives_one_unseen_row_the_columns_of_many(name, problem):
    X, y, one = _cleaned(problem)
    before = X.copy()
    transformer = _transformer(name, problem=problem)
    many = transformer.fit_transform(X, y)
    pd.testing.assert_frame_equal(X, before)
    assert list(transformer.transform(one).columns) == list(many.columns)
    assert len(many) == len(X)
    assert set(many.columns) != set(X.columns)
    numbers = many.select_dtypes("number")
    assert not np.isinf(numbers.to_numpy(float)).any()


@pytest.mark.parametrize("name", ["target means", "clusters", "components", "selection", "group means"])
def test_technique_that_learns_does_so_in_fit_alone(name):
    X, y, _ = _cleaned()
    transformer = _transformer(name).fit(X.iloc[:80], y[:80])
    apart, together = transformer.transform(X.iloc[80:81]), transformer.transform(X.iloc[80:])
    pd.testing.assert_frame_equal(apart, together.iloc[:1])


def test_target_means_of_fitted_rows_do_not_hold_their_own_target():
    y = np.random.default_rng(0).integers(0, 2, 400)
    table = pd.DataFrame({c.name: 0.0 for c in make_task().columns if c.role == "numeric"}, index=range(400))
    table = table.assign(colour="red", member=True, shop=[f"shop {i % 200}" for i in range(400)])
    for date in ("opened", "stamp"):
        table = table.assign(**{f"{date}_weekday": 1.0, f"{date}_hour": 0.0})
    means = _transformer("target means").fit_transform(table, y)["target mean by shop"]
    assert abs(np.corrcoef(means, y)[0, 1]) < 0.3  # a mean with the own row would give 0.7


def test_regression_of_whole_numbers_has_one_target_mean_a_category():
    X, y, _ = _cleaned("regression")
    made = _transformer("target means", problem="regression").fit_transform(X, np.round(y))
    assert sum(name.startswith("target mean by shop") for name in made.columns) == 1


def test_selection_drops_noise_and_keeps_what_matters_and_what_blocks_name():
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(600, 12)), columns=[f"noise {i}" for i in range(12)])
    X = X.assign(signal=random.normal(size=600), review="", shop="a")
    y = (X["signal"] + 0.3 * random.normal(size=600) > 0).astype(int).to_numpy()
    left = set(_transformer("selection").fit_transform(X, y).columns)
    assert {"signal", "review", "shop"} <= left
    assert len(left) < 12


def test_selection_leaves_a_column_where_all_are_noise():
    random = np.random.default_rng(1)
    X = pd.DataFrame(random.normal(size=(200, 3)), columns=list("abc"))
    assert _transformer("selection").fit_transform(X, random.integers(0, 2, 200)).shape[1] >= 1


def test_selection_keeps_what_the_time_became():
    source = recipes.feature_techniques(make_task(time="stamp"))["selection"].definition
    assert '"stamp_days"' in source


def test_target_means_of_a_task_in_time_say_why_there_are_no_lags():
    assert "no lags" in recipes.feature_techniques(make_task(time="stamp"))["target means"].definition
    assert "no lags" not in EVERY["target means"].definition


def test_dates_are_compared_and_read_off_the_calendar():
    X, y, one = _cleaned()
    made = _transformer("date differences", "calendar").fit_transform(X, y)
    row = made.iloc[1]  # opened on 2024-02-11, a Sunday; 29 days that month
    assert row["opened is weekend"] == 1
    assert (row["opened monthday"], row["opened days to month end"]) == (11, 18)
    assert row["opened to stamp days"] == pytest.approx(X["stamp_days"].iloc[1] - X["opened_days"].iloc[1])
    assert _transformer("calendar").fit_transform(one)["opened is weekend"].isna().all()


def test_a_date_beyond_the_nanoseconds_is_read_off_the_calendar():
    X, y, _ = _cleaned()
    X["opened_days"] = X["opened_days"].where(X.index != X.index[1], 2_921_939.0)  # 9999-12-31, a Friday
    row = _transformer("calendar").fit_transform(X, y).iloc[1]
    assert row[["opened is weekend", "opened monthday", "opened days to month end"]].tolist() == [0, 31, 0]


def test_techniques_apply_where_their_columns_are():
    task = make_task(without=("opened", "review"))
    names = set(recipes.feature_techniques(task))
    assert "date differences" not in names
    assert "text counts" not in names
    only_text = make_task(without=tuple(c.name for c in make_task().columns if c.role != "text"))
    assert set(recipes.feature_techniques(only_text)) == {"text counts", "missing count"}


def test_group_column_is_in_no_technique():
    columns = [Column("group", "categorical", 20, 0.0), Column("amount", "numeric", 90, 0.0)]
    task = make_task()
    task = type(task)(**{**task.__dict__, "columns": tuple(columns), "group": "group"})
    for technique in recipes.feature_techniques(task).values():
        assert '"group"' not in technique.definition


# --- a block taken apart ------------------------------------------------------------------------------------------


def test_block_of_ours_is_taken_apart_by_technique():
    chosen = list(EVERY.values())
    steps = recipes.feature_steps("# mlestar: features\n" + recipes.features(chosen))
    assert [name for name, _ in steps] == list(EVERY)
    for left_out, (_, source) in zip(chosen, steps, strict=True):
        assert source == recipes.features([t for t in chosen if t is not left_out])
        compile(source, "features", "exec")


def test_what_is_left_of_two_techniques_is_one():
    two = [EVERY["ratios"], EVERY["group means"]]
    assert recipes.feature_steps(recipes.features(two)) == [
        ("ratios", recipes.features(two[1:])),
        ("group means", recipes.features(two[:1])),
    ]


@pytest.mark.parametrize(
    "source",
    [
        recipes.features_none(),
        recipes.features([EVERY["ratios"]]),
        recipes.features_behind(recipes.features([EVERY["ratios"]]), [EVERY["clusters"]]),
        recipes.features([EVERY["ratios"], EVERY["clusters"]]).replace("per {b}", "over {b}", 1) + "\nMINE = 1\n",
        "def make_features():\n    return make_pipeline(Mine(), Other())\n",
        "def make_features(:\n",
    ],
    ids=["none", "one", "behind another's", "edited", "another's", "broken"],
)
def test_block_that_is_not_ours_or_has_one_technique_is_not_taken_apart(source):
    assert recipes.feature_steps(source) == []


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["selection"], "The columns that are worth it."),
        ([next(n for n in EVERY if n != "selection")], "Add columns; the given ones stay."),
    ],
)
def test_what_the_block_makes_is_said_in_its_docstring(names, line):
    source = recipes.features([EVERY[name] for name in names])
    assert f'"""{line}"""' in source
