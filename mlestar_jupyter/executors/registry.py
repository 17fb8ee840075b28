"""The executors: the built-in one, and those of other packages."""

from __future__ import annotations

from operator import attrgetter

from mlestar_jupyter.core.executor import Executor
from mlestar_jupyter.executors.base import ExecutorKind
from mlestar_jupyter.plugins import with_plugins


def _local(workers: int | None) -> Executor:
    from mlestar_jupyter.executors.local.executor import LocalExecutor

    return LocalExecutor(workers)


_BUILT_IN = (ExecutorKind("local", "processes of this machine", _local),)


def executors() -> dict[str, ExecutorKind]:
    """All executors by name, the built-in ones first."""
    return with_plugins("executors", ExecutorKind, _BUILT_IN, attrgetter("name"))


def open_executor(given: str | Executor, workers: int | None) -> Executor:
    """Make the executor of a name, with so many workers at most; one that was made already is taken as it is."""
    return executors()[given].make(workers) if isinstance(given, str) else given
