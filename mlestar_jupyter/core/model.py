"""A fitted model: takes raw rows, answers in the target's own labels, and is saved with its source and its hashes."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from mlestar_jupyter.core.build import load_module
from mlestar_jupyter.core.conformal import Conformity, conformity_of, interval_table
from mlestar_jupyter.core.contract import Contract, to_json
from mlestar_jupyter.core.estimators import Estimator
from mlestar_jupyter.core.files import not_written
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.predictions import Form, Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.core.threads import few_threads
from mlestar_jupyter.core.threshold import with_threshold
from mlestar_jupyter.environment import versions
from mlestar_jupyter.errors import DataError, OutputError

MANIFEST = "manifest.json"
MODEL = "model.joblib"
CONTRACT = "contract.json"
UNCERTAINTY = "uncertainty.json"
_ROWS_AT_A_TIME = 200_000


class HasPandas(Protocol):
    """A table of another library, such as Arrow's or Polars'."""

    def to_pandas(self) -> pd.DataFrame:
        """Give the same table as a DataFrame."""


Meaning = Callable[[str, str, tuple[Any, ...]], tuple[Form, Metric]]
RawRows = pd.DataFrame | pd.Series | Mapping[str, object] | Iterable[Mapping[str, object]] | HasPandas


class FittedModel:
    """A solution's fitted estimator behind the task's own columns and labels.

    Parameters
    ----------
    estimator : object
        Fitted on class codes or numbers.
    solution : Solution
    task : Task
    contract : Contract or None
        How raw rows are read: what each column needs, and what was seen in it. None: the task's own.
    conformity : Conformity or None
        How far out-of-fold predictions were off, for `predict_interval`; None where that is not known.

    Notes
    -----
    Saved with joblib, since blocks may hold any picklable object, which skops cannot promise. The manifest pins
    the files by SHA-256, and loading refuses files that were changed; still, load only what you trust.
    """

    def __init__(
        self,
        estimator: Estimator,
        solution: Solution,
        task: Task,
        contract: Contract | None = None,
        conformity: Conformity | None = None,
    ) -> None:
        self.estimator = estimator
        self.solution = solution
        self.task = task
        self.contract = contract or task.contract
        self.conformity = conformity

    def with_needs(self, X: pd.DataFrame) -> FittedModel:
        """Need also those columns that rows may leave out and yet this model uses, as a few rows show."""
        optional = [c.name for c in self.contract.columns if not c.needed and c.kind != "empty"]
        with few_threads(0):
            used = self.contract.used(self.estimator, X, optional)
        contract = self.contract.with_need(used, X) if used else self.contract
        return FittedModel(self.estimator, self.solution, self.task, contract, self.conformity)

    def with_out_of_fold(self, y: np.ndarray, predictions: Predictions) -> FittedModel:
        """The same with what out-of-fold predictions say of it: its intervals, and the threshold that costs ask for."""
        conformity = conformity_of(self.task, y, predictions)
        return FittedModel(
            self.estimator, self.solution, with_threshold(self.task, y, predictions), self.contract, conformity
        )

    def __repr__(self) -> str:
        return f"FittedModel({type(self.estimator).__name__}, solution {self.solution.id}, target {self.task.target!r})"

    @property
    def classes_(self) -> np.ndarray:
        """The target's own labels, in the order of `predict_proba`'s columns; the positive one last."""
        same = len({type(label) for label in self.task.classes}) == 1
        return np.array(self.task.classes, dtype=None if same else object)

    @property
    def feature_names_in_(self) -> list[str]:
        """The input columns."""
        return self.contract.names

    def predict(self, rows: RawRows) -> np.ndarray:
        """Predict labels or numbers.

        Parameters
        ----------
        rows : DataFrame, Series, dict, dict of lists, list of dict, or any table with ``to_pandas``
            In the table's own columns, in any order; others are ignored with a warning.

        Returns
        -------
        ndarray of shape (n_rows,)

        Raises
        ------
        DataError
            When a column is missing, or a value cannot be read.
        """
        X = self._inputs(rows)
        form = self.task.form
        with few_threads(len(X)):
            return form.decoded(form.predict(self.estimator, X) if len(X) else np.zeros(0))

    def predict_proba(self, rows: RawRows) -> np.ndarray:
        """Predict probabilities, one column a class in the order of `classes_`.

        Raises
        ------
        DataError
            When a column is missing, a value cannot be read, or the model gives no probabilities.
        """
        if not self.gives_probabilities:
            raise DataError("This model gives no probabilities.", mend="Use predict().")
        return self.predict_columns(rows).to_numpy()

    @property
    def gives_probabilities(self) -> bool:
        """Whether there is a `predict_proba`."""
        return self.task.form.has_probabilities and hasattr(self.estimator, "predict_proba")

    def predict_columns(self, rows: RawRows) -> pd.DataFrame:
        """Predict all numbers of an answer, as probabilities or quantiles, in named columns; none where it has one.

        Raises
        ------
        DataError
            When a column is missing, or a value cannot be read.
        """
        X, form = self._inputs(rows), self.task.form
        with few_threads(len(X)):
            found = form.columns(self.estimator, X) if len(X) else None
        if found is None:
            return pd.DataFrame(np.zeros((len(X), 0 if len(X) else len(form.names))))
        return pd.DataFrame(found, columns=list(form.names))

    def predict_interval(self, rows: RawRows, coverage: float = 0.9) -> pd.DataFrame:
        """Predict an interval of each row's number, or the set of labels that it may have, by conformal prediction.

        Parameters
        ----------
        rows : as of `predict`
        coverage : float
            Share of new rows whose truth is to be inside.

        Returns
        -------
        DataFrame of shape (n_rows, 2) or (n_rows, 1)
            Columns ``low`` and ``high``; of labels one column, ``labels``, with tuples, the likeliest first.

        Raises
        ------
        SettingError
            When the coverage is not between 0 and 1.
        DataError
            When a column is missing, a value cannot be read, or it is not known how far predictions are off.
        """
        if self.conformity is None:
            raise DataError(
                "This model has no intervals: no out-of-fold predictions with all that they need are known for it.",
                mend="Use predict(), or a model that gives probabilities, and run %%mlestar foundation.",
            )
        self.conformity.quantile(coverage)
        X = self._inputs(rows)
        with few_threads(len(X)):
            return interval_table(self.conformity, self.task, self.estimator, X, coverage)

    def codes(self, X: pd.DataFrame) -> Predictions:
        """Predict class codes or numbers of many rows, some at a time, as an evaluation has them."""
        starts = range(0, len(X), _ROWS_AT_A_TIME)
        inputs = (self.contract.apply(X.iloc[start : start + _ROWS_AT_A_TIME])[0] for start in starts)
        with few_threads(len(X)):
            parts = [self.task.form.ask(self.estimator, part) for part in inputs]
        columns = [part.columns for part in parts if part.columns is not None]
        return Predictions(np.concatenate([p.values for p in parts]), np.concatenate(columns) if columns else None)

    def _inputs(self, rows: RawRows) -> pd.DataFrame:
        X, notices = self.contract.apply(rows)
        for notice in notices:
            warnings.warn(notice, stacklevel=3)
        return X

    def save(self, folder: str | Path) -> Path:
        """Write the model, its source module, its contract for rows and a manifest with their hashes.

        Raises
        ------
        OutputError
            When the folder cannot be written.
        """
        import joblib

        target = Path(folder)
        module = f"{self.solution.module_name}.py"
        load_module(self.solution.module_name, self.solution.module_source())
        try:
            target.mkdir(parents=True, exist_ok=True)
            (target / module).write_text(self.solution.module_source(), encoding="utf-8")
            joblib.dump(self.estimator, target / MODEL, compress=3)
            (target / CONTRACT).write_text(to_json(self.contract), encoding="utf-8")
            names = [MODEL, module, CONTRACT]
            if self.conformity is not None:
                (target / UNCERTAINTY).write_text(self.conformity.to_json(), encoding="utf-8")
                names.append(UNCERTAINTY)
            hashes = {name: _sha256(target / name) for name in names}
            (target / MANIFEST).write_text(json.dumps(self._manifest(hashes), indent=2, default=str), encoding="utf-8")
        except OSError as error:
            raise not_written(target, error) from error
        return target

    def _manifest(self, hashes: dict[str, str]) -> dict[str, object]:
        task = self.task
        return {
            "schema": 2,
            "solution": self.solution.id,
            "data_id": task.data_id,
            "sha256": hashes,
            "module": self.solution.module_name,
            "blocks": dict(self.solution.sources),
            "members": [dict(m.sources) for m in self.solution.members],
            "versions": versions(),
            "task": {
                "target": task.target,
                "problem": task.problem,
                "metric": {"name": task.metric.name, "greater_is_better": task.metric.greater_is_better},
                "classes": list(task.classes),
                "columns": [
                    {
                        "name": c.name,
                        "role": c.role,
                        "n_unique": c.n_unique,
                        "missing": c.missing,
                        "stored_as_text": c.stored_as_text,
                    }
                    for c in task.columns
                ],
                "time": task.time,
                "group": task.group,
                "n_development": task.n_development,
                "n_holdout": task.n_holdout,
                "seed": task.seed,
                "data_id": task.data_id,
                "threshold": getattr(task.form, "threshold", None),
            },
        }

    @classmethod
    def load(cls, folder: str | Path, meaning: Meaning) -> FittedModel:
        """Load a saved model, after its files have been held against the manifest.

        Parameters
        ----------
        folder : path-like
        meaning : callable
            Finds form and metric of the task by the names of problem type and metric, and the labels.

        Raises
        ------
        OutputError
            When there is no model, or a file was changed since it was saved.
        """
        import joblib

        source = Path(folder)
        if not (source / MANIFEST).exists():
            raise OutputError(f"{source} holds no saved model.", mend="Give a folder that FittedModel.save wrote.")
        manifest = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        for name, expected in manifest["sha256"].items():
            if not (source / name).exists() or _sha256(source / name) != expected:
                raise OutputError(
                    f"{source / name} is not the file that was saved: its hash differs.", mend="Save the model again."
                )
        members = tuple(Solution.of(blocks) for blocks in manifest["members"])
        solution = Solution.of(manifest["blocks"], members)
        load_module(manifest["module"], (source / f"{manifest['module']}.py").read_text(encoding="utf-8"))
        if CONTRACT not in manifest["sha256"]:
            raise OutputError(
                f"The model in {source} was saved by an earlier version, without its contract for rows.",
                mend="Run %%mlestar deployment again.",
            )
        contract = Contract.from_dict(json.loads((source / CONTRACT).read_text(encoding="utf-8")))
        task = _task(manifest["task"], contract, meaning)
        conformity = None
        if UNCERTAINTY in manifest["sha256"]:
            conformity = Conformity.from_json((source / UNCERTAINTY).read_text(encoding="utf-8"))
        return cls(joblib.load(source / MODEL), solution, task, conformity=conformity)


def saved_solution(folder: Path) -> str | None:
    """Id of the solution whose model a folder holds; None where it holds none that can be read."""
    try:
        return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["solution"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _task(given: dict[str, Any], contract: Contract, meaning: Meaning) -> Task:
    classes = tuple(given["classes"])
    form, metric = meaning(given["problem"], given["metric"]["name"], classes)
    if given.get("threshold") is not None:
        form = form.at_threshold(given["threshold"])
    columns = tuple(Column(**c) for c in given["columns"])
    return Task(
        given["target"], given["problem"], form, metric, columns, classes, given["time"], given["group"],
        given["n_development"], given["n_holdout"], given["seed"], given["data_id"], contract=contract,
    )  # fmt: skip


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
