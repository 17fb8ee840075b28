import shutil

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter import Workflow
from tests.workers_for_tests import workers

TOTAL = """from sklearn.preprocessing import FunctionTransformer


def add_total(X):
    return X.assign(total=X["charge"] * X["tenure"])


def make_features():
    return FunctionTransformer(add_total)
"""
PARAMS = "PARAMS = {'C': 0.5}\n"
SMALL = {
    "foundation": {"candidates": 3},
    "ablation": {"repeats": 1, "importance": False, "pairs": False},
    "refinement": {"iterations": 1, "attempts": 1},
    "ensemble": {"strategies": ("mean",)},
    "deployment": {"requests": 5},
}


def small_table():
    """160 made-up customers, of whom those with a short tenure leave."""
    generator, n_rows = np.random.default_rng(0), 160
    table = pd.DataFrame(
        {
            "tenure": generator.integers(1, 72, n_rows),
            "plan": generator.choice(["basic", "plus", "max"], n_rows),
            "charge": np.round(generator.normal(60, 20, n_rows), 2),
        }
    )
    leaves = generator.random(n_rows) < 1 / (1 + np.exp((table["tenure"] - 30) / 10 + (table["plan"] == "max")))
    return table.assign(churn=np.where(leaves, "yes", "no"))


def opened(folder, **given):
    """A workflow on the small table with few candidates; events are gathered in ``order``."""
    workflow = Workflow(small_table(), "churn", name="small", output=folder, executor=workers(), **given)
    workflow.defaults = SMALL
    workflow.order = []
    workflow.listen(workflow.order.append)
    return workflow


@pytest.fixture(scope="session")
def judged(tmp_path_factory):
    """The folder of a run in which two blocks were edited, hyperparameters first, and that was validated."""
    folder = tmp_path_factory.mktemp("judged") / "run"
    workflow = opened(folder)
    for step in ("search", "foundation"):
        getattr(workflow, step)()
    workflow.adopt("hyperparameters", PARAMS)
    workflow.adopt("features", TOTAL)
    for step in ("ablation", "ensemble", "validation"):
        getattr(workflow, step)()
    workflow.close()
    return folder


@pytest.fixture
def folder(judged, tmp_path):
    """A copy of that run."""
    shutil.copytree(judged, tmp_path / "run")
    return tmp_path / "run"
