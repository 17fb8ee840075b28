"""Search spaces of hyperparameters, by the estimator that a ``model`` block builds."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Real:
    """A number between bounds, on a logarithmic scale if so marked."""

    low: float
    high: float
    log: bool = False

    def __contains__(self, value: object) -> bool:
        """Whether it is a number between the bounds."""
        return isinstance(value, (int, float)) and self.low <= value <= self.high


@dataclass(frozen=True)
class Whole:
    """A whole number between bounds, on a logarithmic scale if so marked."""

    low: int
    high: int
    log: bool = False

    def __contains__(self, value: object) -> bool:
        """Whether it is a whole number between the bounds."""
        return isinstance(value, int) and self.low <= value <= self.high


@dataclass(frozen=True)
class Choice:
    """One of some values."""

    values: tuple[Any, ...]

    def __contains__(self, value: object) -> bool:
        """Whether it is one of them."""
        return value in self.values


Space = Mapping[str, Real | Whole | Choice]

_FOREST: Space = {
    "n_estimators": Whole(100, 300),
    "min_samples_leaf": Whole(1, 20, log=True),
    "max_features": Real(0.2, 1.0),
}
SPACES: Mapping[str, Space] = {
    "XGB": {
        "n_estimators": Whole(150, 800, log=True),
        "learning_rate": Real(0.01, 0.15, log=True),
        "max_depth": Whole(2, 9),
        "min_child_weight": Real(1, 30, log=True),
        "subsample": Real(0.5, 1.0),
        "colsample_bytree": Real(0.4, 1.0),
        "reg_lambda": Real(0.1, 20, log=True),
    },
    "LGBM": {
        "n_estimators": Whole(150, 800, log=True),
        "learning_rate": Real(0.01, 0.15, log=True),
        "num_leaves": Whole(4, 96, log=True),
        "min_child_samples": Whole(5, 100, log=True),
        "subsample": Real(0.5, 1.0),
        "subsample_freq": Choice((1,)),
        "colsample_bytree": Real(0.4, 1.0),
        "reg_lambda": Real(0.01, 20, log=True),
    },
    "CatBoost": {
        "iterations": Whole(200, 1500, log=True),
        "learning_rate": Real(0.01, 0.2, log=True),
        "depth": Whole(3, 9),
        "l2_leaf_reg": Real(1, 30, log=True),
        "one_hot_max_size": Choice((2, 16)),
        "max_ctr_complexity": Choice((1, 2)),
    },
    "HistGradientBoosting": {
        "max_iter": Whole(100, 600, log=True),
        "learning_rate": Real(0.01, 0.2, log=True),
        "max_leaf_nodes": Whole(4, 64, log=True),
        "min_samples_leaf": Whole(5, 100, log=True),
        "l2_regularization": Real(0.01, 20, log=True),
    },
    "RandomForest": _FOREST,
    "ExtraTrees": _FOREST,
    "LogisticRegression": {"C": Real(0.001, 100, log=True)},
    "Ridge": {"alpha": Real(0.001, 1000, log=True)},
    "KNeighbors": {"n_neighbors": Whole(3, 100, log=True), "weights": Choice(("uniform", "distance"))},
    "RealMLP": {
        "hidden_sizes": Choice(("rectangular",)),
        "hidden_width": Choice((64, 128, 256, 384)),
        "n_hidden_layers": Whole(1, 5),
        "lr": Real(0.01, 0.2, log=True),
        "p_drop": Choice((0.0, 0.15, 0.3)),
        "act": Choice(("selu", "mish", "relu")),
    },
    "MLP": {
        "hidden_layer_sizes": Choice(([32], [64, 32], [128], [128, 64], [128, 64, 32])),
        "alpha": Real(1e-5, 1, log=True),
        "learning_rate_init": Real(1e-4, 1e-2, log=True),
    },
    "DecisionTree": {"max_depth": Whole(2, 12), "min_samples_leaf": Whole(1, 100, log=True)},
}


def _values(*values: Any, of: str) -> Mapping[str, Any]:
    return dict(zip(SPACES[of], values, strict=True))


KNOWN: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "XGB": (
        _values(400, 0.02, 4, 15.0, 0.6, 0.5, 5.0, of="XGB"),
        _values(600, 0.05, 6, 2.0, 0.8, 0.6, 5.0, of="XGB"),
        _values(800, 0.04, 8, 8.0, 0.8, 0.7, 3.0, of="XGB"),
    ),
    "LGBM": (
        _values(300, 0.03, 7, 40, 0.7, 1, 0.5, 5.0, of="LGBM"),
        _values(800, 0.03, 64, 20, 0.8, 1, 0.6, 0.1, of="LGBM"),
    ),
    "HistGradientBoosting": (
        _values(300, 0.04, 7, 30, 5.0, of="HistGradientBoosting"),
        _values(500, 0.05, 31, 20, 1.0, of="HistGradientBoosting"),
    ),
    "LogisticRegression": tuple(_values(c, of="LogisticRegression") for c in (0.1, 10.0, 0.01)),
    "Ridge": tuple(_values(alpha, of="Ridge") for alpha in (10.0, 100.0, 0.1)),
}
"""Tried before any search: settings that did well on the measured tables, from small trees to large, and penalties of
linear models, stronger and weaker."""


_COUNTS = ("n_estimators", "iterations", "max_iter")
"""Where a model stops early, the number of trees is a limit and not to be tuned."""


def find_known(model_source: str) -> tuple[Mapping[str, Any], ...]:
    """Find the known good settings of the estimator that a ``model`` block names."""
    space = find_space(model_source) or {}
    known = next((known for name, known in KNOWN.items() if name in model_source), ())
    return tuple({k: v for k, v in settings.items() if k in space} for settings in known)


def find_space(model_source: str) -> Space | None:
    """Find the space of the estimator that a ``model`` block names; None when it is not known.

    What the block sets itself beside ``**params`` is not to be searched: given twice, it would be an error.
    """
    space = next((space for name, space in SPACES.items() if name in model_source), None)
    if space is None or "RegressionCV" in model_source:
        return None  # one that chooses its penalty itself
    without = {*_set_inside(model_source), *(_COUNTS if "StopsEarly" in model_source else ())}
    return {name: part for name, part in space.items() if name not in without} or None


def _set_inside(model_source: str) -> set[str]:
    """Names of the arguments that calls with ``**`` are given by name."""
    calls = [node for node in ast.walk(ast.parse(model_source)) if isinstance(node, ast.Call)]
    passing = [c for c in calls if any(k.arg is None for k in c.keywords)]
    return {k.arg for c in passing for k in c.keywords if k.arg is not None}
