import numpy as np
import pytest

from mlestar_jupyter.core.influences import influence
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.weighted import weighted_score
from mlestar_jupyter.problems.recognition import find_metric

pytestmark = pytest.mark.fast

RNG = np.random.default_rng(0)
N = 120
P = RNG.beta(1, 2, N).round(1)  # with ties
LABELS, X = (RNG.random(N) < P).astype(int), RNG.normal(size=N)
PROBABILITIES = Predictions((P > 0.5).astype(int), np.column_stack([1 - P, P]))
POSITIVE, NUMBERS = np.abs(X + RNG.standard_t(3, size=N)), Predictions(np.abs(X))
RAW = RNG.gamma(1.0, size=(N, 3)) + np.eye(3)[CLASSES := RNG.permutation(np.arange(N) % 3)]
SHARES = (RAW / RAW.sum(axis=1, keepdims=True)).round(1)  # with ties
SHARES[:, 2] = 1 - SHARES[:, :2].sum(axis=1)
OF_CLASSES = Predictions(SHARES.argmax(axis=1), SHARES)
AVERAGED = [
    f"{name}_{of}" for name in ("f1", "precision", "recall", "jaccard") for of in ("macro", "weighted", "micro")
]
OF_LABELS = ["accuracy", "balanced_accuracy", "matthews_corrcoef", "neg_brier_score", "neg_log_loss", *AVERAGED]
CASES = [
    *(
        (name, "binary", LABELS, PROBABILITIES)
        for name in (*OF_LABELS, "roc_auc", "roc_auc_ovo", "f1", "precision", "recall", "jaccard", "average_precision")
    ),
    *(
        (name, "multiclass", CLASSES, OF_CLASSES)
        for name in (*OF_LABELS, "roc_auc_ovr", "roc_auc_ovr_weighted", "average_precision", "top_k_accuracy")
    ),
    *(
        (name, "regression", POSITIVE, NUMBERS)
        for name in (
            "rmse", "r2", "mae", "mse", "mape", "neg_mean_squared_log_error", "neg_root_mean_squared_log_error",
            "explained_variance", "neg_mean_poisson_deviance", "neg_mean_gamma_deviance", "neg_max_error",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "problem", "y", "predictions"), CASES)
def test_score_of_resampled_rows_is_the_metrics(name, problem, y, predictions):
    metric = find_metric(name, problem)
    weighted = weighted_score(metric, y, predictions)
    weights = np.array([np.bincount(RNG.integers(0, N, N), minlength=N) for _ in range(4)])
    rows = [np.repeat(np.arange(N), w) for w in weights]
    assert weighted.scores(weights) == pytest.approx([metric.score(y[r], predictions.at(r)) for r in rows])
    parts = RNG.integers(0, 3, N)
    chosen = [np.flatnonzero(parts == p) for p in range(3)]
    assert weighted.of_parts(parts, 3) == pytest.approx([metric.score(y[r], predictions.at(r)) for r in chosen])
    assert weighted.score == pytest.approx(metric.score(y, predictions))


@pytest.mark.parametrize(("name", "problem", "y", "predictions"), [c for c in CASES if c[0] != "neg_max_error"])
def test_influences_give_the_standard_error_of_a_jackknife(name, problem, y, predictions):
    metric = find_metric(name, problem)
    found = influence(metric, y, predictions, is_ordered=False, n_parts=N).of_rows
    rows = np.arange(N)
    without = np.array([metric.score(y[rows != i], predictions.at(rows[rows != i])) for i in rows])
    jackknife = np.sqrt((N - 1) / N * np.sum((without - without.mean()) ** 2))
    assert np.sqrt(np.sum(found**2)) / N == pytest.approx(jackknife, rel=0.15)


@pytest.mark.parametrize(
    "name",
    ["f1", "jaccard_weighted", "balanced_accuracy", "matthews_corrcoef", "r2", "rmse", "roc_auc", "average_precision"],
)
def test_rows_that_are_all_right_add_nothing(name):
    metric = find_metric(name, "regression" if name in ("r2", "rmse") else "binary")
    found = weighted_score(metric, LABELS, Predictions(LABELS, np.column_stack([1 - LABELS, LABELS]).astype(float)))
    assert not np.any(found.influences())


@pytest.mark.parametrize(("name", "problem", "y", "predictions"), [c for c in CASES if c[0] != "neg_max_error"])
def test_usual_metrics_are_scored_from_weights(name, problem, y, predictions):
    """Set by set a validation of 35 classes took minutes."""
    weighted = weighted_score(find_metric(name, problem), y, predictions)
    assert weighted.influences() is not None
    assert weighted.seconds(6) < 1e-3
    assert weighted.linear().score == pytest.approx(weighted.score)


def test_score_that_is_not_defined_is_nan():
    weighted = weighted_score(find_metric("roc_auc", "binary"), LABELS, PROBABILITIES)
    assert np.isnan(weighted.scores((LABELS == 1)[None, :])).all()
    by_class = weighted_score(find_metric("roc_auc_ovr", "multiclass"), CLASSES, OF_CLASSES)
    assert np.isnan(by_class.of_parts((CLASSES == 0).astype(int), 2)).all()
    constant = weighted_score(find_metric("r2", "regression"), np.ones(5), Predictions(np.ones(5)))
    assert np.isnan(constant.score)
