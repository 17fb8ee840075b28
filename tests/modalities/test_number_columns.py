"""What is said of columns whose numbers are not written as a program writes them, and how they are read."""

import numpy as np
import pandas as pd
import pytest

from mlestar_jupyter.errors import DataError
from mlestar_jupyter.modalities.amounts import Written, find
from mlestar_jupyter.modalities.derivation import derived

pytestmark = pytest.mark.fast

RNG = np.random.default_rng(0)
MANY = RNG.uniform(10, 80, 60)


def read(texts, **how):
    found = derived(pd.DataFrame({"x": texts}), "", **how)
    frame, _ = found.contract.apply(pd.DataFrame({"x": texts}))
    return frame["x"].tolist(), list(found.notices), found.contract


def spelled(values, digits, point=".", comma=","):
    table = {ord(plain): other for plain, other in zip("0123456789", digits, strict=True)}
    return [f"{x:,.1f}".translate(table | {ord("."): point, ord(","): comma}) for x in values]


@pytest.mark.parametrize("write", ["R{}", "RM10{}", "{}a", "{}b", "T{}", "MAD{}", "{}K", "{}h", "CA{}", "{}pieces"])
def test_letters_glued_to_few_whole_numbers_make_names(write):
    assert find(pd.Series([write.format(k % 4 + 1) for k in range(60)])) is None


@pytest.mark.parametrize(
    ("write", "value"),
    [
        ("R {}", 7), ("R{},000", 7000), ("-{}kg", -7), ("${}", 7), ("{}.5a", 7.5), ("{}%", 7), ("1{}g", 17), ("{}gb", 7), ("{}.-", 7), ("{},-", 7),
        ("{} T€", 7000), ("{}T€", 7000), ("{} TEUR", 7000), ("{} T EUR", 7000), ("$ {}T", 7e12),
    ],
)  # fmt: skip
def test_a_blank_a_mark_a_sign_or_many_amounts_make_numbers_of_them(write, value):
    n_values = 50 if write == "1{}g" else 4
    found, _, _ = read([write.format(7), *(write.format(k % n_values + 1) for k in range(60))])
    assert found[0] == value


def test_durations_have_the_marks_of_their_column():
    texts = ["1,500 ms", "2.5 s", *(f"{k + 1},250 ms" if k % 2 else f"{k + 1}.5 s" for k in range(60))]
    found, notices, contract = read(texts)
    assert found[:2] == [1.5, 2.5]
    assert notices == ["x: read as seconds: '1,500 ms' is 1.5."]
    assert contract.apply([{"x": "2,000 ms"}])[0]["x"].tolist() == [2.0]
    found, _, contract = read(["1,5 h", "20 min", *(f"{k},25 h" if k % 2 else f"{k + 1} min" for k in range(60))])
    assert found[:2] == [5400.0, 1200.0]
    with pytest.raises(DataError, match="'1.5 h' cannot be read as a duration such as '1,5 h'"):
        contract.apply([{"x": "1.5 h"}])


def test_letters_of_the_compass_are_signs():
    texts = ["10.123W", "70.5E", *(f"{abs(x):.3f}{'W' if k % 2 else 'E'}" for k, x in enumerate(MANY))]
    found, notices, contract = read(texts)
    assert found[:2] == [-10.123, 70.5]
    assert notices == ["x: read as numbers: '10.123W' is -10.123."]
    assert contract.apply([{"x": "W 3.5"}, {"x": -3.5}, {"x": "3°30'W"}])[0]["x"].tolist() == [-3.5] * 3
    with pytest.raises(DataError, match="'300E' is not a number such as '10.123W'"):
        contract.apply([{"x": "300E"}])


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        ([f"{x:.3f}W" for x in MANY], -round(MANY[0], 3)),
        ([f"{int(x)}°12'22\"N" for x in MANY], int(MANY[0]) + 12 / 60 + 22 / 3600),
        ([f"{x:.1f}° {'NS'[k % 2]}" for k, x in enumerate(MANY)], round(MANY[0], 1)),
        ([f"{x - 40:.1f}°" for x in MANY], round(MANY[0] - 40, 1)),
        ([f"{x:.1f} {['South', 'North'][k % 2]}" for k, x in enumerate(MANY)], -round(MANY[0], 1)),
        ([f"{x:.1f} W" for x in MANY], round(MANY[0], 1)),
        ([f"{x:.3f}s" for x in MANY], round(MANY[0], 3)),
    ],
)
def test_degrees_are_read_with_one_letter_or_none_and_watts_and_seconds_stay_so(texts, value):
    assert read(texts)[0][0] == pytest.approx(value)


