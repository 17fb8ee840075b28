"""Scoring and checking without warnings of other packages: what cannot be scored is said by whoever asked for it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def quietly() -> Iterator[None]:
    """Compute figures that may not be defined, or are too large for a float: they come out as such, without a warning.

    Examples
    --------
    >>> with quietly():
    ...     float(np.float64(1e300) ** 2)
    inf
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
