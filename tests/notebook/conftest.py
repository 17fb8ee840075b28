import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlestar_jupyter.notebook.extension import load, unload
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


@pytest.fixture
def started(shell, churn, tmp_path):
    """A shell with a run that has begun."""
    shell.user_ns["churn"] = churn
    assert shell.run_cell(f"%mlestar start --dataset churn --target Churn --output {tmp_path}").success
    return shell


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
