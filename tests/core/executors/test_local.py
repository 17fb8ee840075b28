import pytest

from mlestar_jupyter.core.executors.local import LocalExecutor
from tests.core.executors.contract import ExecutorContract


class TestFork(ExecutorContract):
    @pytest.fixture
    def executor(self):
        executor = LocalExecutor(2, fork=True)
        yield executor
        executor.close()

    @pytest.fixture
    def executor_with_key(self, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
        executor = LocalExecutor(1, fork=True)
        yield executor
        executor.close()


class TestProcessAJob(ExecutorContract):
    @pytest.fixture
    def executor(self):
        executor = LocalExecutor(1, fork=False)
        yield executor
        executor.close()

    @pytest.fixture
    def executor_with_key(self, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
        executor = LocalExecutor(1, fork=False)
        yield executor
        executor.close()
