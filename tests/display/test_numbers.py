import math
import re
from pathlib import Path

import pytest

import mlestar_jupyter
from mlestar_jupyter.display.numbers import number, p_value, with_interval, with_spread

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (0.84771, 0.8295, 0.8659, "0.8477 [0.8295, 0.8659]"),
        (25123.4, 24000.0, 26000.0, "25,123 [24,000, 26,000]"),
        (0.5, 0.5, 0.5, "0.5000 [0.5000, 0.5000]"),
        (0.5, -math.inf, math.inf, "0.5"),
        (0.5, math.nan, math.nan, "0.5"),
        (1e200, -1e199, 2.5e200, "1e+200 [-1e+199, 2.5e+200]"),
    ],
)
def test_value_has_the_decimals_that_its_interval_tells_apart(value, low, high, shown):
    assert with_interval(value, low, high) == shown


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (-0.3, -400.0, 399.4, "+0 [-400, +399]"),
        (4421.5, 0.0, 23071.0, "+4,422 [+0, +23,071]"),
        (4421.5, -math.inf, math.inf, "+4,422"),
        (math.nan, math.nan, math.nan, "–"),
    ],
)
def test_large_gains_have_no_exponent_and_none_is_less_than_zero_by_rounding(value, low, high, shown):
    assert with_interval(value, low, high, signed=True) == shown


@pytest.mark.parametrize(
    ("value", "spread", "shown"),
    [(4508.3, 9912.0, "4,508 ± 9,900"), (0.84771, 0.02134, "0.8477 ± 0.021"), (44.123, 0.0, "44.12 ± 0")],
)
def test_a_spread_has_two_figures_and_no_exponent(value, spread, shown):
    assert with_spread(value, spread) == shown


def test_gain_carries_its_sign():
    assert with_interval(0.0039, -0.00017, 0.008, signed=True) == "+0.0039 [-0.0002, +0.0080]"


def test_small_p_values_are_not_distinguished():
    assert p_value(1e-9) == p_value(0.0005) == "p < 0.001"
    assert p_value(0.0324) == "p = 0.032"


def test_numbers_are_rounded_for_reading():
    assert [number(v) for v in (0.123456, 12.0, 1234.5)] == ["0.1235", "12", "1,234"]
    assert [number(v) for v in (-0.0, 999.97, -23071.2, math.nan, None)] == ["0", "1,000", "-23,071", "–", "–"]


def test_fewer_figures_and_signs_have_no_exponent_either():
    assert [number(v, 2) for v in (123.4, 123_456.0, 0.01234, -0.0, 999.96)] == [
        "120",
        "120,000",
        "0.012",
        "0",
        "1,000",
    ]
    assert [number(v, 5) for v in (0.123456, 123.4567, 123_456.7)] == ["0.12346", "123.46", "123,457"]
    assert [number(v, 2, signed=True) for v in (123_456.0, -0.0, -0.0123)] == ["+120,000", "+0", "-0.012"]
    assert number(999.7, 3) == "1,000"
    assert p_value(math.nan) == "p = –"


_RAW = re.compile(r":[+z]*\.\d+[ge]\}|%\.\d+[ge]")
_PLACES = ("phases", "reports", "notebook", "studies")


def test_figures_are_written_in_one_place():
    package = Path(mlestar_jupyter.__file__).parent
    files = [f for place in _PLACES for f in (package / place).rglob("*") if f.suffix in (".py", ".j2")]
    assert [f.name for f in files if _RAW.search(f.read_text("utf-8"))] == []
