"""Splitters by problem: scikit-learn's classes by name, from which both objects and source are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.task import Task

if TYPE_CHECKING:
    from sklearn.model_selection import BaseCrossValidator, BaseShuffleSplit


FOLDS = 5


@dataclass(frozen=True)
class Splitter:
    """One splitter of scikit-learn.

    Parameters
    ----------
    name : str
        Of the class in ``sklearn.model_selection``.
    options : tuple of (str, object)
        Names and values of the arguments behind the number of folds.
    title : str
        What it respects, in words.
    count : int
        How many folds.
    """

    name: str
    options: tuple[tuple[str, object], ...] = ()
    title: str = ""
    count: int = FOLDS

    @property
    def arguments(self) -> str:
        """All arguments as source."""
        return ", ".join([str(self.count), *(f"{name}={literal(value)}" for name, value in self.options)])

    def make(self) -> BaseCrossValidator:
        """Make the object."""
        from sklearn import model_selection

        return getattr(model_selection, self.name)(self.count, **dict(self.options))


@dataclass(frozen=True)
class Splitters:
    """How the rows of a problem are split, whatever order or groups they have.

    Parameters
    ----------
    folds, grouped : str
        Class of plain folds, and of folds that keep groups together.
    drawn : str
        Class that draws untouched rows.
    title : str
        What plain folds respect, in words.
    """

    folds: str = "KFold"
    grouped: str = "GroupKFold"
    drawn: str = "ShuffleSplit"
    title: str = "Plain k-fold"

    def of(self, task: Task) -> Splitter:
        """Choose the folds of a task: they respect time, groups, and the target's shares."""
        count = task.folding.count
        if task.time is not None:
            title = "Later rows are predicted from earlier ones"
            if (task.folding.count, task.folding.width) == (FOLDS, 1.0):
                title += ", from half of them on: less says little of the whole"
            size = ("test_size", task.folding.rows_in_time(task.n_compared))
            return Splitter("TimeSeriesSplit", (size,), title, count)
        if task.is_grouped:
            return Splitter(self.grouped, _shuffled(task.seed), "A group is never on both sides", count)
        return Splitter(self.folds, _shuffled(task.seed), self.title, count)

    def inner(self, task: Task) -> Splitter:
        """Choose the folds within a fit, as those of a meta-learner."""
        count = task.folding.inner
        if task.time is not None:
            return Splitter("TimeSeriesSplit", count=count)
        if task.group is not None:
            return Splitter(self.grouped, _shuffled(0), count=count)
        return Splitter(self.folds, () if task.panel else _shuffled(0), count=count)  # neighbours stay together

    def untouched(self, task: Task, draws: int, share: float, seed: int) -> BaseShuffleSplit:
        """Make the splitter that draws rows as new ones come: whole groups, or by the target's shares."""
        from sklearn import model_selection

        name = "GroupShuffleSplit" if task.is_grouped else self.drawn
        return getattr(model_selection, name)(draws, test_size=share, random_state=seed)


PLAIN = Splitters()
STRATIFIED = Splitters(
    "StratifiedKFold", "StratifiedGroupKFold", "StratifiedShuffleSplit", "Each fold has the classes' shares"
)


def plain_folds(task: Task) -> Splitter:
    """Plain shuffled folds, whatever the rows are: what a better splitter is compared with."""
    return Splitter("KFold", _shuffled(task.seed), PLAIN.title, task.folding.count)


def _shuffled(seed: int) -> tuple[tuple[str, object], ...]:
    return ("shuffle", True), ("random_state", seed % 2**32)
