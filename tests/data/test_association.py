import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.association import strongest_columns

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def wide():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 2000)), columns=[f"c{n}" for n in range(2000)])
    return X.assign(kind=rng.choice(["a", "b"], 300), constant=1.0)


def test_columns_that_follow_a_number_are_found_among_thousands(wide):
    y = np.exp(wide["c1700"]) + 5 * (wide["kind"] == "a")
    assert set(strongest_columns(wide, y.to_numpy(), 2, is_classification=False)) == {"c1700", "kind"}


def test_columns_that_tell_one_of_several_classes_apart_are_found(wide):
    y = np.where(wide["c3"] > 1, 2, (wide["c1999"] > 0).astype(int))
    assert set(strongest_columns(wide, y, 2, is_classification=True)) == {"c3", "c1999"}


def test_constant_column_says_nothing(wide):
    y = (wide["c0"] > 0).to_numpy().astype(int)
    assert "constant" not in strongest_columns(wide, y, 1900, is_classification=True)


def test_table_without_numbers_has_its_strongest_column():
    y = np.arange(100) % 2
    X = pd.DataFrame({"same": np.where(y == 1, "a", "b"), "other": ["x", "x", "z", "z"] * 25})
    assert strongest_columns(X, y, 1, is_classification=True) == ["same"]
