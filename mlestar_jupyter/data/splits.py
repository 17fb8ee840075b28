"""The split into development and holdout: plain scikit-learn, and the same as source for the printed script."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.split import length_code, length_of
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.data.panels import runs_code


def split_holdout(
    y: np.ndarray,
    groups: np.ndarray | None,
    n_rows: int,
    fraction: float,
    seed: int,
    *,
    is_stratified: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Split rows without an order into those to learn from and those to seal.

    Whole groups when there are groups, and else a random sample, with the target's values in their shares where it is
    stratified.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
    groups : ndarray of shape (n_rows,) or None
    n_rows : int
    fraction : float
        Share of the rows for the holdout, 0 to 0.9; 0 for none.
    seed : int
    is_stratified : bool

    Returns
    -------
    development, holdout : ndarray of int
        Positions of rows.
    """
    from sklearn.model_selection import GroupShuffleSplit, train_test_split

    positions = np.arange(n_rows)
    if fraction == 0:
        return positions, positions[:0]
    if groups is not None:
        splitter = GroupShuffleSplit(n_splits=1, test_size=fraction, random_state=seed)
        development, holdout = next(splitter.split(positions, groups=groups))
        return development, holdout
    size = holdout_size(n_rows, fraction)
    stratify = y if is_stratified and can_stratify(len(np.unique(y)), n_rows - size, size) else None
    development, holdout = train_test_split(positions, test_size=fraction, random_state=seed, stratify=stratify)
    return development, holdout


