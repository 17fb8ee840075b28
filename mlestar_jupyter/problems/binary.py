"""Two labels, one of which is the positive one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.problems.base import Measure
from mlestar_jupyter.problems.labels import TWO, LabelProblem, are_labels

if TYPE_CHECKING:
    import pandas as pd


class Binary(LabelProblem):
    """Does it happen or not: two labels, the positive one last."""

    name: ClassVar[str] = "binary"
    words: ClassVar[tuple[str, ...]] = ("binary", "classification")
    default_metric: ClassVar[str] = "roc_auc"
    screening_scorer: ClassVar[str] = "roc_auc"

    def recognises(self, y: pd.Series) -> bool:
        """Two values of any kind."""
        return are_labels(y) and int(y.nunique()) == TWO

    def check_count(self, name: str, n_labels: int) -> None:
        """Take no third label."""
        if n_labels > TWO:
            raise DataError(f"The target {name!r} has {n_labels:,} classes, not 2.", mend="Use --problem multiclass.")

    def example(self) -> tuple[np.ndarray, Predictions]:
        """Both labels in turn."""
        y = np.arange(4) % TWO
        return y, Predictions(y, np.full((4, TWO), 1 / TWO))

    def rates(self, y: np.ndarray, values: np.ndarray) -> dict[str, float]:
        """How often rows are selected, and how often rightly."""
        selected, positive = values == 1, y == 1
        return {
            "selection rate": float(selected.mean()),
            "true positive rate": float(selected[positive].mean()) if positive.any() else float("nan"),
            "false positive rate": float(selected[~positive].mean()) if not positive.all() else float("nan"),
            "accuracy": float((values == y).mean()),
        }

    def measures(self, y: np.ndarray, values: np.ndarray) -> tuple[Measure, ...]:
        """The rates of demographic parity and equalised odds (Hardt, Price & Srebro 2016), and the accuracy."""
        selected, positive = (values == 1).astype(float), y == 1
        return (
            Measure("selection rate", selected, is_ratio=True),
            Measure("true positive rate", selected, positive),
            Measure("false positive rate", selected, ~positive),
            Measure("accuracy", (values == y).astype(float)),
        )

    def rules(self, task: Task) -> str:
        """Two codes."""
        del task
        return "class codes 0 and 1; 1 is the positive class."


BINARY = Binary()
