"""What a chat model sees of a table: schema and statistics, and no cell of it unless the user says so."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.task import Column, Dataset, Task
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.modalities.registry import modality_of
from mlestar_jupyter.planners.llm.text import one_line

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20
_MOST_COLUMNS = 120  # more would not fit the prompts
_FEWEST_DISTINCT = 5  # moments of fewer values would tell the values
_LONGEST_NAME = 80
_LONGEST_CELL = 80


def describe(dataset: Dataset, share_rows: int = 0) -> str:
    """Describe a table by its development rows; the holdout is not read.

    Parameters
    ----------
    dataset : Dataset
    share_rows : int
        So many rows are shown as they are, the target with them; 0: none.

    Raises
    ------
    SettingError
        When more rows are to be shown than prompts have room for.
    """
    if not 0 <= share_rows <= MOST_ROWS:
        raise SettingError(f"{share_rows} rows cannot be shared.", mend=f"Give a number from 0 to {MOST_ROWS}.")
    task = dataset.task
    shown = task.columns[:_MOST_COLUMNS]
    lines = [*_of_task(task), "", "Columns (role; type as stored; distinct values; share missing; mean, sd, skewness):"]
    lines += [_of_column(column, dataset.development.X[column.name]) for column in shown]
    if len(shown) < len(task.columns):
        lines.append(f"and {len(task.columns) - len(shown)} more")
    if share_rows:
        lines += ["", f"{share_rows} rows, drawn at random:", *_rows(dataset, share_rows)]
    return "\n".join(lines)


def _of_task(task: Task) -> list[str]:
    target = f"target: {one_line(task.target, _LONGEST_NAME)}"
    if task.classes:
        target += f", {len(task.classes)} classes, the rarest has {task.rarest_class:.1%} of the rows"
    lines = [
        f"problem: {task.problem}",
        f"metric: {task.metric.label} ({task.metric.direction})",
        target,
        f"rows: {task.n_development:,} to learn from, {len(task.columns)} columns",
    ]
    if task.time:
        lines.append(f"ordered by {one_line(task.time, _LONGEST_NAME)}: later rows are predicted from earlier ones")
    if task.is_grouped:
        by = one_line(task.group, _LONGEST_NAME) if task.group else "runs of rows that agree"
        lines.append(f"grouped by {by}: a group is never in both training and test")
    return lines


def _of_column(column: Column, values: pd.Series) -> str:
    parts = [column.role, str(values.dtype), f"{column.n_unique:,} distinct", f"{column.missing:.1%} missing"]
    if column.stored_as_text:
        parts.append("stored as text")
    if column.sentinels:
        parts.append("some values stand for missing ones")
    moments = _moments(column, values)
    return f"- {one_line(column.name, _LONGEST_NAME)}: {'; '.join([*parts, *moments])}"


def _moments(column: Column, values: pd.Series) -> list[str]:
    """Mean, standard deviation and skewness of numbers; neither their ends nor any one of them."""
    import pandas as pd

    if not modality_of(column).is_amount or column.n_unique < _FEWEST_DISTINCT:
        return []
    numbers = pd.to_numeric(values, errors="coerce").astype(float).where(np.isfinite)
    numbers = numbers[~numbers.isin([s for s in column.sentinels if not isinstance(s, str)])]
    found = {"mean": numbers.mean(), "sd": numbers.std(), "skewness": float(numbers.skew())}  # type: ignore[arg-type]
    return [", ".join(f"{name} {value:.3g}" for name, value in found.items() if np.isfinite(value))]


def _rows(dataset: Dataset, count: int) -> list[str]:
    """Rows of the development part, the target last."""
    task, rows = dataset.task, dataset.development
    random = np.random.default_rng(child_seed(task.seed, "shared rows"))
    taken = rows.take(np.sort(random.choice(len(rows), size=min(count, len(rows)), replace=False)))
    target = list(task.form.decoded(taken.y).tolist())
    table = taken.X.iloc[:, :_MOST_COLUMNS].assign(**{task.target: target})
    return [" | ".join(map(_cell, row.items())) for row in table.to_dict("records")]


def _cell(named: tuple[Hashable, object]) -> str:
    name, value = named
    return f"{one_line(str(name), _LONGEST_NAME)}={one_line(str(value), _LONGEST_CELL)}"
