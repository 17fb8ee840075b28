"""Warm workers that all tests of a process share: a run of its own would start them anew."""

import atexit
from functools import cache


@cache
def workers():
    """Two workers on this machine; a workflow that gets them leaves them running."""
    from mlestar_jupyter.executors.local.executor import LocalExecutor

    executor = LocalExecutor(2)
    atexit.register(executor.close)
    return executor
