"""MLE-STAR in Jupyter: from a table and its target to a tested, deployable model, in cells that you own.

Public names load when they are first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.version import __version__

if TYPE_CHECKING:
    from mlestar_jupyter.core.model import FittedModel
    from mlestar_jupyter.core.solution import Solution
    from mlestar_jupyter.core.task import Task
    from mlestar_jupyter.workflow import Workflow

__all__ = [
    "FittedModel",
    "MLEStarError",
    "Solution",
    "Task",
    "Workflow",
    "__version__",
    "load_ipython_extension",
    "unload_ipython_extension",
]

_HOMES = {
    "FittedModel": "mlestar_jupyter.core.model",
    "Solution": "mlestar_jupyter.core.solution",
    "Task": "mlestar_jupyter.core.task",
    "Workflow": "mlestar_jupyter.workflow",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics; IPython calls this on ``%load_ext mlestar``."""
    from mlestar_jupyter.notebook.extension import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take the magics back; IPython calls this on ``%unload_ext mlestar``."""
    from mlestar_jupyter.notebook.extension import unload

    unload(ipython)