def split_in_time(
    times: np.ndarray, groups: np.ndarray | None, fraction: float, seed: int, gap: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    """Split rows in order of time into those to learn from and the last ones, cut where the time changes.

    A group with rows before and after the cut is on one side only. Such groups are drawn: a share of them as large as
    that of the holdout is tested on their later rows, of the others the earlier rows are learned from. All other rows
    of either, and the rows within the gap, are on no side.

    Parameters
    ----------
    times : ndarray of shape (n_rows,)
        In increasing order.
    groups : ndarray of shape (n_rows,) or None
        Codes.
    fraction : float
        Share of the rows that come last; 0 for none.
    seed : int
    gap : str
        Length of time between the sides, as in `core.split.Split`.

    Returns
    -------
    development, holdout : ndarray of int
        Positions of rows; both empty where all times are equal.
    """
    positions = np.arange(len(times))
    if fraction == 0:
        return positions, positions[:0]
    edges = 1 + np.flatnonzero(times[1:] != times[:-1])
    if not len(edges):
        return positions[:0], positions[:0]
    cut = edges[np.abs(edges - (len(times) - holdout_size(len(times), fraction))).argmin()]
    earlier = positions[:cut] if not gap else np.flatnonzero(times < times[cut] - length_of(gap))
    later = positions[cut:]
    if groups is None:
        return earlier, later
    both = np.intersect1d(groups[earlier], groups[later])
    drawn = np.random.default_rng(seed).permutation(both)
    tested, learned = np.split(drawn, [math.ceil(fraction * len(both))])
    return earlier[~np.isin(groups[earlier], tested)], later[~np.isin(groups[later], learned)]


def joined(parts: Sequence[Rows], time: str | None, *, of_one_table: bool) -> Rows:
    """All rows of several parts: in order of time, else as they stand in their table, else one part after another.

    Parameters
    ----------
    parts : sequence of Rows
    time : str or None
        The column that orders them.
    of_one_table : bool
        Whether all are rows of the same table, so that their positions compare.
    """
    rows = end_to_end(parts, of_one_table=of_one_table)
    order = np.argsort(rows.source, kind="stable") if of_one_table else np.arange(len(rows))
    if time is not None:
        order = order[np.argsort(rows.X[time].to_numpy()[order], kind="stable")]
    return rows.take(order)


def end_to_end(parts: Sequence[Rows], *, of_one_table: bool) -> Rows:
    """One part after another; groups of another table are others, whatever their codes.

    Parameters
    ----------
    parts : sequence of Rows
    of_one_table : bool
        Whether all are rows of the same table, so that equal codes mean the same group.
    """
    X = pd.concat([part.X for part in parts], ignore_index=True)
    y, source = np.concatenate([part.y for part in parts]), np.concatenate([part.source for part in parts])
    codes = [part.groups for part in parts if part.groups is not None]
    if len(codes) < len(parts):
        return Rows(X, y, None, source)
    if not of_one_table:
        codes = [np.unique(c, return_inverse=True)[1] for c in codes]
        first = np.cumsum([0, *(1 + int(c.max(initial=-1)) for c in codes)])
        codes = [c + start for c, start in zip(codes, first[:-1], strict=True)]
    return Rows(X, y, np.concatenate(codes), source)


def holdout_size(n_rows: int, fraction: float) -> int:
    """Count the holdout's rows, rounded up as scikit-learn does."""
    return math.ceil(n_rows * fraction)


def can_stratify(n_values: int, n_development: int, n_holdout: int) -> bool:
    """Whether both sides have room for every value of the target."""
    return min(n_development, n_holdout) >= n_values


def split_code(
    fraction: float,
    seed: int,
    *,
    stratified: bool,
    time: str | None,
    group: str | None,
    panel: Sequence[str] = (),
    gap: str = "",
) -> str:
    """Write the split as plain source: from ``table`` and ``TARGET`` to ``development`` and ``holdout``.

    The table must be in time order when `time` is given.
    """
    if fraction == 0:
        return "development, holdout = table, table.iloc[:0]\n"
    if time is not None:
        return _code_in_time(fraction, seed, time, group, gap)
    if group is not None or panel:
        groups = runs_code(panel) if group is None else f"groups = pd.factorize(table[{literal(group)}])[0]\n"
        return (
            f"{groups}splitter = GroupShuffleSplit(n_splits=1, test_size={fraction!r}, random_state={seed})\n"
            "inside, outside = next(splitter.split(table, groups=groups))\n"
            "development, holdout = table.iloc[inside], table.iloc[outside]\n"
        )
    stratify = ", stratify=table[TARGET]" if stratified else ""
    return f"development, holdout = train_test_split(table, test_size={fraction!r}, random_state={seed}{stratify})\n"


def _code_in_time(fraction: float, seed: int, time: str, group: str | None, gap: str) -> str:
    """Write `split_in_time`."""
    lines = [
        f"times = table[{literal(time)}].to_numpy()",
        "edges = 1 + np.flatnonzero(times[1:] != times[:-1])  # where another time begins",
        f"cut = edges[np.abs(edges - (len(table) - math.ceil({fraction!r} * len(table)))).argmin()]",
        f"earlier = np.flatnonzero(times < times[cut] - {length_code(gap)})" if gap else "earlier = np.arange(cut)",
        "later = np.arange(cut, len(table))  # the last rows in time",
    ]
    if group is not None:
        lines += [
            f"groups = pd.factorize(table[{literal(group)}])[0]",
            "both = np.intersect1d(groups[earlier], groups[later])  # each is put on one side",
            f"tested, learned = np.split(np.random.default_rng({seed}).permutation(both), "
            f"[math.ceil({fraction!r} * len(both))])",
            "earlier = earlier[~np.isin(groups[earlier], tested)]",
            "later = later[~np.isin(groups[later], learned)]",
        ]
    return "\n".join([*lines, "development, holdout = table.iloc[earlier], table.iloc[later]", ""])


def split_imports(fraction: float, *, time: str | None, is_grouped: bool) -> tuple[str, str]:
    """Write the imports that `split_code` needs besides pandas: of the standard library, and of others."""
    if fraction == 0:
        return "", ""
    if time is not None:
        return "import math\n", "import numpy as np\n"
    name = "GroupShuffleSplit" if is_grouped else "train_test_split"
    return "", f"from sklearn.model_selection import {name}\n"
