"""Features: techniques that add columns or leave some out, and the ``features`` block that is made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.rendering import render

Technique = tuple[str, str]
"""A definition, and the expression that makes the transformer."""

_MAX_NUMBERS, _MAX_GROUPS, _MAX_CROSSES, _MAX_MULTIPLIED, _MAX_DATES = 8, 3, 6, 4, 3
_FEWEST, _MOST = 2, 50  # values of a category that others are grouped or crossed by
_CODES = 12  # whole numbers with at most so many values may be codes
_FEWEST_TO_REDUCE, _MOST_COMPONENTS, _FEWEST_TO_SELECT = 4, 5, 8
_PERIODS = {"hour": 24, "hr": 24, "weekday": 7, "month": 12, "mnth": 12}
_IMPORTS = (
    ("combinations(", "from itertools import combinations\n"),
    ("np.", "import numpy as np"),
    ("pd.", "import pandas as pd"),
    ("is_numeric_dtype(", "from pandas.api.types import is_numeric_dtype"),
    ("BaseEstimator", "from sklearn.base import BaseEstimator, TransformerMixin"),
    ("KMeans(", "from sklearn.cluster import KMeans"),
    ("PCA(", "from sklearn.decomposition import PCA"),
    ("mutual_info_classif", "from sklearn.feature_selection import mutual_info_classif"),
    ("mutual_info_regression", "from sklearn.feature_selection import mutual_info_regression"),
    ("SimpleImputer(", "from sklearn.impute import SimpleImputer"),
    ("make_pipeline(", "from sklearn.pipeline import make_pipeline"),
    ("FunctionTransformer(", "from sklearn.preprocessing import FunctionTransformer"),
    ("StandardScaler(", "from sklearn.preprocessing import StandardScaler"),
)


def none() -> str:
    """Leave the columns as they are."""
    return render("features_none")


def techniques(task: Task) -> dict[str, Technique]:
    """Techniques that apply to a task, those that help most often first."""
    found: dict[str, Technique] = {}
    numbers, groups = _amounts(task), _groups(task)
    if len(numbers) > 1:
        found["ratios"] = (render("features_ratios", amounts=numbers), "FunctionTransformer(add_ratios)")
    if numbers and groups:
        text = render("features_group_means", groups=groups[-_MAX_GROUPS:], numbers=numbers[:2])
        found["group means"] = (text, "GroupMeans()")
    if len(groups) > 1:
        smallest = sorted(groups, key=lambda g: -next(c.n_unique for c in task.columns if c.name == g))[:4]
        pairs = list(combinations(sorted(smallest), 2))[:_MAX_CROSSES]
        found["crosses"] = (render("features_crosses", pairs=pairs), "FunctionTransformer(add_crosses)")
    many = [c.name for c in task.columns if c.role == "categorical" and c.n_unique > 5 and c.name != task.group]
    if many:
        found["frequencies"] = (render("features_frequency", columns=many), "Frequencies()")
    if any(c.missing > 0 for c in task.columns):
        found["missing count"] = (render("features_missing_count"), "FunctionTransformer(add_missing_count)")
    cycles = _cycles(task)
    if cycles:
        found["cycles"] = (render("features_cyclic", cycles=cycles), "FunctionTransformer(add_cycles)")
    return found | _further(task, numbers)


def _further(task: Task, numbers: Sequence[str]) -> dict[str, Technique]:
    """Those that help more rarely."""
    found: dict[str, Technique] = {}
    dates, texts = task.names("date"), task.names("text")
    if len(numbers) > 1:
        text = render("features_products", amounts=numbers[:_MAX_MULTIPLIED])
        found["products"] = (text, "FunctionTransformer(add_products)")
    if dates:
        pairs = list(combinations(dates[:_MAX_DATES], 2))
        text = render("features_dates", dates=dates[:_MAX_DATES], pairs=pairs)
        found["date parts"] = (text, "FunctionTransformer(add_date_parts)")
    if texts:
        found["text sizes"] = (render("features_texts", texts=texts), "FunctionTransformer(add_text_sizes)")
    if len(numbers) >= _FEWEST_TO_REDUCE:
        found["clusters"] = (render("features_clusters", amounts=numbers), "Clusters()")
        count = min(_MOST_COMPONENTS, len(numbers) - 1)
        found["components"] = (render("features_components", amounts=numbers, count=count), "Components()")
    if len(task.columns) >= _FEWEST_TO_SELECT and not texts:
        text = render("features_selection", classes=task.is_classification)
        found["selection"] = (text, "Informative()")
    return found


def _groups(task: Task) -> list[str]:
    """Categories of a few values each."""
    return [
        c.name
        for c in task.columns
        if c.role == "categorical" and _FEWEST <= c.n_unique <= _MOST and c.name != task.group
    ]


def _amounts(task: Task) -> list[str]:
    """The numeric columns with the most distinct values: amounts rather than codes."""
    numeric = [
        c for c in task.columns if c.role == "numeric" and c.n_unique > _CODES and c.name not in (task.group, task.time)
    ]
    chosen = sorted(numeric, key=lambda c: -c.n_unique)[:_MAX_NUMBERS]
    return [c.name for c in task.columns if c in chosen]


def _cycles(task: Task) -> list[tuple[str, int]]:
    found = [
        (f"{c.name}_{part}", period)
        for c in task.columns
        if c.role == "date"
        for part, period in (("hour", 24), ("weekday", 7), ("month", 12))
    ]
    named = [
        (c.name, _PERIODS[c.name.lower()]) for c in task.columns if c.role == "numeric" and c.name.lower() in _PERIODS
    ]
    return [*found, *named]


def block(chosen: Sequence[Technique]) -> str:
    """Write a ``features`` block from one or more techniques."""
    if not chosen:
        return none()
    text = "\n\n".join(definition for definition, _ in chosen)
    expressions = [expression for _, expression in chosen]
    made = expressions[0] if len(expressions) == 1 else f"make_pipeline({', '.join(expressions)})"
    end = f'\n\ndef make_features():\n    """Add columns; the given ones stay."""\n    return {made}\n'
    if "Informative()" in expressions:
        end = end.replace("Add columns; the given ones stay.", "The columns that the model gets.")
    imports = [line for needle, line in _IMPORTS if needle in text + made]
    return "\n".join(imports) + "\n\n\n" + text + end


def behind(source: str, chosen: Sequence[Technique]) -> str:
    """Add techniques behind what a block already makes, whoever wrote it."""
    earlier = f"make_earlier_features_{1 + len(re.findall(r'def make_earlier_features_', source))}"
    kept = re.sub(r"\bmake_features\b", earlier, re.sub(r"\A# mlestar:[^\n]*\n", "", source))
    imports, _, added = block(chosen).partition("\n\n\n")
    imports = re.sub(r"\n?from sklearn.pipeline import make_pipeline", "", imports)
    parts = ", ".join([f"{earlier}()", *(expression for _, expression in chosen)])
    definitions = added.rpartition("def make_features")[0].rstrip()
    return (
        f"{imports}\nfrom sklearn.pipeline import make_pipeline\n\n{kept.strip()}\n\n\n{definitions}\n\n\n"
        f'def make_features():\n    """What was there, and more columns."""\n    return make_pipeline({parts})\n'
    )
