"""What all problems have in common whose target is one of several labels."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mlestar_jupyter.core.labels import Label, plain
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.script import TargetCode
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.problems.affirming import positive_of
from mlestar_jupyter.problems.base import Estimator, Meaning, Problem, template
from mlestar_jupyter.problems.forms import Labels
from mlestar_jupyter.problems.metrics import is_for_numbers
from mlestar_jupyter.problems.splitters import STRATIFIED, Splitters

if TYPE_CHECKING:
    import pandas as pd

FEWEST_ROWS = 3
"""Of a label that can be split."""
TWO = 2
MOST_INTEGERS = 20
"""Distinct whole numbers that are taken for labels, and dates that are."""
_MANY_LABELS = 100
_MANY_SHARE = 0.2
_RARE_SHARE = 0.1
_SHOWN = 5
_SMALLEST = 1e-6


class LabelProblem(Problem):
    """Predict one of several labels, and how probable each is."""

    recipe: ClassVar[str] = "classification"
    splitters: ClassVar[Splitters] = STRATIFIED
    constant: ClassVar[Estimator] = Estimator("sklearn.dummy", "DummyClassifier", (("strategy", "prior"),))
    plain: ClassVar[Estimator] = Estimator("sklearn.linear_model", "LogisticRegression", (("max_iter", 1000),))
    tree: ClassVar[Estimator] = Estimator("sklearn.tree", "DecisionTreeClassifier")
    voting: ClassVar[str] = "VotingClassifier"
    loss_metric: ClassVar[str] = "neg_log_loss"
    loss_title: ClassVar[str] = "Log-loss"
    loss_code: ClassVar[str] = "-np.log(np.maximum(predicted[:, np.arange(len(y)), y], 1e-6))"
    has_labels: ClassVar[bool] = True
    has_probabilities: ClassVar[bool] = True

    def named(self, n_labels: int) -> Problem:
        """Give the problem type of so many labels."""
        del n_labels
        return self

    def check_count(self, name: str, n_labels: int) -> None:
        """Refuse a number of labels that was not asked for."""

    def read(self, y: pd.Series) -> Meaning:
        """Find the labels and their order; those of very few rows are left out."""
        found = self._read(y)
        counts = y.value_counts()
        rare = counts[(counts < FEWEST_ROWS) & (counts > 0)]
        if rare.empty:
            return found
        pairs = zip(rare.index[:_SHOWN].tolist(), rare, strict=False)
        shown = ", ".join(f"{label!r} ({counted(count)})" for label, count in pairs)
        shown += ", …" if len(rare) > _SHOWN else ""
        if len(counts[counts >= FEWEST_ROWS]) < TWO:
            raise DataError(
                f"The target {str(y.name)!r} has fewer than two classes of {FEWEST_ROWS} rows or more; "
                f"too rare: {shown}.",
                mend="Add rows of the rare classes, or name another target.",
            )
        left_out = f"Classes with fewer than {FEWEST_ROWS} rows cannot be split; their rows were left out: {shown}."
        return replace(self._read(y[~y.isin(list(rare.index))]), left_out=left_out)

    def _read(self, y: pd.Series) -> Meaning:
        n_unique = int(y.nunique())
        self.check_count(str(y.name), n_unique)
        _check_labels(y, n_unique)
        labels, notices = _in_order(y)
        return Meaning(self.named(len(labels)), labels, notices)

    def usable(self, y: pd.Series, labels: tuple[Label, ...]) -> np.ndarray:
        """Mark the known labels."""
        return np.asarray(y.isin(list(labels)))

    def encoded(self, y: pd.Series, labels: tuple[Label, ...]) -> np.ndarray:
        """Number the labels."""
        return np.asarray(y.map({label: code for code, label in enumerate(labels)}).to_numpy(dtype=int))

    def rarest(self, y: np.ndarray) -> float:
        """Share of the rows that have the rarest label."""
        return float(np.bincount(y).min() / len(y))

    def form(self, labels: tuple[Label, ...]) -> Labels:
        """Labels and their probabilities."""
        return Labels(labels)

    def measures_other(self, metric: Metric) -> bool:
        """Refuse distances between numbers: scikit-learn would compute them on the labels' codes."""
        return is_for_numbers(metric)

    def losses(self, predicted: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Log-loss of every row."""
        true = predicted[..., np.arange(len(y)), y.astype(int)]
        return np.asarray(-np.log(np.maximum(true, _SMALLEST)))

    def errors(self, predictions: Predictions, y: np.ndarray) -> np.ndarray:
        """Say what the probability of the true label lacks; whether the label is wrong, where there is none."""
        if predictions.columns is None:
            return np.asarray(predictions.values - y)
        return np.asarray(1 - predictions.columns[np.arange(len(y)), y.astype(int)])

    def truth(self, y: np.ndarray, n_columns: int) -> np.ndarray:
        """Probability 1 of the true label."""
        return np.asarray(np.eye(n_columns)[y.astype(int)])

    def constants(self, y: np.ndarray, labels: tuple[Label, ...], *, columns: bool) -> list[Predictions]:
        """Each label in turn, with the shares of the labels as probabilities."""
        shares = np.tile(np.bincount(y.astype(int), minlength=len(labels)) / len(y), (len(y), 1))
        return [Predictions(np.full(len(y), code), shares if columns else None) for code in range(len(labels))]

    def details(self, task: Task, y: np.ndarray, values: np.ndarray) -> pd.DataFrame:
        """Precision and recall of each label."""
        import pandas as pd
        from sklearn.metrics import precision_recall_fscore_support

        codes = range(len(task.classes))
        parts = precision_recall_fscore_support(y, values.astype(int), labels=codes, zero_division=np.nan)
        names = ("precision", "recall", "f1", "rows")
        return pd.DataFrame({"class": task.classes} | dict(zip(names, parts, strict=True)))

    def target_code(self, task: Task) -> TargetCode:
        """Keep the rows of known labels, number them, and write them back."""
        threshold = getattr(task.form, "threshold", None)
        defines = f"CLASSES = [{', '.join(map(literal, task.classes))}]  # in the order of their codes\n"
        if threshold is not None:
            defines += f"THRESHOLD = {threshold!r}  # of the last class's probability\n"
        return TargetCode(
            defines=defines,
            rows="Rows of a known class",
            encoding=", the target as class codes",
            keeps=("    table = table[table[TARGET].isin(CLASSES)]",),
            encodes=(
                "    codes = {label: code for code, label in enumerate(CLASSES)}",
                "    table = table.assign(**{TARGET: table[TARGET].map(codes).astype(int)})",
            ),
            table=template("script_labels", threshold=threshold),
            check=template("script_one_label"),
            scoring=self.scoring(task.metric),
        )

    def scoring(self, metric: Metric) -> tuple[str, str]:
        """Score as the evaluator does; log-loss of rows that lack a label needs all of them named."""
        if metric.name != "neg_log_loss":
            return super().scoring(metric)
        arguments = "model.predict_proba(inputs(holdout)), labels=range(len(CLASSES))"
        return "from sklearn.metrics import log_loss\n", f"log_loss(holdout[TARGET].to_numpy(), {arguments})"

    def answering(self, task: Task) -> str:
        """Answer with labels and probabilities."""
        del task
        return template("answering_labels")


def are_labels(y: pd.Series) -> bool:
    """Whether a target that names no problem is taken for labels: text, booleans, two values, or few integers."""
    from pandas.api import types

    is_number = types.is_numeric_dtype(y.dtype) and not types.is_bool_dtype(y.dtype)
    n_unique = int(y.nunique())
    return not is_number or n_unique == TWO or (n_unique <= MOST_INTEGERS and types.is_integer_dtype(y.dtype))


def _check_labels(y: pd.Series, n_unique: int) -> None:
    from pandas.api import types

    name = str(y.name)
    if n_unique > _MANY_LABELS and n_unique > _MANY_SHARE * len(y):
        raise DataError(
            f"The target {name!r} has {n_unique:,} classes in {len(y):,} rows: it looks like an identifier.",
            mend="Name another column, or add --problem regression."
            if types.is_numeric_dtype(y.dtype)
            else "Name another column.",
        )


def _in_order(y: pd.Series) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    counts: dict[Hashable, int] = {value: int(count) for value, count in y.value_counts().items() if count > 0}
    labels = _sorted(list(counts))
    if len(labels) == TWO:
        positive = positive_of(labels, counts)
        labels = [label for label in labels if label is not positive] + [positive]
        notices = [f"The positive class is {plain(positive)!r} ({counts[positive] / len(y):.1%} of the rows)."]
    else:
        notices = []
    rarest = min(labels, key=lambda label: counts[label])
    share = counts[rarest] / len(y)
    if share < _RARE_SHARE / (len(labels) - 1):
        notices.append(f"Classes are not balanced: {plain(rarest)!r} is {share:.1%} of the rows.")
    return tuple(plain(label) for label in labels), tuple(notices)


def _sorted(labels: list[Hashable]) -> list[Hashable]:
    try:
        return sorted(labels)  # type: ignore[type-var]
    except TypeError:
        return sorted(labels, key=str)
