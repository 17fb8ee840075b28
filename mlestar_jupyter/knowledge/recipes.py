"""Recipes: build the source of blocks for a task, written like a good data scientist's cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.task import Column, Task

if TYPE_CHECKING:
    from jinja2 import Environment

WIDE = 1_000  # more columns than that, and each tree sees a share of them, in coarse bins
_MANY_VALUES = 30
_MAX_NUMBERS, _MAX_GROUPS, _MAX_CROSSES = 8, 3, 6
_FEWEST, _MOST = 2, 50  # values of a category that others are grouped or crossed by
_CODES = 12  # whole numbers with at most so many values may be codes
_LONGEST_LIST = 80
_MANY = 200  # so many more numbers than other columns: the others are listed instead
_WIDE_CELLS, _MOST_OF_WIDE = 20_000_000, 30  # past 160 MB of one-hot columns, the commonest categories only
_GROWTH_IMPORTS = (
    "import numpy as np",
    "from sklearn.base import BaseEstimator, RegressorMixin, clone",
    "from sklearn.linear_model import Ridge",
    "from sklearn.preprocessing import StandardScaler",
)
_PERIODS = {"hour": 24, "hr": 24, "weekday": 7, "month": 12, "mnth": 12}


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["literal"] = _literal
    return environment


def _literal(value: Any) -> str:
    """Write a value as Python does, text in double quotes."""
    if isinstance(value, str):
        return repr(value) if '"' in value or "\\" in value else f'"{value}"'
    if isinstance(value, (list, tuple)):
        first, last = "[]" if isinstance(value, list) else "()"
        items = list(map(_literal, value))
        text = ", ".join(items)
        return f"{first}{_wrapped(items) if len(text) > _LONGEST_LIST else text}{last}"
    return repr(value)


def _wrapped(items: Sequence[str]) -> str:
    """Set a long list in lines, never breaking an item: it may hold blanks."""
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) > _LONGEST_LIST:
            lines.append("")
        lines[-1] += f"{item}, "
    return "\n" + "".join(f"        {line.rstrip()}\n" for line in lines) + "    "


def _render(template: str, **values: Any) -> str:
    text = _environment().get_template(f"{template}.py.j2").render(**values)
    return text.strip("\n") + "\n"


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
    return _render(
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


# --- features -----------------------------------------------------------------------------------------------------


def features_none() -> str:
    """Leave the columns as they are."""
    return _render("features_none")


def feature_techniques(task: Task) -> dict[str, tuple[str, str]]:
    """Feature techniques that apply to a task.

    Returns
    -------
    dict
        Name to (definition, expression that makes the transformer).
    """
    numbers = _amounts(task)
    groups = [
        c.name
        for c in task.columns
        if c.role == "categorical" and _FEWEST <= c.n_unique <= _MOST and c.name != task.group
    ]
    found: dict[str, tuple[str, str]] = {}
    if len(numbers) > 1:
        found["ratios"] = (_render("features_ratios", amounts=numbers), "FunctionTransformer(add_ratios)")
    if numbers and groups:
        text = _render("features_group_means", groups=groups[-_MAX_GROUPS:], numbers=numbers[:2])
        found["group means"] = (text, "GroupMeans()")
    if len(groups) > 1:
        smallest = sorted(groups, key=lambda g: -next(c.n_unique for c in task.columns if c.name == g))[:4]
        pairs = list(combinations(sorted(smallest), 2))[:_MAX_CROSSES]
        found["crosses"] = (_render("features_crosses", pairs=pairs), "FunctionTransformer(add_crosses)")
    many = [c.name for c in task.columns if c.role == "categorical" and c.n_unique > 5 and c.name != task.group]
    if many:
        found["frequencies"] = (_render("features_frequency", columns=many), "Frequencies()")
    if any(c.missing > 0 for c in task.columns):
        found["missing count"] = (_render("features_missing_count"), "FunctionTransformer(add_missing_count)")
    cycles = _cycles(task)
    if cycles:
        found["cycles"] = (_render("features_cyclic", cycles=cycles), "FunctionTransformer(add_cycles)")
    return found


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


def features(techniques: Sequence[tuple[str, str]]) -> str:
    """Write a ``features`` block from one or more techniques."""
    if not techniques:
        return features_none()
    text = "\n\n".join(definition for definition, _ in techniques)
    imports = []
    if "combinations(" in text:
        imports.append("from itertools import combinations")
        imports.append("")
    if "np." in text:
        imports.append("import numpy as np")
    if "BaseEstimator" in text:
        imports.append("from sklearn.base import BaseEstimator, TransformerMixin")
    if len(techniques) > 1:
        imports.append("from sklearn.pipeline import make_pipeline")
    if any("FunctionTransformer" in expression for _, expression in techniques):
        imports.append("from sklearn.preprocessing import FunctionTransformer")
    expressions = [expression for _, expression in techniques]
    made = expressions[0] if len(expressions) == 1 else f"make_pipeline({', '.join(expressions)})"
    end = f'\n\ndef make_features():\n    """Add columns; the given ones stay."""\n    return {made}\n'
    return "\n".join(imports) + "\n\n\n" + text + end


def features_behind(block: str, techniques: Sequence[tuple[str, str]]) -> str:
    """Add techniques behind what a block already makes, whoever wrote it."""
    earlier = f"make_earlier_features_{1 + len(re.findall(r'def make_earlier_features_', block))}"
    kept = re.sub(r"\bmake_features\b", earlier, re.sub(r"\A# mlestar:[^\n]*\n", "", block))
    imports, _, added = features(techniques).partition("\n\n\n")
    imports = re.sub(r"\n?from sklearn.pipeline import make_pipeline", "", imports)
    parts = ", ".join([f"{earlier}()", *(expression for _, expression in techniques)])
    definitions = added.rpartition("def make_features")[0].rstrip()
    return (
        f"{imports}\nfrom sklearn.pipeline import make_pipeline\n\n{kept.strip()}\n\n\n{definitions}\n\n\n"
        f'def make_features():\n    """What was there, and more columns."""\n    return make_pipeline({parts})\n'
    )


# --- preprocessing ------------------------------------------------------------------------------------------------


def preprocessing(task: Task, kind: str) -> str:
    """Write a ``preprocessing`` block.

    Parameters
    ----------
    task : Task
    kind : {"trees", "native", "linear", "robust", "quantile", "target encoding", "least"}
    """
    texts = task.names("text")
    if kind == "trees" or (kind == "native" and texts):
        high = [
            c.name
            for c in task.columns
            if c.role == "categorical" and c.n_unique > _MANY_VALUES and c.name != task.group
        ]
        return _render("preprocessing_trees", high=high, texts=texts)
    scalers = {
        "linear": ("StandardScaler", "StandardScaler()"),
        "robust": ("RobustScaler", "RobustScaler()"),
        "quantile": (
            "QuantileTransformer",
            'QuantileTransformer(n_quantiles=100, output_distribution="normal", random_state=0)',
        ),
    }
    if kind in scalers:
        scaler, call = scalers[kind]
        most = _MOST_OF_WIDE if _one_hot_cells(task) > _WIDE_CELLS else None
        return _render("preprocessing_linear", texts=texts, scaler=scaler, scaler_call=call, most_categories=most)
    return _render(f"preprocessing_{kind.replace(' ', '_')}")


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
    own = recipe["classification" if task.is_classification else "regression"]
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
        }
        imports.extend(_GROWTH_IMPORTS)
    source = _render(
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
    return _render("hyperparameters", params=dict(params))


def plain_model(task: Task) -> str:
    """Write the neutral ``model`` block: the simplest sensible model, whatever the parameters."""
    estimator = "LogisticRegression(max_iter=1000)" if task.is_classification else "Ridge()"
    return _render(
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
        return _render("validation", splitter="TimeSeriesSplit", title=title, arguments=arguments)
    if task.is_grouped:
        name = "StratifiedGroupKFold" if task.is_classification else "GroupKFold"
        return _render("validation", splitter=name, title="A group is never on both sides", arguments=shuffled)
    if task.is_classification:
        return _render(
            "validation", splitter="StratifiedKFold", title="Each fold has the classes' shares", arguments=shuffled
        )
    return plain_validation(task)


def plain_validation(task: Task) -> str:
    """Write the neutral ``validation`` block: plain shuffled k-fold."""
    arguments = f"5, shuffle=True, random_state={task.seed % 2**32}"
    return _render("validation", splitter="KFold", title="Plain k-fold", arguments=arguments)
