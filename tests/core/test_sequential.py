import numpy as np
import pytest

from mlestar_jupyter.core.sequential import Wealth, is_decided

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("p", "adjusted", "decided"),
    [(0.0001, 0.0008, True), (0.004, 0.032, False), (0.3, 1.0, False), (0.51, 1.0, True)],
)
def test_comparison_stops_far_beyond_doubt_or_well_within_noise(p, adjusted, decided):
    assert is_decided(p, adjusted) is decided


def test_first_test_of_one_has_nearly_the_whole_level():
    assert Wealth.of(0.05).limit(1) == pytest.approx(0.05 / 1.05)


def test_failures_alone_never_cost_more_than_the_level():
    wealth, spent = Wealth.of(0.05), 1.0
    for to_come in range(100, 0, -1):
        limit = wealth.limit(to_come)
        spent *= 1 - limit
        wealth = wealth.after(limit, succeeded=False)
    assert 1 - spent <= 0.05
    assert wealth.left == pytest.approx(0, abs=1e-12)


def test_success_pays_for_further_tests():
    wealth = Wealth.of(0.05)
    limit = wealth.limit(3)
    assert wealth.after(limit, succeeded=True).limit(2) > wealth.after(limit, succeeded=False).limit(2)


def test_chance_of_any_success_where_nothing_is_to_be_found_stays_below_the_level():
    generator, runs = np.random.default_rng(0), 4000
    lucky = 0
    for _ in range(runs):
        wealth = Wealth.of(0.05)
        for to_come in range(5, 0, -1):
            limit = wealth.limit(to_come)
            if generator.random() < limit:
                lucky += 1
                break
            wealth = wealth.after(limit, succeeded=False)
    assert lucky / runs < 0.055
