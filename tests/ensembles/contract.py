"""What is true of every strategy: shares, unseen rows, determinism, and the block that computes what was scored.

A package that adds one inherits `StrategyContract` and gives the fixture `strategy`.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from mlestar_jupyter.core.blocks import check_block
from mlestar_jupyter.core.build import load_module
from mlestar_jupyter.core.screening import screen
from mlestar_jupyter.ensembles.combination import combine
from tests.conftest import CHURN
from tests.ensembles.members_for_tests import (
    CATEGORIES,
    NUMBERS,
    Counted,
    folds_of,
    known_of,
    predicting_members,
    predictions_table,
)
from tests.planners.tables import Column, make_task


@cache
def rows_of(problem):
    """What three or four real members predicted of the churn table."""
    table = pd.read_csv(CHURN).sample(600, random_state=0).reset_index(drop=True)
    return known_of(table, problem, is_ordered=True)


def task_of(known):
    """The task of such rows."""
    problem = known.problem.name
    numbers = tuple(Column(n, "numeric", 100, 0.0) for n in NUMBERS)
    categories = tuple(Column(n, "categorical", 3, 0.0) for n in CATEGORIES)
    return replace(make_task(problem), columns=numbers + categories)


class StrategyContract:
    """To be inherited by a class with a fixture `strategy`."""

    @pytest.fixture(params=["binary", "multiclass", "regression"])
    def known(self, request, strategy):
        """Rows of each problem, where the strategy applies to them."""
        known = rows_of(request.param)
        if refusal := strategy.refusal(known):
            pytest.skip(refusal)
        return known

    def test_it_applies_somewhere_and_says_why_not_elsewhere(self, strategy):
        refusals = [strategy.refusal(rows_of(p)) for p in ("binary", "multiclass", "regression")]
        assert "" in refusals
        assert all(isinstance(r, str) and not r.endswith(".") for r in refusals)
        assert strategy.name.isidentifier()
        assert type(strategy).__doc__

    def test_it_chooses_some_of_the_members_the_best_among_them(self, strategy):
        able = [f"m{i}" for i in range(30)]
        chosen = strategy.members(able[:24], able, 6)
        assert set(chosen) <= set(able)
        assert chosen[0] == "m0"

    def test_shares_are_of_every_row_and_sum_to_one(self, strategy, known):
        combiner = strategy.learn(known)
        gates = combiner.gates(known.stacked, known.X)
        assert gates.shape == (len(known), len(known.stacked))
        assert np.isfinite(gates).all()
        if strategy.counts == "weight":
            np.testing.assert_allclose(gates.sum(axis=1), 1, atol=1e-3)
        if strategy.learns_in_fit:
            assert combiner.weights == ()
        else:
            assert sum(combiner.weights) == pytest.approx(1, abs=1e-3)

    def test_combined_probabilities_are_probabilities(self, strategy, known):
        combined = strategy.learn(known).predict(known.stacked, known.X)
        assert combined.shape == known.stacked.shape[1:]
        assert np.isfinite(combined).all()
        if known.problem.has_probabilities:
            np.testing.assert_allclose(combined.sum(axis=1), 1)
            assert (combined >= 0).all()

    def test_a_folds_own_truth_does_not_reach_its_predictions(self, strategy, known):
        folds = folds_of(known)
        y = known.y.copy()
        y[folds[1].test] = np.random.default_rng(0).permutation(y[folds[1].test])
        first, second = (combine(strategy, rows, folds) for rows in (known, replace(known, y=y)))
        np.testing.assert_array_equal(first.parts[1].combined, second.parts[1].combined)
        for method, values in first.parts[1].calibrated.items():
            np.testing.assert_array_equal(values, second.parts[1].calibrated[method])
        assert first.fold_scores[1] != second.fold_scores[1]

    def test_the_same_rows_give_the_same_combination(self, strategy, known):
        first, second = (strategy.learn(known).predict(known.stacked, known.X) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    def test_no_more_members_count_than_are_allowed(self, strategy, known):
        given = len(strategy.members(range(24), range(100), 6))
        assert given <= 6 or np.count_nonzero(strategy.learn(replace(known, limit=2)).weights) <= 2

    def test_the_block_computes_what_was_scored(self, strategy, known):
        combiner = strategy.learn(known)
        source = strategy.source(task_of(known), combiner.weights)
        check_block("ensemble", source)
        screen("ensemble", source)
        X = predictions_table(known)
        built = load_module("ensemble_block_for_tests", source).make_ensemble(predicting_members(known)).fit(X, known.y)
        predicted = built.predict_proba(X) if known.problem.has_probabilities else built.predict(X)
        # in shuffled folds the block learns from the same rows in the same order
        np.testing.assert_allclose(predicted, combiner.predict(known.stacked, known.X), rtol=1e-6, atol=1e-8)

    def test_members_are_fitted_side_by_side_to_the_same_bits(self, strategy, known):
        source = strategy.source(task_of(known), strategy.learn(known).weights)
        make, X = load_module("ensemble_block_for_tests", source).make_ensemble, predictions_table(known)
        pairs = [(name, Counted(member)) for name, member in predicting_members(known)]
        found = []
        for threads in (1, 2):
            Counted.most = 0
            with parallel_config(backend="threading", n_jobs=threads):
                built = make(pairs).fit(X, known.y)
            assert Counted.most == threads
            found.append(built.predict_proba(X) if known.problem.has_probabilities else built.predict(X))
        assert found[0].tobytes() == found[1].tobytes()

    def test_other_weights_are_of_every_member(self, strategy, known):
        assert all(len(weights) == len(known.stacked) for weights in strategy.alternatives(known).values())
