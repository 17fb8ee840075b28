"""Large tables: which rows candidates are compared on when all of them would take longer than the time limit allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.task import Dataset, Rows, Task

_CELLS_A_SECOND = 10_000
"""Of the time limit: a fold of boosted trees then takes a thirtieth of it, more or less, on one core."""
_MOST_SECONDS = 600.0
"""A longer time limit buys more candidates rather than more rows; it bounds the memory of a fit, too."""
_FEWEST_ROWS = 20_000
_ROWS_OF_CLASS = 10
"""Of every class, if it has them: each fold needs some."""
FIRST_LOOK = 3
"""A candidate's first look takes one of so many rows of a fold of the sample."""


def comparable_rows(task: Task, seconds: float | None) -> int:
    """Say how many rows candidates are compared on: a rule of size and time limit, so that a run can be repeated.

    Columns times rows, times classes where there are more than two (boosting fits trees for each), may be 10,000 for
    each second of the time limit, and at most as many as for ten minutes; but 20,000 rows are always kept.

    Parameters
    ----------
    task : Task
    seconds : float or None
        The time limit of all phases together; None counts as ten minutes.
    """
    width = max(1, len(task.columns)) * task.form.n_models
    cells = _CELLS_A_SECOND * min(_MOST_SECONDS if seconds is None else seconds, _MOST_SECONDS)
    return min(task.n_development, max(_FEWEST_ROWS, int(cells / width)))


def with_sample(dataset: Dataset, size: int) -> Dataset:
    """Let candidates be compared on a sample of the development rows; all of them stay at hand as `whole`."""
    task, whole = dataset.task, dataset.whole
    if size >= len(whole):
        return dataset
    chosen = sample_rows(whole.y, whole.groups, size, task)
    sample = whole.take(chosen)
    changed = replace(task, n_sample=len(chosen))
    changed = replace(changed, notices=(*task.notices, sample_sentence(changed)))
    return replace(dataset, task=changed, development=sample, everything=whole)


def sample_sentence(task: Task) -> str:
    """Say which rows candidates are compared on, and what becomes of the others; empty where it is all."""
    if not task.n_sample:
        return ""
    return (
        f"A large table: candidates are compared on {task.n_sample:,} of {task.n_development:,} rows, {_kind(task)} "
        f"(a first look takes a third of these); the final model is fitted on all {task.n_development:,}, or as many "
        "as there is time for."
    )


def _kind(task: Task) -> str:
    """How a sample of this task's rows is drawn, in words."""
    if task.time is not None:
        return f"the latest by {task.time}"
    if task.group is not None:
        return f"whole groups of {task.group}, drawn at random"
    if task.panel:
        return "whole runs of rows that belong together, drawn at random"
    return "drawn at random with the classes' shares" if task.form.is_stratified else "drawn at random"


def first_look(fold: Fold, rows: Rows, task: Task) -> Fold:
    """A fold with a third of its training rows, if these are a sample: one that goes on from there earns all of them.

    Samples that grow with success (Jamieson & Talwalkar, AISTATS 2016): a third, the sample, every row.
    """
    if not task.n_sample:
        return fold
    groups = None if rows.groups is None else rows.groups[fold.train]
    chosen = sample_rows(rows.y[fold.train], groups, len(fold.train) // FIRST_LOOK, task)
    return Fold(fold.train[chosen], fold.test)


def sample_rows(y: np.ndarray, groups: np.ndarray | None, size: int, task: Task) -> np.ndarray:
    """Choose at most `size` rows: the latest, or whole groups, or at random with the classes' shares.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        The target, in time order where the task has a time.
    groups : ndarray of shape (n_rows,) or None
    size : int
        A class of few rows keeps ten of them, even past this size; the first group is taken whatever its size.
    task : Task
        Its seed draws the rows.

    Returns
    -------
    ndarray of int
        Positions in increasing order.
    """
    n_rows = len(y)
    if size >= n_rows:
        return np.arange(n_rows)
    if task.time is not None:
        return np.arange(n_rows - size, n_rows)
    generator = np.random.default_rng(child_seed(task.seed, "sample", size))
    if groups is not None:
        return _whole_groups(groups, size, generator)
    order = generator.permutation(n_rows)
    if not task.form.is_stratified:
        return np.sort(order[:size])
    codes = y.astype(int)[order]
    counts = np.bincount(codes)
    ends = np.round(np.cumsum(counts) * size / n_rows).astype(int)  # rounded so that they add up to the size
    wanted = np.maximum(np.diff(ends, prepend=0), np.minimum(counts, _ROWS_OF_CLASS))
    return np.sort(np.concatenate([order[np.flatnonzero(codes == k)[:n]] for k, n in enumerate(wanted)]))


def _whole_groups(groups: np.ndarray, size: int, generator: np.random.Generator) -> np.ndarray:
    """Rows of groups in a random order, as many groups as fit."""
    counts = np.bincount(groups - groups.min())
    order = generator.permutation(len(counts))
    fitting = max(1, int(np.searchsorted(np.cumsum(counts[order]), size, side="right")))
    return np.flatnonzero(np.isin(groups - groups.min(), order[:fitting]))
