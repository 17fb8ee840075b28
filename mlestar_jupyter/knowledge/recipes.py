"""Recipes: build the source of blocks for a task, written like a good data scientist's cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.knowledge.rendering import render

WIDE = 1_000  # more columns than that, and each tree sees a share of them, in coarse bins
_MANY_VALUES = 30
_MANY = 200  # so many more numbers than other columns: the others are listed instead
_WIDE_CELLS, _MOST_OF_WIDE = 20_000_000, 30  # past 160 MB of one-hot columns, the commonest categories only
_GROWTH_IMPORTS = (
    "import numpy as np",
    "from sklearn.base import BaseEstimator, RegressorMixin, clone",
    "from sklearn.linear_model import Ridge",
    "from sklearn.preprocessing import StandardScaler",
)


# --- cleaning -----------------------------------------------------------------------------------------------------


def cleaning(task: Task, *, codes: bool = False) -> str:
    """Drop what cannot be learned from, convert what is stored as text, take dates apart.

    Parameters
    ----------
    codes : bool
        Whether whole numbers with few values are taken as categories.
    """
    drop = [c.name for c in task.columns if c.role in ("identifier", "constant", "empty") or c.name == task.group]
    kept = [c for c in task.columns if c.name not in drop]
    dates = [c for c in kept if c.role == "date"]
    return render(
        "cleaning",
        drop=drop,
        numbers=(numbers := [c.name for c in kept if c.role == "numeric"]),
        others=others if len(others := [c.name for c in kept if c.role != "numeric"]) < len(numbers) - _MANY else None,
        sentinels=[(c.name, values) for c in kept if (values := _shown_sentinels(c))],
        codes=_code_columns(task) if codes else [],
        texts=[c.name for c in kept if c.role == "text"],
        dates=[c.name for c in dates],
        text_dates=[c.name for c in dates if c.stored_as_text],
    )


def _shown_sentinels(column: Column) -> list[float | str]:
    """Values to turn into missing ones; text where numbers or dates are expected becomes missing by itself."""
    if column.role == "date":
        return []
    return [value for value in column.sentinels if column.role != "numeric" or not isinstance(value, str)]


def _code_columns(task: Task) -> list[str]:
    """Numeric columns of 3 to 12 distinct values."""
    return [c.name for c in task.columns if c.role == "numeric" and 2 < c.n_unique <= 12 and c.name != task.group]


# --- preprocessing ------------------------------------------------------------------------------------------------


def preprocessing(task: Task, kind: str) -> str:
    """Write a ``preprocessing`` block.

    Parameters
    ----------
    task : Task
    kind : {"trees", "native", "linear", "robust", "quantile", "power", "neighbours", "target encoding", "rare", \
"clipped", "least"}
    """
    texts = task.names("text")
    if kind == "trees" or (kind == "native" and texts):
        high = [
            c.name
            for c in task.columns
            if c.role == "categorical" and c.n_unique > _MANY_VALUES and c.name != task.group
        ]
        return render("preprocessing_trees", high=high, texts=texts)
    scalers = {
        "linear": ("StandardScaler", "StandardScaler()"),
        "robust": ("RobustScaler", "RobustScaler()"),
        "power": ("PowerTransformer", "PowerTransformer()"),
        "neighbours": ("StandardScaler", "StandardScaler()"),
        "quantile": (
            "QuantileTransformer",
            'QuantileTransformer(n_quantiles=100, output_distribution="normal", random_state=0)',
        ),
    }
    if kind in scalers:
        scaler, call = scalers[kind]
        most = _MOST_OF_WIDE if _one_hot_cells(task) > _WIDE_CELLS else None
        return render(
            "preprocessing_linear",
            texts=texts,
            scaler=scaler,
            scaler_call=call,
            most_categories=most,
            neighbours=kind == "neighbours",
        )
    return render(f"preprocessing_{kind.replace(' ', '_')}")


def _one_hot_cells(task: Task) -> int:
    """Cells of the matrix that has one column a category."""
    return task.n_compared * sum(c.n_unique for c in task.columns if c.role == "categorical" and c.name != task.group)


# --- models -------------------------------------------------------------------------------------------------------


def model(task: Task, recipe: Mapping[str, Any]) -> tuple[str, str]:
    """Write the ``model`` and ``hyperparameters`` blocks of a card's recipe.

    The recipe gives, by problem type, ``imports`` and ``call``, ``categories`` with the class of a model that is to be
    told which columns are categories, and ``params`` with ``title`` and ``comments``; ``wide`` changes parameters for
    thousands of columns. With ``early_stopping`` the model keeps rows apart to find its number of trees, but not where
    rows are in order of time: the latest rows say most of what comes, and are best fitted on. With ``growth`` the model
    learns the target relative to a line in time; it needs a `growth_column`.
    """
    own, params = recipe[_problem(task)], parameters(task, recipe)
    comments = list(recipe.get("comments", []))
    imports, call, stopping = list(own["imports"]), own["call"], None
    if "wide" in recipe and len(task.columns) > WIDE:
        comments.append("thousands of columns: each tree or split sees a share of them")
    if "early_stopping" in recipe and task.time is None:
        stopping = _stopping(recipe["early_stopping"], imports, call, task)
        call = "StopsEarly" + call[call.index("(") :].replace("(", f"({stopping['own']}", 1)
    growth = None
    if recipe.get("growth"):
        growth = {
            "column": growth_column(task),
            "year": any(c.name == task.time and c.role == "date" for c in task.columns),
        }
        imports.extend(_GROWTH_IMPORTS)
    source = render(
        "model",
        imports=sorted(imports, key=lambda line: (line.startswith("from"), line)),
        title=recipe["title"],
        comments=comments,
        call=call,
        categories=own.get("categories", ""),
        stopping=stopping,
        growth=growth,
        classes=task.is_classification,
    )
    return source, hyperparameters(params)


def _problem(task: Task) -> str:
    return "classification" if task.is_classification else "regression"


def parameters(task: Task, recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a card's model for a task: those of the recipe, for many columns, and for early stopping."""
    params = {**recipe.get("params", {}), **recipe[_problem(task)].get("params", {})}
    if "wide" in recipe and len(task.columns) > WIDE:
        params |= recipe["wide"]
    if "early_stopping" in recipe and task.time is None:
        params |= recipe["early_stopping"].get("params", {})
    return params


