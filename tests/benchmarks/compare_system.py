"""One system on one table within one budget, in this process: started by ``compare.py``, answers in ``answer.json``.

Runs in environments that do not have this package: standard library, pandas and the system itself only.
"""

import json
import os
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
SEED, TEST_SHARE = 0, 0.25
PACKAGE = {
    "hgb": "scikit-learn", "forest": "scikit-learn", "lightgbm": "lightgbm",
    "xgboost": "xgboost", "catboost": "catboost", "autogluon": "autogluon.tabular", "autogluon_best": "autogluon.tabular",
    "flaml": "flaml", "mljar": "mljar-supervised", "lightautoml": "lightautoml", "h2o": "h2o",
}  # fmt: skip


def main() -> None:
    """Fit, predict the test rows, score, and write the answer."""
    system, name, budget, data, folder = sys.argv[1:6]
    info = next(t for t in json.loads((Path(data) / "catalog.json").read_text()) if t["name"] == name)
    train, test = split(read(Path(data) / f"{name}.csv.gz", info), info)
    predict = SYSTEMS[system](train, info, int(budget))
    start = time.perf_counter()
    predicted = predict(test.drop(columns=info["target"]))
    seconds = time.perf_counter() - start
    answer = {
        "score": score(test[info["target"]], predicted, info["task"], labels(train, info)),
        "us_a_row": round(seconds / len(test) * 1e6, 1),
        "versions": version_of(system),
    }
    (Path(folder) / "answer.json").write_text(json.dumps(answer))


def version_of(system: str) -> str:
    """Name the package and its version."""
    if system == "mlestar":
        import mlestar_jupyter

        return f"mlestar-jupyter {mlestar_jupyter.__version__}"
    return f"{PACKAGE[system]} {version(PACKAGE[system])}"


# --- data ---------------------------------------------------------------------------------------------------------


def read(path: Path, info: dict) -> pd.DataFrame:
    """Read a table with one kind of text column, whatever the version of pandas."""
    table = pd.read_csv(path, low_memory=False)
    for column in info["dates"]:
        table[column] = pd.to_datetime(table[column], utc=True).dt.tz_localize(None)
    for column in table:
        kind = table[column].dtype
        if pd.api.types.is_bool_dtype(kind):
            table[column] = table[column].astype(int)
        elif not pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_datetime64_any_dtype(kind):
            table[column] = table[column].astype(object).where(table[column].notna(), np.nan)
    return table


