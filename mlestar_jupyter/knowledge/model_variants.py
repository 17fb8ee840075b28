"""Recipes that change a ``model`` block, whoever wrote it: what stands around the estimator, or its weights."""

from __future__ import annotations

import re

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.models import model_block
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.problems.registry import problem_of

_TAKING_WEIGHTS = ("LGBM", "HistGradientBoosting", "RandomForest", "ExtraTrees", "DecisionTree", "LogisticRegression")
_CALL = re.compile(
    rf"((?:StopsEarly|WithCategories|(?:{'|'.join(_TAKING_WEIGHTS)})(?:Classifier)?)\([^\n]*?)(\*\*(?:params|settings)\))"
)


def averaged_over_seeds(task: Task, source: str) -> str | None:
    """Average the model over three seeds; None where it has none, or is wrapped already."""
    inner = _inner(source)
    if inner is None or "random_state=0" not in inner or problem_of(task).has_columns:
        return None
    seeded = inner.replace("def make_one(**params)", "def make_one(seed, **params)")
    return _wrapped(task, "seeds", seeded.replace("random_state=0", "random_state=seed"))


def calibrated_inside(task: Task, source: str) -> str | None:
    """Calibrate the model's probabilities on held-out folds; None where it is wrapped already."""
    return _wrapped(task, "calibrated", _inner(source)) if problem_of(task).has_probabilities else None


def on_log_target(task: Task, source: str) -> str | None:
    """Fit the model on the logarithm of the target; None where it is wrapped already."""
    return None if problem_of(task).has_labels else _wrapped(task, "log_target", _inner(source))


def under_sampled(task: Task, source: str) -> str | None:
    """Fit the model on as many rows of each class; None where it is wrapped already."""
    return _wrapped(task, "under_sampled", _inner(source)) if problem_of(task).has_labels else None


def jittered(task: Task, source: str) -> str | None:
    """Fit the model on noisy copies of the rows too; None where it is wrapped, or needs columns with names.

    One that stops early would be told when to stop by copies of what it was fitted on.
    """
    if any(name in source for name in ("StopsEarly", "WithCategories", "OverGrowth")):
        return None
    return _wrapped(task, "jittered", _inner(source))


def balanced(task: Task, source: str) -> str | None:
    """Let rows of rare classes count as much as the others; None where the estimator has no such parameter.

    XGBoost has none, but takes weights of rows where it is fitted.
    """
    if not problem_of(task).has_labels or re.search(r"class_weight|compute_sample_weight", source):
        return None
    if "XGB" in source:
        weighed = 'super().fit(X_fit, y_fit, sample_weight=compute_sample_weight("balanced", y_fit), '
        changed = source.replace("super().fit(X_fit, y_fit, ", weighed)
        imported = "from sklearn.utils import compute_sample_weight\n"
        return None if changed == source else imported + _unmarked(changed)
    argument = 'auto_class_weights="Balanced"' if "CatBoost" in source else 'class_weight="balanced"'
    changed = _CALL.sub(rf"\g<1>{argument}, \g<2>", source)
    return None if changed == source else _unmarked(changed)


def penalty_within_the_fold(task: Task, source: str) -> str | None:
    """Choose a linear model's penalty in every fit, by folds within the training fold; None for other models."""
    has_labels = problem_of(task).has_labels
    if has_labels and "LogisticRegression(" in source:
        call = (
            'LogisticRegressionCV(l1_ratios=(0,), scoring="neg_log_loss", max_iter=1000, use_legacy_attributes=False)'
        )
        why = "ten penalties from strong to weak, compared by the log-loss on inner folds"
    elif not has_labels and "Ridge(" in source and "OverGrowth" not in source:
        call = "ElasticNetCV(l1_ratio=[0.1, 0.5, 0.9, 1], max_iter=5000)"
        why = "near a lasso where few columns matter, near a ridge where many do (Zou & Hastie 2005)"
    else:
        return None
    return model_block(
        task,
        imports=[f"from sklearn.linear_model import {call.partition('(')[0]}"],
        title="A linear model whose penalty is chosen within the training fold",
        comments=[why, "`params` belong to another estimator: not used"],
        call=call,
        categories="",
        stopping=None,
        growth=None,
        settings=None,
        classes=has_labels,
    )


def _wrapped(task: Task, template: str, inner: str | None) -> str | None:
    return None if inner is None else render(f"model_{template}", inner=inner, classes=problem_of(task).has_labels)


def _inner(source: str) -> str | None:
    """The block with its maker under another name; None where that is taken, as the model is wrapped already."""
    renamed = source.replace("def make_model(", "def make_one(", 1)
    if renamed == source or "def make_one(" in source:
        return None
    return _unmarked(renamed).strip("\n")


def _unmarked(source: str) -> str:
    return re.sub(r"\A# mlestar:[^\n]*\n", "", source)
