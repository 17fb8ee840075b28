"""Columns of categories: names, codes, yes and no; also whatever has no other role."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.base import Advice, Measured, Modality, RawColumn, blank_sentinels, text_sentinels
from mlestar_jupyter.modalities.date import hours_of_the_week
from mlestar_jupyter.modalities.names import Pattern, joined
from mlestar_jupyter.modalities.number import amounts
from mlestar_jupyter.modalities.numbering import are_whole
from mlestar_jupyter.modalities.rendering import writer
from mlestar_jupyter.modalities.techniques import TechniqueKind, Values, in_pairs, singly

MANY_VALUES = 30
"""Distinct values from which on a category is rather encoded by the target."""
_FEWEST, _MOST = 2, 50  # values of a category that others are grouped or crossed by
_COMMON = 5
_MOST_GROUPS, _MOST_CROSSES, _MOST_MEANS = 3, 6, 3


class Category(Modality):
    """Names of kinds, codes, yes and no."""

    name = "categorical"
    asked_as = "category"
    keeps_text = True

    def reading(self, raw: RawColumn) -> ColumnReading | None:
        dtype = raw.values.dtype
        if isinstance(dtype, pd.CategoricalDtype):
            return ColumnReading(raw.name, "text", mixed=_has_others(dtype.categories.astype(object)))
        if types.is_bool_dtype(dtype) or raw.inferred == "boolean":
            return ColumnReading(raw.name, "boolean")
        objects = raw.objects if raw.objects is not None and raw.texts.empty else ()
        return ColumnReading(raw.name, "text", mixed=_has_others(objects))

    def asked(self, raw: RawColumn) -> ColumnReading | None:
        return names_of_numbers(raw) or self.reading(raw)

    def described(self, values: pd.Series, reading: ColumnReading) -> Column:
        return Column(reading.name, self.name, 0, 0.0, sentinels=blank_sentinels(values))

    def detect(self, values: pd.Series, reading: ColumnReading) -> Column | None:
        if reading.kind == "boolean":
            return Column(reading.name, self.name, 0, 0.0)
        if reading.kind != "text":
            return None
        return Column(reading.name, self.name, 0, 0.0, sentinels=text_sentinels(values, reading.kept))

    def notices(self, columns: Sequence[Column], readings: Mapping[str, ColumnReading]) -> Iterable[str]:
        del readings
        if counts := [f"{c.name} ({c.n_unique:,})" for c in columns if c.n_unique > MANY_VALUES]:
            yield (
                f"Many distinct categories: {', '.join(counts)}. New rows may have others; --role NAME=ignore leaves a "
                "column out."
            )

    def measured(self, values: pd.Series) -> Measured | None:
        return Measured(values, is_numeric=False)

    def advice(self, columns: Sequence[Column]) -> Iterable[Advice]:
        if chosen := tuple(c for c in columns if c.n_unique > MANY_VALUES):
            advice = "Encode them by the target or by frequency rather than one column a category."
            text = f"More than {MANY_VALUES} categories"
            yield Advice("high-cardinality", "medium", chosen, text, advice, counts=True)

    def techniques(self) -> Mapping[str, TechniqueKind]:
        return {
            "group means": TechniqueKind(
                20, "a row against its group", writer("features_group_means"), "GroupMeans()", _group_means, _mean_names
            ),
            "target means": TechniqueKind(
                30,
                "what the target is on average for a category, and for pairs of them",
                writer("features_target_means"),
                "TargetMeans()",
                _target_means,
                _target_mean_names,
            ),
            "crosses": TechniqueKind(
                60,
                "effects that hold only for combinations",
                writer("features_crosses"),
                "FunctionTransformer(add_crosses)",
                lambda task: {"pairs": pairs} if (pairs := _pairs(task)) else None,
                in_pairs("{} x {}"),
            ),
            "frequencies": TechniqueKind(
                70,
                "how common a category is",
                writer("features_frequency"),
                "Frequencies()",
                lambda task: {"columns": found} if (found := _names_above(task, _COMMON)) else None,
                singly("{} frequency", of="columns"),
            ),
        }


def many_valued(task: Task) -> list[str]:
    """Categories of too many values for a code or a column each."""
    return _names_above(task, MANY_VALUES)


def names_of_numbers(raw: RawColumn) -> ColumnReading | None:
    """Read whole numbers as the names that they are; None where there are others, or none."""
    number = raw.inferred == "integer" or (
        types.is_numeric_dtype(raw.values.dtype) and not types.is_bool_dtype(raw.values.dtype)
    )
    present = raw.values.dropna().to_numpy(dtype=float) if number else np.array([])
    return ColumnReading(raw.name, "text", whole=True) if are_whole(present) else None


def _has_others(values: Iterable[object]) -> bool:
    """Whether there are numbers or dates among texts."""
    return any(isinstance(v, (int, float, np.number, datetime.date, np.datetime64)) for v in values)


# --- columns that techniques work on, and the names of those that they add ----------------------------------------


def _categories(task: Task) -> list[Column]:
    return [c for c in task.columns if c.role == "categorical" and c.name != task.group]


def _names_above(task: Task, values: int) -> list[str]:
    return [c.name for c in _categories(task) if c.n_unique > values]


def _groups(task: Task) -> list[Column]:
    return [c for c in _categories(task) if _FEWEST <= c.n_unique <= _MOST]


def _pairs(task: Task) -> list[tuple[str, str]]:
    """Pairs of the categories with the most values that are still groups."""
    largest = sorted(_groups(task), key=lambda c: -c.n_unique)[:4]
    return list(combinations(sorted(c.name for c in largest), 2))[:_MOST_CROSSES]


def _group_means(task: Task) -> Values | None:
    numbers, groups = amounts(task), [c.name for c in _groups(task)]
    return {"groups": groups[-_MOST_GROUPS:], "numbers": numbers[:2]} if numbers and groups else None


def _mean_names(values: Values) -> list[Pattern]:
    parts = [(number, group) for group in values["groups"] for number in values["numbers"]]
    return [Pattern(text, parts) for text in ("{} mean by {}", "{} from its {} mean")]


def _target_means(task: Task) -> Values | None:
    """Categories of several values, pairs of the smaller ones, and hours of the week."""
    several = [c for c in _categories(task) if c.n_unique > _COMMON]
    keys = [(c.name,) for c in sorted(several, key=lambda c: -c.n_unique)[:_MOST_MEANS]]
    pairs = _pairs(task)[:_MOST_MEANS]
    hours = hours_of_the_week(task)
    if not (keys or pairs or hours):
        return None
    return {
        "keys": [*keys, *pairs, *hours],
        "is_regression": not task.classes,
        "n_classes": len(task.classes),
        "in_time": task.time,
        "folds": task.folding.inner,
    }


def _target_mean_names(values: Values) -> list[Pattern]:
    """Three classes and more have a mean for each, which scikit-learn numbers."""
    n_classes = values["n_classes"]
    ends = [f"_{code}" for code in range(n_classes)] if n_classes > 2 else [""]
    return [Pattern(f"target mean by {joined(keys)}{end}", [keys]) for keys in values["keys"] for end in ends]
