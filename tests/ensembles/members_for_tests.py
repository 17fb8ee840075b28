"""Members that tell what stands in the table: with them, a block computes on the very numbers that were scored."""

import threading
import time

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.ensembles.base import Known
from mlestar_jupyter.problems.registry import problem_named

NUMBERS = ("tenure", "MonthlyCharges", "TotalCharges")
CATEGORIES = ("Contract", "PaymentMethod")


class ToldClassifier(ClassifierMixin, BaseEstimator):
    """Answers with the probabilities in its own columns of the table."""

    def __init__(self, number, n_classes):
        self.number = number
        self.n_classes = n_classes

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return X[[f"predicted_{self.number}_{c}" for c in range(self.n_classes)]].to_numpy()[:, self.classes_]

    def predict(self, X):
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]


class ToldRegressor(RegressorMixin, BaseEstimator):
    """Answers with the number in its own column of the table."""

    def __init__(self, number):
        self.number = number

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def predict(self, X):
        return X[f"predicted_{self.number}"].to_numpy()


class Counted(BaseEstimator):
    """A member around another one; counts how many of its kind are fitted at the same time."""

    now = most = 0
    counting = threading.Lock()

    def __init__(self, member):
        self.member = member

    def __sklearn_tags__(self):
        return self.member.__sklearn_tags__()

    def fit(self, X, y):
        with Counted.counting:
            Counted.now += 1
            Counted.most = max(Counted.most, Counted.now)
        time.sleep(0.01)
        self.fitted_ = clone(self.member).fit(X, y)
        self.classes_ = getattr(self.fitted_, "classes_", None)
        with Counted.counting:
            Counted.now -= 1
        return self

    def predict(self, X):
        return self.fitted_.predict(X)

    def predict_proba(self, X):
        return self.fitted_.predict_proba(X)


def predicting_members(known):
    """(name, member) pairs, as `make_ensemble` gets them."""
    n_members = len(known.stacked)
    if known.problem.has_probabilities:
        return [(f"member_{i}", ToldClassifier(i, known.stacked.shape[2])) for i in range(n_members)]
    return [(f"member_{i}", ToldRegressor(i)) for i in range(n_members)]


def predictions_table(known):
    """The table with what each member tells."""
    X = known.X.copy()
    for i, layer in enumerate(known.stacked):
        if layer.ndim == 1:
            X[f"predicted_{i}"] = layer
        else:
            for c in range(layer.shape[1]):
                X[f"predicted_{i}_{c}"] = layer[:, c]
    return X.reset_index(drop=True)


def known_of(table, problem, *, is_ordered=False):
    """Out-of-fold predictions of three real models over the churn table."""
    rows = table.assign(TotalCharges=[_number(v) for v in table["TotalCharges"]])
    features = rows[["tenure", "MonthlyCharges", "TotalCharges"]]
    extra = (rows["Contract"] == "Month-to-month").to_numpy(float)
    Z = np.column_stack([features.fillna(0).to_numpy(), extra])
    if problem == "regression":
        y = features["MonthlyCharges"].to_numpy()
        Z = np.column_stack([rows["tenure"], extra, rows["TotalCharges"].fillna(0)])
        models = [LinearRegression(), HistGradientBoostingRegressor(max_iter=30), KNeighborsRegressor()]
        stacked = np.stack([cross_val_predict(m, Z, y, cv=_splitter(problem)) for m in models])
    else:
        y = (table["Churn"] == "Yes").to_numpy(int)
        if problem == "multiclass":
            y = y + (rows["SeniorCitizen"].to_numpy(int) == 1) * (1 - y) * 2
        models = [
            make_pipeline(StandardScaler(), LogisticRegression()),
            GaussianNB(),
            RandomForestClassifier(30, random_state=0, min_samples_leaf=5),
            HistGradientBoostingClassifier(max_iter=20, random_state=0),
        ]
        stacked = np.stack([cross_val_predict(m, Z, y, cv=_splitter(problem), method="predict_proba") for m in models])
    X = table[[*NUMBERS, *CATEGORIES]].reset_index(drop=True)
    return learned(stacked, y, problem, X, NUMBERS, CATEGORIES, is_ordered, 5)


def learned(stacked, y, problem, *columns, metric=None):
    """What a strategy learns from, for a problem type by its name."""
    kind = problem_named(problem)
    labels = tuple(range(stacked.shape[2])) if kind.has_labels else ()
    return Known(stacked, y, kind.find_metric(metric), kind, kind.form(labels), *columns)


def folds_of(known, *, by_time=False):
    """The folds on which combinations are scored."""
    kind = known.problem.name
    splitter = TimeSeriesSplit(4) if by_time else _splitter(kind)
    return [Fold(train, test) for train, test in splitter.split(known.X, known.y)]


def _splitter(problem):
    kind = KFold if problem == "regression" else StratifiedKFold
    return kind(5, shuffle=True, random_state=0)


def _number(text):
    try:
        return float(text)
    except ValueError:
        return np.nan
