"""Recipes of the ``model`` and ``hyperparameters`` blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.names import date_parts
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.problems.registry import problem_of

WIDE = 1_000  # more columns than that, and each tree sees a share of them, in coarse bins
_GROWTH_IMPORTS = (
    "import numpy as np",
    "from sklearn.base import BaseEstimator, RegressorMixin, clone",
    "from sklearn.linear_model import Ridge",
    "from sklearn.preprocessing import StandardScaler",
)
_TUNABLE: Mapping[str, Mapping[str, Any]] = {
    "LGBM": {"reg_lambda": 0.0},
    "XGB": {"reg_lambda": 1.0},
    "CatBoost": {"learning_rate": None, "l2_leaf_reg": 3.0},
}
"""The library's defaults of what is tuned beside the parameters of the cards."""


def model(task: Task, recipe: Mapping[str, Any]) -> tuple[str, str]:
    """Write the ``model`` and ``hyperparameters`` blocks of a card's recipe.

    The recipe gives, by problem type, ``imports`` and ``call``, ``categories`` with the class of a model that is to be
    told which columns are categories, and ``params`` with ``title`` and ``comments``; ``wide`` changes parameters for
    thousands of columns. With ``early_stopping`` the model keeps rows apart to find its number of trees, but not where
    rows are in order of time: the latest rows say most of what comes, and are best fitted on. With ``growth`` the model
    learns the target relative to a line in time; it needs a `growth_column`.
    """
    values, params = _values(task, recipe)
    return model_block(task, settings=None, **values), hyperparameters(params)


def replaced_by(task: Task, recipe: Mapping[str, Any]) -> str:
    """Write a ``model`` block of a card's recipe that works with the parameters of another estimator.

    It has the card's settings in itself, and takes of `params` those that its estimator has too.
    """
    values, params = _values(task, recipe)
    tunable = next((more for name, more in _TUNABLE.items() if name in "".join(values["imports"])), {})
    call = values["call"].replace("**params", "**settings")
    return model_block(task, settings={**tunable, **params}, **{**values, "call": call})


def model_block(task: Task, **values: Any) -> str:
    """Fill in the template of the ``model`` block; some problems put something around the estimator."""
    return problem_of(task).model_block(render("model", **values))


def _values(task: Task, recipe: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the template of the ``model`` block needs, and the parameters beside it."""
    own = recipe[problem_of(task).recipe]
    params, comments = {**recipe.get("params", {}), **own.get("params", {})}, list(recipe.get("comments", []))
    imports, call, stopping = list(own["imports"]), own["call"], None
    if "wide" in recipe and len(task.columns) > WIDE:
        params |= recipe["wide"]
        comments.append("thousands of columns: each tree or split sees a share of them")
    if "early_stopping" in recipe and task.time is None:
        stopping = _stopping(recipe["early_stopping"], imports, call, task)
        params |= recipe["early_stopping"].get("params", {})
        call = "StopsEarly" + call[call.index("(") :].replace("(", f"({stopping['own']}", 1)
    growth = None
    if recipe.get("growth"):
        growth = {
            "column": growth_column(task),
            "year": any(c.name == task.time and c.role == "date" for c in task.columns),
            "matrix": "X.to_numpy()" if "LGBM" in call and _are_refused_by_lightgbm(task) else "X",
        }
        imports.extend(_GROWTH_IMPORTS)
    values = {
        "imports": sorted(imports, key=lambda line: (line.startswith("from"), line)),
        "title": recipe["title"],
        "comments": comments,
        "call": call,
        "categories": own.get("categories", ""),
        "stopping": stopping,
        "growth": growth,
        "classes": problem_of(task).has_labels,
    }
    return values, params


def growth_column(task: Task) -> str | None:
    """Name the column of the prepared matrix that orders the rows in time; None where no line can be drawn over it.

    Free text makes a matrix without names.
    """
    column = next((c for c in task.columns if c.name == task.time), None)
    if column is None or task.names("text") or column.role not in ("date", "numeric"):
        return None
    name = date_parts(task)[column.name]["days"] if column.role == "date" else column.name
    return f"numbers__{name}"


def _are_refused_by_lightgbm(task: Task) -> bool:
    """Whether LightGBM takes no table with these columns: it refuses signs of JSON, and takes a blank for ``_``."""
    names = [c.name for c in task.columns]
    plain = {"".join("_" if sign.isspace() else sign for sign in name) for name in names}
    return len(plain) < len(names) or any(sign in name for name in plain for sign in '",:[]{}')


def _stopping(given: Mapping[str, Any], imports: list[str], call: str, task: Task) -> dict[str, Any]:
    """What the template needs for early stopping; adds to the imports."""
    base, rounds, splits = call.partition("(")[0], given["rounds"], given.get("draws", 1)
    by_callback = base.startswith("LGBM")
    imports.append("from sklearn.model_selection import train_test_split")
    if by_callback:
        imports[:] = [line.replace(base, f"{base}, early_stopping") for line in imports]
    if splits > 1:
        kind = problem_of(task).voting
        imports.append(f"from sklearn.ensemble import {kind}")
    callback = f"callbacks=[early_stopping({rounds}, verbose=False)]"
    arguments = (
        f"eval_X=X_apart, eval_y=y_apart, {callback}" if by_callback else "eval_set=[(X_apart, y_apart)], verbose=False"
    )
    own = "" if by_callback else f"early_stopping_rounds={rounds}, "
    return {"base": base, "rounds": rounds, "splits": splits, "arguments": arguments, "own": own}


def hyperparameters(params: Mapping[str, Any]) -> str:
    """Write a ``hyperparameters`` block."""
    return render("hyperparameters", params=dict(params))


def plain_model(task: Task) -> str:
    """Write the neutral ``model`` block: the simplest sensible model, whatever the parameters."""
    problem = problem_of(task)
    return model_block(
        task,
        imports=[
            "from sklearn.impute import SimpleImputer",
            problem.plain.imports,
            "from sklearn.pipeline import make_pipeline",
            "from sklearn.preprocessing import StandardScaler",
        ],
        title="The simplest sensible model",
        comments=["`params` belong to another estimator: not used"],
        call=f"make_pipeline(SimpleImputer(), StandardScaler(), {problem.plain.call()})",
        categories="",
        stopping=None,
        growth=None,
        settings=None,
        classes=problem.has_labels,
    )
