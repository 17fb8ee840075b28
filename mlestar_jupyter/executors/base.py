"""An executor by name: what it is, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlestar_jupyter.core.executor import Executor


@dataclass(frozen=True)
class ExecutorKind:
    """A place where fits can run.

    Parameters
    ----------
    name : str
    summary : str
        In a line, for help.
    make : callable
        Makes an executor, given how many jobs it may run at the same time, at most; None for as many as it can.
    """

    name: str
    summary: str
    make: Callable[[int | None], Executor]
