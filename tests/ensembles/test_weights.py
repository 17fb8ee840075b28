"""Strategies whose weights are the same for every row: mean, weighted, greedy, affine, recent, bayesian."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlestar_jupyter.ensembles.affine import Affine, affine_weights
from mlestar_jupyter.ensembles.base import likelihoods, spread_of_errors
from mlestar_jupyter.ensembles.bayesian import Bayesian, log_score_weights, pseudo_bma_weights
from mlestar_jupyter.ensembles.greedy import Greedy
from mlestar_jupyter.ensembles.mean import Mean
from mlestar_jupyter.ensembles.recent import Recent
from mlestar_jupyter.ensembles.weighted import Weighted, least_squares_weights
from tests.ensembles.members_for_tests import known_of, learned

pytestmark = pytest.mark.fast


def _numbers(*spreads, n_rows=2_000, seed=0):
    """Members that err by chance, each by its own spread."""
    generator = np.random.default_rng(seed)
    y = generator.normal(size=n_rows)
    stacked = np.stack([y + generator.normal(scale=s, size=n_rows) for s in spreads])
    return learned(stacked, y, "regression")


def test_least_squares_weighs_independent_errors_by_their_inverse_variance():
    weights = Weighted().learn(_numbers(1.0, 2.0, n_rows=50_000)).weights
    assert weights[0] == pytest.approx(0.8, abs=0.03)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.1, 5), min_size=2, max_size=6), st.integers(0, 100))
def test_least_squares_is_no_worse_than_any_member_or_the_mean(spreads, seed):
    known = _numbers(*spreads, n_rows=200, seed=seed)
    weights = least_squares_weights(known)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)

    def loss(values):
        return float(np.mean((values - known.y) ** 2))

    others = [*known.stacked, known.stacked.mean(axis=0)]
    assert loss(weights @ known.stacked) <= min(loss(v) for v in others) + 1e-4


def test_greedy_leaves_out_a_member_that_only_adds_noise():
    assert Greedy().learn(_numbers(0.5, 0.5, 30.0)).weights[2] == 0


def test_greedy_takes_no_more_different_members_than_it_may():
    weights = Greedy().learn(replace(_numbers(0.5, 0.5, 0.5, 0.5), limit=2)).weights
    assert sum(w > 0 for w in weights) == 2


def _shared_error(n_rows=5_000, seed=0, noise=0.1):
    """A good member, one that errs as it does and more, and one of noise alone."""
    generator = np.random.default_rng(seed)
    y, common, own = generator.normal(size=(3, n_rows))
    stacked = np.stack([y + common + noise * own, y + 2 * common, y + 30 * generator.normal(size=n_rows)])
    return learned(stacked, y, "regression")


def test_affine_subtracts_a_member_that_errs_as_the_others_do():
    weights = Affine().learn(_shared_error()).weights
    assert weights[0] > 1.5
    assert weights[1] < -0.5
    assert weights[2] == 0
    assert sum(weights) == pytest.approx(1, abs=1e-3)


def test_affine_is_better_on_unseen_rows_where_errors_are_shared_and_no_worse_where_not():
    for make in (_shared_error, lambda seed: _numbers(1.0, 1.2, 2.0, n_rows=5_000, seed=seed)):
        unseen, losses = make(seed=1), []
        for strategy in (Affine(), Weighted()):
            stacked = strategy.learn(make(seed=0)).predict(unseen.stacked, None)
            losses.append(float(np.mean((stacked - unseen.y) ** 2)))
        assert losses[0] < 1.01 * losses[1]
        assert (losses[0] < 0.5 * losses[1]) == (make is _shared_error)


def test_affine_takes_no_more_members_than_it_may():
    weights = Affine().learn(replace(_numbers(0.5, 0.5, 0.5, 0.5), limit=2)).weights
    assert sum(w != 0 for w in weights) == 2


def test_affine_weights_have_the_least_loss_of_all_that_sum_to_one():
    generator = np.random.default_rng(0)
    errors = generator.normal(size=(4, 300)) + 2 * generator.normal(size=300)
    products = errors @ errors.T / 300
    weights = affine_weights(products)
    ridge = 0.01 * np.trace(products) / 4

    def loss(w):
        return w @ products @ w + ridge * ((w - 0.25) ** 2).sum()

    steps = generator.normal(scale=0.1, size=(100, 4))
    assert all(loss(weights) <= loss(weights + step - step.mean()) for step in steps)


def test_affine_takes_members_without_error_as_they_are():
    y = np.arange(50.0)
    weights = Affine().learn(learned(np.stack([y, y, y + 1]), y, "regression")).weights
    assert np.isfinite(weights).all()
    np.testing.assert_allclose(np.asarray(weights) @ [0, 0, 1], 0, atol=1e-3)


def test_affine_is_not_for_probabilities(churn):
    assert "negative weights" in Affine().refusal(known_of(churn, "binary"))
    assert Affine().refusal(known_of(churn, "regression")) == ""


def test_recent_forgets_a_member_that_has_fallen_behind():
    early, late = _numbers(0.2, 1.0, n_rows=1_000), _numbers(1.0, 0.2, n_rows=1_000, seed=1)
    stacked = np.concatenate([early.stacked, late.stacked], axis=1)
    known = replace(early, stacked=stacked, y=np.concatenate([early.y, late.y]), is_ordered=True)
    even = least_squares_weights(known)
    assert even[1] == pytest.approx(0.5, abs=0.05)
    assert Recent().learn(known).weights[1] > 0.75


def test_log_score_weights_are_those_of_the_mixture_that_made_the_data():
    generator = np.random.default_rng(0)
    y = generator.normal(np.where(generator.random(20_000) < 0.7, -3.0, 3.0), 1.0)
    stacked = np.stack([np.full(len(y), -3.0), np.full(len(y), 3.0)])
    weights = log_score_weights(likelihoods(stacked, y, np.ones(2)))
    np.testing.assert_allclose(weights, [0.7, 0.3], atol=0.02)


def test_pseudo_bma_puts_all_on_one_model_where_stacking_does_not():
    known = _numbers(1.0, 1.05, n_rows=20_000)
    assert pseudo_bma_weights(known)[0] > 0.99
    assert Bayesian().learn(known).weights[0] < 0.99


def test_rows_of_which_a_member_said_nothing_are_left_out(churn):
    for known in (_numbers(1.0, 1.05), known_of(churn, "binary")):
        stacked = known.stacked.copy()
        stacked[:, :100] = np.nan
        complete = replace(known, stacked=stacked).complete()
        assert len(complete) == len(known) - 100
        assert pseudo_bma_weights(complete).sum() == pytest.approx(1)


def test_a_mixtures_scales_are_the_spreads_of_the_errors():
    known = _numbers(0.5, 2.0, n_rows=20_000)
    np.testing.assert_allclose(Bayesian().learn(known).scales, spread_of_errors(known.stacked, known.y))
    np.testing.assert_allclose(spread_of_errors(known.stacked, known.y), [0.5, 2.0], rtol=0.02)


def test_mean_learns_nothing():
    first, second = (Mean().learn(_numbers(0.1, 9.0, seed=s)).weights for s in (0, 1))
    assert first == second == (0.5, 0.5)


@pytest.mark.parametrize("strategy", [Weighted(), Greedy(), Bayesian()])
def test_a_perfect_member_gets_all_weight_and_nothing_divides_by_zero(strategy):
    known = _numbers(1.0, 1.0)
    weights = strategy.learn(replace(known, stacked=np.stack([known.y, known.stacked[1]]))).weights
    assert weights[0] > 0.99
