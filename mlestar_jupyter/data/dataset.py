"""From a table to a dataset: a task, the rows to learn from, and the sealed holdout."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.contract import Contract, evenly, with_seen
from mlestar_jupyter.core.split import Split, has_unit
from mlestar_jupyter.core.task import Column, Dataset, Holdout, Rows, Task
from mlestar_jupyter.core.texts import as_text, counted, some_of
from mlestar_jupyter.data.labels import given as given_labels
from mlestar_jupyter.data.labels import type_notices
from mlestar_jupyter.data.panels import find_panel, group_notices
from mlestar_jupyter.data.parting import Parts, Plan, check_count, check_time, make_rows, parted, with_given
from mlestar_jupyter.data.reading import Table, read_table
from mlestar_jupyter.data.roles import asked_roles, find_columns, kept_as_text, unread_notices
from mlestar_jupyter.data.sums import sums_notice
from mlestar_jupyter.data.target import Given, Recognise, Target
from mlestar_jupyter.errors import DataError, SettingError, nearest
from mlestar_jupyter.modalities.base import Modality
from mlestar_jupyter.modalities.derivation import derived
from mlestar_jupyter.modalities.identifier import how_to_keep
from mlestar_jupyter.modalities.number import find_sentinels
from mlestar_jupyter.modalities.registry import modality_of

NO_GROUP = "none"
"""As the group column's name: rows stand alone, even where neighbours look alike."""
_MIN_ROWS = 10
_MAX_FRACTION = 0.9
_FEWEST_TIMES = 2


def _given(table: Table, target: str) -> Given:
    return given_labels(table.frame[target], keeps_types=table.source.keeps_types)


def make_dataset(
    table: Table,
    target: str,
    recognise: Recognise,
    *,
    time: str | None = None,
    group: str | None = None,
    test: float | str | Path | pd.DataFrame = 0.2,
    seed: int = 0,
    split: Split | None = None,
    dayfirst: bool | None = None,
    decimal: str = "",
    numbers: bool | None = None,
    roles: Mapping[str, str] | None = None,
    on_open: Callable[[str], None] = lambda _reason: None,
) -> Dataset:
    """Make a task of a table, and split its rows.

    Parameters
    ----------
    table : Table
    target : str
    recognise : callable
        Finds out what the target's values mean.
    time, group : str or None
        Columns that order and group the rows. Without either, runs of rows that look like one person's are found and
        kept together; the group "none" says that there are none.
    test : float, path or DataFrame
        Share of the rows for the holdout (0: none), or the holdout itself.
    seed : int
    split : Split, optional
        How development rows are to make folds, and what gap lies before the rows that are tested.
    dayfirst : bool, optional
        Whether the day comes first in dates that do not show it.
    decimal : {".", ",", ""}
        The decimal mark of numbers in text that do not say it themselves.
    numbers : bool or None
        Whether the target is a number; None: it is, where it has the values of one.
    roles : mapping of str to str, optional
        By name of a column, the role that it shall have.
    on_open : callable
        Called with the reason whenever the holdout is opened.

    Raises
    ------
    DataError
        When the table does not make a task.
    SettingError
        When `test` is not valid, or the user named a problem or metric that does not fit.
    """
    raw = table.frame
    target, named = table.named(target)
    by_hand = group is not None or time is not None
    group = None if group == NO_GROUP and NO_GROUP not in raw.columns else group
    plan = Plan(target, time, group, seed, split=split or Split())
    _check_columns(table, plan)
    asked = asked_roles(roles, list(raw.columns), target, group)
    contract, frame, noticed = _read(table, plan, asked, dayfirst=dayfirst, decimal=decimal, numbers=numbers)
    notices = [*named, *noticed]
    plan = plan if by_hand else _with_panel(plan, frame, asked)
    given = _read_test(test, contract, kept_as_text(roles), decimal)
    usable, noticed = _usable_rows(frame, plan, table.source.name)
    notices += noticed
    kind, usable = _recognised(frame, usable, target, recognise, _given(table, target))
    contract, usable, noticed = _without_sentinels(contract, frame[target], usable, kind)
    rows = make_rows(frame, np.flatnonzero(usable), plan, kind)
    _check_differ(rows, plan)
    notices += [*noticed, *sums_notice(raw, usable), *kind.notices, *type_notices(raw[target], kind.labels)]
    contract = replace(contract, labels=kind.labels, target_column=None if kind.labels else contract.target_column)
    parts = Parts(rows) if isinstance(given, Table) else parted(rows, plan, kind, given)
    development = parts.development
    columns, contract, suggestions = _find_inputs(frame, development, plan, contract, asked)
    parts = with_given(parts, given, contract, plan, kind) if isinstance(given, Table) else parts
    notices += [*parts.notices, *_together_notices(frame[usable], plan), *_infinities(contract), *suggestions]
    task = Task(
        target=target,
        problem=kind.problem,
        form=kind.form,
        metric=kind.metric,
        columns=columns,
        classes=kind.labels,
        time=time,
        group=group,
        n_development=len(development),
        n_holdout=0 if parts.holdout is None else len(parts.holdout),
        seed=seed,
        data_id=_data_id(parts),
        notices=(*table.notices, *notices),
        panel=plan.panel,
        rarest_class=kind.rarest(development.y),
        contract=contract,
        split=plan.split,
        has_equal_times=time is not None and not development.X[time].is_unique,
        n_aside=0 if parts.aside is None else len(parts.aside),
    )
    sealed = Holdout(parts.holdout, on_open)
    is_given = isinstance(given, Table)
    return Dataset(task, development, sealed, aside=parts.aside, has_own_holdout=is_given, unknown_labels=parts.unknown)


