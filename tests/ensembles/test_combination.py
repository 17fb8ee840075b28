"""What is true of every strategy: shares, unseen rows, determinism, and the block that computes what was scored."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from mlestar_jupyter.core.build import load_module
from mlestar_jupyter.core.folds import Fold
from mlestar_jupyter.ensembles.combination import combine, learning_rows, nested_choice
from mlestar_jupyter.ensembles.strategies import strategies
from mlestar_jupyter.knowledge.ensembles import calibrated, ensemble
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from tests.ensembles.members_for_tests import CATEGORIES, NUMBERS, folds_of, known_of, told_members, told_table
from tests.planners.tables import Column, make_task

PROBLEMS = ("binary", "multiclass", "regression")
NAMES = tuple(strategies(5))
WEIGHTED = ("mean", "weighted", "greedy", "affine", "recent", "bayesian")
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


def _task(known):
    numbers = tuple(Column(n, "numeric", 100, 0.0) for n in NUMBERS)
    categories = tuple(Column(n, "categorical", 3, 0.0) for n in CATEGORIES)
    return replace(make_task(known.problem.name), columns=numbers + categories)


def test_default_settings_try_every_strategy():
    assert sorted(EnsembleSettings().strategies) == sorted(NAMES)


def test_shares_are_of_every_row_and_sum_to_one(case):
    known, name = case
    combiner = strategies(5)[name].learn(known)
    gates = combiner.gates(known.told, known.X)
    assert gates.shape == (len(known), len(known.told))
    if name != "stacking":  # whose coefficients are those of a regression
        assert (gates >= 0).all() or name == "affine"
        np.testing.assert_allclose(gates.sum(axis=1), 1, atol=1e-3)
    if name in WEIGHTED:
        assert sum(combiner.weights) == pytest.approx(1, abs=1e-3)
    else:
        assert combiner.weights == ()


@pytest.mark.parametrize("name", FOR_CLASSES)
def test_combined_probabilities_are_probabilities(binary, name):
    combined = combine(strategies(5)[name], binary, folds_of(binary))
    np.testing.assert_allclose(combined.predictions.columns.sum(axis=1), 1)
    assert (combined.predictions.columns >= 0).all()
    assert len(combined.fold_scores) == 5


@pytest.mark.parametrize("name", FOR_CLASSES)
def test_a_folds_own_truth_does_not_reach_its_predictions(binary, name):
    folds = folds_of(binary)
    y = binary.y.copy()
    y[folds[1].test] = np.random.default_rng(0).permutation(y[folds[1].test])
    first = combine(strategies(5)[name], binary, folds)
    second = combine(strategies(5)[name], replace(binary, y=y), folds)
    np.testing.assert_array_equal(first.parts[1].combined, second.parts[1].combined)
    for method, values in first.parts[1].calibrated.items():
        np.testing.assert_array_equal(values, second.parts[1].calibrated[method])
    assert first.fold_scores[1] != second.fold_scores[1]


def test_the_same_rows_give_the_same_combination(case):
    known, name = case
    first, second = (combine(strategies(5)[name], known, folds_of(known)) for _ in range(2))
    assert first.fold_scores == second.fold_scores
    np.testing.assert_array_equal(first.predictions.values, second.predictions.values)


def test_the_block_computes_what_was_scored(case):
    known, name = case
    combiner = strategies(5)[name].learn(known)
    source = ensemble(_task(known), name, combiner.weights)
    X = told_table(known)
    built = load_module("ensemble_block_for_tests", source).make_ensemble(told_members(known)).fit(X, known.y)
    predicted = built.predict_proba(X) if known.problem.has_probabilities else built.predict(X)
    # in shuffled folds the block learns from the same rows in the same order
    np.testing.assert_allclose(predicted, combiner.predict(known.told, known.X), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("problem", ["binary", "multiclass"])
def test_the_calibrated_block_computes_what_was_scored(churn, problem):
    from mlestar_jupyter.ensembles.calibration import learners

    known = known_of(churn, problem)
    combiner = strategies(5)["weighted"].learn(known)
    before = combiner.predict(known.told, known.X)
    for learn in learners(before.shape[1], 10_000).values():
        calibrator = learn(before, known.y)
        block = ensemble(_task(known), "weighted", combiner.weights)
        source = calibrated(block, calibrator.method, asdict(calibrator))
        built = load_module("ensemble_block_for_tests", source).make_ensemble(told_members(known))
        X = told_table(known)
        predicted = built.fit(X, known.y).predict_proba(X)
        np.testing.assert_allclose(predicted, calibrator.apply(before), rtol=1e-6)


def test_folds_in_time_learn_from_earlier_ones_alone(binary):
    folds = folds_of(binary, by_time=True)
    rows = learning_rows(folds)
    assert len(rows[0][0]) == 0
    assert all(learn.max() < test.min() for learn, test in rows[1:])
    combined = combine(strategies(5)["weighted"], binary, folds)
    first = combined.parts[0]
    np.testing.assert_allclose(first.combined, binary.told[:, first.test].mean(axis=0))
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
    assert "no numeric or categorical column" in strategies(5)[name].refusal(bare)
    assert ensemble(replace(_task(binary), columns=()), name, ()) is None


def test_weights_by_time_need_an_order(binary):
    assert "no order in time" in strategies(5)["recent"].refusal(replace(binary, is_ordered=False))
