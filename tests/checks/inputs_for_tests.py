"""Check inputs from a small table, with a solution that fits in milliseconds."""

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.base import CheckInputs
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.problems.recognition import make_dataset
from tests.core.blocks_for_tests import BLOCKS


def scored(predictions, fold_scores=(0.8, 0.82, 0.81, 0.79), blocks=BLOCKS, n_test=50):
    candidate = Candidate(Solution.of(blocks), "logistic", None, "planner", "a test", "foundation")
    return Scored(candidate, fold_scores, predictions, 0.1, 0.01, 100.0, 150, n_test)


def table(n_rows=200, seed=0):
    """Two honest columns, one of them of use, and a binary target."""
    rng = np.random.default_rng(seed)
    useful, idle = rng.normal(size=n_rows), rng.normal(size=n_rows)
    label = np.where(useful + rng.normal(size=n_rows) > 0, "yes", "no")
    return pd.DataFrame({"useful": useful, "idle": idle, "bought": label})


def inputs(
    frame, target="bought", shuffled=lambda y: "not asked", baseline=None, predictions=None, cleaned="X", **arguments
):
    dataset = make_dataset(read_table(frame), target, seed=0, **arguments)
    rows = dataset.development
    if predictions is None:
        rng = np.random.default_rng(1)
        p = rng.uniform(size=len(rows))
        classes = dataset.task.form.has_probabilities
        predictions = (
            Predictions((p > 0.5).astype(int), np.stack([1 - p, p], axis=1)) if classes else Predictions(p, None)
        )
    holdout = dataset.holdout.open("test") if len(dataset.holdout) else None
    cleaning = {"cleaning": f"def clean(X):\n    return {cleaned}"}
    return CheckInputs(dataset.task, rows, holdout, scored(predictions, blocks=BLOCKS | cleaning), baseline, shuffled)
