"""Classes with few rows are named at the start, and scikit-learn's own warning of them is not shown."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedKFold

from mlestar_jupyter.core.rare_classes import of_rare_classes
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.problems.recognition import make_dataset
from mlestar_jupyter.problems.source import preparation_code, solution_script
from tests.core.blocks_for_tests import BLOCKS

pytestmark = pytest.mark.fast

Y = np.array(["scratch"] * 60 + ["dent"] * 20 + ["burr"] * 4 + ["bubble"] * 3)
FRAME = pd.DataFrame({"x": np.random.default_rng(0).normal(size=len(Y)), "y": Y})


def test_the_start_names_classes_that_not_every_fold_can_have():
    dataset = make_dataset(read_table(FRAME), "y")
    assert dataset.task.notices == (
        "Classes with fewer rows to learn from than the 5 folds: 'bubble' with 2 (1 sealed), 'burr' with 3 (1 sealed). "
        "Expect little of scores and predictions for them; merge them with others, or give more of their rows.",
    )
    assert "fewer rows" not in str(make_dataset(read_table(FRAME[:80]), "y").task.notices)


def test_splits_of_rare_classes_are_quiet_and_other_warnings_are_not():
    splitter = StratifiedKFold(5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with of_rare_classes():
            assert len(list(splitter.split(Y, Y))) == 5
        with of_rare_classes(), pytest.raises(UserWarning, match="another"):
            warnings.warn("another", UserWarning, stacklevel=1)


@pytest.mark.parametrize(("rows", "is_quiet"), [(len(Y), True), (80, False)])
def test_the_script_of_a_task_with_rare_classes_is_quiet_too(rows, is_quiet):
    table = read_table(FRAME[:rows])
    task = make_dataset(table, "y", test=0).task
    script = solution_script(Solution.of(BLOCKS), task, preparation_code(table.source, task, 0.0))
    assert ("The least populated class" in script) == is_quiet
