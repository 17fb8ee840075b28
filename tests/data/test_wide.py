from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.contract import evenly
from mlestar_jupyter.core.rows import Column
from mlestar_jupyter.data.association import strongest_pairs
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.data.roles import describe_column
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.knowledge.ranking import CONDITIONS
from mlestar_jupyter.planners.recipes import RecipePlanner
from mlestar_jupyter.problems.recognition import make_dataset


@pytest.fixture(scope="module")
def wide():
    generator = np.random.default_rng(0)
    X = pd.DataFrame(generator.normal(size=(300, 1100)), columns=[f"n{i}" for i in range(1100)])
    X.loc[0, "n3"] = np.inf
    return make_dataset(read_table(X.assign(kind=["u", "v"] * 150, y=[0, 0, 1] * 100)), "y")


def test_a_cleaning_block_lists_the_fewer_columns(wide):
    source = recipes.cleaning(wide.task)
    assert len(source) < 2_000
    space: dict[str, object] = {}
    exec(source, space)
    cleaned = space["clean"](wide.development.X)
    assert list(cleaned.columns) == list(wide.development.X.columns)
    assert set(cleaned.drop(columns="kind").dtypes) == {np.dtype(float)}
    assert "replace([" not in source  # of many columns pandas would look through each for every other
    assert not np.isinf(cleaned.drop(columns="kind").to_numpy()).any()


def test_a_single_row_of_any_types_gets_the_same_kinds_of_columns(wide):
    space: dict[str, object] = {}
    exec(recipes.cleaning(wide.task), space)
    one = space["clean"](wide.development.X.head(1).astype(object).assign(n5=None))
    assert set(one.drop(columns="kind").dtypes) == {np.dtype(float)}


def test_trees_see_a_share_of_thousands_of_columns_and_the_block_says_so(wide):
    drafts = {d.label: d.solution for d in RecipePlanner().baselines(wide.task)}
    assert "hist gradient boosting" not in drafts
    approaches = RecipePlanner().approaches(wide.task, "", 30)
    solution = RecipePlanner().draft(wide.task, next(a for a in approaches if a.approach.id == "lightgbm")).solution
    assert "max_bin" in solution.blocks["hyperparameters"]
    assert "share of them" in solution.blocks["model"]
    assert CONDITIONS["wide"](wide.task)


def test_thousands_of_flags_are_not_wide(wide):
    flags = pd.Series([0.0, 1.0, 1.0], name="flag")
    column = describe_column(flags, Column("flag", "number"), flags)
    assert not CONDITIONS["wide"](replace(wide.task, columns=(column,) * 5_000))


def test_strongest_pairs_are_in_order_without_those_that_cannot_be_measured():
    x = np.arange(20.0)
    frame = pd.DataFrame({"a": x, "b": -x, "c": np.sin(x), "flat": 1.0})
    pairs = strongest_pairs(frame)
    assert pairs[0] == ("a", "b", pytest.approx(-1))
    assert len(pairs) == 3
    with_a_gap = strongest_pairs(frame.assign(d=frame["c"].mask(x == 0)))
    assert [p[:2] for p in with_a_gap[:2]] == [("a", "b"), ("c", "d")]


def test_running_numbers_are_identifiers_in_a_sample_of_rows_too():
    whole = pd.Series(np.arange(500_000), name="row")
    seen = whole.iloc[evenly(len(whole))]
    assert describe_column(seen, Column("row", "number", whole=True), whole).role == "identifier"


def test_what_a_sample_shows_once_is_looked_for_in_all_rows():
    whole = pd.Series(np.zeros(400_000))
    whole.iloc[7] = 1.0
    column = describe_column(whole.iloc[::2], Column("flag", "number"), whole)
    assert (column.role, column.n_unique) == ("numeric", 2)
