"""How well a column alone predicts the target, out of sample."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.data.alone import alone
from mlestar_jupyter.data.profile import profile
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.problems.recognition import make_dataset

R = np.random.default_rng(0)
CLASSES = R.permutation(np.repeat(np.arange(35), 40))


def issues(frame):
    return {i.code: i.text for i in profile(make_dataset(read_table(frame), "y", test=0)).issues}


def test_one_class_of_five_is_not_given_away():
    """Seen: the class modulo 7 has an association of .97, and predicts one class in five."""
    frame = pd.DataFrame({"a": CLASSES % 7 + R.normal(0, 0.1, len(CLASSES)), "b": R.normal(size=len(CLASSES))})
    assert not alone(frame["a"], CLASSES, is_classification=True).gives_away
    found = issues(frame.assign(y=[f"c{c:03}" for c in CLASSES]))
    assert "near-target" not in found
    assert "rare-classes" not in found


def test_relabelled_copy_of_many_classes_gives_all_away():
    codes = pd.Series([f"k{(3 * c) % 35}" for c in CLASSES])
    assert alone(codes, CLASSES, is_classification=True).gives_away
    frame = pd.DataFrame({"a": codes, "b": R.normal(size=len(CLASSES)), "y": [f"c{c:03}" for c in CLASSES]})
    assert issues(frame)["near-target"] == (
        "a all but gives the target away: alone it finds the class of 100.0% of the rows, out of sample."
    )


def test_rare_class_is_rare_beside_the_others():
    y = np.concatenate([CLASSES, np.full(8, 35)])
    frame = pd.DataFrame({"a": R.normal(size=len(y)), "y": [f"c{c:03}" for c in y]})
    assert issues(frame)["rare-classes"] == "Rare classes: 'c035' (0.6%)."


@pytest.mark.parametrize(("noise", "gives_away"), [(0.01, True), (1.0, False)])
def test_two_classes_and_numbers(noise, gives_away):
    y = R.normal(size=600)
    for target, is_classification in ((y, False), ((y > 0).astype(int), True)):
        column = pd.Series(np.exp(y) + R.normal(0, noise, 600))
        assert alone(column, target, is_classification=is_classification).gives_away is gives_away


def test_sorted_rows_and_missing_values_are_no_matter():
    y = np.sort(R.normal(size=300))
    column = pd.Series(y).where(np.arange(300) % 50 > 0)
    assert alone(column, y, is_classification=False).gives_away


@pytest.mark.parametrize("large", [np.inf, -np.inf, 1e40])
def test_a_column_that_is_beyond_numbers_for_one_class_gives_it_away(large):
    y = np.arange(300) % 2
    values = pd.Series(np.where(y == 1, large, np.random.default_rng(0).normal(size=300)))
    assert alone(values, y, is_classification=True).gives_away
