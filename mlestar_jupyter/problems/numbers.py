"""What all problems have in common whose target is a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mlestar_jupyter.core.labels import Label, plain
from mlestar_jupyter.core.predictions import Form, Predictions
from mlestar_jupyter.core.script import TargetCode
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.problems.base import Estimator, Meaning, Measure, Problem, template
from mlestar_jupyter.problems.forms import Number
from mlestar_jupyter.problems.splitters import PLAIN, Splitters

if TYPE_CHECKING:
    import pandas as pd


class NumberProblem(Problem):
    """Predict a number."""

    words: ClassVar[tuple[str, ...]] = ("regression",)
    default_metric: ClassVar[str] = "neg_root_mean_squared_error"
    recipe: ClassVar[str] = "regression"
    splitters: ClassVar[Splitters] = PLAIN
    constant: ClassVar[Estimator] = Estimator("sklearn.dummy", "DummyRegressor")
    plain: ClassVar[Estimator] = Estimator("sklearn.linear_model", "Ridge")
    tree: ClassVar[Estimator] = Estimator("sklearn.tree", "DecisionTreeRegressor")
    screening_scorer: ClassVar[str] = "r2"
    voting: ClassVar[str] = "VotingRegressor"
    loss_metric: ClassVar[str] = "neg_mean_squared_error"
    loss_title: ClassVar[str] = "Squared error"
    loss_code: ClassVar[str] = "(predicted - y) ** 2"

    def read(self, y: pd.Series) -> Meaning:
        """Take numbers of any kind."""
        from pandas.api import types

        if not types.is_numeric_dtype(y.dtype) or types.is_bool_dtype(y.dtype):
            raise DataError(
                f"The target {str(y.name)!r} is not a number: {plain(y.iloc[0])!r}. A regression needs numbers.",
                mend="Leave --problem out to treat its values as classes, or convert the column to numbers.",
            )
        return Meaning(self)

    def usable(self, y: pd.Series, labels: tuple[Label, ...]) -> np.ndarray:
        """Mark the finite numbers."""
        return np.asarray(np.isfinite(self.encoded(y, labels)))

    def encoded(self, y: pd.Series, labels: tuple[Label, ...]) -> np.ndarray:
        """Give the numbers; of another table, what is none is missing."""
        import pandas as pd
        from pandas.api import types

        del labels
        if not types.is_numeric_dtype(y.dtype):
            y = pd.to_numeric(y, errors="coerce")
        return np.asarray(y.to_numpy(dtype=float, na_value=np.nan))

    def form(self, labels: tuple[Label, ...]) -> Form:
        """One number a row."""
        del labels
        return Number()

    def example(self) -> tuple[np.ndarray, Predictions]:
        """Four numbers, each missed by a half."""
        y = np.array([1.0, 2.0, 3.0, 4.0])
        return y, Predictions(y + 0.5)

    def losses(self, predicted: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Squared error of every row."""
        return np.asarray((predicted - y) ** 2)

    def errors(self, predictions: Predictions, y: np.ndarray) -> np.ndarray:
        """Give the residuals."""
        return np.asarray(predictions.values - y)

    def constants(self, y: np.ndarray, labels: tuple[Label, ...], *, columns: bool) -> list[Predictions]:
        """Mean and median."""
        del labels, columns
        return [Predictions(np.full(len(y), value)) for value in (np.mean(y), np.median(y))]

    def rates(self, y: np.ndarray, values: np.ndarray) -> dict[str, float]:
        """How far off predictions are, with and without the sign, and what they are on average."""
        errors = values - y
        return {
            "mean error": float(errors.mean()), "mean absolute error": float(np.abs(errors).mean()),
            "mean prediction": float(values.mean()),
        }  # fmt: skip

    def measures(self, y: np.ndarray, values: np.ndarray) -> tuple[Measure, ...]:
        """How far off predictions are, in standard deviations of the target."""
        errors, scale = values - y, float(np.std(y)) or 1.0
        return Measure("mean error", errors, scale=scale), Measure("mean absolute error", np.abs(errors), scale=scale)

    def details(self, task: Task, y: np.ndarray, values: np.ndarray) -> pd.DataFrame:
        """Size of the errors."""
        import pandas as pd

        del task
        errors = values - y
        figures = {
            "mean error": errors.mean(),
            "mean absolute error": np.abs(errors).mean(),
            "median absolute error": np.median(np.abs(errors)),
            "90 % of errors below": np.quantile(np.abs(errors), 0.9),
            "R²": _determination(errors, y),
        }
        return pd.DataFrame({"figure": list(figures), "value": list(figures.values())})

    def rules(self, task: Task) -> str:
        """Numbers."""
        del task
        return "floats."

    def target_code(self, task: Task) -> TargetCode:
        """Keep the rows with a finite target."""
        return TargetCode(
            rows="Rows with a finite target",
            keeps=(
                '    table = table.assign(**{TARGET: pd.to_numeric(table[TARGET], errors="coerce")})',
                '    table = table[table[TARGET].abs() < float("inf")]',
            ),
            table=template(f"script_{self._shape}", **self._form_values(task)),
            scoring=self.scoring(task.metric),
        )

    def answering(self, task: Task) -> str:
        """Answer with numbers."""
        return template(f"answering_{self._shape}", **self._form_values(task))

    @property
    def _shape(self) -> str:
        return "columns" if self.has_columns else "number"

    def _form_values(self, task: Task) -> dict[str, object]:
        """What the templates need to know of the predictions."""
        form = task.form
        return {"names": list(form.names), "value": getattr(form, "value", 0), "lowest": getattr(form, "lowest", None)}


def _determination(errors: np.ndarray, y: np.ndarray) -> float:
    """R²; NaN where the target does not vary, or an error is too large to be squared."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = 1 - (errors**2).sum() / ((y - y.mean()) ** 2).sum()
    return float(found) if np.isfinite(found) else float("nan")
