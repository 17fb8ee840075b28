"""The split: whole, disjoint, and of the size that was asked for."""

import numpy as np
import pytest

from mlestar_jupyter.data.splits import split_holdout

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("fraction", [0, 0.1, 0.2, 0.33, 0.9])
@pytest.mark.parametrize("kind", ["random", "class", "group", "time"])
def test_every_row_is_on_one_side(fraction, kind):
    y = np.arange(60) % 3
    groups = np.repeat(np.arange(20), 3) if kind == "group" else None
    development, holdout = split_holdout(
        y, groups, 60, fraction, 0, is_stratified=kind == "class", by_time=kind == "time"
    )
    assert sorted([*development, *holdout]) == list(range(60))
    assert len(holdout) == pytest.approx(60 * fraction, abs=3)
    if groups is not None:
        assert not set(groups[development]) & set(groups[holdout])


def test_more_classes_than_holdout_rows_are_not_stratified():
    y = np.repeat(np.arange(5), 3)
    _, holdout = split_holdout(y, None, 15, 0.2, 0, is_stratified=True, by_time=False)
    assert len(holdout) == 3
