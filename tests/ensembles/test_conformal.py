import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlestar_jupyter.ensembles.conformal import Mixture, conformal_quantile, intervals, mixture_intervals, sets

pytestmark = pytest.mark.fast

N_ROWS = 4_000
PAIRS = [(np.setdiff1d(np.arange(N_ROWS), test), test) for test in np.array_split(np.arange(N_ROWS), 5)]
STATED = [0.8, 0.9, 0.95]


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.floats(0.05, 0.95))
def test_quantile_has_at_least_the_stated_share_below_it(scores, stated):
    quantile = conformal_quantile(np.array(scores, dtype=float), stated)
    assert np.mean(np.array(scores) <= quantile) >= min(1.0, stated * (len(scores) + 1) / len(scores)) - 1e-9


def test_quantile_of_too_few_rows_is_infinite():
    assert conformal_quantile(np.arange(5.0), 0.95) == np.inf


@pytest.mark.parametrize("stated", STATED)
def test_intervals_cover_what_is_stated_however_wrong_the_predictions(stated):
    generator = np.random.default_rng(0)
    y = generator.standard_t(2, N_ROWS)
    predicted = 3 + generator.normal(size=N_ROWS)
    stacked = np.stack([predicted, predicted + generator.normal(size=N_ROWS)])
    found = intervals(predicted, stacked, y, PAIRS, stated)
    assert [u.method for u in found] == ["absolute residuals", "residuals by disagreement"]
    for uncertainty in found:
        assert uncertainty.coverage == pytest.approx(stated, abs=0.02)
        assert uncertainty.lowest <= uncertainty.coverage <= uncertainty.highest


@pytest.mark.parametrize("stated", STATED)
def test_sets_cover_what_is_stated(stated):
    generator = np.random.default_rng(0)
    probabilities = generator.dirichlet(np.ones(4), N_ROWS)
    y = generator.integers(0, 4, N_ROWS)  # nothing to do with them
    for uncertainty in sets(probabilities, y, PAIRS, stated):
        assert uncertainty.coverage == pytest.approx(stated, abs=0.02)
        assert 1 <= uncertainty.size <= 4


def test_intervals_by_disagreement_are_narrower_where_disagreement_tells_of_errors():
    generator = np.random.default_rng(0)
    hard = np.where(generator.random(N_ROWS) < 0.2, 5.0, 0.2)
    y = generator.normal(size=N_ROWS) * hard
    stacked = np.stack([hard / 2, -hard / 2])
    same, scaled = intervals(np.zeros(N_ROWS), stacked, y, PAIRS, 0.9)
    assert scaled.size < 0.9 * same.size


def test_one_member_has_no_disagreement():
    y = np.random.default_rng(0).normal(size=N_ROWS)
    (only,) = intervals(np.zeros(N_ROWS), np.zeros((1, N_ROWS)), y, PAIRS, 0.9)
    assert only.method == "absolute residuals"


def test_distributions_that_are_too_sure_are_widened():
    y = np.random.default_rng(0).normal(size=N_ROWS)
    stacked = np.zeros((2, N_ROWS))
    found = mixture_intervals([Mixture((0.5, 0.5), (0.5, 0.5))] * 5, stacked, y, PAIRS, 0.9)
    assert found.uncalibrated < 0.65
    assert found.coverage == pytest.approx(0.9, abs=0.02)
    assert found.size == pytest.approx(2 * 1.645, rel=0.05)


def test_quantiles_of_a_mixture_are_where_its_distribution_says():
    mixture, stacked = Mixture((0.3, 0.7), (1.0, 2.0)), np.array([[0.0, 5.0], [10.0, 5.0]])
    for share in (0.05, 0.5, 0.95):
        np.testing.assert_allclose(mixture.below(stacked, mixture.quantile(stacked, share)), share, atol=1e-6)
