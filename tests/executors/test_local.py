import os
import sys

import psutil
import pytest

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.executors.local.executor import LocalExecutor
from tests.core.blocks_for_tests import BLOCKS
from tests.executors.contract import ExecutorContract


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

    @pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux alone")
    def test_grandchild_that_left_the_group_is_killed_with_the_job(self, executor):
        lasts = f"987.{os.getpid()}1"
        body = (
            f"import os, subprocess\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n"
            f"            os.setsid()\n            os.execvp('sleep', ['sleep', '{lasts}'])\n        os._exit(0)\n"
            f"    import time; time.sleep(0.3); return 1"
        )
        self.run(executor, Solution.of({**BLOCKS, "model": f"def make_model(**params):\n    {body}"}))
        assert not [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", lasts]]


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
