"""The worker's main program."""

import subprocess
import sys

import pytest

from mlestar_jupyter.environment import worker_environment
from mlestar_jupyter.executors.local.worker import _Withheld

THREADS = """
import os, sys
from mlestar_jupyter.executors.local import worker
worker._preload()
worker._keep_single_threaded()
print(len(os.listdir("/proc/self/task")), "polars" in sys.modules)
import polars
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the system lists no threads")
def test_it_has_one_thread_where_polars_is_installed_beside_catboost():
    pytest.importorskip("catboost")
    pytest.importorskip("polars")
    ran = subprocess.run(
        [sys.executable, "-c", THREADS], env=worker_environment(), capture_output=True, text=True, check=True
    )
    assert ran.stdout == "1 False\n"


def test_polars_is_withheld_and_nothing_else():
    assert _Withheld().find_spec("pandas") is None
    with pytest.raises(ModuleNotFoundError, match="^polars is imported by the job that needs it$"):
        _Withheld().find_spec("polars")
