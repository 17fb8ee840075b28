"""Rows of a table are parted: those to learn from, those that are sealed, and those on neither side."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.opening import RowsError
from mlestar_jupyter.core.split import Split
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.data.labels import left_out_notices, no_known_label, unknown_rows
from mlestar_jupyter.data.panels import number_runs
from mlestar_jupyter.data.reading import Table
from mlestar_jupyter.data.splits import holdout_size, split_holdout, split_in_time
from mlestar_jupyter.data.sums import sums_notice
from mlestar_jupyter.data.target import Target
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.date import first_undated

_MIN_ROWS = 10


@dataclass(frozen=True)
class Plan:
    """What the user named: the columns that have a part, and the seed."""

    target: str
    time: str | None
    group: str | None
    seed: int
    panel: tuple[str, ...] = ()
    """Columns that hold still over runs of rows which belong together, where no column is named."""
    split: Split = field(default_factory=Split)


@dataclass(frozen=True, eq=False)
class Parts:
    """Rows to learn from, rows that are sealed, and those on neither side of the split; and what to say of it."""

    development: Rows
    holdout: Rows | None = None
    aside: Rows | None = None
    notices: tuple[str, ...] = ()
    unknown: str = ""
    """How many rows of a test table are left out for labels that are not known."""


def parted(rows: Rows, plan: Plan, kind: Target, fraction: float) -> Parts:
    """Part rows as the task says that new ones come: the last in time, whole groups, or drawn.

    Raises
    ------
    DataError
        When one of the parts would have too little.
    """
    _check_groups(rows, plan, fraction)
    if plan.time is None:
        inside, outside = split_holdout(
            rows.y, rows.groups, len(rows), fraction, plan.seed, is_stratified=kind.form.is_stratified
        )
    else:
        times = rows.X[plan.time].to_numpy()
        inside, outside = split_in_time(times, rows.groups, fraction, plan.seed, plan.split.gap)
    development = rows.take(inside)
    _check_split(development, rows, plan, kind, fraction)
    if not fraction:
        return Parts(development, notices=("No holdout: validation cannot measure on unseen rows.",))
    holdout = rows.take(outside)
    check_holdout(holdout, plan, kind, "holdout")
    neither = np.setdiff1d(np.arange(len(rows)), np.concatenate([inside, outside]))
    if not len(neither):
        return Parts(development, holdout)
    return Parts(development, holdout, rows.take(neither), (_left_out(len(neither), development, holdout, plan),))


def _check_groups(rows: Rows, plan: Plan, fraction: float) -> None:
    """Refuse groups of which none would be left to learn from."""
    n_groups = None if rows.groups is None else len(np.unique(rows.groups))
    if fraction and n_groups is not None and n_groups - max(1, holdout_size(n_groups, fraction)) < 1:
        values = counted(n_groups, "value")
        raise DataError(
            f"The group column {plan.group!r} has {values}: too few to hold out {fraction:g} of them.",
            mend="Leave --group out, or give a smaller --test.",
        )


def _left_out(count: int, development: Rows, holdout: Rows, plan: Plan) -> str:
    """Say how many rows are on neither side of the split, and why."""
    why = [f"within the gap of {plan.split.gap} before the holdout"] if plan.split.gap else []
    why += [f"of a {plan.group} that is on the other side"] if plan.group else []
    known = f" Leave --group out if each {plan.group} is known when it is predicted." if plan.group else ""
    return (
        f"{counted(count)} left out of both sides of the split, {' or '.join(why)}: {len(development):,} to learn "
        f"from, {len(holdout):,} sealed. Deployment's last fit has them too.{known}"
    )


def _smaller(plan: Plan) -> str:
    """Say what leaves more to learn from."""
    gap = "a smaller gap in --split, " if plan.split.gap else ""
    return f"Give {gap}a smaller --test, or 0 for none."


def _check_split(development: Rows, rows: Rows, plan: Plan, kind: Target, fraction: float) -> None:
    """Refuse a split that leaves too little to learn from, or a class only in the holdout."""
    absent = set(np.unique(rows.y)) - set(np.unique(development.y)) if kind.labels else set()
    if absent:
        label = kind.labels[min(absent)]
        raise DataError(
            f"All rows of the class {label!r} fall into the holdout ({fraction:g} of the rows)"
            f"{' or on neither side' if plan.time and (plan.group or plan.split.gap) else ''}.",
            mend=_smaller(plan),
        )
    if len(development) < _MIN_ROWS // 2:
        raise DataError(
            f"The holdout leaves {counted(len(development))} to learn from.",
            mend=_smaller(plan),
        )


def check_holdout(holdout: Rows, plan: Plan, kind: Target, called: str) -> None:
    """Refuse sealed rows on which nothing can be measured."""
    if kind.is_defined(holdout.y):
        return
    codes = np.unique(holdout.y)
    what = f", all of the class {kind.labels[int(codes[0])]!r}" if kind.labels and len(codes) == 1 else ""
    last = f", the last by {plan.time}" if plan.time is not None and called == "holdout" else ""
    raise DataError(
        f"The {called} has {counted(len(holdout))}{last}{what}: {kind.metric.label} is not defined on it.",
        mend="Give another --test (0 for no holdout), or another --metric.",
    )


def with_given(parts: Parts, given: Table, contract: Contract, plan: Plan, kind: Target) -> Parts:
    """Add the holdout that the user gave, prepared as the table itself."""
    called = f"The test table {given.source.name!r}"
    try:
        test, notices = contract.read_known(given.frame, [plan.time] if plan.time else [], called)
    except RowsError as error:
        raise DataError(error.problem, mend=error.mend) from error
    y = test[plan.target]
    usable = kind.usable(y)
    if not usable.any():
        written = given.frame[plan.target] if y.isna().all() else y
        problem, mend = no_known_label(called, written, kind.labels)
        raise DataError(problem, mend=mend)
    noticed = [*given.notices, *(f"The test table: {notice}" for notice in notices)]
    noticed += left_out_notices(y, usable, kind.labels)
    unknown = unknown_rows(y, usable, kind.labels)
    if plan.time is not None:
        check_time(test[plan.time], plan.time)
        timeless = usable & test[plan.time].isna().to_numpy()
        usable = usable & ~timeless
        if timeless.any():
            noticed.append(f"{counted(timeless.sum())} of the test table left out: without a value of {plan.time}.")
        if not usable.any():
            raise DataError(f"{called} has no value of {plan.time!r} in a row that can be used.", mend="Correct it.")
    noticed += [f"The test table: {said}" for said in sums_notice(given.frame, usable)]
    holdout = make_rows(test, np.flatnonzero(usable), plan, kind)
    check_holdout(holdout, plan, kind, "test table")
    return Parts(parts.development, holdout, notices=tuple(noticed), unknown=unknown)


def make_rows(frame: pd.DataFrame, positions: np.ndarray, plan: Plan, kind: Target) -> Rows:
    """Take rows in time order, the target as it is learned."""
    if plan.time is not None:
        times = frame[plan.time].iloc[positions].reset_index(drop=True)
        positions = positions[times.sort_values(kind="stable").index.to_numpy()]
    all_in_order = len(positions) == len(frame) and bool((np.diff(positions) == 1).all())
    taken = (frame if all_in_order else frame.iloc[positions]).reset_index(drop=True)  # a large table is copied once
    groups = number_runs(taken, plan.panel) if plan.panel else None
    groups = groups if plan.group is None else pd.factorize(taken[plan.group])[0]
    return Rows(taken.drop(columns=plan.target), kind.encoded(taken[plan.target]), groups, positions)


def check_time(values: pd.Series, name: str) -> None:
    """Refuse a time column that cannot be put in order: the contract would have read it, were all of it dates."""
    if types.is_numeric_dtype(values.dtype) or types.is_datetime64_any_dtype(values.dtype):
        return
    row = first_undated(values)
    if row is not None:
        raise DataError(
            f"Time column {name!r}, row {row + 1:,}: {values[row]!r} cannot be read as a date.",
            mend="Correct it, or leave --time out.",
        )


def check_count(n_rows: int, what: str, needs: str = "a target") -> None:
    """Refuse too few rows to learn from."""
    if n_rows < _MIN_ROWS:
        raise DataError(
            f"{what} has {counted(n_rows)} to learn from; at least {_MIN_ROWS} are needed.",
            mend=f"Give a table with more rows that have {needs}.",
        )
