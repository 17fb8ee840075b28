import shutil

import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlestar_jupyter import Workflow
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.notebook.extension import load, unload
from mlestar_jupyter.planners.recipes import RecipePlanner
from tests.notebook.frontends import Notebook


@pytest.fixture
def shell():
    """A real IPython shell with the extension loaded."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load(shell)
    yield shell
    unload(shell)
    InteractiveShell.clear_instance()


@pytest.fixture(scope="session")
def kernel():
    """The one kernel of this process."""
    notebook = Notebook()
    yield notebook
    notebook.shut_down()


@pytest.fixture
def open_notebook(kernel):
    """Open the notebook in a front end of some kind, with the extension of IPython loaded."""

    def open_(kind):
        kernel.open(kind)
        return kernel

    yield open_
    kernel.close()


@pytest.fixture(scope="session")
def finished_foundation(churn, tmp_path_factory):
    """The folder of a run of two candidates, with the fits of the first variants that will be proposed.

    Tests copy it, so that they fit nothing again.
    """
    folder = tmp_path_factory.mktemp("run") / "churn"
    workflow = Workflow(churn, "Churn", name="churn", output=folder)
    workflow.foundation(candidates=2)
    task, solution = workflow.task, workflow.solution
    for block in ("hyperparameters", "features"):
        proposal = RecipePlanner().refine(task, solution, block, [], "")
        variant = solution.with_block(block, proposal.source)
        workflow.evaluator.evaluate([Candidate(variant, block, solution.id, "planner", "", "fixture", block)])
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
    workflow = Workflow(churn, "Churn", name="churn", output=run_folder)
    workflow.foundation(candidates=2)
    yield workflow
    workflow.close()
