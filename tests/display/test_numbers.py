import math

import pytest

from mlestar_jupyter.display.numbers import number, p_value, with_interval

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (0.84771, 0.8295, 0.8659, "0.8477 [0.8295, 0.8659]"),
        (25123.4, 24000.0, 26000.0, "25,123 [24,000, 26,000]"),
        (0.5, 0.5, 0.5, "0.5000 [0.5000, 0.5000]"),
        (0.5, -math.inf, math.inf, "0.5"),
        (0.5, math.nan, math.nan, "0.5"),
    ],
)
def test_value_has_the_decimals_that_its_interval_tells_apart(value, low, high, shown):
    assert with_interval(value, low, high) == shown


def test_gain_carries_its_sign():
    assert with_interval(0.0039, -0.00017, 0.008, signed=True) == "+0.0039 [-0.0002, +0.0080]"


def test_small_p_values_are_not_distinguished():
    assert p_value(1e-9) == p_value(0.0005) == "p < 0.001"
    assert p_value(0.0324) == "p = 0.032"


def test_numbers_are_rounded_for_reading():
    assert [number(v) for v in (0.123456, 12.0, 1234.5)] == ["0.1235", "12", "1,234"]
