"""The split into development and holdout: plain scikit-learn, and the same as source for the printed script."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.data.panels import runs_code


def split_holdout(
    y: np.ndarray,
    groups: np.ndarray | None,
    n_rows: int,
    fraction: float,
    seed: int,
    *,
    is_stratified: bool,
    by_time: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Split rows into those to learn from and those to seal.

    The last rows when they are in time order, whole groups when there are groups, and else a random sample,
    with the target's values in their shares where it is stratified.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
    groups : ndarray of shape (n_rows,) or None
    n_rows : int
    fraction : float
        Share of the rows for the holdout, 0 to 0.9; 0 for none.
    seed : int
    is_stratified, by_time : bool

    Returns
    -------
    development, holdout : ndarray of int
        Positions of rows.
    """
    from sklearn.model_selection import GroupShuffleSplit, train_test_split

    positions = np.arange(n_rows)
    if fraction == 0:
        return positions, positions[:0]
    if by_time:
        cut = n_rows - holdout_size(n_rows, fraction)
        return positions[:cut], positions[cut:]
    if groups is not None:
        splitter = GroupShuffleSplit(n_splits=1, test_size=fraction, random_state=seed)
        development, holdout = next(splitter.split(positions, groups=groups))
        return development, holdout
    size = holdout_size(n_rows, fraction)
    stratify = y if is_stratified and can_stratify(len(np.unique(y)), n_rows - size, size) else None
    development, holdout = train_test_split(positions, test_size=fraction, random_state=seed, stratify=stratify)
    return development, holdout


def holdout_size(n_rows: int, fraction: float) -> int:
    """Count the holdout's rows, rounded up as scikit-learn does."""
    return math.ceil(n_rows * fraction)


def can_stratify(n_values: int, n_development: int, n_holdout: int) -> bool:
    """Whether both sides have room for every value of the target."""
    return min(n_development, n_holdout) >= n_values


def split_code(
    fraction: float, seed: int, *, stratified: bool, time: str | None, group: str | None, panel: Sequence[str] = ()
) -> str:
    """Write the split as plain source: from ``table`` and ``TARGET`` to ``development`` and ``holdout``.

    The table must be in time order when `time` is given.
    """
    if fraction == 0:
        return "development, holdout = table, table.iloc[:0]\n"
    if time is not None:
        return (
            f"n_holdout = math.ceil({fraction!r} * len(table))  # the last rows in time\n"
            "development, holdout = table.iloc[:-n_holdout], table.iloc[-n_holdout:]\n"
        )
    if group is not None or panel:
        groups = runs_code(panel) if group is None else f"groups = pd.factorize(table[{literal(group)}])[0]\n"
        return (
            f"{groups}splitter = GroupShuffleSplit(n_splits=1, test_size={fraction!r}, random_state={seed})\n"
            "inside, outside = next(splitter.split(table, groups=groups))\n"
            "development, holdout = table.iloc[inside], table.iloc[outside]\n"
        )
    stratify = ", stratify=table[TARGET]" if stratified else ""
    return f"development, holdout = train_test_split(table, test_size={fraction!r}, random_state={seed}{stratify})\n"


def split_imports(fraction: float, *, time: str | None, is_grouped: bool) -> str:
    """Write the imports that `split_code` needs besides pandas."""
    if fraction == 0:
        return ""
    if time is not None:
        return "import math\n"
    name = "GroupShuffleSplit" if is_grouped else "train_test_split"
    return f"from sklearn.model_selection import {name}\n"
