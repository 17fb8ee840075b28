import numpy as np
import pytest

from mlestar_jupyter.core.resampling import Dependence, autocovariances, block_length, dependence, standard_error

pytestmark = pytest.mark.fast


def autoregressive(n_rows, memory, seed=0):
    from scipy.signal import lfilter

    return lfilter([1], [1, -memory], np.random.default_rng(seed).normal(size=n_rows))


def test_independent_rows_are_drawn_one_by_one():
    drawn = next(Dependence(100).resamples(1, seed=0))
    assert len(drawn) == 100
    assert len(np.unique(drawn)) == pytest.approx(63, abs=8)  # 1 - 1/e of them


def test_groups_are_drawn_whole():
    groups = np.array([0, 1, 0, 2, 1, 0])
    for drawn in Dependence(6, groups).resamples(20, seed=0):
        counts = np.bincount(drawn, minlength=6)
        assert all(len(set(counts[groups == g])) == 1 for g in range(3))
        assert sum(counts[[0, 1, 3]]) == 3


def test_blocks_follow_in_time_and_all_rows_are_drawn_as_often():
    rows = Dependence(50, block=7)
    counts = np.zeros(50)
    for drawn in rows.resamples(2_000, seed=0):
        assert len(drawn) == 50
        steps = np.diff(drawn) % 50
        assert all(steps[i] == 1 for i in range(49) if (i + 1) % 7)
        counts += np.bincount(drawn, minlength=50)
    assert counts / 2_000 == pytest.approx(1, abs=0.15)


def test_the_same_seed_draws_the_same_rows():
    rows = Dependence(30, np.arange(30) // 5)
    first, again, other = (list(rows.resamples(3, seed=s)) for s in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_spread_of_a_mean_over_groups_is_that_of_the_groups():
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(100), 20)
    losses = generator.normal(size=100)[groups]
    means = [losses[drawn].mean() for drawn in dependence(losses, groups=groups).resamples(400, seed=0)]
    assert np.std(means) == pytest.approx(0.1, rel=0.2)  # one by one it would be .022


def test_standard_error_of_single_rows_is_the_textbooks():
    values = np.random.default_rng(0).exponential(size=50)
    assert standard_error(values, np.arange(50)) == pytest.approx(values.std(ddof=1) / np.sqrt(50))


def test_standard_error_of_uneven_groups_is_that_of_leaving_each_out():
    generator = np.random.default_rng(1)
    groups = np.sort(generator.choice(6, 90, p=[0.4, 0.3, 0.1, 0.1, 0.05, 0.05]))
    values = generator.normal(size=6)[groups] + generator.normal(size=90)
    without = np.array([values[groups != g].mean() for g in range(6)])
    expected = np.sqrt(5 / 6 * np.sum((without - values.mean()) ** 2))
    assert standard_error(values, 10 * groups) == pytest.approx(expected)
    assert standard_error(np.repeat(values, 3), np.repeat(groups, 3)) == pytest.approx(expected)


def test_one_group_says_nothing_of_its_noise():
    assert np.isnan(standard_error(np.arange(5.0), np.zeros(5)))


def test_blocks_are_longer_where_losses_remember_more():
    lengths = [block_length(autoregressive(2_000, memory)) for memory in (0.0, 0.5, 0.9)]
    assert lengths[0] == 1
    assert lengths[0] < lengths[1] < lengths[2]


def test_block_length_of_an_autoregression_is_near_the_best_one():
    # Politis & White (2004): b = (2 G² / D)^(1/3) n^(1/3), for AR(1) with G = 2 r / ((1 - r)² (1 - r²)) and
    # D = 4/3 g(0)², g(0) = 1 / (1 - r)²
    memory, n_rows = 0.7, 4_000
    slope = 2 * memory / ((1 - memory) ** 2 * (1 - memory**2))
    best = (2 * slope**2 / (4 / 3 / (1 - memory) ** 4)) ** (1 / 3) * n_rows ** (1 / 3)
    found = [block_length(autoregressive(n_rows, memory, seed)) for seed in range(20)]
    assert np.median(found) == pytest.approx(best, rel=0.25)


@pytest.mark.parametrize("losses", [np.ones(100), np.arange(3.0), np.array([]), np.array([np.inf] * 20)])
def test_what_has_no_autocorrelation_has_blocks_of_one_row(losses):
    assert block_length(losses) == 1


def test_groups_of_one_row_are_no_groups():
    assert dependence(np.arange(5.0), groups=np.array(list("abcde"))).groups is None


def test_of_groups_and_order_that_counts_by_which_the_mean_varies_more():
    generator = np.random.default_rng(0)
    groups = np.tile(np.arange(20), 50)
    by_group = generator.normal(size=20)[groups] + generator.normal(size=1_000)
    in_time = autoregressive(1_000, 0.95)
    assert dependence(by_group, groups=groups, is_ordered=True).groups is not None
    assert dependence(in_time, groups=groups, is_ordered=True).block > 10


def test_autocovariances_are_those_by_their_definition():
    values = np.random.default_rng(0).normal(size=40)
    centred = values - values.mean()
    expected = [np.sum(centred[: 40 - k] * centred[k:]) / 40 for k in range(4)]
    assert autocovariances(values, 3) == pytest.approx(np.array(expected))