def split(table: pd.DataFrame, info: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take a quarter for the test: the last in time, whole groups, or rows with the classes' shares."""
    draw, learned = np.random.RandomState(SEED), 1 - TEST_SHARE
    if info["split"] == "time":
        table = table.sort_values(info["time"], kind="stable")
        train, test = np.split(np.arange(len(table)), [int(len(table) * learned)])
    elif info["split"] == "group":
        groups = np.sort(table[info["group"]].unique())
        draw.shuffle(groups)
        is_test = table[info["group"]].isin(groups[: int(len(groups) * TEST_SHARE)]).to_numpy()
        table = table.drop(columns=info["group"])
        train, test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
    elif info["task"] == "regression":
        train, test = np.split(draw.permutation(len(table)), [int(len(table) * learned)])
    else:
        parts = [np.flatnonzero(table[info["target"]] == c) for c in sorted(table[info["target"]].unique())]
        for part in parts:
            draw.shuffle(part)
        train, test = (
            np.concatenate(p) for p in zip(*(np.split(p, [round(len(p) * learned)]) for p in parts), strict=True)
        )
        draw.shuffle(train)
        test = np.sort(test)
    return table.iloc[train].reset_index(drop=True), table.iloc[test].reset_index(drop=True)


def labels(train: pd.DataFrame, info: dict) -> list:
    """List the classes in order."""
    return [] if info["task"] == "regression" else sorted(train[info["target"]].unique())


def score(y: pd.Series, predicted: object, task: str, classes: list) -> float:
    """Score numbers, or probabilities with the classes of their columns."""
    if task == "regression":
        return float(np.sqrt(np.mean((np.asarray(predicted, float).ravel() - y.to_numpy(float)) ** 2)))
    probabilities, columns = predicted
    order = [list(map(str, columns)).index(str(c)) for c in classes]
    shares = np.clip(np.asarray(probabilities, float)[:, order], 1e-15, 1)
    codes = y.astype(str).map({str(c): i for i, c in enumerate(classes)}).to_numpy(int)
    if task == "binary":
        from scipy.stats import rankdata

        positive = codes == 1
        ranks, count = rankdata(shares[:, 1])[positive].sum(), positive.sum()
        return float((ranks - count * (count + 1) / 2) / (count * (len(codes) - count)))
    shares /= shares.sum(axis=1, keepdims=True)
    return float(-np.log(shares[np.arange(len(codes)), codes]).mean())


# --- systems ------------------------------------------------------------------------------------------------------


def mlestar(train: pd.DataFrame, info: dict, budget: int):
    """Run this project's workflow up to its ensemble."""
    from mlestar_jupyter import Workflow

    metrics = {"binary": "roc_auc", "multiclass": "neg_log_loss", "regression": "neg_root_mean_squared_error"}
    workflow = Workflow(
        train, info["target"], output="run", timeout=budget, time=info["time"], test=0, metric=metrics[info["task"]]
    )
    workflow.run(until="ensemble")
    return answers(workflow.model, info)


def answers(model: object, info: dict):
    """Tell numbers, or probabilities and their classes."""
    if info["task"] == "regression":
        return model.predict
    return lambda rows: (model.predict_proba(rows), list(model.classes_))


def trees(make):
    """Make a system of a tree library at its defaults: dates in parts, categories as the library takes them."""

    def fit(train: pd.DataFrame, info: dict, budget: int):
        del budget
        X, classes = with_date_parts(train.drop(columns=info["target"]), info), labels(train, info)
        y = train[info["target"]]
        y = y.map({c: i for i, c in enumerate(classes)}) if classes else y
        categories = [c for c in X if X[c].dtype == object]
        model, prepare = make(not classes, X, categories)
        model.fit(prepare(X), y)
        if not classes:
            return lambda rows: model.predict(prepare(with_date_parts(rows, info)))
        return lambda rows: (model.predict_proba(prepare(with_date_parts(rows, info))), classes)

    return fit


def with_date_parts(X: pd.DataFrame, info: dict) -> pd.DataFrame:
    """Take dates apart."""
    X = X.copy()
    for column in info["dates"]:
        date = X.pop(column).dt
        parts = ("year", "month", "day", "dayofweek", "dayofyear", "hour")
        X = X.assign(**{f"{column}_{part}": getattr(date, part) for part in parts})
    return X


def as_categories(X: pd.DataFrame, categories: list[str]):
    """Mark categories by pandas' own type, those that the training rows have."""
    kinds = {c: pd.CategoricalDtype(sorted(X[c].dropna().unique())) for c in categories}
    return lambda rows: rows.astype(kinds)


def make_lightgbm(is_regression: bool, X: pd.DataFrame, categories: list[str]):
    import lightgbm

    kind = lightgbm.LGBMRegressor if is_regression else lightgbm.LGBMClassifier
    return kind(n_jobs=2, random_state=SEED, verbose=-1), as_categories(X, categories)


def make_xgboost(is_regression: bool, X: pd.DataFrame, categories: list[str]):
    import xgboost

    kind = xgboost.XGBRegressor if is_regression else xgboost.XGBClassifier
    return kind(n_jobs=2, random_state=SEED, enable_categorical=True), as_categories(X, categories)


def make_catboost(is_regression: bool, X: pd.DataFrame, categories: list[str]):
    import catboost

    del X
    kind = catboost.CatBoostRegressor if is_regression else catboost.CatBoostClassifier
    model = kind(thread_count=2, random_seed=SEED, verbose=0, cat_features=categories, allow_writing_files=False)
    return model, lambda rows: rows.assign(**{c: rows[c].fillna("missing").astype(str) for c in categories})


def make_hgb(is_regression: bool, X: pd.DataFrame, categories: list[str]):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    as_kinds = as_categories(X, categories)
    few = [c for c in categories if X[c].nunique() <= 255]  # the library's limit
    kind = HistGradientBoostingRegressor if is_regression else HistGradientBoostingClassifier

    def prepare_codes(rows: pd.DataFrame) -> pd.DataFrame:
        rows = as_kinds(rows)
        return rows.assign(**{c: rows[c].cat.codes for c in categories if c not in few})

    return kind(random_state=SEED, categorical_features="from_dtype"), prepare_codes


def make_forest(is_regression: bool, X: pd.DataFrame, categories: list[str]):
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    kind = RandomForestRegressor if is_regression else RandomForestClassifier
    dummies = OneHotEncoder(handle_unknown="ignore", min_frequency=10)
    numbers = [c for c in X if c not in categories]
    parts = [("numbers", SimpleImputer(strategy="median"), numbers), ("categories", dummies, categories)]
    return make_pipeline(ColumnTransformer(parts), kind(n_jobs=2, random_state=SEED)), lambda rows: rows


def autogluon(presets: str):
    """Make a system of AutoGluon's presets."""

    def fit(train: pd.DataFrame, info: dict, budget: int):
        from autogluon.tabular import TabularPredictor

        metric = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}[info["task"]]
        predictor = TabularPredictor(info["target"], info["task"], metric, path="models", verbosity=1)
        predictor.fit(train, time_limit=budget, presets=presets, num_cpus=2)
        if info["task"] == "regression":
            return predictor.predict
        return lambda rows: (lambda p: (p.to_numpy(), list(p.columns)))(predictor.predict_proba(rows))

    return fit


