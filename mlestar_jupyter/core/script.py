"""A solution printed as one script that runs where this package is not installed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task

if TYPE_CHECKING:
    from jinja2 import Template

_HEAD = '''"""{sentence}.

The solution {identifier}, written by mlestar_jupyter; it needs only the packages that it imports.
"""

import argparse

import numpy as np
import pandas as pd
from sklearn.metrics import get_scorer

'''


def solution_script(solution: Solution, task: Task, preparation: str) -> str:
    """Print a solution as a script: its blocks, then a short tail that reads, splits, fits and predicts.

    Parameters
    ----------
    solution : Solution
    task : Task
    preparation : str
        Source that defines ``development``, ``holdout``, ``TARGET`` and, for classes, ``CLASSES``.
    """
    sentence = task.describe().replace("\\", "/").replace('"""', "'''")
    head = _HEAD.format(sentence=sentence[0].upper() + sentence[1:], identifier=solution.id)
    tail = _template().render(
        preparation=preparation + f"COLUMNS = {[c.name for c in task.columns]!r}\n",
        seed=task.seed % 2**32,
        classes=bool(task.classes),
        metric=task.metric.name,
        metric_label=task.metric.label,
    )
    return head + solution.module_source() + tail


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    return environment.get_template("script_tail.py.j2")
