"""Combining by a strategy: unseen rows, calibration, folds in time, and the choice among combinations."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from mlestar_jupyter.core.build import load_module
from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.ensembles.combination import combine, learning_rows, nested_choice
from mlestar_jupyter.ensembles.source import calibrated
from mlestar_jupyter.ensembles.strategies import strategies
from tests.ensembles.contract import task_of
from tests.ensembles.members_for_tests import folds_of, known_of, predicting_members, predictions_table

PROBLEMS = ("binary", "multiclass", "regression")
NAMES = tuple(strategies())
FOR_CLASSES = tuple(n for n in NAMES if n != "affine")


@pytest.fixture(
    scope="module", params=[(p, n) for p in PROBLEMS for n in (NAMES if p == "regression" else FOR_CLASSES)]
)
def case(request, churn):
    """A problem's members with each strategy that applies to it."""
    problem, name = request.param
    return known_of(churn, problem, is_ordered=True), name


@pytest.fixture(scope="module")
def binary(churn):
    return known_of(churn, "binary", is_ordered=True)


@pytest.mark.parametrize("name", FOR_CLASSES)
def test_combined_probabilities_are_probabilities(binary, name):
    combined = combine(strategies()[name], binary, folds_of(binary))
    np.testing.assert_allclose(combined.predictions.columns.sum(axis=1), 1)
    assert (combined.predictions.columns >= 0).all()
    assert len(combined.fold_scores) == 5


def test_the_same_rows_give_the_same_combination(case):
    known, name = case
    first, second = (combine(strategies()[name], known, folds_of(known)) for _ in range(2))
    assert first.fold_scores == second.fold_scores
    np.testing.assert_array_equal(first.predictions.values, second.predictions.values)


@pytest.mark.parametrize("problem", ["binary", "multiclass"])
def test_the_calibrated_block_computes_what_was_scored(churn, problem):
    from mlestar_jupyter.ensembles.calibration import learners

    known = known_of(churn, problem)
    combiner = strategies()["weighted"].learn(known)
    before = combiner.predict(known.stacked, known.X)
    for learn in learners(before.shape[1], 10_000).values():
        calibrator = learn(before, known.y)
        block = strategies()["weighted"].source(task_of(known), combiner.weights)
        source = calibrated(block, calibrator.method, asdict(calibrator))
        built = load_module("ensemble_block_for_tests", source).make_ensemble(predicting_members(known))
        X = predictions_table(known)
        predicted = built.fit(X, known.y).predict_proba(X)
        np.testing.assert_allclose(predicted, calibrator.apply(before), rtol=1e-6)


def test_folds_in_time_learn_from_earlier_ones_alone(binary):
    folds = folds_of(binary, by_time=True)
    rows = learning_rows(folds)
    assert len(rows[0][0]) == 0
    assert all(learn.max() < test.min() for learn, test in rows[1:])
    combined = combine(strategies()["weighted"], binary, folds)
    first = combined.parts[0]
    np.testing.assert_allclose(first.combined, binary.stacked[:, first.test].mean(axis=0))
    assert np.isnan(combined.predictions.columns[: folds[0].test.min()]).all()


def test_rows_that_several_folds_test_are_not_learned_from_and_tested():
    folds = [Fold(np.arange(5, 10), np.arange(0, 5)), Fold(np.arange(0, 3), np.arange(3, 10))]
    assert [list(learn) for learn, _ in learning_rows(folds)] == [[5, 6, 7, 8, 9], [0, 1, 2]]


def test_choice_of_a_fold_is_made_on_the_other_folds(binary):
    single, other = (0.5, 0.5, 0.5), (0.9, 0.4, 0.4)
    assert nested_choice([other], single, binary.metric) == (0.5, 0.4, 0.4)


@pytest.mark.parametrize("name", ["dynamic", "experts"])
def test_gates_need_columns(binary, name):
    bare = replace(binary, numbers=(), categories=())
    assert "no numeric or categorical column" in strategies()[name].refusal(bare)
    assert strategies()[name].source(replace(task_of(binary), columns=()), ()) is None


def test_weights_by_time_need_an_order(binary):
    assert "no order in time" in strategies()["recent"].refusal(replace(binary, is_ordered=False))
