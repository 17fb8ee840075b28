"""Small real tables and a run on one, as fixtures."""

import os
import shutil
from pathlib import Path

import pytest

from tests.workers_for_tests import workers

os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads of tests side by side would only wait for each other

# What is heavy is imported by the fixture that needs it: collecting a file of light tests stays quick.

CHURN = Path(__file__).parent.parent / "examples" / "data" / "telco_churn.csv.gz"


def pytest_ignore_collect(collection_path, config):
    """Leave out files that have no fast test where only these are asked for: to import them takes seconds."""
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    if config.option.markexpr == "fast" and is_test and "fast" not in collection_path.read_text("utf-8"):
        return True
    return None


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest, so that no worker is left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give all tests of a file to one worker: runs that they share are then made once."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


@pytest.fixture(scope="session")
def churn_path():
    """The whole churn table on disk."""
    return CHURN


@pytest.fixture(scope="session")
def churn():
    """600 rows of the churn table, as pandas reads them."""
    import pandas as pd

    return pd.read_csv(CHURN).sample(600, random_state=0).reset_index(drop=True)


@pytest.fixture(scope="session")
def churn_task(churn):
    """The task of these rows."""
    from mlestar_jupyter.data.reading import read_table
    from mlestar_jupyter.problems.recognition import make_dataset

    return make_dataset(read_table(churn), "Churn", on_open=lambda reason: None).task


@pytest.fixture(scope="session")
def finished_foundation(churn, tmp_path_factory):
    """The folder of a run of two candidates, with the fits of the first variants that will be proposed.

    Tests copy it, so that they fit nothing again.
    """
    from mlestar_jupyter import Workflow
    from mlestar_jupyter.core.budget import Budget
    from mlestar_jupyter.core.candidate import Candidate
    from mlestar_jupyter.planners.recipes import RecipePlanner

    folder = tmp_path_factory.mktemp("run") / "churn"
    workflow = Workflow(churn, "Churn", name="churn", output=folder, executor=workers())
    workflow.foundation(candidates=2)
    task, solution = workflow.task, workflow.solution
    for block in ("hyperparameters", "features"):
        proposal = RecipePlanner().refine(task, solution, block, [], "")
        variant = solution.with_block(block, proposal.source)
        workflow.evaluator.evaluate([Candidate(variant, block, solution.id, "planner", "", "fixture", block)], Budget())
    workflow.close()
    return folder


@pytest.fixture
def run_folder(finished_foundation, tmp_path):
    """A run of one's own that begins where `finished_foundation` ended."""
    shutil.copytree(finished_foundation, tmp_path / "churn")
    return tmp_path / "churn"


@pytest.fixture
def workflow(churn, run_folder):
    """A workflow after its foundation, replayed."""
    from mlestar_jupyter import Workflow

    workflow = Workflow(churn, "Churn", name="churn", output=run_folder, executor=workers())
    workflow.foundation(candidates=2)
    yield workflow
    workflow.close()


@pytest.fixture(scope="session")
def executor():
    """Two warm workers."""
    return workers()
