"""Folds: which rows are fitted on and which are scored, the same for every candidate."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.estimators import Splitter
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.errors import BlockError

_ROWS_OF_PART, _MOST_PARTS = 100, 20
_STRETCHES = 12
"""Of time, of all folds together: longer ones are the nearer to independent, and a few are enough for a test."""


@dataclass(frozen=True, eq=False)
class Fold:
    """One split of the development rows.

    Parameters
    ----------
    train, test : ndarray of int
        Positions of rows.
    """

    train: np.ndarray
    test: np.ndarray

    @property
    def id(self) -> str:
        """Content hash."""
        digest = hashlib.sha256(np.ascontiguousarray(self.train, dtype=np.int64).tobytes())
        digest.update(b"|" + np.ascontiguousarray(self.test, dtype=np.int64).tobytes())
        return digest.hexdigest()[:16]


def has_repeats(splitter: object) -> bool:
    """Whether a splitter splits at random, so that another random state gives other folds."""
    return getattr(splitter, "random_state", None) is not None


def make_folds(splitter: Splitter, rows: Rows, seed: int, repeat: int, *, time: str | None = None) -> tuple[Fold, ...]:
    """Split rows for one repeat of the cross-validation.

    Repeat 0 is the splitter as it stands; later ones give it another random state. A splitter without
    randomness (a time split) has one repeat only, and later ones are empty.

    Parameters
    ----------
    splitter : Splitter
    rows : Rows
    seed, repeat : int
    time : str or None
        The column that orders the rows.

    Raises
    ------
    BlockError
        When the splitter cannot split these rows, tests rows that it is fitted on, parts a group, or is fitted on rows
        that are no earlier than those that it tests.
    """
    if repeat > 0:
        if not has_repeats(splitter):
            return ()
        splitter.random_state = child_seed(seed, "repeat", repeat)
    try:
        pairs = [tuple(_positions(part, len(rows)) for part in pair) for pair in split_pairs(splitter, rows)]
    except (ValueError, TypeError, IndexError) as error:
        raise BlockError(
            f"The block 'validation' cannot split {len(rows):,} rows: {error}.",
            mend="Use fewer folds, or another splitter, in make_splitter().",
        ) from error
    folds = tuple(Fold(train, test) for train, test in pairs)
    check_folds(folds, rows, time)
    return folds


def split_pairs(splitter: Splitter, rows: Rows) -> list[tuple[np.ndarray, np.ndarray]]:
    """What a splitter makes of rows, unchecked."""
    return list(splitter.split(rows.X, rows.y, rows.groups))


def _positions(part: object, n_rows: int) -> np.ndarray:
    """Read positions, or a mask of the rows, as scikit-learn does.

    Raises
    ------
    ValueError
        When it is neither, or beyond the rows.
    """
    found = np.asarray(part)
    if found.dtype == bool and found.shape == (n_rows,):
        return np.flatnonzero(found)
    if found.ndim != 1 or not (np.issubdtype(found.dtype, np.integer) or not len(found)):
        raise ValueError(f"it gives {found.dtype} of shape {found.shape}, not positions of rows")
    if len(found) and not (-n_rows <= found.min() and found.max() < n_rows):
        raise ValueError(f"it gives positions up to {found.max():,}")
    return found.astype(int) % n_rows


def check_folds(folds: Sequence[Fold], rows: Rows, time: str | None) -> None:
    """Refuse folds whose scores say nothing of new rows.

    Raises
    ------
    BlockError
    """
    if not folds:
        raise BlockError("The block 'validation' makes no folds.", mend="Return another splitter.")
    times = None if time is None else rows.X[time].to_numpy()
    for number, fold in enumerate(folds, start=1):
        which = f"fold {number} of {len(folds)} in the block 'validation'"
        if not (len(fold.train) and len(fold.test)):
            side = "test" if len(fold.train) else "fit on"
            raise BlockError(f"There are no rows to {side} in {which}.", mend="Use fewer folds, or another splitter.")
        _check_rows(fold, which)
        if rows.groups is not None:
            _check_groups(fold, rows.groups, which)
        if times is not None:
            _check_times(times[fold.train], times[fold.test], str(time), which)


def _check_rows(fold: Fold, which: str) -> None:
    shared = len(np.intersect1d(fold.train, fold.test))
    if shared:
        raise BlockError(
            f"The model is fitted on {counted(shared)} that it is tested on: {which}.",
            mend="Take them out of the first or the second part of what split() gives.",
        )


def _check_groups(fold: Fold, groups: np.ndarray, which: str) -> None:
    shared = len(np.intersect1d(groups[fold.train], groups[fold.test]))
    if shared:
        raise BlockError(
            f"{counted(shared, 'group')} with rows on both sides: {which}.",
            mend="Use a splitter that keeps groups together, such as GroupKFold; or start without --group, or with "
            "--group none, if rows of a group are to be on both sides.",
        )


def _check_times(fitted: np.ndarray, tested: np.ndarray, time: str, which: str) -> None:
    last, first = fitted.max(), tested.min()
    if last < first:
        return
    equal = len(np.intersect1d(fitted, tested))
    what = (
        f"{counted(equal, 'value')} of {time} on both sides"
        if equal
        else f"The model is fitted on rows whose {time} is later than that of rows that it is tested on"
    )
    raise BlockError(
        f"{what}: {which}.",
        mend="Use a splitter that tests later rows alone, such as that of foundation; or start without --time, if "
        "the order does not matter.",
    )


def disjoint_parts(
    fold: Fold, rows: Rows, seed: int, *, is_stratified: bool, is_ordered: bool, n_folds: int = 1
) -> list[np.ndarray]:
    """Divide a fold's test rows into parts on which two fixed models can be compared as if independently.

    At most 20 parts of 100 rows or more. Groups stay whole; ordered rows stay together in a few long stretches, so that
    what resembles each other is in one part, however far it remembers (batch means, Schmeiser 1982); else rows are
    drawn, with the classes' shares.

    Parameters
    ----------
    fold : Fold
    rows : Rows
        The development rows.
    seed : int
    is_stratified, is_ordered : bool
        Whether parts have the target's values in their shares, and whether rows are in order of time.
    n_folds : int
        That are divided; of ordered rows all have about 12 parts together, and two each at least.

    Returns
    -------
    list of ndarray of int
        Positions of rows; a single part where there are too few rows, groups or rows of a class for two.
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

    test, y = fold.test, rows.y[fold.test]
    groups = None if rows.groups is None else rows.groups[test]
    count = min(_MOST_PARTS, len(test) // _ROWS_OF_PART)
    if is_ordered:
        count = min(count, max(2, _STRETCHES // n_folds))
        return [part for part in np.array_split(np.sort(test), max(1, count)) if len(part)]
    if groups is not None:
        count = min(count, len(np.unique(groups)))
    elif is_stratified:
        count = min(count, int(np.unique(y, return_counts=True)[1].min()))
    if count < 2:  # noqa: PLR2004
        return [test]
    if groups is not None:
        pairs = GroupKFold(count).split(test, y, groups)
    else:
        kind = StratifiedKFold if is_stratified else KFold
        pairs = kind(count, shuffle=True, random_state=child_seed(seed, "parts")).split(test, y)
    return [test[chosen] for _, chosen in pairs]