def flaml(train: pd.DataFrame, info: dict, budget: int):
    """Run FLAML."""
    from flaml import AutoML

    metric = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}[info["task"]]
    task = "regression" if info["task"] == "regression" else "classification"
    model = AutoML()
    X, y = train.drop(columns=info["target"]), train[info["target"]]
    model.fit(X, y, task=task, metric=metric, time_budget=budget, n_jobs=2, seed=SEED, verbose=0)
    return answers(model, info)


def mljar(train: pd.DataFrame, info: dict, budget: int):
    """Run mljar-supervised in its mode for competitions."""
    from supervised.automl import AutoML

    task = {"binary": "binary_classification", "multiclass": "multiclass_classification"}.get(
        info["task"], info["task"]
    )
    metric = {"binary": "auc", "multiclass": "logloss", "regression": "rmse"}[info["task"]]
    model = AutoML(
        results_path="results", mode="Compete", total_time_limit=budget, n_jobs=2, random_state=SEED, verbose=0,
        ml_task=task, eval_metric=metric,
    )  # fmt: skip
    model.fit(train.drop(columns=info["target"]), train[info["target"]])
    if info["task"] == "regression":
        return model.predict
    start = "prediction_"

    def probabilities(rows: pd.DataFrame):
        predicted = model.predict_all(rows)
        columns = [c for c in predicted if c.startswith(start)]
        return predicted[columns].to_numpy(), [c[len(start) :] for c in columns]

    return probabilities


def lightautoml(train: pd.DataFrame, info: dict, budget: int):
    """Run LightAutoML's preset for tables."""
    from lightautoml.automl.presets.tabular_presets import TabularAutoML
    from lightautoml.tasks import Task

    classes, target = labels(train, info), info["target"]
    table = train.assign(**{target: train[target].map({c: i for i, c in enumerate(classes)})}) if classes else train
    kind, metric = {"binary": ("binary", "auc"), "multiclass": ("multiclass", "crossentropy")}.get(
        info["task"], ("reg", "mse")
    )
    reader = {"n_jobs": 2, "cv": 5, "random_state": SEED}
    model = TabularAutoML(task=Task(kind, metric=metric), timeout=budget, cpu_limit=2, reader_params=reader)
    model.fit_predict(table, roles={"target": target}, verbose=0)
    if not classes:
        return lambda rows: model.predict(rows).data[:, 0]
    if kind == "binary":
        return lambda rows: (lambda p: (np.c_[1 - p, p], classes))(model.predict(rows).data[:, 0])
    order = {code: label for label, code in (model.reader.class_mapping or {}).items()}
    return lambda rows: (model.predict(rows).data, [classes[int(order.get(i, i))] for i in range(len(classes))])


def h2o(train: pd.DataFrame, info: dict, budget: int):
    """Run H2O's AutoML; needs Java."""
    import h2o as library
    from h2o.automl import H2OAutoML

    library.init(nthreads=2, max_mem_size="8G", port=54400 + os.getpid() % 500 * 2)
    library.no_progress()
    kinds = {c: "enum" for c in train if train[c].dtype == object}
    if info["task"] != "regression":
        kinds[info["target"]] = "enum"
    metric = {"binary": "AUC", "multiclass": "logloss", "regression": "RMSE"}[info["task"]]
    model = H2OAutoML(max_runtime_secs=budget, seed=SEED, sort_metric=metric, verbosity=None)
    model.train(y=info["target"], training_frame=library.H2OFrame(train, column_types=kinds))

    def tell(rows: pd.DataFrame):
        frame = library.H2OFrame(rows, column_types={c: k for c, k in kinds.items() if c in rows})
        predicted = model.leader.predict(frame).as_data_frame()
        if info["task"] == "regression":
            return predicted["predict"].to_numpy()
        predicted = predicted.drop(columns="predict")
        return predicted.to_numpy(), list(predicted.columns)

    return tell


SYSTEMS = {
    "mlestar": mlestar,
    "hgb": trees(make_hgb),
    "forest": trees(make_forest),
    "lightgbm": trees(make_lightgbm),
    "xgboost": trees(make_xgboost),
    "catboost": trees(make_catboost),
    "autogluon": autogluon("medium_quality"),
    "autogluon_best": autogluon("best_quality"),
    "flaml": flaml,
    "mljar": mljar,
    "lightautoml": lightautoml,
    "h2o": h2o,
}

if __name__ == "__main__":
    main()
