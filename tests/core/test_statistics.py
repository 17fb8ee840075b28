import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlestar_jupyter.core.statistics import (
    TestResult,
    corrected_interval,
    corrected_t_test,
    fixed_sequence,
    gain_after_selection,
    holm,
    t_test,
)

pytestmark = pytest.mark.fast


def test_equal_scores_are_no_evidence():
    assert corrected_t_test([0.0] * 10, 80, 20).p_value == 1.0


def test_correction_widens_the_plain_interval():
    gains = np.random.default_rng(0).normal(0.1, 1, 25)
    plain_error = gains.std(ddof=1) / 5
    result = corrected_t_test(gains, 80, 20)
    assert result.high - result.mean > 2 * plain_error


def test_known_value_of_nadeau_and_bengio():
    # t = mean / sqrt(var * (1/k + n_test/n_train)) with k = 5, n_test/n_train = 0.25
    gains = [0.01, 0.02, 0.03, 0.02, 0.02]
    expected_t = 0.02 / np.sqrt(np.var(gains, ddof=1) * (0.2 + 0.25))
    from scipy.stats import t

    assert corrected_t_test(gains, 80, 20).p_value == pytest.approx(2 * t.sf(expected_t, 4))


def test_null_of_repeated_folds_is_rejected_about_as_often_as_stated():
    rejected = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        difference = rng.normal(size=200)  # two models that differ in nothing but noise, row by row
        gains = [
            difference[np.array_split(rng.permutation(200), 5)[fold]].mean() for _ in range(5) for fold in range(5)
        ]
        rejected += corrected_t_test(gains, 160, 40).p_value < 0.05
    assert rejected <= 20


def test_interval_holds_the_mean():
    low, high = corrected_interval([0.8, 0.82, 0.81], 80, 40)
    assert low < 0.81 < high


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p_values):
    adjusted = holm(p_values)
    assert all(a >= p for a, p in zip(adjusted, p_values, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert all(np.diff(np.array(adjusted)[order]) >= 0)


def test_fixed_sequence_gives_the_first_the_whole_level_and_stops_at_the_first_that_fails():
    assert fixed_sequence([0.04, 0.03, 0.2, 0.001]) == [0.04, 0.04, 0.2, 0.2]


def test_fixed_sequence_finds_too_much_no_more_often_than_stated():
    rng = np.random.default_rng(0)
    wrong = sum(min(fixed_sequence(list(rng.uniform(size=5)))) < 0.05 for _ in range(2000))
    assert wrong / 2000 == pytest.approx(0.05, abs=0.015)


def test_plain_t_test_is_that_of_scipy():
    from scipy.stats import ttest_1samp

    gains = np.random.default_rng(0).normal(0.2, 1, 20)
    assert t_test(gains).p_value == pytest.approx(ttest_1samp(gains, 0).pvalue)


def test_gain_that_is_shown_for_its_significance_is_given_as_it_is_on_the_whole():
    generator = np.random.default_rng(0)
    for true in (generator.normal(0.5, 1, 4000), generator.normal(1, 2, 4000), np.full(4000, 2.0)):
        measured = true + generator.normal(size=4000)
        tests = [TestResult(m, m - 2, m + 2, float(2 * stats.norm.sf(abs(m)))) for m in measured]
        kept = [(t, m) for t, m in zip(true, tests, strict=True) if m.mean > 0 and m.p_value < 0.025][:400]
        truth = sum(t for t, _ in kept)
        assert truth / sum(m.mean for _, m in kept) < 0.92
        assert 0.75 < truth / sum(gain_after_selection(m, 0.025) for _, m in kept) < 1.2


def test_gain_beyond_doubt_is_said_as_measured():
    assert gain_after_selection(TestResult(3.0, 2.9, 3.1, 0.0), 0.01) == 3.0
    assert gain_after_selection(TestResult(3.0, 2.5, 3.5, 1e-9), 0.01) == pytest.approx(3.0, rel=0.01)


def test_interval_ends_where_the_metric_does():
    low, high = corrected_interval([0.6, 1.0, 0.9, 1.0, 0.95], 80, 20, within=(0.0, 1.0))
    assert 0 < low < 0.9
    assert high == 1.0
    assert corrected_interval([0.5], 80, 20, within=(0.0, 1.0)) == (0.0, 1.0)
    assert corrected_interval([0.5, 0.5], 80, 20, within=(0.0, 1.0)) == (0.0, 1.0)
    assert corrected_interval([0.2, 3.0], 80, 20, within=(0.0, np.inf))[0] == 0.0


def test_interval_of_a_gain_ends_at_the_largest_one():
    test = corrected_t_test([0.9, -0.8, 0.7], 80, 20, most=1.0)
    assert (test.low, test.high) == (-1.0, 1.0)
    assert test.p_value == corrected_t_test([0.9, -0.8, 0.7], 80, 20).p_value
