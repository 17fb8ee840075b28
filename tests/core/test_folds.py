import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

from mlestar_jupyter.core.folds import Fold, disjoint_parts, make_folds
from mlestar_jupyter.core.statistics import t_test
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.errors import BlockError

pytestmark = pytest.mark.fast


def _rows(y, groups=None, **more):
    return Rows(pd.DataFrame({"x": np.arange(len(y)), **more}), np.asarray(y), groups, np.arange(len(y)))


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


class Given:
    """A splitter that gives folds as they are."""

    random_state = None

    def __init__(self, *pairs):
        self.pairs = pairs

    def split(self, X, y, groups):
        yield from self.pairs


DAYS = np.array([1, 1, 2, 2, 3, 3, 4, 4])
FIRST, LATER = np.arange(4), np.arange(4, 8)
IN_WHICH = ": fold 1 of 1 in the block 'validation'. "
REFUSED = {
    "train on its test rows": (
        (np.arange(6), LATER),
        {},
        f"The model is fitted on 2 rows that it is tested on{IN_WHICH}"
        "Take them out of the first or the second part of what split() gives.",
    ),
    "a group on both sides": (
        (FIRST, LATER),
        {"groups": np.array([0, 0, 1, 1, 1, 1, 2, 2])},
        f"1 group with rows on both sides{IN_WHICH}"
        "Use a splitter that keeps groups together, such as GroupKFold; or start without --group, or with --group none, "
        "if rows of a group are to be on both sides.",
    ),
    "a day on both sides": (
        (np.arange(3), np.arange(3, 8)),
        {"time": "day"},
        f"1 value of day on both sides{IN_WHICH}"
        "Use a splitter that tests later rows alone, such as that of foundation; or start without --time, if the order "
        "does not matter.",
    ),
    "later rows": (
        (LATER, FIRST),
        {"time": "day"},
        f"The model is fitted on rows whose day is later than that of rows that it is tested on{IN_WHICH}"
        "Use a splitter that tests later rows alone, such as that of foundation; or start without --time, if the order "
        "does not matter.",
    ),
    "nothing to test": (
        (FIRST, []),
        {},
        "There are no rows to test in fold 1 of 1 in the block 'validation'. Use fewer folds, or another splitter.",
    ),
    "no positions": (
        (FIRST, np.array([0.5])),
        {},
        "The block 'validation' cannot split 8 rows: it gives float64 of shape (1,), not positions of rows. "
        "Use fewer folds, or another splitter, in make_splitter().",
    ),
    "positions of no row": (
        (FIRST, np.array([8])),
        {},
        "The block 'validation' cannot split 8 rows: it gives positions up to 8. "
        "Use fewer folds, or another splitter, in make_splitter().",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_folds_whose_scores_would_say_nothing_are_refused(name):
    """V7: by what they are, whatever made them."""
    pair, how, line = REFUSED[name]
    rows = _rows(np.arange(8.0), how.get("groups"), day=DAYS)
    with pytest.raises(BlockError) as error:
        make_folds(Given(pair), rows, 0, 0, time=how.get("time"))
    assert str(error.value) == line


def test_a_splitter_that_makes_no_folds_is_refused():
    with pytest.raises(BlockError) as error:
        make_folds(Given(), _rows(np.arange(8.0)), 0, 0)
    assert str(error.value) == "The block 'validation' makes no folds. Return another splitter."


def test_masks_and_positions_from_the_end_are_read_as_scikit_learn_reads_them():
    mask = np.arange(8) < 4
    (fold,) = make_folds(Given((mask, [-1, -2])), _rows(np.arange(8.0)), 0, 0)
    assert list(fold.train) == [0, 1, 2, 3]
    assert list(fold.test) == [7, 6]


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
