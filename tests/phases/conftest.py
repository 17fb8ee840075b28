import pytest

from mlestar_jupyter.core.executors.local import LocalExecutor


@pytest.fixture(scope="module")
def executor():
    """Two warm workers."""
    executor = LocalExecutor(2)
    yield executor
    executor.close()