def growth_column(task: Task) -> str | None:
    """Name the column of the prepared matrix that orders the rows in time; None where no line can be drawn over it.

    Free text makes a matrix without names.
    """
    column = next((c for c in task.columns if c.name == task.time), None)
    if column is None or task.names("text") or column.role not in ("date", "numeric"):
        return None
    return f"numbers__{column.name}{'_days' if column.role == 'date' else ''}"


def _stopping(given: Mapping[str, Any], imports: list[str], call: str, task: Task) -> dict[str, Any]:
    """What the template needs for early stopping; adds to the imports."""
    base, rounds, splits = call.partition("(")[0], given["rounds"], given.get("draws", 1)
    by_callback = base.startswith("LGBM")
    imports.append("from sklearn.model_selection import train_test_split")
    if by_callback:
        imports[:] = [line.replace(base, f"{base}, early_stopping") for line in imports]
    if splits > 1:
        kind = "VotingClassifier" if task.is_classification else "VotingRegressor"
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
    estimator = "LogisticRegression(max_iter=1000)" if task.is_classification else "Ridge()"
    return render(
        "model",
        imports=[
            "from sklearn.impute import SimpleImputer",
            f"from sklearn.linear_model import {estimator.partition('(')[0]}",
            "from sklearn.pipeline import make_pipeline",
            "from sklearn.preprocessing import StandardScaler",
        ],
        title="The simplest sensible model",
        comments=["`params` belong to another estimator: not used"],
        call=f"make_pipeline(SimpleImputer(), StandardScaler(), {estimator})",
        categories="",
        stopping=None,
        growth=None,
        classes=task.is_classification,
    )


# --- validation ---------------------------------------------------------------------------------------------------


def validation(task: Task) -> str:
    """Write the ``validation`` block: folds that respect time, groups and classes."""
    shuffled = f"5, shuffle=True, random_state={task.seed % 2**32}"
    if task.time is not None:
        title = "Later rows are predicted from earlier ones, from half of them on: less says little of the whole"
        arguments = f"5, test_size={max(1, task.n_compared // 10)}"
        return render("validation", splitter="TimeSeriesSplit", title=title, arguments=arguments)
    if task.is_grouped:
        name = "StratifiedGroupKFold" if task.is_classification else "GroupKFold"
        return render("validation", splitter=name, title="A group is never on both sides", arguments=shuffled)
    if task.is_classification:
        return render(
            "validation", splitter="StratifiedKFold", title="Each fold has the classes' shares", arguments=shuffled
        )
    return plain_validation(task)


def plain_validation(task: Task) -> str:
    """Write the neutral ``validation`` block: plain shuffled k-fold."""
    arguments = f"5, shuffle=True, random_state={task.seed % 2**32}"
    return render("validation", splitter="KFold", title="Plain k-fold", arguments=arguments)
