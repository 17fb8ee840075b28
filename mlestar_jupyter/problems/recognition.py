"""Find the problem type of a target, and make a task of a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.predictions import Form
from mlestar_jupyter.core.task import Dataset
from mlestar_jupyter.data import dataset
from mlestar_jupyter.errors import DataError, unknown
from mlestar_jupyter.problems.base import Meaning, Problem
from mlestar_jupyter.problems.folding import is_defined, with_folds
from mlestar_jupyter.problems.forms import Label
from mlestar_jupyter.problems.labels import plain
from mlestar_jupyter.problems.registry import problem_named, problems

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.data.reading import Table

AUTO = "auto"


@dataclass(frozen=True)
class Target:
    """A target whose meaning is known, as the reading of a table needs it."""

    meaning: Meaning
    metric: Metric

    @property
    def problem(self) -> str:
        """Name of the problem type."""
        return self.meaning.problem.name

    @property
    def labels(self) -> tuple[Label, ...]:
        """In the order of their codes; empty where the target is a number."""
        return self.meaning.labels

    @property
    def notices(self) -> tuple[str, ...]:
        """What was noticed, with the rows that were left out first."""
        left_out = (self.meaning.left_out,) if self.meaning.left_out else ()
        return (*left_out, *self.meaning.notices)

    @property
    def form(self) -> Form:
        """Of the predictions."""
        return self.meaning.problem.form(self.labels)

    def usable(self, y: pd.Series) -> np.ndarray:
        """Mark the values that can be learned or scored."""
        return self.meaning.problem.usable(y, self.labels)

    def encoded(self, y: pd.Series) -> np.ndarray:
        """Turn usable values into what is learned."""
        return self.meaning.problem.encoded(y, self.labels)

    def rarest(self, y: np.ndarray) -> float:
        """Share of the rows that have the rarest label; 1 where there are none."""
        return self.meaning.problem.rarest(y)

    def is_defined(self, y: np.ndarray) -> bool:
        """Whether the metric can be computed for some predictions of rows with these values."""
        return is_defined(self.metric, y, self.meaning.problem, self.labels)


def make_dataset(table: Table, target: str, *, problem: str = AUTO, metric: str | None = None, **how: Any) -> Dataset:
    """Make a task of a table, and split its rows.

    Parameters
    ----------
    table : Table
    target : str
    problem : str
        Name of a problem type; "auto" takes the first that recognises the target.
    metric : str or None
        None: the usual one for the problem type.
    **how
        For `data.dataset.make_dataset`: time, group, test, seed and on_open.

    Raises
    ------
    DataError
        When the table does not make a task.
    SettingError
        When `problem`, `metric` or the share of the holdout is not valid.
    """

    def recognise(y: pd.Series) -> Target:
        meaning = find_problem(y, problem)
        return Target(meaning, meaning.problem.find_metric(metric))

    return with_folds(dataset.make_dataset(table, target, recognise, **how))


def find_problem(y: pd.Series, problem: str = AUTO) -> Meaning:
    """Work out what the target asks for.

    Text, booleans and integers with at most 20 distinct values are classes, and so are numbers with two values;
    all other numbers are a regression.

    Parameters
    ----------
    y : Series
        The target without missing values; its name is used in messages.
    problem : str
        Name of a problem type, or "auto".

    Raises
    ------
    DataError
        When the target does not fit the problem, or has one value only.
    SettingError
        When there is no such problem.
    """
    from pandas.api import types

    by_name: dict[str, Problem] = {}
    for known in problems().values():
        by_name |= dict.fromkeys((known.name, *known.also_called), known)
    if problem != AUTO and problem not in by_name:
        raise unknown("problem type", problem, [AUTO, *by_name])
    name = str(y.name)
    if int(y.nunique()) == 1:
        raise DataError(
            f"The target {name!r} has the same value in every row: {plain(y.iloc[0])!r}.",
            mend="Name a column with at least two values.",
        )
    if types.is_datetime64_any_dtype(y.dtype):
        raise DataError(f"The target {name!r} is a date.", mend="Make it a number, such as the days until then.")
    if problem != AUTO:
        return by_name[problem].read(y)
    return next(p for p in problems().values() if p.recognises(y)).read(y)


def find_metric(name: str | None, problem: str) -> Metric:
    """Look up a metric of a problem type, or its usual one."""
    return problem_named(problem).find_metric(name)


def load_model(folder: str | Path) -> FittedModel:
    """Load a model that `FittedModel.save` wrote.

    Raises
    ------
    OutputError
        When there is no model, or a file was changed since it was saved.
    """
    return FittedModel.load(folder, _meaning)


def _meaning(problem: str, metric: str, labels: tuple[Label, ...]) -> tuple[Form, Metric]:
    found = problem_named(problem)
    return found.form(labels), found.find_metric(metric)
