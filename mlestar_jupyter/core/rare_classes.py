"""What scikit-learn says of classes with fewer rows than folds, of which the start has said what is to be said."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

FEW_OF_A_CLASS = "The least populated class in y has only"
"""How scikit-learn's warning of classes with fewer rows than folds begins."""


@contextmanager
def of_rare_classes() -> Iterator[None]:
    """Split without a warning of classes with fewer rows than folds: a notice at the start names them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", FEW_OF_A_CLASS, UserWarning)
        yield
