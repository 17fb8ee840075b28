"""Fit a solution and predict, inside a worker. What leaves it: plain arrays and figures, never a score."""

from __future__ import annotations

import json
import re
import time
import traceback
import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlestar_jupyter.core.build import load_module
from mlestar_jupyter.core.estimators import Estimator
from mlestar_jupyter.core.executor import FitJob
from mlestar_jupyter.core.explanation import answer
from mlestar_jupyter.core.predictions import Form, Predictions, check_shape
from mlestar_jupyter.core.rare_classes import FEW_OF_A_CLASS
from mlestar_jupyter.core.row_time import row_ms
from mlestar_jupyter.environment import cores

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.base import BaseEstimator

_MAX_WARNINGS = 5
_MAX_TEXT = 4000
_COPIES_ON_WRITE = 3


def run_job(job: FitJob, tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Run one job and leave ``report.json`` and arrays in a folder; a failure is a report, too."""
    try:
        report, arrays = _fit_and_predict(job, tables)
    except MemoryError:
        report, arrays = {"kind": "memory", "reason": "out of memory"}, {}
    except Exception as error:  # noqa: BLE001 - whatever a candidate raises is its result
        text = " ".join(str(error).split())[:300]
        report = {"kind": "error", "reason": f"{type(error).__name__}: {text}", "traceback": _own_traceback(error)}
        arrays = {}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    (folder / "report.json").write_text(json.dumps(report))


def _fit_and_predict(
    job: FitJob, tables: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    np.random.seed(job.seed % 2**32)  # noqa: NPY002 - estimators without a random_state draw from the global state
    X = _rows(tables[job.train_table], job.train_rows)
    with warnings.catch_warnings(record=True) as caught:
        _note_warnings(job.module_name)
        start = time.perf_counter()
        estimator = load_module(job.module_name, job.source).build()
        with _threads(job):
            _fit(estimator, X, job.y)
        fitted = time.perf_counter()
        if not job.predict_train:
            del X
        arrays: dict[str, np.ndarray] = {}
        if job.test_table is not None:
            arrays |= _predict(estimator, _rows(tables[job.test_table], job.test_rows), job.form, "")
        predicted = time.perf_counter()
        if job.predict_train:
            arrays |= _predict(estimator, X, job.form, "train_")
        said, more = _answer(job, estimator, tables, start)
        if job.times_row and job.test_table is not None:
            said["row_ms"] = row_ms(estimator, _rows(tables[job.test_table], job.test_rows), job.form)
    if job.model_path is not None:
        import joblib

        joblib.dump(estimator, job.model_path)
    texts = dict.fromkeys(f"{w.category.__name__}: {str(w.message)[:200]}" for w in caught)
    report = {
        "fit_seconds": fitted - start,
        "predict_seconds": predicted - fitted,
        "warnings": list(texts)[:_MAX_WARNINGS],
    }
    return report | said, arrays | more


def _fit(estimator: BaseEstimator, X: pd.DataFrame, y: np.ndarray) -> None:
    """Fit, and say why where the model itself does not: some libraries index a second target that is not there."""
    try:
        estimator.fit(X, y)
    except (IndexError, ValueError) as error:
        from sklearn.utils import get_tags

        model = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
        if y.ndim > 1 or not hasattr(model, "__sklearn_tags__") or get_tags(model).target_tags.single_output:
            raise
        name = type(model).__name__
        raise ValueError(
            f"{name} learns several targets together, and the task has one. Use a model of one target."
        ) from error


def _note_warnings(module_name: str) -> None:
    """Take note of warnings, but of what is to change some day only where the solution's own code brings it about.

    What a library does in itself, its reader cannot mend; of classes with few rows the start says what there is to say.
    """
    warnings.simplefilter("default")
    warnings.filterwarnings("ignore", FEW_OF_A_CLASS, UserWarning)
    for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
        warnings.simplefilter("ignore", category)
        warnings.filterwarnings("default", category=category, module=re.escape(module_name))


def _answer(
    job: FitJob, estimator: Estimator, tables: Mapping[str, pd.DataFrame], start: float
) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    """Answer the job's question on its test rows, where it has one."""
    if job.question is None or job.test_table is None:
        return {}, {}

    def ask(X: pd.DataFrame) -> Predictions:
        found = _predict(estimator, X, job.form, "")
        return Predictions(found["values"], found.get("columns"))

    rows = _rows(tables[job.test_table], job.test_rows)
    return answer(estimator, rows, job.question, ask, lambda: time.perf_counter() - start)


def _threads(job: FitJob) -> AbstractContextManager[object]:
    """Let the members of a model that is to be kept be fitted side by side: no other job runs then."""
    if job.model_path is None:
        return nullcontext()
    from joblib import parallel_config

    return parallel_config(backend="threading", n_jobs=cores())  # type: ignore[no-any-return]


def _rows(table: pd.DataFrame, rows: np.ndarray | None) -> pd.DataFrame:
    """Take rows; all of them without a copy where pandas itself copies on writing, as it does from 3 on."""
    import pandas as pd

    if rows is None:
        return table.copy(deep=int(pd.__version__.partition(".")[0]) < _COPIES_ON_WRITE)
    return table.iloc[rows].reset_index(drop=True)


def _predict(estimator: Estimator, X: pd.DataFrame, form: Form, prefix: str) -> dict[str, np.ndarray]:
    """Predict; columns are those of the task, also those of classes that this fold did not have."""
    predictions = form.ask(estimator, X)
    check_shape(predictions, form, len(X))
    arrays = {f"{prefix}values": predictions.values}
    return arrays if predictions.columns is None else arrays | {f"{prefix}columns": predictions.columns}


def _own_traceback(error: Exception) -> str:
    """Keep the frames from the solution's own source on; ours say nothing to its author."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((i for i, f in enumerate(frames) if f.filename.startswith("<solution_")), 0)
    lines = traceback.format_list(frames[first:]) + traceback.format_exception_only(error)
    return "".join(lines)[-_MAX_TEXT:]