def _with_panel(plan: Plan, frame: pd.DataFrame, asked: Mapping[str, Modality]) -> Plan:
    """Look for runs of rows that belong together."""
    looked_at = [c for c in frame.columns if c != plan.target and (c not in asked or asked[c].is_input)]
    return replace(plan, panel=find_panel(frame, looked_at))


def _read(
    table: Table,
    plan: Plan,
    asked: Mapping[str, Modality],
    *,
    dayfirst: bool | None,
    decimal: str,
    numbers: bool | None,
) -> tuple[Contract, pd.DataFrame, list[str]]:
    """Work out how the table is read, and read it; also what to say of it."""
    raw, source = table.frame, table.source
    made = derived(
        raw, plan.target, function=source.function, options=dict(source.options), dayfirst=dayfirst, time=plan.time,
        decimal=decimal, numbers=numbers, asked=asked,
    )  # fmt: skip
    frame, notices = made.contract.read_known(raw)
    return made.contract, frame, [*notices, *made.notices, *unread_notices(raw, frame, asked)]


def _find_inputs(
    frame: pd.DataFrame, rows: Rows, plan: Plan, contract: Contract, asked: Mapping[str, Modality]
) -> tuple[tuple[Column, ...], Contract, tuple[str, ...]]:
    """Work out the columns' roles, and so what new rows need.

    Roles come from all rows as read: a split would leave holes in running numbers.
    """
    seen = evenly(len(frame))
    some, whole = (frame.iloc[seen], frame) if len(seen) < len(frame) else (frame, None)
    columns, suggestions = find_columns(some, contract, plan.group, plan.time, whole, asked, rows.X)
    _check_inputs(columns, contract)
    unused = {c.name for c in columns if not modality_of(c).is_input or c.name == plan.group}
    return columns, with_seen(contract.without_need(unused), rows.X), suggestions


