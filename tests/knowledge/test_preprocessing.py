"""The preprocessing block: what becomes of gaps, outliers and rare categories."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.core.build import load_module
from mlestar_jupyter.knowledge import recipes
from tests.planners.tables import make_task

pytestmark = pytest.mark.fast

TASK = make_task(without=("review", "shop"))


def _preprocessor(kind):
    name = f"preprocessing_{kind.replace(' ', '_')}"
    return load_module(name, recipes.preprocessing(TASK, kind)).make_preprocessor()


@pytest.fixture
def numbers():
    values = np.append(np.random.default_rng(0).normal(size=199), 1e6)
    return pd.DataFrame({"amount": values, "price": np.append([np.nan], values[:-1])})


def test_outliers_are_clipped_at_quantiles_of_the_fold(numbers):
    made = _preprocessor("clipped").fit_transform(numbers)
    assert np.abs(made[:, 0]).max() < 6
    assert np.abs(_preprocessor("linear").fit_transform(numbers)[:, 0]).max() > 10


def test_power_transform_bounds_an_unseen_extreme(numbers):
    fitted = _preprocessor("power").fit(numbers.iloc[:199])
    extreme = fitted.transform(pd.DataFrame({"amount": [1e300], "price": [-1e300]}))
    assert np.abs(extreme[:, :2]).max() < 10


@pytest.mark.parametrize("kind", ["nearest imputation", "iterative imputation"])
def test_gap_is_filled_from_the_other_numbers_and_said(kind):
    random = np.random.default_rng(0)
    amount = random.normal(size=300)
    X = pd.DataFrame({"amount": amount, "price": 2 * amount})
    X.loc[:99:3, "price"] = np.nan
    made = _preprocessor(kind).fit_transform(X)
    gaps = X["price"].isna().to_numpy()
    assert np.corrcoef(made[gaps, 1], amount[gaps])[0, 1] > 0.95
    assert len(np.unique(made[:, 2])) == 2


def test_rare_categories_share_a_code_and_unseen_ones_have_none():
    X = pd.DataFrame({"colour": ["red"] * 40 + ["green"] * 40 + ["violet"] * 2 + ["pink"] * 3})
    fitted = _preprocessor("rare categories").fit(X)
    codes = fitted.transform(pd.DataFrame({"colour": ["red", "green", "violet", "pink", "grey"]}))[:, 0]
    assert codes[2] == codes[3]
    assert len(set(codes[:3])) == 3
    assert np.isnan(codes[4])


def test_gaps_of_trees_become_medians_with_a_column_that_says_so():
    X = pd.DataFrame({"amount": [1.0, np.nan, 3.0], "colour": ["red", "green", "red"]})
    made = _preprocessor("missing indicators").fit_transform(X)
    np.testing.assert_array_equal(made[:, :2], [[1, 0], [2, 1], [3, 0]])


def test_target_of_whole_numbers_is_encoded_as_a_number():
    task = make_task("regression")
    assert 'target_type="continuous"' in recipes.preprocessing(task, "target encoding")
    assert 'target_type="continuous"' in recipes.preprocessing(task, "trees")
    assert "target_type" not in recipes.preprocessing(make_task(), "trees")


@pytest.mark.parametrize("kind", ["linear", "robust", "quantile", "power", "clipped", "nearest imputation"])
def test_lines_are_short(kind):
    assert max(map(len, recipes.preprocessing(make_task(), kind).splitlines())) <= 120
