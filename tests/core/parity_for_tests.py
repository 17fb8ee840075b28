"""Fit a solution on a drawn table, and ask it for the same rows in every way: the largest difference of the answers."""

import dataclasses
import json
import random
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from mlestar_jupyter.core.executor import FitJob, Limits
from mlestar_jupyter.core.model import FittedModel
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.data.reading import read_table
from mlestar_jupyter.deployment import probe
from mlestar_jupyter.deployment.service import build_service, plain_rows
from mlestar_jupyter.errors import DataError
from mlestar_jupyter.executors.local.executor import LocalExecutor
from mlestar_jupyter.knowledge.recipes import cleaning
from mlestar_jupyter.problems.recognition import load_model, make_dataset
from mlestar_jupyter.problems.source import preparation_code, solution_script
from tests.core.frames_for_tests import PLAIN, ending, write
from tests.scripts_for_tests import run_script

CLEAN = """import pandas as pd


def clean(X):
    X = X.copy()
    for name in X.columns:
        if pd.api.types.is_datetime64_any_dtype(X[name]):
            X[name] = (X[name].dt.tz_localize(None) - pd.Timestamp("2000-01-01")).dt.total_seconds() / 86400
    return X
"""
PREPROCESS = """from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def make_preprocessor():
    return make_column_transformer(
        (make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler()), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
        sparse_threshold=0,
    )
"""
MODELS = {
    True: "from sklearn.linear_model import LogisticRegression\n\n\ndef make_model(**params):\n    return LogisticRegression(max_iter=50)\n",
    False: "from sklearn.linear_model import Ridge\n\n\ndef make_model(**params):\n    return Ridge()\n",
}


def solution_for(task, *, recipe):
    return Solution.of(
        {
            "cleaning": cleaning(task) if recipe else CLEAN,
            "features": 'def make_features():\n    return "passthrough"\n',
            "preprocessing": PREPROCESS,
            "hyperparameters": "PARAMS = {}\n",
            "model": MODELS[task.form.has_probabilities],
        }
    )


_PREDICTED = ("frame", "one dict")
"""Ways of which the predictions are compared; of the others, that the very same rows come of them."""


class Fit:
    """A solution fitted by a worker, and what the worker predicted of the same rows."""

    def __init__(self, dataset, executor, folder, *, recipe=False, name="table"):
        task, rows = dataset.task, dataset.development
        solution = solution_for(task, recipe=recipe)
        path = folder / "model.joblib"
        executor.share(name, rows.X)
        job = FitJob(
            solution.module_name, solution.module_source(), name, name, None, np.arange(len(rows)), rows.y, task.form,
            task.seed, model_path=str(path),
        )  # fmt: skip
        (result,) = executor.run([job], Limits())
        assert hasattr(result, "predictions"), result.reason
        import joblib

        from mlestar_jupyter.core.build import load_module

        load_module(solution.module_name, solution.module_source())
        self.model = FittedModel(joblib.load(path), solution, task)
        self.again = load_model(self.model.save(folder / "saved"))
        self.truth, self.X = result.predictions, rows.X

    def reading(self, rows, positions=None):
        """How far rows are, as the contract reads them, from those that the worker was given."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            found, _ = self.model.contract.apply(rows)
        wanted = self.X if positions is None else self.X.iloc[positions].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-12, atol=0)
        return 0.0

    def difference(self, rows, positions=None, model=None):
        """How far the answers for some rows are from the worker's."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return self._difference(rows, positions, model or self.model)

    def _difference(self, rows, positions, model):
        chosen = np.arange(len(self.truth.values)) if positions is None else np.asarray(positions)
        values, found = self.truth.values[chosen], model.predict(rows)
        assert len(found) == len(chosen)
        if not model.task.form.has_probabilities:
            return float(np.max(np.abs(found - values) / np.maximum(1, np.abs(values))))
        assert list(found) == list(model.classes_[values])
        return float(np.max(np.abs(model.predict_proba(rows) - self.truth.columns[chosen])))


@contextmanager
def workers():
    executor = LocalExecutor(1)
    yield executor
    executor.close()


def in_memory(raw, random_):
    """Hand out the rows in all the ways that a program has them: (name, rows, positions)."""
    order = list(raw.columns)
    random_.shuffle(order)
    picked = sorted(random_.sample(range(len(raw)), 7))
    some = raw.iloc[picked][order]
    yield "frame", raw, None
    yield "columns in another order, and one more", raw[order].assign(more=1), None
    yield "some rows", some, picked
    yield "objects", some.astype(object), picked
    if (nullable := _nullable(some)) is not None:
        yield "nullable", nullable, picked
    yield "list of dicts", some.to_dict("records"), picked
    yield "dict of lists", {n: list(some[n]) for n in order}, picked
    for position in picked[:2]:
        one = raw.iloc[[position]][order]
        yield "one row", one, [position]
        yield "one dict", one.to_dict("records")[0], [position]
        yield "one Series", one.iloc[0], [position]
    with suppress(pa.ArrowException, TypeError, ValueError):
        table = pa.Table.from_pandas(some, preserve_index=False)
        table.to_pandas(ignore_metadata=True)  # of categories that are intervals Arrow makes no DataFrame again
        yield "Arrow", table, picked


def _nullable(frame):
    try:
        return frame.convert_dtypes()
    except (KeyError, TypeError):  # pandas itself fails on some types of Arrow
        return None


