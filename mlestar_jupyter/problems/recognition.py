"""Find the problem type of a target, and make a task of a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlestar_jupyter.core.labels import Label, plain
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.predictions import Form
from mlestar_jupyter.core.task import Dataset
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.data import dataset
from mlestar_jupyter.data.target import Given
from mlestar_jupyter.errors import DataError, SettingError, unknown
from mlestar_jupyter.modalities.base import RawColumn
from mlestar_jupyter.modalities.date import Date
from mlestar_jupyter.problems.base import Meaning, Problem
from mlestar_jupyter.problems.folding import is_defined, with_folds
from mlestar_jupyter.problems.labels import MOST_INTEGERS, TWO
from mlestar_jupyter.problems.registry import problem_named, problems
from mlestar_jupyter.problems.variants import variants_notice

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.data.reading import Table

AUTO = "auto"
_MOST_LABELS, _ROWS_EACH = 100, 5
"""Distinct whole numbers that may be labels: so many at most, each with so many rows."""


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


def make_dataset(
    table: Table,
    target: str,
    *,
    problem: str = AUTO,
    metric: str | None = None,
    positive: str | None = None,
    **how: Any,
) -> Dataset:
    """Make a task of a table, and split its rows.

    Parameters
    ----------
    table : Table
    target : str
    problem : str
        Name of a problem type; "auto" takes the first that recognises the target.
    metric : str or None
        None: the usual one for the problem type.
    positive : str or None
        Of two, the one that is to be found; None: the one that says yes, or the rarer one.
    **how
        For `data.dataset.make_dataset`: time, group, test, seed and on_open.

    Raises
    ------
    DataError
        When the table does not make a task.
    SettingError
        When `problem`, `metric` or the share of the holdout is not valid.
    """

    def recognise(y: pd.Series, given: Given) -> Target:
        meaning = in_order(find_problem(y, problem, given), given.order)
        if positive is not None:
            meaning = with_positive(meaning, positive, y)
        return Target(meaning, meaning.problem.find_metric(metric))

    named = _by_name().get(problem)
    numbers = None if named is None else not named.has_labels
    return with_folds(dataset.make_dataset(table, target, recognise, numbers=numbers, **how))


def _by_name() -> dict[str, Problem]:
    found: dict[str, Problem] = {}
    for known in problems().values():
        found |= dict.fromkeys((known.name, *known.also_called), known)
    return found


def in_order(meaning: Meaning, order: tuple[Label, ...]) -> Meaning:
    """Put labels in the order that their column gives them; of two, the positive one stays last."""
    if len(meaning.labels) <= TWO or not set(meaning.labels) <= set(order):
        return meaning
    return replace(meaning, labels=tuple(sorted(meaning.labels, key=order.index)))


def with_positive(meaning: Meaning, positive: str, y: pd.Series) -> Meaning:
    """Put the positive one of two labels last, as the user names it.

    Raises
    ------
    SettingError
        When there are not two labels, or none of that name.
    """
    labels = meaning.labels
    if len(labels) != TWO:
        has = f"{len(labels)} classes" if labels else "none"
        raise SettingError(
            f"--positive names one of two classes; the target {str(y.name)!r} has {has}.", mend="Leave --positive out."
        )
    found = [label for label in labels if str(label) == positive]
    if len(found) != 1:
        raise unknown("class", positive, [str(label) for label in labels])
    ordered = (*(label for label in labels if label is not found[0]), found[0])
    share = float((y.dropna() == found[0]).mean())
    said = f"The positive class is {found[0]!r} ({share:.1%} of the rows), as --positive says."
    notices = tuple(said if n.startswith("The positive class is ") else n for n in meaning.notices)
    return replace(meaning, labels=ordered, notices=notices)


def find_problem(y: pd.Series, problem: str = AUTO, given: Given | None = None) -> Meaning:
    """Work out what the target asks for.

    Text, booleans and integers with at most 20 distinct values are classes, and so are numbers with two values;
    all other numbers are a regression.

    Parameters
    ----------
    y : Series
        The target without missing values; its name is used in messages.
    problem : str
        Name of a problem type, or "auto".
    given : Given, optional
        What the column says beside its values.

    Raises
    ------
    DataError
        When the target does not fit the problem, or has one value only.
    SettingError
        When there is no such problem.
    """
    from pandas.api import types

    by_name, given = _by_name(), given or Given()
    if problem != AUTO and problem not in by_name:
        raise unknown("problem type", problem, [AUTO, *by_name])
    name = str(y.name)
    if int(y.nunique()) == 1:
        raise _one_valued(name, plain(y.iloc[0]), given)
    if types.is_complex_dtype(y.dtype):
        raise DataError(f"The target {name!r} has complex numbers.", mend="Give one part of them as the target.")
    if problem != AUTO:
        return _with_variants(by_name[problem].read(y), y, given)
    _check_date(y)
    decides = y.astype("str") if given.are_names else y.astype("int64") if given.is_whole else y
    found = _with_variants(next(p for p in problems().values() if p.recognises(decides)).read(y), y, given)
    return replace(found, notices=(*found.notices, *_hints(decides, found)))


def _one_valued(name: str, value: Label, given: Given) -> DataError:
    """Refuse a target of one value; of two classes, people may leave the cells of the other one empty."""
    if given.missing:
        return DataError(
            f"The target {name!r} has no value but {value!r}, and none in {counted(given.missing)}.",
            mend="Write a word into these where they are the other class, or name a column with at least two values.",
        )
    return DataError(
        f"The target {name!r} has the same value in every row: {value!r}.",
        mend="Name a column with at least two values.",
    )


def _with_variants(found: Meaning, y: pd.Series, given: Given) -> Meaning:
    """Point out labels that differ in writing alone."""
    said = found.labels and variants_notice(str(y.name), y.value_counts().to_dict(), has_others=given.is_mixed)
    return replace(found, notices=(*found.notices, said)) if said else found


def _check_date(y: pd.Series) -> None:
    """Refuse points in time, unless they are so few that they are names of kinds."""
    if y.nunique() > MOST_INTEGERS and _are_dates(y):
        raise DataError(
            f"The target {str(y.name)!r} is a date, such as {plain(y.iloc[0])!r}.",
            mend="Make it a number, such as the days until then, or give --problem multiclass if these are labels.",
        )


def _are_dates(y: pd.Series) -> bool:
    found = Date().reading(RawColumn(str(y.name), y.drop_duplicates()))
    return found is not None and found.kind == "date"


def _hints(y: pd.Series, found: Meaning) -> list[str]:
    """Point out numbers and dates that may be labels or a quantity."""
    from pandas.api import types

    n_unique = int(y.nunique())
    if not types.is_numeric_dtype(y.dtype) and _are_dates(y):
        wish = "to predict a time, make it a number, such as the days until then"
        return [f"{y.name} has {n_unique} dates as values, taken for classes: {wish}."]
    is_number = types.is_numeric_dtype(y.dtype) and not types.is_bool_dtype(y.dtype)
    if not is_number or n_unique <= TWO or n_unique * _ROWS_EACH > len(y):
        return []
    is_whole = bool((y % 1 == 0).all())
    if n_unique > (_MOST_LABELS if is_whole else MOST_INTEGERS):
        return []
    has = f"{y.name} has {n_unique} {'whole ' if is_whole else ''}numbers as values ({y.min():g} to {y.max():g})"
    if found.labels:
        return [f"{has}, taken for classes: add --problem regression if they are a quantity."]
    return [f"{has}, taken for a quantity: add --problem multiclass if they are labels."]


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
