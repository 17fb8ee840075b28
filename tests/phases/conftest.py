import pytest

from mlestar_jupyter.executors.local.executor import LocalExecutor


@pytest.fixture(scope="module")
def executor():
    """Two warm workers."""
    executor = LocalExecutor(2)
    yield executor
    executor.close()
