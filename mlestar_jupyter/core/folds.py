"""Folds: which rows are fitted on and which are scored, the same for every candidate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from mlestar_jupyter.core.estimators import Splitter
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.task import Rows
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


def make_folds(splitter: Splitter, rows: Rows, seed: int, repeat: int) -> tuple[Fold, ...]:
    """Split rows for one repeat of the cross-validation.

    Repeat 0 is the splitter as it stands; later ones give it another random state. A splitter without
    randomness (a time split) has one repeat only, and later ones are empty.

    Raises
    ------
    BlockError
        When the splitter cannot split these rows.
    """
    if repeat > 0:
        if not has_repeats(splitter):
            return ()
        splitter.random_state = child_seed(seed, "repeat", repeat)
    try:
        pairs = list(splitter.split(rows.X, rows.y, rows.groups))
    except (ValueError, TypeError) as error:
        raise BlockError(
            f"The block 'validation' cannot split {len(rows):,} rows: {error}.",
            mend="Use fewer folds, or another splitter, in make_splitter().",
        ) from error
    return tuple(Fold(np.asarray(train), np.asarray(test)) for train, test in pairs)


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
