"""One number a row, of which the mean is predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mlestar_jupyter.problems.labels import are_labels
from mlestar_jupyter.problems.numbers import NumberProblem

if TYPE_CHECKING:
    import pandas as pd


class Regression(NumberProblem):
    """How much it is."""

    name: ClassVar[str] = "regression"

    def recognises(self, y: pd.Series) -> bool:
        """Numbers that are no labels."""
        return not are_labels(y)


REGRESSION = Regression()
