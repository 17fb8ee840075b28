"""Three labels or more, none of which is the positive one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.problems.base import Measure, Problem
from mlestar_jupyter.problems.binary import BINARY
from mlestar_jupyter.problems.labels import TWO, LabelProblem, are_labels

if TYPE_CHECKING:
    import pandas as pd

_AVERAGED = ("f1", "precision", "recall")


class Multiclass(LabelProblem):
    """Which of several it is."""

    name: ClassVar[str] = "multiclass"
    also_called: ClassVar[tuple[str, ...]] = ("classification",)
    words: ClassVar[tuple[str, ...]] = ("multiclass", "classification")
    default_metric: ClassVar[str] = "neg_log_loss"
    screening_scorer: ClassVar[str] = "roc_auc_ovr"

    def recognises(self, y: pd.Series) -> bool:
        """Text, booleans, or a few whole numbers."""
        return are_labels(y)

    def named(self, n_labels: int) -> Problem:
        """Two labels have a problem type of their own."""
        return BINARY if n_labels == TWO else self

    def metric_name(self, name: str) -> str:
        """Average over the labels what is one label's, each label counting the same."""
        return f"{name}_macro" if name in _AVERAGED else {"roc_auc": "roc_auc_ovr"}.get(name, name)

    def example(self) -> tuple[np.ndarray, Predictions]:
        """Three labels in turn."""
        y = np.arange(4) % 3
        return y, Predictions(y, np.full((4, 3), 1 / 3))

    def rates(self, y: np.ndarray, values: np.ndarray) -> dict[str, float]:
        """How often the label is right."""
        return {"accuracy": float((values == y).mean())}

    def measures(self, y: np.ndarray, values: np.ndarray) -> tuple[Measure, ...]:
        """The accuracy."""
        return (Measure("accuracy", (values == y).astype(float)),)

    def rules(self, task: Task) -> str:
        """As many codes as labels."""
        return f"class codes 0 to {len(task.classes) - 1}."


MULTICLASS = Multiclass()
