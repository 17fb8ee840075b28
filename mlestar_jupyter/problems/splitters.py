"""Splitters by problem: how development rows make folds, as plain source that runs without this package."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mlestar_jupyter.core.build import make_splitter
from mlestar_jupyter.core.estimators import Splitter
from mlestar_jupyter.core.quoting import literal, remark
from mlestar_jupyter.core.split import length_code
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.core.templates import text_templates

if TYPE_CHECKING:
    from jinja2 import Environment
    from sklearn.model_selection import BaseShuffleSplit

FOLDS = 5
_DRAWN = 0.2
"""Share of the rows that each fold of a Monte Carlo cross-validation tests."""


class Splits(Protocol):
    """A way to split, from which both the object and the source of a block are made."""

    @property
    def source(self) -> str:
        """Of the ``validation`` block."""

    def make(self) -> Splitter:
        """Make the object."""


@dataclass(frozen=True)
class Named:
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

    @property
    def source(self) -> str:
        """Of the ``validation`` block."""
        return _render("splitter", name=self.name, title=self.title, arguments=self.arguments)

    def make(self) -> Splitter:
        """Make the object."""
        return make_splitter(self.source)


@dataclass(frozen=True)
class InTime:
    """Folds in time with what scikit-learn's ``TimeSeriesSplit`` lacks: equal times, groups, lengths of time.

    A fold tests a span of rows that begins and ends where the time changes, and is fitted on rows before it. With
    groups it tests one third of them over three spans, another third each fold, so that no row is tested twice and a
    fold has as many rows as without; of the groups that are tested no earlier row is fitted on. So each fold has what
    a deployment meets whose groups are new: later rows of groups that were never seen, and a model of most others.

    Parameters
    ----------
    time : str
    size, count : int
        Rows that a fold tests, and how many folds.
    title : str
    grouped : bool
    gap, window : str
        Lengths of time as source; empty for none.
    most : int
        Rows that a sliding fold is fitted on; 0 for all.
    is_drawn : bool
        Whether the spans are drawn at random from the second half (Picard & Cook 1984; in time: Cerqueira, Torgo &
        Mozetič, Machine Learning 109, 2020).
    seed : int
    """

    time: str
    size: int
    count: int
    title: str
    grouped: bool = False
    gap: str = ""
    window: str = ""
    most: int = 0
    is_drawn: bool = False
    seed: int = 0

    @property
    def source(self) -> str:
        """Of the ``validation`` block."""
        return _render("splitter_in_time", reach=3 if self.grouped else 1, **self.__dict__)

    def make(self) -> Splitter:
        """Make the object."""
        return make_splitter(self.source)


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

    def of(self, task: Task) -> Splits:
        """Choose the folds of a task: they respect time, groups, and the target's shares."""
        if task.time is not None:
            return _in_time(task)
        count = task.folding.count
        if task.split.kind == "monte carlo":
            seed = ("random_state", task.seed % 2**32)
            name, title = self._drawn(task), f"{_DRAWN:.0%} of the rows are drawn and tested, anew for each fold"
            return Named(name, (("test_size", _DRAWN), seed), title, count)
        if task.is_grouped:
            return Named(self.grouped, _shuffled(task.seed), "A group is never on both sides", count)
        return Named(self.folds, _shuffled(task.seed), self.title, count)

    def inner(self, task: Task) -> Named:
        """Choose the folds within a fit, as those of a meta-learner."""
        count = task.folding.inner
        if task.time is not None:
            return Named("TimeSeriesSplit", count=count)
        if task.group is not None:
            return Named(self.grouped, _shuffled(0), count=count)
        return Named(self.folds, () if task.panel else _shuffled(0), count=count)  # neighbours stay together

    def untouched(self, task: Task, draws: int, share: float, seed: int) -> BaseShuffleSplit:
        """Make the splitter that draws rows as new ones come: whole groups, or by the target's shares."""
        from sklearn import model_selection

        return getattr(model_selection, self._drawn(task))(draws, test_size=share, random_state=seed)

    def _drawn(self, task: Task) -> str:
        return "GroupShuffleSplit" if task.is_grouped else self.drawn


def _in_time(task: Task) -> Splits:
    """Folds in time: scikit-learn's own where it has them."""
    assert task.time is not None
    split, count, size = task.split, task.folding.count, task.folding.rows_in_time(task.n_compared)
    is_sliding, is_drawn = split.kind == "sliding", split.kind == "monte carlo"
    most = task.n_compared - count * size if is_sliding and not split.window else 0
    title = "Later rows are predicted from earlier ones"
    if is_drawn:
        title += ", at random places of the second half"
    elif is_sliding:
        title += f", the latest {f'{most:,}' if most else split.window} before them"
    elif (count, task.folding.width) == (FOLDS, 1.0):
        title += ", from half of them on: less says little of the whole"
    if not (is_drawn or task.group or split.gap or split.window or task.has_equal_times):
        sliding = (("max_train_size", most),) if most else ()
        return Named("TimeSeriesSplit", (("test_size", size), *sliding), title, count)
    title += f"; a gap of {split.gap} is left out" if split.gap else ""
    title += "; equal times stay together" if task.has_equal_times else ""
    title += f"; no {remark(task.group)} is on both sides" if task.group else ""
    gap, window = (length_code(text) for text in (split.gap, split.window))
    return InTime(task.time, size, count, title, task.group is not None, gap, window, most, is_drawn, task.seed % 2**32)


PLAIN = Splitters()
STRATIFIED = Splitters(
    "StratifiedKFold", "StratifiedGroupKFold", "StratifiedShuffleSplit", "Each fold has the classes' shares"
)


def plain_folds(task: Task) -> Named:
    """Plain shuffled folds, whatever the rows are: what a better splitter is compared with."""
    return Named("KFold", _shuffled(task.seed), PLAIN.title, task.folding.count)


def _shuffled(seed: int) -> tuple[tuple[str, object], ...]:
    return ("shuffle", True), ("random_state", seed % 2**32)


@cache
def _environment() -> Environment:
    return text_templates(Path(__file__).parent / "templates")


def _render(template: str, **values: object) -> str:
    return _environment().get_template(f"{template}.py.j2").render(**values)