def _check_columns(table: Table, plan: Plan) -> None:
    frame = table.frame
    for part, name in (("target", plan.target), ("time column", plan.time), ("group column", plan.group)):
        if name is not None and name not in frame.columns:
            near = "" if table.first else nearest(name, frame.columns)
            mend = f"Did you mean {near!r}?" if near else f"The columns: {some_of(frame.columns)}."
            if table.first:  # a name that was made up is no hint
                mend = (
                    f"No line of the file was taken for names: they are {some_of(frame.columns)}. "
                    "Put a line with names before the rows."
                )
            raise DataError(f"The {part} {name!r} is not a column of the table.", mend=mend)
    if plan.split.needs_time and plan.time is None:
        raise SettingError(
            f"The split {str(plan.split)!r} needs a time column.", mend="Name one with --time, or leave --split out."
        )
    for part, name in (("time", plan.time), ("group", plan.group)):
        if name == plan.target:
            raise DataError(
                f"The target {name!r} is also the {part} column.", mend=f"Name another target, or leave --{part} out."
            )
    if frame.shape[1] == 1:
        raise DataError(f"The table has no column besides the target {plan.target!r}.", mend="Add input columns.")


def _read_test(
    test: float | str | Path | pd.DataFrame, contract: Contract, texts: list[str], decimal: str
) -> float | Table:
    """Tell a share from a table; a share may come as text from the command line."""
    texts = [*texts, *contract.written]
    if isinstance(test, (Path, pd.DataFrame)):
        return read_table(test, "test", texts=texts, kept=contract.kept_texts, decimal=decimal)
    try:
        fraction = float(test)
    except (TypeError, ValueError):
        return read_table(test, "test", texts=texts, kept=contract.kept_texts, decimal=decimal)  # type: ignore[arg-type]
    if isinstance(test, bool) or not 0 <= fraction <= _MAX_FRACTION:
        raise SettingError(
            f"The setting 'test' is {test!r}.", mend="Give a share from 0 (no holdout) to 0.9, a file or a DataFrame."
        )
    return fraction


def _usable_rows(frame: pd.DataFrame, plan: Plan, name: str) -> tuple[np.ndarray, list[str]]:
    """Mark the rows that have a target and a time."""
    y = frame[plan.target]
    missing = y.isna().to_numpy()
    if missing.all():
        raise DataError(f"The target {plan.target!r} has no value in any row.", mend="Name another column.")
    notices = []
    if missing.any():
        notices.append(f"{counted(missing.sum())} without a value of {plan.target} left out ({missing.mean():.1%}).")
    usable = ~missing
    infinite = _is_infinite(y)
    if infinite.any():
        notices.append(f"{counted(infinite.sum())} with an infinite {plan.target} left out.")
        usable &= ~infinite
    if plan.time is not None:
        check_time(frame[plan.time], plan.time)
        _check_lengths(frame[plan.time], plan)
        timeless = frame[plan.time].isna().to_numpy()
        if timeless.all():
            raise DataError(
                f"The time column {plan.time!r} has no value in any row.",
                mend="Name another column, or leave --time out.",
            )
        if (usable & timeless).any():
            notices.append(f"{counted((usable & timeless).sum())} without a value of {plan.time} left out.")
        usable &= ~timeless
    also = [plan.time] if plan.time is not None else []
    check_count(int(usable.sum()), f"The table {name!r}", " and a value of ".join(["a target", *also]))
    return usable, notices


def _is_infinite(values: pd.Series) -> np.ndarray:
    if types.is_float_dtype(values.dtype):
        return np.asarray(np.isinf(values.to_numpy(dtype=float, na_value=np.nan)))
    return np.zeros(len(values), dtype=bool)


def _check_lengths(values: pd.Series, plan: Plan) -> None:
    """Refuse a split that needs a time, or lengths that are not of the time column's kind."""
    is_number = types.is_numeric_dtype(values.dtype)
    for name, length in (("gap", plan.split.gap), ("window", plan.split.window)):
        if length and has_unit(length) is is_number:
            kind, such = ("numbers", "30") if is_number else ("dates", "7d or 12h")
            raise SettingError(
                f"The split has a {name} of {length}, but the time column {plan.time!r} has {kind}.",
                mend=f"Give a length such as {such}.",
            )


