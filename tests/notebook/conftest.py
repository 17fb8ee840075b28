import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlestar_jupyter.notebook.extension import load, unload


@pytest.fixture
def shell():
    """A real IPython shell with the extension loaded."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load(shell)
    yield shell
    unload(shell)
    InteractiveShell.clear_instance()
