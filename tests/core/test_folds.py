import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

from mlestar_jupyter.core.folds import Fold, disjoint_parts, make_folds
from mlestar_jupyter.core.statistics import t_test
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.errors import BlockError

pytestmark = pytest.mark.fast


def _rows(y, groups=None):
    return Rows(pd.DataFrame({"x": np.arange(len(y))}), np.asarray(y), groups, np.arange(len(y)))


FOLD = Fold(np.arange(1000), np.arange(1000, 2000))


def _parts(rows, *, is_stratified=False, is_ordered=False):
    return disjoint_parts(FOLD, rows, 0, is_stratified=is_stratified, is_ordered=is_ordered)


@pytest.mark.parametrize("is_ordered", [True, False])
def test_parts_have_every_test_row_once(is_ordered):
    parts = _parts(_rows(np.arange(2000.0)), is_ordered=is_ordered)
    assert len(parts) == 10
    assert sorted(np.concatenate(parts)) == list(FOLD.test)


def test_groups_stay_whole():
    groups = np.repeat(np.arange(50), 40)
    parts = _parts(_rows(np.arange(2000.0), groups))
    homes = [set(groups[part]) for part in parts]
    assert len(parts) > 1
    assert all(not a & b for i, a in enumerate(homes) for b in homes[:i])


def test_ordered_rows_stay_together():
    assert all(np.ptp(part) == len(part) - 1 for part in _parts(_rows(np.arange(2000.0)), is_ordered=True))


def test_classes_keep_their_shares():
    y = (np.arange(2000) % 10 == 0).astype(int)
    assert [y[part].mean() for part in _parts(_rows(y), is_stratified=True)] == pytest.approx([0.1] * 10)


def test_a_class_of_one_row_leaves_a_single_part():
    y = np.zeros(2000, dtype=int)
    y[1500] = 1
    assert len(_parts(_rows(y), is_stratified=True)) == 1


def test_splitter_that_cannot_split_the_rows_says_what_to_change():
    with pytest.raises(BlockError) as error:
        make_folds(KFold(5), _rows(np.arange(3)), 0, 0)
    assert str(error.value) == (
        "The block 'validation' cannot split 3 rows: Cannot have number of splits n_splits=5 greater than the number "
        "of samples: n_samples=3. Use fewer folds, or another splitter, in make_splitter()."
    )


def test_two_equal_solutions_are_told_apart_in_time_about_as_often_as_stated():
    from scipy.signal import lfilter

    wrong, n_rows = 0, 10_000
    rows = Rows(pd.DataFrame(index=range(n_rows)), np.zeros(n_rows), None, np.arange(n_rows))
    folds = [Fold(np.arange(0), test) for test in np.array_split(np.arange(n_rows), 5)]
    kind = {"is_stratified": False, "is_ordered": True, "n_folds": 5}
    parts = [part for fold in folds for part in disjoint_parts(fold, rows, 0, **kind)]
    for seed in range(200):
        shocks = np.random.default_rng(seed).normal(size=n_rows + 1_000)
        gains = lfilter([1], [1, -0.99], shocks)[1_000:]
        wrong += t_test([gains[part].mean() for part in parts]).p_value < 0.05
    assert wrong / 200 < 0.1  # by parts of 100 rows .28; .05 is stated
