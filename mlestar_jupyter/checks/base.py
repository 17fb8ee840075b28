"""Checks and their findings. "Not applicable" is not "passed"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.core.task import Rows, Task

Outcome = Literal["clear", "suspect", "found", "not applicable"]


@dataclass(frozen=True)
class Finding:
    """What a check saw.

    Parameters
    ----------
    code, title : str
    outcome : {"clear", "suspect", "found", "not applicable"}
        ``suspect`` asks the human; ``found`` is evidence beyond doubt.
    evidence : str
        With its figures.
    remedy : str
        What to do; empty where nothing is to be done.
    """

    code: str
    title: str
    outcome: Outcome
    evidence: str
    remedy: str = ""


@dataclass(frozen=True, eq=False)
class CheckInputs:
    """What checks look at.

    Parameters
    ----------
    task : Task
    development : Rows
    holdout : Rows or None
    score : Scored
        Of the solution.
    baseline : Scored or None
        Of the trivial baseline.
    shuffled : callable
        Cross-validates the whole solution on another target; gives the fold scores, or None when it fails.
    """

    task: Task
    development: Rows
    holdout: Rows | None
    score: Scored
    baseline: Scored | None
    shuffled: Callable[[np.ndarray], list[float] | None]


Check = Callable[[CheckInputs], Finding]
