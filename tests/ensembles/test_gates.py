"""Strategies whose weights differ from row to row find the regions in which a member is to be believed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.ensembles.dynamic import Dynamic
from mlestar_jupyter.ensembles.experts import Experts, fit_gate
from mlestar_jupyter.ensembles.regions import read_once
from mlestar_jupyter.ensembles.weighted import Weighted
from tests.ensembles.members_for_tests import learned

pytestmark = pytest.mark.fast

BOTH = [Dynamic(), Experts()]


def _two_regions(n_rows=2_000, seed=0, *, differ=True):
    """Two members; where they differ, each is right in one half of a column and in error in the other."""
    generator = np.random.default_rng(seed)
    side = generator.uniform(-1, 1, n_rows)
    y = generator.normal(size=n_rows)
    spreads = np.stack([np.where(side < 0, 0.1, 2.0), np.where(side < 0, 2.0, 0.1)]) if differ else np.ones((2, 1))
    stacked = y + spreads * generator.normal(size=(2, n_rows))
    return learned(stacked, y, "regression", pd.DataFrame({"side": side}), ("side",), ())


@pytest.mark.parametrize("strategy", BOTH, ids=lambda s: s.name)
def test_gate_follows_the_region(strategy):
    learned, unseen = strategy.learn(_two_regions()), _two_regions(seed=1)
    gates = learned.gates(unseen.stacked, unseen.X)
    left = unseen.X["side"].to_numpy() < 0
    assert gates[left, 0].mean() > 0.75
    assert gates[~left, 1].mean() > 0.75


@pytest.mark.parametrize("strategy", BOTH, ids=lambda s: s.name)
def test_gate_beats_fixed_weights_on_unseen_rows_where_regions_differ(strategy):
    unseen = _two_regions(seed=1)
    losses = [
        np.mean((s.learn(_two_regions()).predict(unseen.stacked, unseen.X) - unseen.y) ** 2)
        for s in (strategy, Weighted())
    ]
    assert losses[0] < 0.6 * losses[1]


@pytest.mark.parametrize("strategy", BOTH, ids=lambda s: s.name)
def test_gate_stays_near_equal_weights_where_regions_do_not_differ(strategy):
    learned, unseen = strategy.learn(_two_regions(differ=False)), _two_regions(seed=1, differ=False)
    gates = learned.gates(unseen.stacked, unseen.X)
    assert np.abs(gates - 0.5).mean() < 0.15


@pytest.mark.parametrize("strategy", BOTH, ids=lambda s: s.name)
def test_rows_may_lack_values_and_bring_new_categories(strategy):
    known = _two_regions()
    X = known.X.assign(kind=np.where(known.X["side"] < 0, "a", None))
    learned = strategy.learn(replace(known, X=X, numbers=("side",), categories=("kind",)))
    new = pd.DataFrame({"side": [np.nan, "0.5"], "kind": ["never seen", None]})
    assert np.isfinite(learned.predict(known.stacked[:, :2], new)).all()


@pytest.mark.parametrize("strategy", BOTH, ids=lambda s: s.name)
def test_gate_of_a_table_that_was_read_once_is_the_same_to_the_last_bit(strategy):
    known = _two_regions()
    kinds = np.array(["b", "10", "2", "a", "Z", "9", "rare", "other", None], dtype=object)
    X = known.X.assign(side=known.X["side"].astype(str), kind=kinds[np.arange(2_000) % 47 % 9])
    table = replace(known, X=X, categories=("kind",))
    once = replace(table, X=read_once(X, ("side",), ("kind",)))
    first, second = strategy.learn(table), strategy.learn(once)
    assert np.array_equal(first.gates(known.stacked, X), second.gates(known.stacked, once.X))


def test_table_of_one_kind_of_column_is_read_once():
    X = pd.DataFrame({"side": ["1", None, "x"], "kind": [1, 2, None]})
    numbers, texts = read_once(X, ("side",), ()), read_once(X, (), ("kind",))
    np.testing.assert_array_equal(numbers["side"], [1.0, np.nan, np.nan])
    assert list(texts["kind"]) == ["1.0", "2.0", "missing"]
    assert numbers.shape == texts.shape == (3, 1)


def test_gradient_of_the_gate_leads_to_the_least_loss():
    generator = np.random.default_rng(0)
    places = np.column_stack([generator.normal(size=500), np.ones(500)])
    likelihood = np.clip(generator.random((500, 3)), 0.05, 1)
    found = fit_gate(places, likelihood)

    def loss(coefficients):
        powers = np.exp(places @ coefficients)
        value = -np.log((powers / powers.sum(axis=1, keepdims=True) * likelihood).sum(axis=1)).sum()
        return value + 5.0 * (coefficients[:-1] ** 2).sum()

    nearby = [loss(found + 0.05 * generator.normal(size=found.shape)) for _ in range(50)]
    assert loss(found) <= min(nearby) + 1e-3