def _check_differ(rows: Rows, plan: Plan) -> None:
    """Refuse times that order nothing."""
    if plan.time is not None and rows.X[plan.time].nunique() < _FEWEST_TIMES:
        raise DataError(
            f"All rows to learn from have the same {plan.time!r}: nothing comes before or after.",
            mend="Name another time column, or leave --time out.",
        )


def _recognised(
    frame: pd.DataFrame, usable: np.ndarray, target: str, recognise: Recognise, given: Given
) -> tuple[Target, np.ndarray]:
    """Find out what the target means, and leave out the rows that cannot be learned from."""
    y = frame.loc[usable, target]
    if types.is_float_dtype(y.dtype) and frame[target].isna().any() and (y == y.round()).all():
        given = replace(given, is_whole=True)
        y = y if given.keeps_type else y.astype("int64")  # they are floats only because some rows had none
    kind = recognise(y, given)
    left = usable.copy()
    left[usable] = kind.usable(y)
    if left.sum() < usable.sum():
        check_count(int(left.sum()), "Without the rows that were left out, the table")
    return kind, left


def _without_sentinels(
    contract: Contract, values: pd.Series, usable: np.ndarray, kind: Target
) -> tuple[Contract, np.ndarray, list[str]]:
    """Leave out the rows whose target is a number such as -999, here and wherever the contract reads a target."""
    label = contract.target_column
    if kind.labels or label is None or label.kind != "number":
        return contract, usable, []
    found = find_sentinels(values[usable])
    stands = usable & values.isin(found).to_numpy()
    if not found:
        return contract, usable, []
    left = usable & ~stands
    check_count(int(left.sum()), f"Without the rows whose {values.name} is {as_text(found[0])}, the table")
    notices = [
        f"{counted(int((values == value).sum()))} whose {values.name} is {as_text(value)} left out: it is far from all "
        "other values, as a mark of missing values is. To keep them, change it a little in the table."
        for value in found
    ]
    return replace(contract, target_column=replace(label, absent=found)), left, notices


def _together_notices(frame: pd.DataFrame, plan: Plan) -> list[str]:
    """Say which rows stay together."""
    if plan.group is not None:
        return group_notices(frame[plan.group])
    if not plan.panel:
        return []
    shown = some_of(plan.panel)
    return [
        f"Neighbouring rows agree in {shown} far beyond chance, as several rows of one person or thing do: such runs "
        f"stay together in folds and holdout. Name their column with --group, or --group {NO_GROUP} if they are none."
    ]


def _check_inputs(columns: tuple[Column, ...], contract: Contract) -> None:
    if not any(modality_of(c).is_input for c in columns):
        shown = some_of(f"{c.name} ({modality_of(c).word})" for c in columns)
        mend = "Add input columns that differ between rows"
        if kept := next((c for c in columns if modality_of(c).varies), None):
            readings = {c.name: c for c in contract.columns}
            mend += f", or {how_to_keep(kept, readings)}"
        raise DataError(f"No column can be learned from: {shown}.", mend=f"{mend}.")


def _infinities(contract: Contract) -> list[str]:
    shown = ", ".join(c.name for c in contract.columns if c.infinite)
    return [f"Infinite values, or too large to compute with, in {shown}: they count as missing."] if shown else []


def _data_id(parts: Parts) -> str:
    """Hash names, types, values and the split."""
    digest = hashlib.sha256()
    for rows in (parts.development, parts.holdout, *([] if parts.aside is None else [parts.aside])):
        digest.update(b"|")
        if rows is None:
            continue
        digest.update(rows.content.encode())
        digest.update(np.ascontiguousarray(rows.y).tobytes())
        digest.update(np.ascontiguousarray(rows.source, dtype=np.int64).tobytes())
    return digest.hexdigest()