def from_frame(drawn, executor, folder, name):
    """Largest difference, and number of ways, of a model that was fitted on a frame."""
    frame = drawn.frame()
    fit = Fit(make_dataset(read_table(frame), "y", test=0), executor, folder, recipe=drawn.recipe, name=name)
    raw, random_ = frame.drop(columns="y"), random.Random(drawn.seed)
    found = {}
    for way, rows, positions in in_memory(raw, random_):
        found[way] = fit.reading(rows, positions)
        if way in _PREDICTED:
            found[way] = fit.difference(rows, positions)
            found[f"{way}, saved"] = fit.difference(rows, positions, fit.again)
    if set(drawn.kinds) <= set(PLAIN):
        # a decimal comma is read only where the table itself had them
        drawn = dataclasses.replace(drawn, format="csv") if drawn.format == "semicolon" else drawn
        found["file"] = _through_file(drawn, fit, raw, folder, random_)
    return found


def from_file(drawn, executor, folder, name):
    """Of a model that was fitted on a file, for a file and for frames."""
    frame = drawn.frame()
    path = folder / f"table.{ending(drawn.format)}"
    frame = _writable(frame, path, drawn.format)
    write(frame, path, drawn.format)
    table = read_table(path)
    fit = Fit(make_dataset(table, "y", test=0), executor, folder, recipe=drawn.recipe, name=name)
    raw, random_ = table.frame.drop(columns="y"), random.Random(drawn.seed)
    found = {}
    for way, rows, positions in in_memory(raw, random_):
        found[f"file: {way}"] = (fit.difference if way in _PREDICTED else fit.reading)(rows, positions)
    found["file"] = _through_file(drawn, fit, frame.drop(columns="y"), folder, random_)
    return found


def from_processes(drawn, executor, folder, name):
    """Of ``solution.py`` and of the started service, for a model that was fitted on a file."""
    path = folder / f"table.{ending(drawn.format)}"
    frame = _writable(drawn.frame(), path, drawn.format)
    write(frame, path, drawn.format)
    table = read_table(path)
    fit = Fit(make_dataset(table, "y", test=0), executor, folder, recipe=drawn.recipe, name=name)
    raw, random_ = frame.drop(columns="y"), random.Random(drawn.seed)
    order = list(raw.columns)
    random_.shuffle(order)
    picked = sorted(random_.sample(range(len(raw)), 9))
    new = folder / f"new.{ending(drawn.format)}"
    write(raw.iloc[picked][order], new, drawn.format)
    return {
        "solution.py": _of_script(fit, table.source, new, folder, picked),
        "service": _of_service(fit, table.frame.drop(columns="y"), folder, picked),
    }


def _of_script(fit, source, new, folder, picked):
    task, script, answers = fit.model.task, folder / "solution.py", folder / "predictions.csv"
    script.write_text(solution_script(fit.model.solution, task, preparation_code(source, task, 0.0)))
    done = run_script(script, "--predict", new, "--output", answers, folder=folder)
    assert done.returncode == 0, done.stderr
    found = pd.read_csv(answers, keep_default_na=False)
    return _apart(fit, picked, found["prediction"].tolist(), found.filter(like="probability_").to_numpy())


def _of_service(fit, raw, folder, picked):
    service = build_service(folder / "service", fit.model)
    some = raw.iloc[picked]
    bodies = [plain_rows(fit.model.contract.apply(some)[0])]
    with suppress(TypeError, ValueError, OverflowError):
        bodies.append(json.loads(some.to_json(orient="records", date_format="iso", double_precision=15)))
    largest = 0.0
    with probe._running(service) as (port, log, process):
        assert probe._wait_until_healthy(port, process), log.read_text()
        for body in [*bodies, *([row] for row in bodies[0])]:
            rows = body
            status, answer = probe._request(port, "POST", "/predict", {"rows": rows})
            assert status == 200, answer
            chosen = picked if len(rows) == len(picked) else [picked[bodies[0].index(rows[0])]]
            labels = [str(label) for label in fit.model.task.classes]
            given = answer["probabilities"] or [{} for _ in rows]
            probabilities = np.array([[row.get(label, 0.0) for label in labels] for row in given])
            largest = max(largest, _apart(fit, chosen, answer["predictions"], probabilities))
    return largest


def _apart(fit, picked, found, probabilities):
    values = fit.truth.values[picked]
    if not fit.model.task.form.has_probabilities:
        return float(np.max(np.abs(np.array(found) - values) / np.maximum(1, np.abs(values))))
    assert list(found) == list(fit.model.classes_[values])
    return float(np.max(np.abs(probabilities - fit.truth.columns[picked])))


def _through_file(drawn, fit, raw, folder, random_):
    order = list(raw.columns)
    random_.shuffle(order)
    largest = 0.0
    for size in (1, 9):
        picked = sorted(random_.sample(range(len(raw)), size))
        path = folder / f"new{size}.{ending(drawn.format)}"
        write(raw.iloc[picked][order], path, drawn.format)
        rows = fit.model.contract.read_file(path)
        fit.reading(rows, picked)
        largest = max(largest, fit.difference(rows, picked, fit.again))
    return largest


def _writable(frame, path, kind):
    """Leave out the columns that a format cannot hold."""
    keep = []
    for name in frame.columns:
        try:
            write(frame[[name]].reset_index(drop=True), Path(f"{path}.part.{ending(kind)}"), kind)
        except (pa.ArrowException, TypeError, ValueError, OverflowError, UnicodeError):
            continue
        keep.append(name)
    return frame[keep]


__all__ = ["DataError", "Fit", "from_file", "from_frame", "workers"]
