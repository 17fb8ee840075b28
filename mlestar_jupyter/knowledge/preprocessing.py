"""Recipes of the ``preprocessing`` block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.modalities.base import Encoding
from mlestar_jupyter.modalities.category import many_valued
from mlestar_jupyter.modalities.registry import by_modality, input_columns
from mlestar_jupyter.modalities.rendering import with_imports
from mlestar_jupyter.problems.registry import problem_of

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
    own = encodings(task)
    if kind in _TREES or (kind == "native" and own):
        return _codes(task, own, kind)
    if kind in _SCALED:
        return _one_hot(task, own, _SCALED[kind])
    if kind == "target encoding":
        return render(
            "preprocessing_target_encoding",
            is_regression=not problem_of(task).has_labels,
            folds=task.folding.inner,
        )
    return render(f"preprocessing_{kind}")


def encodings(task: Task) -> list[Encoding]:
    """How columns that are neither numbers nor categories become numbers, by steps of their own."""
    columns = [c for c in input_columns(task) if c.name != task.group]
    found = (modality.encoding(chosen) for modality, chosen in by_modality(columns))
    return [encoding for encoding in found if encoding is not None]


def _codes(task: Task, own: list[Encoding], kind: str) -> str:
    high = many_valued(task)
    source = render(
        "preprocessing_trees",
        high=high,
        own=own,
        excluded=_excluded([*(["MANY_VALUES"] if high else []), *(e.constant for e in own)]),
        rare=kind == "rare categories",
        indicators=kind == "missing indicators",
        is_regression=not problem_of(task).has_labels,
        folds=task.folding.inner,
    )
    return with_imports(source, _imports(own))


def _one_hot(task: Task, own: list[Encoding], numbers: _Numbers) -> str:
    source = render(
        "preprocessing_linear",
        own=own,
        excluded=_excluded([e.constant for e in own]),
        scaler=numbers.scaler.partition("(")[0],
        scaler_call=numbers.scaler,
        clip=numbers.clip,
        imputer=numbers.imputer,
        imputer_call=_IMPUTERS[numbers.imputer],
        most_categories=_MOST_OF_WIDE if _one_hot_cells(task) > _WIDE_CELLS else None,
    )
    return with_imports(source, _imports(own))


def _imports(own: list[Encoding]) -> list[str]:
    return [line for encoding in own for line in encoding.imports]


def _excluded(constants: list[str]) -> str:
    """Write the list of all columns that some constants list."""
    return constants[0] if len(constants) == 1 else f"[{', '.join(f'*{name}' for name in constants)}]"


def _one_hot_cells(task: Task) -> int:
    """Cells of the matrix that has one column a category."""
    return task.n_compared * sum(c.n_unique for c in task.columns if c.role == "categorical" and c.name != task.group)
