"""Folds: which rows are fitted on and which are scored, the same for every candidate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.task import Rows
from mlestar_jupyter.errors import BlockError


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


def make_folds(splitter: Any, rows: Rows, seed: int, repeat: int) -> tuple[Fold, ...]:
    """Split rows for one repeat of the cross-validation.

    Repeat 0 is the splitter as it stands; later ones give it another random state. A splitter without
    randomness (a time split) has one repeat only, and later ones are empty.

    Raises
    ------
    BlockError
        When the splitter cannot split these rows.
    """
    if repeat > 0:
        if getattr(splitter, "random_state", None) is None:
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
