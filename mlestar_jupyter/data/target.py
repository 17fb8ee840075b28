"""What a target means, as far as the reading of a table needs to know: the problem types say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mlestar_jupyter.core.labels import Label
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Form

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Given:
    """What the column of a target says beyond its values.

    Parameters
    ----------
    order : tuple
        The labels in the order of the column's type; empty where it has none.
    keeps_type : bool
        Whether floats were floats where the table comes from, rather than whole numbers beside missing ones.
    is_whole : bool
        Whether there are none but whole numbers, as floats because some are missing.
    are_names : bool
        Whether the column's type says that its values are categories, numbers too.
    is_mixed : bool
        Whether there are numbers or booleans beside texts.
    missing : int
        Rows without a value.
    """

    order: tuple[Label, ...] = ()
    keeps_type: bool = True
    is_whole: bool = False
    are_names: bool = False
    is_mixed: bool = False
    missing: int = 0


class Target(Protocol):
    """A target whose problem type is known."""

    @property
    def problem(self) -> str:
        """Name of the problem type."""

    @property
    def metric(self) -> Metric:
        """By which predictions are judged."""

    @property
    def labels(self) -> tuple[Label, ...]:
        """In the order of their codes; empty where the target is a number."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What was noticed, one sentence each."""

    @property
    def form(self) -> Form:
        """Of the predictions."""

    def usable(self, y: pd.Series) -> np.ndarray:
        """Mark the values that can be learned or scored."""

    def encoded(self, y: pd.Series) -> np.ndarray:
        """Turn usable values into what is learned."""

    def rarest(self, y: np.ndarray) -> float:
        """Share of the rows that have the rarest label; 1 where there are none."""

    def is_defined(self, y: np.ndarray) -> bool:
        """Whether the metric can be computed for some predictions of rows with these values."""


Recognise = Callable[["pd.Series", Given], Target]
"""Finds out what the values of a target mean, none of which is missing; raises DataError and SettingError."""
