"""Recipes of the ``model`` and ``hyperparameters`` blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.families.base import Family, Stopping
from mlestar_jupyter.families.recognition import family_of
from mlestar_jupyter.knowledge.preprocessing import encodings
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.modalities.date import date_parts
from mlestar_jupyter.problems.registry import problem_of

_FEW = 100  # fewer rows than that, and a model looks at fewer of them at once
_SPARED = 40  # rows of the rarest class, of which a tenth is kept apart in every fit
_MOST_BINS, _BINS_OF_COLUMN = 255_000, 255  # more of them, and each tree sees a share of the columns
_GROWTH_IMPORTS = (
    "import numpy as np",
    "from sklearn.base import BaseEstimator, RegressorMixin, clone",
    "from sklearn.linear_model import Ridge",
    "from sklearn.preprocessing import StandardScaler",
)


def model(task: Task, recipe: Mapping[str, Any]) -> tuple[str, str]:
    """Write the ``model`` and ``hyperparameters`` blocks of a card's recipe.

    The recipe gives, by problem type, ``imports`` and ``call``, ``categories`` with the class of a model that is to be
    given which columns are categories, and ``params`` with ``title`` and ``comments``; ``wide`` changes parameters for
    thousands of columns, ``few`` for less than a hundred rows. With ``early_stopping`` the model keeps rows apart to
    find its number of trees, but not where rows are in order of time (the latest rows say most of what comes, and are
    best fitted on) or a class has few of them. With ``growth`` the model learns the target relative to a line in time;
    it needs a `growth_column`.
    """
    values, params = _values(task, recipe)
    return model_block(task, settings=None, **values), hyperparameters(params)


def replaced_by(task: Task, recipe: Mapping[str, Any]) -> str:
    """Write a ``model`` block of a card's recipe that works with the parameters of another estimator.

    It has the card's settings in itself, and takes of `params` those that its estimator has too.
    """
    values, params = _values(task, recipe)
    family = _family(task, recipe)
    defaults = {} if family is None else family.defaults
    call = values["call"].replace("**params", "**settings")
    return model_block(task, settings={**defaults, **params}, **{**values, "call": call})


def model_block(task: Task, **values: Any) -> str:
    """Fill in the template of the ``model`` block; some problems put something around the estimator."""
    return problem_of(task).model_block(render("model", **values))


def _family(task: Task, recipe: Mapping[str, Any]) -> Family | None:
    """The family of a recipe's estimator."""
    own = recipe[problem_of(task).recipe]
    return family_of(own["imports"], own.get("categories") or own["call"].partition("(")[0])


def _values(task: Task, recipe: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the template of the ``model`` block needs, and the parameters beside it."""
    own = recipe[problem_of(task).recipe]
    family = _family(task, recipe)
    params, comments = {**recipe.get("params", {}), **own.get("params", {})}, list(recipe.get("comments", []))
    imports, call, stopping = list(own["imports"]), own["call"], None
    if "few" in recipe and task.n_compared < _FEW:
        params |= recipe["few"]
    if "wide" in recipe and is_wide(task):
        params |= recipe["wide"]
        comments.append("thousands of columns: each tree or split sees a share of them")
    rule = family.stopping if family is not None and task.time is None and _can_spare_rows(task) else None
    if "early_stopping" in recipe and rule is not None:
        stopping = _stopping(recipe["early_stopping"], rule, imports, call, task)
        params |= recipe["early_stopping"].get("params", {})
        call = "StopsEarly" + call[call.index("(") :].replace("(", f"({stopping['own']}", 1)
    if family is not None and family.name in task.on_gpu:
        call = call.replace("(", f"({family.cuda}, ", 1)
    growth = None
    if recipe.get("growth"):
        growth = {
            "column": growth_column(task),
            "year": any(c.name == task.time and c.role == "date" for c in task.columns),
            "matrix": "X.to_numpy()" if family is not None and _are_refused(task, family) else "X",
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


def is_wide(task: Task) -> bool:
    """Whether the columns have so many values that boosted trees cannot look at the histograms of all for each split.

    A thousand amounts are wide, thousands of flags and small counts are not.
    """
    return sum(min(c.n_unique, _BINS_OF_COLUMN) for c in task.columns) > _MOST_BINS


def _can_spare_rows(task: Task) -> bool:
    """Whether a tenth of the rows that a fit is given has rows of every class."""
    return task.rarest_class * task.n_compared >= _SPARED


def growth_column(task: Task) -> str | None:
    """Name the column of the prepared matrix that orders the rows in time; None where no line can be drawn over it.

    Columns that have steps of their own make a matrix without names.
    """
    column = next((c for c in task.columns if c.name == task.time), None)
    if column is None or encodings(task) or column.role not in ("date", "numeric"):
        return None
    name = date_parts(task)[column.name]["days"] if column.role == "date" else column.name
    return f"numbers__{name}"


def _are_refused(task: Task, family: Family) -> bool:
    """Whether the library takes no table with these names of columns."""
    return family.refuses is not None and family.refuses([c.name for c in task.columns])


def _stopping(
    given: Mapping[str, Any], how: Stopping, imports: list[str], call: str, task: Task
) -> dict[str, str | int]:
    """What the template needs for early stopping; adds to the imports."""
    base, rounds, splits = call.partition("(")[0], given["rounds"], given.get("draws", 1)
    imports.append("from sklearn.model_selection import train_test_split")
    if how.imports:
        imports[:] = [line.replace(base, f"{base}, {how.imports}") for line in imports]
    if splits > 1:
        kind = problem_of(task).voting
        imports.append(f"from sklearn.ensemble import {kind}")
    return {
        "base": base,
        "rounds": rounds,
        "splits": splits,
        "arguments": how.fit.format(rounds=rounds),
        "own": how.constructor.format(rounds=rounds),
    }


def hyperparameters(params: Mapping[str, Any]) -> str:
    """Write a ``hyperparameters`` block."""
    return render("hyperparameters", params=dict(params))


def plain_model(task: Task) -> str:
    """Write the neutral ``model`` block: the simplest sensible model, whatever the parameters."""
    problem = problem_of(task)
    return fixed_model(
        task,
        imports=[
            "from sklearn.impute import SimpleImputer",
            problem.plain.imports,
            "from sklearn.pipeline import make_pipeline",
            "from sklearn.preprocessing import StandardScaler",
        ],
        title="The simplest sensible model",
        comments=[],
        call=f"make_pipeline(SimpleImputer(), StandardScaler(), {problem.plain.call()})",
    )


def fixed_model(task: Task, *, imports: Sequence[str], title: str, comments: Sequence[str], call: str) -> str:
    """Write a ``model`` block that takes no parameters."""
    return model_block(
        task,
        imports=imports,
        title=title,
        comments=[*comments, "`params` belong to another estimator: not used"],
        call=call,
        categories="",
        stopping=None,
        growth=None,
        settings=None,
        classes=problem_of(task).has_labels,
    )
