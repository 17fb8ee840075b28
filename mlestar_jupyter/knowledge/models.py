"""Models around and in place of a model: the source of ``model`` blocks that a refinement tries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.knowledge.rendering import literal, render

Wrapping = Literal["weights", "resampling", "noise"]
_WRAPPERS: dict[Wrapping, tuple[str, str, tuple[str, ...]]] = {
    "weights": (
        "Balanced",
        "The same model with a weight for each class",
        ("from sklearn.utils.class_weight import compute_sample_weight",),
    ),
    "resampling": (
        "EvenClasses",
        "The same model on as many rows of each class",
        ("import numpy as np", "from sklearn.utils import _safe_indexing"),
    ),
    "noise": ("Jittered", "The same model on the rows and on noisy copies", ("import numpy as np",)),
}


def instead(task: Task, recipe: Mapping[str, Any]) -> str:
    """Write another model with settings of its own: ``PARAMS`` belong to the one before."""
    own = ", ".join(f"{name}={literal(value)}" for name, value in recipes.parameters(task, recipe).items())
    source, _ = recipes.model(task, recipe)
    head, definition, body = source.rpartition("def make_model(**params):\n")
    body = body.replace(", **params)", f", {own})").replace(
        '."""', ' at settings of its own; `params` are another\'s."""', 1
    )
    return head + definition + body


def averaged(task: Task, renamed: str) -> str:
    """Write the average over seeds of ``make_one``."""
    seeded = renamed.replace("def make_one(**params)", "def make_one(seed, **params)")
    seeded = seeded.replace("random_state=0", "random_state=seed")
    kind = "VotingClassifier" if task.is_classification else "VotingRegressor"
    soft = ', voting="soft"' if task.is_classification else ""
    return (
        f"from sklearn.ensemble import {kind}\n{seeded}\n\n\ndef make_model(**params):\n"
        f'    """The same model with three seeds, averaged: less variance (Breiman 1996)."""\n'
        f'    return {kind}([(f"seed_{{seed}}", make_one(seed, **params)) for seed in range(3)]{soft})\n'
    )


def calibrated(renamed: str) -> str:
    """Write ``make_one`` with probabilities adjusted on held-out folds."""
    return (
        f"from sklearn.calibration import CalibratedClassifierCV\n{renamed}\n\n\ndef make_model(**params):\n"
        '    """Probabilities adjusted on held-out folds, models averaged over them."""\n'
        '    return CalibratedClassifierCV(make_one(**params), method="sigmoid", cv=5)\n'
    )


def on_logarithm(renamed: str) -> str:
    """Write ``make_one`` on the logarithm of the target."""
    return (
        f"import numpy as np\nfrom sklearn.compose import TransformedTargetRegressor\n{renamed}\n\n\n"
        "def make_model(**params):\n"
        '    """Fitted on the logarithm of the target, for errors that grow with the value (Box & Cox 1964)."""\n'
        "    return TransformedTargetRegressor(make_one(**params), func=np.log1p, inverse_func=np.expm1)\n"
    )


def wrapped(task: Task, renamed: str, kind: Wrapping) -> str:
    """Write ``make_one`` inside of an estimator that changes the rows that it is fitted on."""
    name, title, imports = _WRAPPERS[kind]
    mixin = "ClassifierMixin" if task.is_classification else "RegressorMixin"
    lines = [*imports, f"from sklearn.base import BaseEstimator, {mixin}, clone"]
    return render(
        "model_wrapped",
        imports="\n".join(sorted(lines, key=lambda line: (line.startswith("from"), line))),
        renamed=renamed,
        kind=kind,
        wrapper=name,
        title=title,
        classes=task.is_classification,
    )
