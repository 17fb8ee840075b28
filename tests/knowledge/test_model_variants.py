"""The model block changed: other families in place, weights, resampling, penalties, noisy copies."""

import re

import numpy as np
import pytest

from mlestar_jupyter.core.build import load_module
from mlestar_jupyter.families.recognition import recognise
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.knowledge.approach import load_approaches
from tests.planners.tables import make_task

CARDS = {a.id: a for a in load_approaches()}
BOOSTING = ("lightgbm", "xgboost", "catboost", "hist_gradient_boosting")


def _block(name, problem="binary"):
    return recipes.model(make_task(problem), CARDS[name].recipe)[0]


def _make_model(source):
    return load_module(f"model_{abs(hash(source))}", source).make_model


@pytest.fixture
def rare():
    random = np.random.default_rng(0)
    X = random.normal(size=(600, 3))
    return X, (X[:, 0] + random.normal(size=600) > 2.2).astype(int)


@pytest.mark.parametrize("name", BOOSTING)
def test_replacement_takes_of_the_parameters_what_it_knows(name):
    pytest.importorskip("catboost")
    source = recipes.replaced_by(make_task(), CARDS[name].recipe)
    model = _make_model(source)(learning_rate=0.033, C=3.0, weights="distance", unheard_of=1)
    parameters = model.get_params()
    assert parameters["learning_rate"] == 0.033
    assert not {"C", "weights", "unheard_of"} & set(parameters)


@pytest.mark.parametrize("name", BOOSTING)
def test_replacement_has_a_place_for_all_that_is_tuned(name):
    source = recipes.replaced_by(make_task(), CARDS[name].recipe)
    space = recognise(source).space
    assert space
    assert all(f'"{parameter}": ' in source for parameter in space)


@pytest.mark.parametrize(
    "name", ["lightgbm", "lightgbm_small", "xgboost", "catboost", "hist_gradient_boosting", "random_forest", "linear"]
)
def test_class_weights_find_more_of_the_rare_class(name, rare):
    X, y = rare
    plain = _block(name)
    weighed = recipes.balanced(make_task(), plain)
    assert recipes.balanced(make_task(), weighed) is None
    params = {"min_samples_leaf": 10} if name == "random_forest" else {}
    positives = [_make_model(source)(**params).fit(X, y).predict(X).sum() for source in (plain, weighed)]
    assert positives[1] > positives[0]


def test_model_without_weights_is_not_balanced():
    assert recipes.balanced(make_task(), _block("neighbours")) is None
    assert recipes.balanced(make_task("regression"), _block("lightgbm", "regression")) is None


def test_resampling_balances_what_is_fitted_and_scores_every_class(rare):
    X, y = rare
    model = _make_model(recipes.under_sampled(make_task(), _block("linear")))().fit(X, y)
    assert model.predict_proba(X).shape == (600, 2)
    assert model.predict_proba(X)[:, 1].mean() > 2 * y.mean()
    again = _make_model(recipes.under_sampled(make_task(), _block("linear")))().fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_penalty_is_chosen_in_the_fit(problem):
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 20))
    y = X[:, 0] if problem == "regression" else np.digitize(X[:, 0], [-0.5, 0.5] if problem == "multiclass" else [0])
    [(_, source, _)] = recipes.replacements(make_task(problem), _block("linear", problem))
    model = _make_model(source)(C=1, alpha=2).fit(X, y)
    assert np.corrcoef(model.predict(X), y)[0, 1] > 0.9
    assert recipes.replacements(make_task(problem), _block("xgboost", problem)) == []


def test_jitter_leaves_codes_and_flags_as_they_are():
    recorded = []

    class Recorder:
        def get_params(self, deep=True):
            return {}

        def fit(self, X, y):
            recorded.append((X, y))
            return self

    source = recipes.jittered(make_task("regression"), _block("random_forest", "regression"))
    module = load_module("jittered_for_test", source)
    X = np.column_stack([np.linspace(0, 1, 50), np.arange(50) % 3, np.where(np.arange(50) % 9, 1.0, np.nan)])
    module.Jittered(Recorder()).fit(X, np.arange(50))
    noisy, y = recorded[0]
    assert noisy.shape == (200, 3)
    np.testing.assert_array_equal(noisy[:50], X)
    np.testing.assert_array_equal(noisy[50:100, 1:], X[:, 1:])
    assert not np.isclose(noisy[50:100, 0], X[:, 0]).all()
    np.testing.assert_array_equal(y[150:], np.arange(50))


def test_model_that_stops_early_gets_no_copies():
    assert recipes.jittered(make_task("regression"), _block("lightgbm", "regression")) is None


@pytest.mark.parametrize("change", [recipes.averaged_over_seeds, recipes.calibrated_inside, recipes.under_sampled])
def test_wrapped_model_is_not_wrapped_again(change):
    wrapped = change(make_task(), "# mlestar: model\n" + _block("hist_gradient_boosting"))
    assert not re.search("mlestar", wrapped)
    assert recipes.averaged_over_seeds(make_task(), wrapped) is None
    assert recipes.under_sampled(make_task(), wrapped) is None
