"""What a fitted model uses, asked inside a worker: predictions for shuffled columns, SHAP values of trees.

Nothing here is scored: the truth stays outside of the worker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.seeds import child_seed

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

_PROBED_ROWS, _FEWEST_SHAP_ROWS = 500, 20
_SHAP_WORK = 4e9  # nodes times squared depth times rows that take a few seconds
_SHUFFLING_SHARE, _SHAP_SECONDS = 0.7, 3.0  # of the time left; the library's import alone takes half of these seconds

Ask = Callable[["pd.DataFrame"], Predictions]


@dataclass(frozen=True, eq=False)
class Question:
    """What to ask of a model on the rows that a job predicts.

    Parameters
    ----------
    columns : tuple of str
        Raw columns to shuffle, one at a time.
    repeats : int
        Shuffles of each; fewer where time is short.
    shap_rows : int
        Rows that SHAP values are computed on, at most.
    seed : int
    seconds : float or None
        From the start of the job, its fit included.
    """

    columns: tuple[str, ...]
    repeats: int
    shap_rows: int
    seed: int
    seconds: float | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """What the model said.

    Parameters
    ----------
    shuffled : tuple of tuple of Predictions
        For each column, as far as time allowed, one prediction of all rows a shuffle.
    shap : ndarray of shape (n_columns,) or None
        Mean absolute SHAP values, in the unit of the model's raw output.
    shap_rows : int
    shap_reason : str
        Why there are none; empty where there are.
    """

    shuffled: tuple[tuple[Predictions, ...], ...]
    shap: np.ndarray | None
    shap_rows: int
    shap_reason: str


class _NotApplicableError(Exception):
    """SHAP values cannot be computed for this model; the text says why."""


def answer(
    estimator: Pipeline, X: pd.DataFrame, question: Question, ask: Ask, clock: Callable[[], float]
) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    """Answer a question with a fitted estimator: what goes into the report, and arrays.

    Parameters
    ----------
    estimator : Pipeline or another fitted estimator
    X : DataFrame
        Raw rows that it was not fitted on.
    question : Question
    ask : callable
        Predicts rows.
    clock : callable
        Seconds since the job began.
    """
    arrays = _shuffle(X, question, ask, clock)
    left = None if question.seconds is None else question.seconds - clock()
    if left is not None and left < _SHAP_SECONDS:
        return {"shap_reason": "no time was left for them", "shap_rows": 0}, arrays
    try:
        arrays["shap"], rows = _shap(estimator, X, question)
    except _NotApplicableError as error:
        return {"shap_reason": str(error), "shap_rows": 0}, arrays
    except Exception as error:  # noqa: BLE001 - the library knows only some models; whatever it raises is the reason
        text = " ".join(str(error).split())[:200]
        return {"shap_reason": f"they failed with {type(error).__name__}: {text}", "shap_rows": 0}, arrays
    return {"shap_reason": "", "shap_rows": rows}, arrays


def read_answer(report: Mapping[str, Any], arrays: Mapping[str, np.ndarray], n_rows: int) -> Answer:
    """Read what a worker left.

    Raises
    ------
    ValueError
        When it has not the shape that was asked for.
    """
    values, whole = arrays["shuffled_values"], arrays.get("shuffled_columns")
    if values.ndim != 3 or values.shape[2] != n_rows:  # noqa: PLR2004 - columns, repeats, rows
        raise ValueError(f"{values.shape} predictions of shuffled columns for {n_rows} rows")
    shuffled = tuple(
        tuple(Predictions(values[c, r], None if whole is None else whole[c, r]) for r in range(values.shape[1]))
        for c in range(len(values))
    )
    return Answer(shuffled, arrays.get("shap"), int(report["shap_rows"]), str(report["shap_reason"]))


# --- shuffled columns ---------------------------------------------------------------------------------------------


def _shuffle(X: pd.DataFrame, question: Question, ask: Ask, clock: Callable[[], float]) -> dict[str, np.ndarray]:
    """Predict with one column shuffled after the other, all repeats of a column in one table."""
    import pandas as pd

    start = clock()
    ask(X)
    once = max(clock() - start, 1e-6)
    left = None if question.seconds is None else max(0.0, _SHUFFLING_SHARE * (question.seconds - clock()))
    affordable = question.repeats if left is None else int(left / (once * max(1, len(question.columns))))
    repeats = max(1, min(question.repeats, affordable))
    until = None if left is None else clock() + left
    stacked = pd.concat([X] * repeats, ignore_index=True)
    found: list[Predictions] = []
    for column in question.columns:
        if until is not None and clock() + repeats * once > until:
            break
        found.append(ask(_with_shuffled(stacked, X[column], column, repeats, question.seed)))
    arrays = {"shuffled_values": _stack([p.values for p in found], repeats, len(X))}
    columns = [p.columns for p in found if p.columns is not None]
    if columns:
        arrays["shuffled_columns"] = _stack(columns, repeats, len(X))
    return arrays


def _with_shuffled(stacked: pd.DataFrame, values: pd.Series, column: str, repeats: int, seed: int) -> pd.DataFrame:
    """Copy the stacked rows with one column shuffled within each repeat."""
    generator = np.random.default_rng(child_seed(seed, "shuffle", column))
    order = np.concatenate([generator.permutation(len(values)) for _ in range(repeats)])
    copy = stacked.copy()  # a block may write into what it is given
    copy[column] = values.iloc[order].reset_index(drop=True)
    return copy


def _stack(parts: Sequence[np.ndarray], repeats: int, n_rows: int) -> np.ndarray:
    if not parts:
        return np.empty((0, repeats, n_rows))
    return np.stack([part.reshape(repeats, n_rows, *part.shape[1:]) for part in parts])


# --- SHAP values --------------------------------------------------------------------------------------------------


def _shap(estimator: Pipeline, X: pd.DataFrame, question: Question) -> tuple[np.ndarray, int]:
    """Mean absolute SHAP values of the raw columns, and on how many rows.

    A column of the prepared matrix belongs to the raw columns that change it; where there are several, each has an
    equal part. So one-hot columns, codes and parts of dates are summed back, whatever they are called.
    """
    if not hasattr(estimator, "steps"):
        raise _NotApplicableError("an ensemble has none of its own: its members have them one by one")
    model, preparation = estimator.steps[-1][1], estimator[:-1]
    explainers, weights = _explainers(model)
    generator = np.random.default_rng(child_seed(question.seed, "SHAP"))
    order = generator.permutation(len(X))
    probed = X.iloc[order[:_PROBED_ROWS]].reset_index(drop=True)
    matrix = preparation.transform(probed.copy())
    rows = min(len(probed), question.shap_rows, *(_affordable(e) for e in explainers))
    explained = _dense(matrix[:rows])
    values = sum(w * _values(e, explained) for e, w in zip(explainers, weights, strict=True))
    changed = np.stack(
        [_changed(matrix, preparation.transform(_redrawn(probed, X[c], c, generator))) for c in question.columns], 1
    )
    shares = changed / np.maximum(1, changed.sum(axis=1, keepdims=True))
    by_column = np.einsum("rfk,fc->rck", values, shares)
    return np.abs(by_column).mean(axis=0).sum(axis=-1), rows


def _explainers(model: object) -> tuple[list[Any], np.ndarray]:
    """An explainer for each model of trees, and their weights: an average of models has the average of the values."""
    import shap
    from sklearn.ensemble import VotingClassifier, VotingRegressor

    models, weights = [model], np.ones(1)
    if isinstance(model, (VotingClassifier, VotingRegressor)):
        models = list(model.estimators_)
        weights = np.ones(len(models)) if model.weights is None else np.asarray(model.weights, dtype=float)
    try:
        return [shap.TreeExplainer(m) for m in models], weights / weights.sum()
    except Exception as error:
        if type(error).__name__ != "InvalidModelError":  # the library keeps the class to itself
            raise
        name = type(models[0]).__name__
        raise _NotApplicableError(f"they are computed for models of trees, and this one is {name}") from error


def _affordable(explainer: Any) -> int:
    """On how many rows an explainer is done in seconds: the work grows with nodes and with the square of the depth."""
    values, depth = getattr(explainer.model, "values", None), getattr(explainer.model, "max_depth", None)
    if values is None or not depth:
        return _PROBED_ROWS
    return max(_FEWEST_SHAP_ROWS, int(_SHAP_WORK / (values.shape[0] * values.shape[1] * float(depth) ** 2)))


def _values(explainer: Any, matrix: Any) -> np.ndarray:
    """SHAP values of shape (rows, columns of the matrix, outputs); of two classes, the second's alone."""
    found = explainer.shap_values(matrix, check_additivity=False)
    values = np.stack(found, axis=-1) if isinstance(found, list) else np.asarray(found, dtype=float)
    values = values[:, :, None] if values.ndim == 2 else values  # noqa: PLR2004 - one output
    return values[:, :, -1:] if values.shape[2] == 2 else values  # noqa: PLR2004 - two classes mirror each other


def _dense(matrix: Any) -> Any:
    return matrix.toarray() if hasattr(matrix, "toarray") else matrix


def _redrawn(probed: pd.DataFrame, values: pd.Series, column: str, generator: np.random.Generator) -> pd.DataFrame:
    """Copy the rows with values of a column drawn from all rows."""
    copy = probed.copy()
    copy[column] = values.iloc[generator.integers(0, len(values), len(probed))].reset_index(drop=True)
    return copy


def _changed(before: Any, after: Any) -> np.ndarray:
    """Which columns of a matrix differ; missing values are equal."""
    import pandas as pd

    old, new = (pd.DataFrame(_dense(m)).astype(object) for m in (before, after))
    differs = (old.to_numpy() != new.to_numpy()) & ~(old.isna().to_numpy() & new.isna().to_numpy())
    return np.asarray(differs.any(axis=0))
