"""Recipes that change a ``model`` block, whoever wrote it: what stands around the estimator, or its weights."""

from __future__ import annotations

import re

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.families.recognition import Recognised, recognise
from mlestar_jupyter.knowledge.models import fixed_model
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.problems.registry import problem_of
from mlestar_jupyter.problems.splitters import FOLDS

_NEEDS_ITS_TABLE = frozenset({"StopsEarly", "WithCategories", "OverGrowth"})
"""Classes of our recipes that split the rows, or know columns by their names."""
_BALANCED = frozenset({"class_weight", "auto_class_weights"})


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

    One that stops early would stop by copies of what it was fitted on.
    """
    if recognise(source).classes & _NEEDS_ITS_TABLE:
        return None
    return _wrapped(task, "jittered", _inner(source))


def balanced(task: Task, source: str) -> str | None:
    """Let rows of rare classes count as much as the others; None where the estimator has no such parameter.

    Where it takes weights of rows alone, they are given to the fit of a model that stops early.
    """
    model = recognise(source)
    if not problem_of(task).has_labels or model.family is None:
        return None
    if any(_BALANCED & set(made.given) for made in model.made):
        return None
    if model.family.weighs_rows:
        weighed = 'super().fit(X_fit, y_fit, sample_weight=compute_sample_weight("balanced", y_fit), '
        changed = source.replace("super().fit(X_fit, y_fit, ", weighed)
        imported = "from sklearn.utils import compute_sample_weight\n"
        is_new = changed != source and weighed not in source
        return imported + _unmarked(changed) if is_new else None
    changed = _with_argument(source, model, model.family.weights) if model.family.weights else source
    return None if changed == source else _unmarked(changed)


def _with_argument(source: str, model: Recognised, argument: str) -> str:
    """Put an argument before the ``**`` of each call that makes the model."""
    lines = source.splitlines(keepends=True)
    stars = [keyword for made in model.made for keyword in made.call.keywords if keyword.arg is None]
    for row, column in sorted({(k.lineno - 1, k.col_offset) for k in stars}, reverse=True):
        line = lines[row].encode()  # columns count bytes
        lines[row] = (line[:column] + f"{argument}, ".encode() + line[column:]).decode()
    return "".join(lines)


def replacements(task: Task, source: str) -> list[tuple[str, str, str]]:
    """Other estimators that the model's family names for its place: label, source and reason."""
    family = recognise(source).family
    return [
        (
            other.label,
            fixed_model(
                task, imports=other.imports, title=other.title, comments=[other.comment], call=_call(task, other.call)
            ),
            other.reason,
        )
        for other in (() if family is None else family.replacements)
        if task.problem in other.problems
    ]


def _call(task: Task, call: str) -> str:
    """A call, with as many folds within the fit as few rows allow."""
    few = task.folding.inner < FOLDS and "CV(" in call
    return f"{call.removesuffix(')')}, cv={task.folding.inner})" if few else call


def _wrapped(task: Task, template: str, inner: str | None) -> str | None:
    has_labels, folds = problem_of(task).has_labels, task.folding.inner
    return None if inner is None else render(f"model_{template}", inner=inner, classes=has_labels, folds=folds)


def _inner(source: str) -> str | None:
    """The block with its maker under another name; None where that is taken, as the model is wrapped already."""
    renamed = source.replace("def make_model(", "def make_one(", 1)
    if renamed == source or "def make_one(" in source:
        return None
    return _unmarked(renamed).strip("\n")


def _unmarked(source: str) -> str:
    return re.sub(r"\A# mlestar:[^\n]*\n", "", source)
