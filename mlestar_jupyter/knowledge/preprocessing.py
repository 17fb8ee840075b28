"""Recipes of the ``preprocessing`` block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.names import free_name
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.problems.registry import problem_of

_MANY_VALUES = 30
_WIDE_CELLS, _MOST_OF_WIDE = 20_000_000, 30  # past 160 MB of one-hot columns, the commonest categories only
_TREES = ("trees", "rare categories", "missing indicators")
_IMPUTERS: Mapping[str, str] = {
    "median": 'SimpleImputer(strategy="median", add_indicator=True)',
    "nearest": "KNNImputer(n_neighbors=10, add_indicator=True)",
    "iterative": "IterativeImputer(max_iter=5, n_nearest_features=20, random_state=0, add_indicator=True)",
}


@dataclass(frozen=True)
class _Numbers:
    """What becomes of numbers: the scaler, the share clipped at each end (None: none), how gaps are filled."""

    scaler: str
    clip: float | None = None
    imputer: str = "median"


_SCALED: Mapping[str, _Numbers] = {
    "linear": _Numbers("StandardScaler()"),
    "robust": _Numbers("RobustScaler()"),
    "quantile": _Numbers('QuantileTransformer(n_quantiles=100, output_distribution="normal", random_state=0)'),
    "power": _Numbers("PowerTransformer()", clip=0.0),
    "clipped": _Numbers("StandardScaler()", clip=0.01),
    "nearest imputation": _Numbers("StandardScaler()", imputer="nearest"),
    "iterative imputation": _Numbers("StandardScaler()", imputer="iterative"),
}


def preprocessing(task: Task, kind: str) -> str:
    """Write a ``preprocessing`` block.

    Parameters
    ----------
    task : Task
    kind : str
        "least", "native" (categories as the model takes them) or "target encoding"; codes for categories: "trees",
        "rare categories", "missing indicators"; one column a category and scaled numbers: "linear", "robust",
        "quantile", "power", "clipped", "nearest imputation", "iterative imputation".
    """
    texts = task.names("text")
    if kind in _TREES or (kind == "native" and texts):
        return _codes(task, texts, kind)
    if kind in _SCALED:
        return _one_hot(task, texts, _SCALED[kind])
    if kind == "target encoding":
        return render("preprocessing_target_encoding", is_regression=not problem_of(task).has_labels)
    return render(f"preprocessing_{kind}")


def _codes(task: Task, texts: list[str], kind: str) -> str:
    high = [
        c.name for c in task.columns if c.role == "categorical" and c.n_unique > _MANY_VALUES and c.name != task.group
    ]
    return render(
        "preprocessing_trees",
        high=high,
        texts=texts,
        text_steps=_text_steps(texts),
        rare=kind == "rare categories",
        indicators=kind == "missing indicators",
        is_regression=not problem_of(task).has_labels,
    )


def _one_hot(task: Task, texts: list[str], numbers: _Numbers) -> str:
    return render(
        "preprocessing_linear",
        texts=texts,
        text_steps=_text_steps(texts),
        scaler=numbers.scaler.partition("(")[0],
        scaler_call=numbers.scaler,
        clip=numbers.clip,
        imputer=numbers.imputer,
        imputer_call=_IMPUTERS[numbers.imputer],
        most_categories=_MOST_OF_WIDE if _one_hot_cells(task) > _WIDE_CELLS else None,
    )


def _text_steps(texts: list[str]) -> dict[str, str]:
    """Name the step of each text; scikit-learn keeps two underscores in a step's name for itself."""
    steps: dict[str, str] = {}
    for number, column in enumerate(texts, start=1):
        name = f"text {number}" if "__" in column else f"text {column}"
        steps[column] = free_name(name, {*steps.values(), *(f"text {other}" for other in texts if other != column)})
    return steps


def _one_hot_cells(task: Task) -> int:
    """Cells of the matrix that has one column a category."""
    return task.n_compared * sum(c.n_unique for c in task.columns if c.role == "categorical" and c.name != task.group)
