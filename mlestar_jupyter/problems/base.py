"""What a problem type is: all that the package asks of one, with the answers that most of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mlestar_jupyter.core.labels import Label
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Form, Predictions
from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.script import TargetCode
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.core.templates import text_templates
from mlestar_jupyter.problems.metrics import scikit_learn_metric
from mlestar_jupyter.problems.splitters import Splitters

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Environment
    from sklearn.base import BaseEstimator


@dataclass(frozen=True)
class Estimator:
    """A scikit-learn estimator, as source and as object.

    Parameters
    ----------
    module, name : str
        Where it stands, as in ``"sklearn.dummy"`` and ``"DummyRegressor"``.
    arguments : tuple of (str, object)
        Names and values, such as source can write.
    """

    module: str
    name: str
    arguments: tuple[tuple[str, object], ...] = ()

    @property
    def imports(self) -> str:
        """The line that imports it."""
        return f"from {self.module} import {self.name}"

    def call(self, *more: str) -> str:
        """The expression that makes it, with further arguments."""
        return f"{self.name}({', '.join([*(f'{name}={literal(value)}' for name, value in self.arguments), *more])})"

    def make(self, **more: object) -> BaseEstimator:
        """Make the unfitted estimator."""
        return getattr(import_module(self.module), self.name)(**dict(self.arguments), **more)


@dataclass(frozen=True)
class Meaning:
    """What a target's values were found to be.

    Parameters
    ----------
    problem : Problem
    labels : tuple
        In the order of their codes; empty where the target is a number.
    notices : tuple of str
        What was noticed, one sentence each.
    left_out : str
        Which rows cannot be used, and why, as a sentence; empty where all can.
    """

    problem: Problem
    labels: tuple[Label, ...] = ()
    notices: tuple[str, ...] = ()
    left_out: str = ""


@dataclass(frozen=True, eq=False)
class Measure:
    """A mean over rows by which groups of them are compared.

    Parameters
    ----------
    name : str
    values : ndarray of shape (n_rows,)
    within : ndarray of bool or None
        Rows that count; None for all.
    is_ratio : bool
        Whether the lowest is compared with the highest as a ratio (the four-fifths rule), and not as a difference.
    scale : float
        What differences are divided by before they are compared with a limit.
    """

    name: str
    values: np.ndarray
    within: np.ndarray | None = None
    is_ratio: bool = False
    scale: float = 1.0


class Problem(ABC):
    """A problem type. Each is one module of this package, or of another that adds one."""

    name: ClassVar[str]
    also_called: ClassVar[tuple[str, ...]] = ()
    """Other names by which a user may ask for it."""
    words: ClassVar[tuple[str, ...]]
    """What papers call it; the last word is its kind in general."""
    default_metric: ClassVar[str]
    own_metrics: ClassVar[Mapping[str, Metric]] = {}
    """Metrics that scikit-learn lacks, by their names."""
    recipe: ClassVar[str]
    """Which part of a card's recipe fits: that for estimators of labels or of numbers."""
    voting: ClassVar[str]
    """scikit-learn's class that averages the predictions of models."""
    splitters: ClassVar[Splitters]
    constant: ClassVar[Estimator]
    """The trivial baseline, which learns nothing from the inputs."""
    plain: ClassVar[Estimator]
    """The simplest sensible model."""
    tree: ClassVar[Estimator]
    """A small tree, by which single columns are screened."""
    screening_scorer: ClassVar[str]
    """Name of the scikit-learn scorer of that tree; 1 is perfect."""
    has_labels: ClassVar[bool] = False
    """Whether the target is one of several labels, so that `y` holds their codes."""
    has_probabilities: ClassVar[bool] = False
    """Whether the columns of a prediction are the labels' probabilities."""
    has_columns: ClassVar[bool] = False
    """Whether a prediction has several columns that are no probabilities."""
    predicts_means: ClassVar[bool] = True
    """Whether a prediction is an expectation, which the least squared error finds."""

    def __reduce__(self) -> tuple[object, ...]:
        """Be pickled by name: another process has the same."""
        from mlestar_jupyter.problems.registry import problem_named

        return problem_named, (self.name,)

    # --- the target -----------------------------------------------------------------------------------------------

    def recognises(self, y: pd.Series) -> bool:
        """Whether a target is of this type where the user names none."""
        del y
        return False

    @abstractmethod
    def read(self, y: pd.Series) -> Meaning:
        """Find out what the values of a target are.

        Parameters
        ----------
        y : Series
            Without missing values; its name is used in messages.

        Raises
        ------
        DataError
            When they do not fit the problem.
        """

    @abstractmethod
    def usable(self, y: pd.Series, labels: tuple[Label, ...]) -> np.ndarray:
        """Mark the values that can be learned or scored, missing ones among them."""

    @abstractmethod
    def encoded(self, y: pd.Series, labels: tuple[Label, ...]) -> np.ndarray:
        """Turn usable values into what is learned: codes of the labels, or numbers."""

    def rarest(self, y: np.ndarray) -> float:
        """Share of the rows that have the rarest label; 1 where there are none."""
        del y
        return 1.0

    @abstractmethod
    def form(self, labels: tuple[Label, ...]) -> Form:
        """Say what predictions look like."""

    # --- metrics and losses ---------------------------------------------------------------------------------------

    def find_metric(self, name: str | None) -> Metric:
        """Look up a metric, or the usual one.

        Raises
        ------
        SettingError
            When there is no such metric, or it does not fit.
        """
        return self.own_metrics.get(name or self.default_metric) or scikit_learn_metric(name, self)

    def metric_name(self, name: str) -> str:
        """Give the scorer that is meant by a name that means several."""
        return name

    @abstractmethod
    def example(self) -> tuple[np.ndarray, Predictions]:
        """Make up four rows with predictions, on which a metric is tried."""

    def measures_other(self, metric: Metric) -> bool:
        """Whether a metric can be computed, but is meant for another type."""
        del metric
        return False

    loss_metric: ClassVar[str] = ""
    """Name of the metric whose mean `losses` have; empty where there is none."""
    loss_title: ClassVar[str]
    """What `losses` are, in words."""
    loss_code: ClassVar[str]
    """`losses` as an expression of ``predicted``, of shape (n_members, n_rows[, n_columns]), and ``y``."""

    @abstractmethod
    def losses(self, predicted: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Loss of every row: of shape (..., n_rows) for predictions of shape (..., n_rows[, n_columns])."""

    @abstractmethod
    def errors(self, predictions: Predictions, y: np.ndarray) -> np.ndarray:
        """How far off each row's prediction is; members whose errors agree cannot help each other."""

    def truth(self, y: np.ndarray, n_columns: int) -> np.ndarray:
        """What perfect predictions are, in the shape of predictions."""
        return y if not n_columns else np.repeat(y[:, None], n_columns, axis=1)

    @abstractmethod
    def constants(self, y: np.ndarray, labels: tuple[Label, ...], *, columns: bool) -> list[Predictions]:
        """Predictions that know nothing of the inputs: what a score must be better than."""

    # --- what reports show ----------------------------------------------------------------------------------------

    @abstractmethod
    def rates(self, y: np.ndarray, values: np.ndarray) -> dict[str, float]:
        """Figures by which groups of rows are compared."""

    def measures(self, y: np.ndarray, values: np.ndarray) -> tuple[Measure, ...]:
        """Means over rows that should not depend on the group; none where the type has no such."""
        del y, values
        return ()

    @abstractmethod
    def details(self, task: Task, y: np.ndarray, values: np.ndarray) -> pd.DataFrame:
        """Lay out where predictions are right and wrong."""

    @abstractmethod
    def rules(self, task: Task) -> str:
        """Say to a chat model what the array `y` holds, as the end of a sentence."""

    # --- generated source -----------------------------------------------------------------------------------------

    def model_block(self, source: str) -> str:
        """Change the source of a ``model`` block that a card wrote, so that it predicts what the problem needs."""
        return source

    @abstractmethod
    def target_code(self, task: Task) -> TargetCode:
        """Write as source how a script treats the target, predicts and scores."""

    @abstractmethod
    def answering(self, task: Task) -> str:
        """Write the module by which a service answers: ``answer(model, frame, task)`` gives what JSON shall hold."""

    def scoring(self, metric: Metric) -> tuple[str, str]:
        """Write how a script scores, as lines that import or define, and an expression: by scikit-learn's scorer."""
        sign = "" if metric.name == metric.label else "-"
        score = f'{sign}get_scorer("{metric.name}")(model, inputs(holdout), holdout[TARGET].to_numpy())'
        return "from sklearn.metrics import get_scorer\n", score


@cache
def _environment() -> Environment:
    return text_templates(Path(__file__).parent / "templates")


def template(name: str, **values: object) -> str:
    """Fill one of the templates of this package in."""
    return _environment().get_template(f"{name}.py.j2").render(**values)
