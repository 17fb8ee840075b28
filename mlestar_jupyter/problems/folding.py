"""Folds that the rows of a task allow: how many, and how wide in time; chosen once, when the table is read.

Five folds are usual. Where classes or groups have too few rows for that, there are fewer, and the task says so; where
no folds can be made on which the metric is defined, one line says what is lacking.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mlestar_jupyter.core.folds import Fold, split_pairs
from mlestar_jupyter.core.labels import Label
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Dataset, Folding, Rows, Task
from mlestar_jupyter.core.texts import counted, some_of
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.problems.base import Problem
from mlestar_jupyter.problems.registry import problem_of
from mlestar_jupyter.problems.splitters import FOLDS

_FEWEST, _SAFE = 2, 50
"""Rows of the rarest class, of all where there are no classes: below the second, scores are rough."""
_WIDTHS = (1.0, 2.0, 3.0, 0.5)
"""Of a fold in time, times the usual one, in the order in which they are tried."""
_FEWEST_TIMES = 3
"""For two folds: what is tested is later than what is fitted on."""
_MOST_LABELS, _ROWS_EACH = 20, 5
_MOST_TESTED = 0.8
"""Share of the rows that folds in time may test together: the first is fitted on the others."""


def with_folds(dataset: Dataset) -> Dataset:
    """Choose the folds of a dataset's development rows.

    Raises
    ------
    DataError
        When no folds can be made on which the metric is defined.
    """
    task, rows = dataset.task, dataset.development
    chosen = Folding(_wanted(task)) if _are_many(task, rows) else _chosen(task, rows)
    if chosen is None:
        raise _lacking(task, rows)
    rare = _said_rare(dataset, chosen) if dataset.everything is None else []
    changed = replace(task, folding=chosen, notices=(*task.notices, *rare))
    if (chosen.count, chosen.width) != (_wanted(task), _usual_width(task)):
        changed = replace(changed, notices=(*changed.notices, _why_others(changed, rows)))
    return replace(dataset, task=changed)


def _wanted(task: Task) -> int:
    """How many folds there shall be."""
    return task.split.folds or FOLDS


def _usual_width(task: Task) -> float:
    """More folds in time than usual share the rows that the usual ones test."""
    is_in_time = task.time is not None and task.split.kind != "monte carlo"
    return min(1.0, FOLDS / _wanted(task)) if is_in_time else 1.0


@dataclass(frozen=True)
class _Counts:
    """Rows and groups of the rarest class; of all rows where there are no classes."""

    label: str
    rows: int
    groups: int | None


def _counts(task: Task, rows: Rows) -> _Counts:
    if not task.classes:
        return _Counts("", len(rows), None if rows.groups is None else len(np.unique(rows.groups)))
    codes = rows.y.astype(int)
    found = np.bincount(codes, minlength=len(task.classes))
    if rows.groups is None:
        rarest = int(found.argmin())
        return _Counts(repr(task.classes[rarest]), int(found[rarest]), None)
    pairs = np.unique(np.stack([codes, np.unique(rows.groups, return_inverse=True)[1]]), axis=1)
    groups = np.bincount(pairs[0], minlength=len(task.classes))
    rarest = int(np.argmin(groups))
    return _Counts(repr(task.classes[rarest]), int(found[rarest]), int(groups[rarest]))


def _are_many(task: Task, rows: Rows) -> bool:
    """Whether the usual folds can do nothing but serve, which spares a large table the trial."""
    counts = _counts(task, rows)
    fewest = max(_SAFE, _wanted(task))
    return task.time is None and counts.rows >= fewest and (counts.groups is None or counts.groups >= fewest)


def _chosen(task: Task, rows: Rows) -> Folding | None:
    """The first folds that serve: as many as possible, of the usual width, of two classes with both in every fold."""
    for all_classes in (True, False) if len(task.classes) == _FEWEST else (False,):
        for folding in _foldings(task):
            folds = _folds(replace(task, folding=folding), rows)
            if len(folds) == folding.count and all(
                _serves(fold, rows, task, all_classes=all_classes) for fold in folds
            ):
                return replace(folding, inner=_inner(folds, rows, task))
    return None


def _foldings(task: Task) -> Iterator[Folding]:
    widths = (1.0,) if task.time is None else tuple(_usual_width(task) * width for width in _WIDTHS)
    for width in widths:
        for count in range(_wanted(task), _FEWEST - 1, -1):
            folding = Folding(count, width)
            is_free = task.time is None or task.split.kind == "monte carlo"
            if is_free or count * folding.rows_in_time(task.n_compared) <= _MOST_TESTED * task.n_compared:
                yield folding


def _folds(task: Task, rows: Rows) -> list[Fold]:
    """Folds as the block will make them; none where the splitter refuses."""
    splitter = problem_of(task).splitters.of(task).make()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes with fewer rows than folds, which is what is looked at here
        try:
            return [Fold(train, test) for train, test in split_pairs(splitter, rows)]
        except (ValueError, IndexError):
            return []


def _serves(fold: Fold, rows: Rows, task: Task, *, all_classes: bool) -> bool:
    """Whether a fold has two classes to learn, or any numbers, and rows on which the metric is defined."""
    if not (len(fold.train) and len(fold.test)):
        return False
    if task.classes:
        learned, scored = np.unique(rows.y[fold.train]), np.unique(rows.y[fold.test])
        if len(learned) < _FEWEST or (all_classes and len(scored) < len(task.classes)):
            return False
    return is_defined(task.metric, rows.y[fold.test], problem_of(task), task.classes)


def is_defined(metric: Metric, y: np.ndarray, problem: Problem, labels: tuple[Label, ...]) -> bool:
    """Whether a metric can be computed for some predictions of rows: constant ones, or the truth."""
    y, labels = _fewer(y, labels) if len(labels) > 2 * _MOST_LABELS else (y, labels)
    form = problem.form(labels)
    columns = len(form.names) > 0
    tried = problem.constants(y, labels, columns=columns)
    truth = problem.truth(y, len(form.names))
    tried.append(Predictions(form.values(truth), truth) if columns else Predictions(truth))
    for predictions in tried:
        try:
            metric.score(y, predictions)
        except (ValueError, TypeError, AttributeError):
            continue
        return True
    return False


def _fewer(y: np.ndarray, labels: tuple[Label, ...]) -> tuple[np.ndarray, tuple[Label, ...]]:
    """Take few of very many labels, those of the rows and others, and few rows of each, numbered anew.

    Whether a metric is defined depends on no more, and predictions have a column for each label.
    """
    found, counts = np.unique(y.astype(int), return_counts=True)
    others = np.setdiff1d(np.arange(len(labels)), found)
    kept = np.sort(np.concatenate([found[:_MOST_LABELS], others[:_MOST_LABELS]]))
    taken = np.repeat(found[:_MOST_LABELS], np.minimum(counts[:_MOST_LABELS], _ROWS_EACH))
    return np.searchsorted(kept, taken), tuple(labels[code] for code in kept)


def _inner(folds: list[Fold], rows: Rows, task: Task) -> int:
    """How many folds a fit can make of what it is given: scikit-learn refuses more than a class or the groups have."""
    found = FOLDS
    for fold in folds:
        if task.time is not None:
            most = len(fold.train) - 1
        elif rows.groups is not None and task.group is not None:
            most = len(np.unique(rows.groups[fold.train]))
        elif task.classes:
            counts = np.bincount(rows.y[fold.train].astype(int))
            most = int(counts.min() if len(task.classes) == _FEWEST else counts.max())
        else:
            most = len(fold.train)
        found = min(found, most)
    return max(_FEWEST, found)


# --- in words -----------------------------------------------------------------------------------------------------


def _why_others(task: Task, rows: Rows) -> str:
    """Say which folds there are instead of the usual ones, and why."""
    counts = _counts(task, rows)
    n_groups = None if rows.groups is None else len(np.unique(rows.groups))
    if task.time is None and n_groups is not None and n_groups < _wanted(task):
        why = f"there are {counted(n_groups, 'group')} to learn from"
    elif task.time is None and counts.groups is not None and counts.groups < _wanted(task):
        why = f"the class {counts.label} is in {counted(counts.groups, 'group')} of the rows to learn from"
    elif task.time is None and n_groups is None and (counts.rows < _wanted(task) or not counts.label):
        why = f"{_whose(counts)} {counted(counts.rows)} to learn from"
    else:
        why = "some of the usual ones would have nothing to measure"
    size, usual = "", str(_wanted(task))
    if task.time is not None:
        size = f" of {counted(task.folding.rows_in_time(task.n_compared))} each"
        usual = f"{_wanted(task)} of {Folding(width=_usual_width(task)).rows_in_time(task.n_compared):,}"
    rough = " Scores of so few rows are rough." if counts.rows < _SAFE else ""
    called = "the usual" if task.split.folds is None else "the"
    return f"{task.folding.count} folds{size}, not {called} {usual}: {why}.{rough}"


def _said_rare(dataset: Dataset, folding: Folding) -> list[str]:
    """Name the classes that some of the folds cannot have."""
    names = dataset.task.classes
    learned = np.bincount(dataset.development.y.astype(int), minlength=len(names)) if names else np.array([])
    if not (learned < folding.count).any():
        return []
    sealed = dataset.holdout.count_classes(len(names))
    rare = [k for k in np.argsort(learned, kind="stable") if learned[k] < folding.count]
    shown = some_of(f"{names[k]!r} with {learned[k]}{f' ({sealed[k]} sealed)' if sealed[k] else ''}" for k in rare)
    return [
        f"Classes with fewer rows to learn from than the {folding.count} folds: {shown}. Expect little of scores and "
        "predictions for them; merge them with others, or give more of their rows."
    ]


def _whose(counts: _Counts) -> str:
    return f"the class {counts.label} has" if counts.label else "there are"


def _lacking(task: Task, rows: Rows) -> DataError:
    """Say what the rows lack for folds."""
    counts, more = _counts(task, rows), "hold out fewer rows with --test, or " if task.n_holdout else "or "
    n_times = 0 if task.time is None else rows.X[task.time].nunique()
    if task.time is not None and n_times < _FEWEST_TIMES:
        return DataError(
            f"The rows to learn from have {counted(n_times, 'value')} of {task.time!r}: folds in time need "
            f"{_FEWEST_TIMES} or more.",
            mend=f"Name another time column, leave --time out, {more}give more rows.",
        )
    if task.time is not None:
        return DataError(
            f"No folds by {task.time} have {_needed(task)} in every fold{_when(task, rows)}.",
            mend=f"{_smaller_gap(task)}eave --time out, take another --metric, {more}give more rows.",
        )
    if counts.groups is not None:
        return _lacking_groups(task, rows, counts, more)
    whose = _whose(counts)
    return DataError(
        f"{whose[0].upper()}{whose[1:]} {counted(counts.rows)} to learn from: "
        f"{task.metric.label} is not defined on any folds of them.",
        mend=f"Take another --metric, {more}give more rows.",
    )


def _smaller_gap(task: Task) -> str:
    return "Give a smaller gap or window in --split, l" if task.split.gap or task.split.window else "L"


def _lacking_groups(task: Task, rows: Rows, counts: _Counts, more: str) -> DataError:
    """Say what whole groups lack for folds."""
    by = f"of {task.group!r}" if task.group is not None else "of rows that agree"
    leave = "Leave --group out" if task.group is not None else "Give --group none"
    if counts.groups is not None and counts.groups >= _FEWEST:
        return DataError(
            f"No folds of whole groups {by} have {_needed(task)} in every fold.",
            mend=f"{leave}, {more}give more groups.",
        )
    has_others = rows.groups is not None and len(np.unique(rows.groups)) > 1
    return DataError(
        f"All rows{f' of the class {counts.label}' if has_others else ''} to learn from are in one group {by}: "
        "folds need one to learn from and another to score.",
        mend=f"{leave}, {more}give more groups.",
    )


def _needed(task: Task) -> str:
    return "rows of both classes" if len(task.classes) == _FEWEST else f"what {task.metric.label} needs"


def _when(task: Task, rows: Rows) -> str:
    """Say where in time the rarer of two classes is."""
    if len(task.classes) != _FEWEST:
        return ""
    rarer = int(np.bincount(rows.y.astype(int), minlength=_FEWEST).argmin())
    places = np.flatnonzero(rows.y == rarer)
    if not len(places):
        return f": {task.classes[rarer]!r} is in none of the rows to learn from"
    return f": {task.classes[rarer]!r} is in rows {places[0] + 1:,} to {places[-1] + 1:,} of {len(rows):,}"