@pytest.mark.parametrize(
    ("digits", "point", "comma"),
    [
        ("٠١٢٣٤٥٦٧٨٩", "٫", "٬"),
        ("۰۱۲۳۴۵۶۷۸۹", "٫", "٬"),
        ("०१२३४५६७८९", ".", ","),
        ("๐๑๒๓๔๕๖๗๘๙", ".", ","),
        ("０１２３４５６７８９", "．", "，"),
    ],
)
def test_digits_of_other_scripts_are_digits(digits, point, comma):
    found, _, contract = read(spelled(MANY * 100, digits, point, comma))
    np.testing.assert_allclose(found, MANY * 100, atol=0.05)
    assert contract.apply([{"x": "12.5"}])[0]["x"].tolist() == [12.5]


def test_arabic_thousands_are_never_decimals():
    texts = [f"{int(x)}٬٧٠١" for x in MANY]
    assert read(texts, decimal=",")[0][0] == int(MANY[0]) * 1000 + 701


def test_codes_with_an_e_are_shown_with_how_to_keep_them():
    found, notices, _ = read([f"{k % 9 + 1}E{k % 7 + 1}" for k in range(60)])
    assert found[:2] == [10.0, 200.0]
    assert notices == ["x: read as numbers: '1E1' is 10. If that is a code, add --role x=category."]
    assert read(["1.5e3", "2e5", *(f"{x:.3e}" for x in MANY)])[1] == []


def test_short_times_name_their_other_reading():
    laps = [f"{k // 60}:{k % 60:02d}" for k in range(67, 127)]
    assert read(laps)[1] == [
        "x: read as hours of the day: '1:07' is 1.12. If it has minutes and seconds, write it as '0:01:07'."
    ]
    runs = [f"{k // 60}:{k % 60:02d}" for k in range(20 * 60, 80 * 60, 7)]
    assert read(runs)[1] == [
        "x: read as seconds: '20:00' is 72000. If it has minutes and seconds, write it as '0:20:00'."
    ]
    assert read(["8:30", "08:45", *laps])[1] == ["x: read as hours of the day: '08:45' is 8.75."]


def test_the_notice_of_a_mark_says_what_it_may_be():
    points = [f"{int(x)}.{k:03d} kg" for k, x in enumerate(MANY)]
    line = f"x: read as numbers: {points[0]!r} is {points[0][:2]}."
    assert read(points)[1] == [f"{line} If the mark stands between thousands, add --decimal comma."]
    commas = [text.replace(".", ",") for text in points]
    line = f"x: read as numbers: {commas[0]!r} is {points[0][:2]}000."
    assert read(commas)[1] == [f"{line} If the mark is a decimal comma, add --decimal comma."]


@pytest.mark.parametrize("form", ["Rs {}", "Rs. {}", "ca. {}", "kr. {}", "{} sq. ft.", "{} p.a."])
def test_a_point_of_the_unit_is_no_mark_of_the_number(form):
    texts = [form.format(f"{k + 10},{k * 7 + 100}") for k in range(60)]
    found, notices, _ = read(texts)
    assert found[:2] == [10100, 11107]
    assert notices == [
        f"x: read as numbers: {texts[0]!r} is 10100. If the mark is a decimal comma, add --decimal comma."
    ]
    assert read(texts, decimal=",")[0][:2] == [10.1, 11.107]


def test_a_decimal_mark_that_a_column_contradicts_is_not_followed():
    texts = ["1.010,19 €", *(f"{x:.2f} €".replace(".", ",") for x in MANY)]
    found, notices, _ = read(texts, decimal=".")
    assert found[0] == 1010.19
    assert notices == [
        "x: read as numbers: '1.010,19 €' is 1010.19.",
        "x: --decimal point is not followed, since the numbers have a decimal comma, as in '1.010,19 €'.",
    ]
    assert len(read(texts, decimal=",")[1]) == 1


def test_numbers_without_the_unit_of_the_column_are_counted():
    texts = ["5%", *(f"0.{k + 10}" if k % 10 == 0 else f"{k + 1}%" for k in range(60))]
    found, notices, _ = read(texts)
    assert found[:2] == [5.0, 0.1]
    assert notices == [
        "x: read as numbers: '5%' is 5.",
        "x: '0.10' and the like, without '%', are read as if they had it: 6 rows. Correct them if that is wrong.",
    ]


def test_yen_of_shift_jis_are_yen():
    texts = [f"\\{x * 1000:,.2f}" for x in MANY]
    found = find(pd.Series(texts))
    assert isinstance(found, Written)
    assert found.affixes == ("jpy",)
    assert read(texts)[0][0] == pytest.approx(MANY[0] * 1000, abs=0.01)
